import { join } from "node:path";
import process from "node:process";
import { SingleBar } from "cli-progress";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { baseline, baselineWithout } from "./baseline.ts";
import { ISSUE_TYPES, type IssueType, readDataset } from "./dataset.ts";
import type { Model } from "./model.ts";
import { runBenchmark } from "./run_benchmark.ts";
import { scoreOutcomes } from "./score.ts";
import { UserError } from "../cli/user_error.ts";

const HELP = `
Usage: deno task generate --model baseline|openai|gemini [options]

Runs the benchmark: looks for planted billing errors in synthetic medical bills, scores what was
found, and writes aggregated_metrics_<model>.json. A document that fails is counted in
error_count and never dropped.

Options:
  --model NAME         baseline (rules, no network), openai or gemini
  --model-id ID        the vendor's model (default gpt-4.1-mini, gemini-2.5-flash)
  --output-dir DIR     where the file goes (default .)
  --without RULE,RULE  leave rules out of the baseline; may be given again. To see what a regression
                       looks like: model and prompt version stay, as with a change that broke
                       something unnoticed; the file names the rules in rules_left_out. They are
                       ${ISSUE_TYPES.slice(0, 4).join(", ")},
                       ${ISSUE_TYPES.slice(4).join(", ")}
  --dataset FILE       another data set of the same form
  --series NAME        what is benchmarked, for the ledger
  --variant NAME       what else tells this run's configuration apart, for the ledger
  --concurrency N      bills asked about at once (default 4)
  --max-seconds N      time cap of the run (default 900)
  --max-cost N         cost cap of the run in US dollars (default 1)
  --json               print the file to standard output, too
  -h, --help           show this

Environment: OPENAI_API_KEY or GEMINI_API_KEY.

Exit code: 0 done, 1 no document could be analysed or the file cannot be written, 2 wrong usage.

Examples:
  deno task generate --model baseline --series bills
  deno task generate --model baseline --series bills --without duplicate_charge
  deno task generate --model openai --model-id gpt-4.1 --max-cost 0.50
`;

const DATASET = new URL("../../datasets/synthetic_medical_bills_v1.json", import.meta.url);

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "model": { type: "string" },
      "model-id": { type: "string" },
      "output-dir": { type: "string", default: "." },
      "without": { type: "string", multiple: true },
      "dataset": { type: "string" },
      "series": { type: "string" },
      "variant": { type: "string" },
      "concurrency": { type: "string", default: "4" },
      "max-seconds": { type: "string", default: "900" },
      "max-cost": { type: "string", default: "1" },
      "json": { type: "boolean", default: false },
    },
  });
  const limits = {
    concurrency: positive("concurrency", values.concurrency),
    maxSeconds: positive("max-seconds", values["max-seconds"]),
    maxCost: positive("max-cost", values["max-cost"]),
  };
  const without = rulesOf(values.without ?? [], values.model);
  const model = await findModel(values.model, values["model-id"], without);
  const dataset = await readDataset(values.dataset ?? DATASET);

  const bar = new SingleBar({
    format: `${model.name} {bar} {value}/{total}`,
    stream: process.stderr,
  });
  bar.start(dataset.documents.length, 0);
  const outcomes = await runBenchmark(model, dataset.documents, limits, () => bar.increment());
  bar.stop();

  const metrics: Record<string, unknown> = {
    ...(values.series && { series: values.series }),
    ...(values.variant && { variant: values.variant }),
    ...(without.length > 0 && { rules_left_out: without }),
    ...scoreOutcomes(model, dataset.name, outcomes),
  };
  const path = join(values["output-dir"], `aggregated_metrics_${values.model}.json`);
  const text = `${JSON.stringify(metrics, null, 2)}\n`;
  try {
    await Deno.mkdir(values["output-dir"], { recursive: true });
    await Deno.writeTextFile(path, text);
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${(error as Error).message}`);
  }
  if (values.json) console.log(text.trimEnd());
  else {
    console.log(
      `${path}: F1 ${metrics.issue_f1_score}, precision ${metrics.issue_precision}, recall ${metrics.issue_recall}, ${metrics.error_count} of ${metrics.total_documents} documents failed, $${metrics.total_cost}`,
    );
  }
  const firstError = outcomes.find((outcome) => outcome.error !== null)?.error;
  if (firstError) console.error(`First failure: ${firstError}`);
  return outcomes.some((outcome) => outcome.answer !== null) ? 0 : 1;
});

/** Vendors' SDKs are loaded only when they are used. */
async function findModel(
  name: string | undefined,
  id: string | undefined,
  without: IssueType[],
): Promise<Model> {
  switch (name) {
    case "baseline":
      return without.length > 0 ? baselineWithout(without) : baseline;
    case "openai": {
      requireKey("OPENAI_API_KEY");
      const { openaiModel } = await import("./openai.ts");
      return openaiModel(id ?? "gpt-4.1-mini");
    }
    case "gemini": {
      requireKey("GEMINI_API_KEY");
      const { geminiModel } = await import("./gemini.ts");
      return geminiModel(id ?? "gemini-2.5-flash");
    }
    default:
      throw new UsageError("--model must be baseline, openai or gemini.");
  }
}

/** The rules that --without names. */
function rulesOf(lists: string[], model: string | undefined): IssueType[] {
  if (lists.length > 0 && model !== "baseline") {
    throw new UsageError("--without goes with --model baseline only: no other has rules.");
  }
  const isRule = (name: string): name is IssueType => ISSUE_TYPES.some((type) => type === name);
  const names = new Set(lists.flatMap((list) => list.split(",")).map((name) => name.trim()));
  return [...names].map((name) => {
    if (isRule(name)) return name;
    throw new UsageError(
      `--without must name rules: "${name}" is none. They are ${ISSUE_TYPES.join(", ")}.`,
    );
  });
}

function requireKey(name: string): void {
  if (!Deno.env.get(name)) throw new UserError(`Cannot ask the model: ${name} is not set.`);
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new UsageError(`--${name} must be above 0: current value is ${value}.`);
  return number;
}
