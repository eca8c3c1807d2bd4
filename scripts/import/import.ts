import process from "node:process";
import { SingleBar } from "cli-progress";
import type { Receipt } from "../../supabase/functions/ingest-benchmark/receipt/receipt_schema.ts";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { counted } from "../cli/counted.ts";
import { createProjectClient, findProject } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import { checkWritable } from "../cli/check_writable.ts";
import { userPath } from "../cli/user_directory.ts";
import { batchesOf } from "../push/batches.ts";
import { conflictsOf } from "../push/conflicts.ts";
import { applyStates } from "./apply_states.ts";
import { prepareRuns } from "./prepare_runs.ts";
import { readRuns } from "./read_runs.ts";
import { importProblems, storeRuns } from "./store_runs.ts";

const HELP = `
Usage: deno task import --input FILE [--input FILE …] [options]

Stores a history that was kept elsewhere, each run with its own time, in the order of time:

  JSON Lines             a result of the ingest format a line, or what deno task export wrote
  data.js                of github-action-benchmark, as its gh-pages branch has it
  CSV                    the original system's tables, both with a header:
                         \\copy benchmark_transactions to 'transactions.csv' csv header
                         \\copy benchmark_snapshots to 'snapshots.csv' csv header

Everything is checked before the first run is stored. A run is stored once, however often it is
imported: what was interrupted goes on where it stopped. A run that was measured before the current
one of its configuration is stored and charted at its time, and never becomes current.

Options:
  --input FILE           a file, a glob, or - for standard input; several are one history
  --environment LABEL    of runs that name none, such as github-actions
  --model NAME           model_version of a data.js (default its repository)
  --series NAME          of runs that name none
  --dry-run              check everything and store nothing
  --receipts FILE        write the receipts to a file, fit for deno task verify --receipt
  --data-dir DIR         where the local stack's local.env is (default .local)
  --json                 print counts as JSON
  -h, --help             show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY; without them the local stack. The key that
administers is needed, because an import says what was measured in the past.

Exit code: 0 done, 1 refused, 2 wrong usage.

Examples:
  deno task import --input runs.jsonl
  deno task import --input data.js --environment github-actions
  deno task import --input transactions.csv --input snapshots.csv
`;

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "input": { type: "string", multiple: true },
      "environment": { type: "string" },
      "model": { type: "string" },
      "series": { type: "string" },
      "dry-run": { type: "boolean", default: false },
      "receipts": { type: "string" },
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  if (values.input === undefined) throw new UsageError("--input is required.");
  const note = (sentence: string) => console.error(sentence);
  const runs = prepareRuns(await readRuns(values.input, { model: values.model }, note), {
    environment: values.environment,
    series: values.series,
  });
  const timeless = runs.filter(({ timestamp }) => timestamp === null).length;
  if (timeless > 0) {
    note(`${counted(timeless, "run")} without timestamp: they count as measured now.`);
  }
  const batches = batchesOf(runs);
  const problems = [
    ...(await Promise.all(batches.map(importProblems))).flat(),
    ...conflictsOf(runs),
  ];
  if (problems.length > 0) {
    const more = problems.length > 20 ? `\n  and ${problems.length - 20} more` : "";
    throw new UserError(
      `Nothing was stored:\n  ${problems.slice(0, 20).join("\n  ")}${more}`,
    );
  }
  if (values["dry-run"]) {
    const inactive = runs.filter(({ run }) => run.state?.isActive === false).length;
    console.log(
      `${counted(runs.length, "run")} can be imported${
        inactive > 0 ? `, ${inactive} of them as void, because they are not active` : ""
      }. Nothing was stored.`,
    );
    return 0;
  }
  if (values.receipts !== undefined) await checkWritable(userPath(values.receipts));

  const project = await findProject(values["data-dir"]);
  const receipts: Receipt[] = [];
  const bar = new SingleBar({
    format: "Importing {bar} {value}/{total} runs, {duration_formatted}",
    stream: process.stderr,
  });
  bar.start(runs.length, 0);
  try {
    await storeRuns(createProjectClient(project), batches, (stored) => {
      receipts.push(...stored);
      bar.update(receipts.length);
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\n${receipts.length} of ${runs.length} runs are stored. Importing again stores none of them twice, and goes on once what was refused is mended.`,
    );
  } finally {
    bar.stop();
    if (values.receipts !== undefined) {
      await Deno.writeTextFile(
        userPath(values.receipts),
        `${JSON.stringify({ results: receipts })}\n`,
      );
    }
  }
  const applied = await applyStates(
    project,
    runs.flatMap(({ run: { state } }, index) =>
      state === undefined ? [] : [{ state, receipt: receipts[index]! }]
    ),
  );
  const replayed = receipts.filter((receipt) => receipt.replayed).length;
  const configurations = new Set(receipts.map(({ configuration }) => configuration.id)).size;
  if (values.json) {
    console.log(JSON.stringify({
      runs: runs.length,
      stored: runs.length - replayed,
      stored_before: replayed,
      configurations,
      ...applied,
    }));
    return 0;
  }
  console.log(
    `${counted(runs.length, "run")} of ${counted(configurations, "configuration")}: ${
      runs.length - replayed
    } stored now, ${replayed} stored before.`,
  );
  const { baselines, checkouts, voided } = applied;
  if (baselines + checkouts + voided > 0) {
    console.log(
      `Decided as in the dump: ${counted(baselines, "baseline")}, ${
        counted(checkouts, "checkout")
      }, ${counted(voided, "run")} void.`,
    );
  }
  return 0;
});
