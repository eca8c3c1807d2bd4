import process from "node:process";
import { SingleBar } from "cli-progress";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { counted } from "../cli/counted.ts";
import { findProject } from "../cli/project.ts";
import { userPath } from "../cli/user_directory.ts";
import { UserError } from "../cli/user_error.ts";
import type { LedgerWriter } from "./exported_run.ts";
import { type ExportFilter, listExported, readDecisions, readRuns } from "./read_ledger.ts";
import { createCsvWriter } from "./write_csv.ts";
import { createJsonLinesWriter } from "./write_json_lines.ts";
import { createParquetWriter } from "./write_parquet.ts";

const FORMATS = ["jsonl", "csv", "parquet"] as const;

const HELP = `
Usage: deno task export --output PATH [--format jsonl|csv|parquet] [options]

Takes the ledger out: runs, the results of their single items, and what people decided.

  jsonl      one file, a run or decision a line; deno task import reads it
  csv        a directory with runs.csv, items.csv and decisions.csv
  parquet    a directory with runs.parquet, items.parquet and decisions.parquet

Every digit is kept in the columns metrics and ledger, which are JSON; scores of their own are
doubles, times are to the millisecond in Parquet. deno task verify --export PATH checks the hash
chains of any of them without a database. What is about people (triggered_by, notes) is in it.

Options:
  --output PATH          the file (- is standard output), or the directory
  --format FORMAT        default jsonl
  --model NAME           only runs of a model_version, again for more; likewise --dataset, --prompt,
                         --environment, --variant, --series and --configuration ID
  --since TIME           only runs measured (else stored) at or after it: 2026-01-31 (in UTC), or
                         2026-01-31T12:00:00+01:00
  --until TIME           only runs measured at or before it; of a day, to its end
  --published            only published runs, no candidates
  --data-dir DIR         where the local stack's local.env is (default .local)
  -h, --help             show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY; without them the local stack.

Exit code: 0 done, 1 failed, 2 wrong usage.

Examples:
  deno task export --output ledger.jsonl
  deno task export --output exported --format parquet --environment github-actions --since 2026-01-01
`;

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "output": { type: "string" },
      "format": { type: "string", default: "jsonl" },
      "configuration": { type: "string", multiple: true },
      "model": { type: "string", multiple: true },
      "dataset": { type: "string", multiple: true },
      "prompt": { type: "string", multiple: true },
      "environment": { type: "string", multiple: true },
      "variant": { type: "string", multiple: true },
      "series": { type: "string", multiple: true },
      "since": { type: "string" },
      "until": { type: "string" },
      "published": { type: "boolean", default: false },
      "data-dir": { type: "string", default: ".local" },
    },
  });
  const format = FORMATS.find((one) => one === values.format);
  if (values.output === undefined) throw new UsageError("--output is required.");
  if (format === undefined) {
    throw new UsageError(
      `--format must be ${FORMATS.join(", ")}: current value is ${values.format}.`,
    );
  }
  if (values.output === "-" && format !== "jsonl") {
    throw new UsageError(`--format ${format} writes several files: --output must be a directory.`);
  }
  const filter: ExportFilter = {
    configuration: values.configuration,
    model: values.model,
    dataset: values.dataset,
    prompt: values.prompt,
    environment: values.environment,
    variant: values.variant,
    series: values.series,
    since: timeOf("--since", values.since),
    until: timeOf("--until", values.until),
    publishedOnly: values.published,
  };
  const project = await findProject(values["data-dir"]);
  const configurations = await listExported(project, filter);
  if (configurations.length === 0) {
    throw new UserError("Nothing to export: no configuration matches.");
  }
  const writer = await createWriter(format, userPath(values.output));
  const versions = configurations.reduce((sum, { last_version }) => sum + last_version, 0);
  const bar = new SingleBar({
    format: "Exporting {bar} {value}/{total} runs, {duration_formatted}",
    stream: process.stderr,
  });
  let runs = 0;
  let decisions = 0;
  bar.start(versions, 0);
  try {
    for (const configuration of configurations) {
      for await (
        const run of readRuns(project, configuration, filter, (looked) => bar.increment(looked))
      ) {
        await writer.writeRun(run);
        runs++;
      }
      for (const decision of await readDecisions(project, configuration.id)) {
        await writer.writeDecision(decision);
        decisions++;
      }
    }
    if (runs === 0) throw new UserError("Nothing to export: no run matches.");
    await writer.close();
  } catch (error) {
    // What was there before is worth more than half of what is there now.
    await writer.abort();
    throw error;
  } finally {
    bar.stop();
  }
  console.error(
    `Exported ${counted(runs, "run")} and ${counted(decisions, "decision")} of ${
      counted(configurations.length, "configuration")
    } to ${values.output}.`,
  );
  return 0;
});

async function createWriter(
  format: typeof FORMATS[number],
  output: string,
): Promise<LedgerWriter> {
  try {
    switch (format) {
      case "csv":
        return await createCsvWriter(output);
      case "parquet":
        return await createParquetWriter(output);
      case "jsonl":
        return await createJsonLinesWriter(output);
    }
  } catch (error) {
    throw new UserError(`Cannot write ${output}: ${(error as Error).message}`);
  }
}

/** A day, or a time with its zone: whatever else Date takes, it guesses. */
function timeOf(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = new Date(isDay && option === "--until" ? `${text}T23:59:59.999Z` : text);
  const isTime = isDay || /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  // 30 February is the 2nd of March for it.
  if (!isTime || Number.isNaN(time.getTime()) || (isDay && !time.toISOString().startsWith(text))) {
    throw new UsageError(
      `${option} must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z: it is ${text}.`,
    );
  }
  return time;
}
