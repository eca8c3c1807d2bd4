import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { metricPointer } from "../cli/metric_pointer.ts";
import { findProject } from "../cli/project.ts";
import { findRuns } from "./find_runs.ts";
import { findShifts } from "./find_shifts.ts";
import { describeComparison } from "./describe_comparison.ts";
import { type Comparison, readComparison } from "./read_comparison.ts";

const HELP = `
Usage: deno task compare A [B] [options]

Judges run B against run A by the policies in force for B, and shows what differs: numbers, items,
and where the history of B's configuration shifted. Without B, run A is shown against what it was
judged against when it was stored. Nothing is stored.

A and B are each one of
  ID[@VERSION]                    a configuration by its id
  model_version=M,…[@VERSION]     or by model_version, dataset_version, prompt_version, environment
                                  and variant, as many as it takes to mean one (variant= for none)
  series:NAME                     the newest published run of a series
Without @VERSION it is the current version, or where nothing was published the newest; of B, where
both are one configuration, the newest.

Options:
  --metric POINTER  only this number, e.g. f1, or the numbers under it
  --items N         name at most N items a metric that changed, new failures first (default 10)
  --fail-on WORD    exit with 1 when something is worse; for inconclusive also when something is
                    inconclusive
  --data-dir DIR    where the local stack's local.env is (default .local)
  --json            print {a, b, judgements, metrics, item_changes, change_points} as JSON
  -h, --help        show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY of a hosted project; without them the local stack.

Exit code: 0 done, 1 failed or what --fail-on says, 2 wrong usage.

Examples:
  deno task compare model_version=small-1 model_version=small-2
  deno task compare model_version=small-2,prompt_version=v3@7 model_version=small-2,prompt_version=v3@8
  deno task compare series:bill-auditor --fail-on worse
`;

/** Verdicts that each word fails on. */
const FAIL_ON = new Map([
  ["worse", ["worse"]],
  ["inconclusive", ["worse", "inconclusive"]],
]);
/** As many as the database names. */
const MAX_ITEMS = 10_000;

await runCommand(HELP, async (args) => {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: {
      "metric": { type: "string" },
      "items": { type: "string", default: "10" },
      "fail-on": { type: "string" },
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  const [a, b, ...more] = positionals;
  if (a === undefined || more.length > 0) {
    throw new UsageError("Give one run, or two to compare: deno task compare A B.");
  }
  const items = /^\d{1,5}$/.test(values.items) ? Number(values.items) : NaN;
  if (!(items <= MAX_ITEMS)) {
    throw new UsageError(
      `--items must be a number of 0 to ${MAX_ITEMS}: current value is ${values.items}.`,
    );
  }
  const failing = values["fail-on"] === undefined ? [] : FAIL_ON.get(values["fail-on"]);
  if (failing === undefined) {
    throw new UsageError(
      `--fail-on must be worse or inconclusive: current value is ${values["fail-on"]}.`,
    );
  }
  if (values.metric === "") throw new UsageError("--metric must be a JSON pointer such as f1.");
  const metric = values.metric && metricPointer(values.metric);

  const project = await findProject(values["data-dir"]);
  const runs = await findRuns(project, a, b);
  const comparison = await readComparison(project, runs.a, runs.b, { metric, items });
  const shifts = await findShifts(project, runs.b.configuration.id, comparison.judgements);
  if (values.json) console.log(JSON.stringify({ ...comparison, change_points: shifts }));
  else console.log(describeComparison(comparison, shifts));
  warnOfOtherData(comparison);
  // What only warns fails nothing, as with push and the action.
  return comparison.judgements.some(({ severity, verdict }) =>
      severity === "fail" && failing.includes(verdict)
    )
    ? 1
    : 0;
});

function warnOfOtherData({ a, b }: Comparison): void {
  const [dataA, dataB] = [a.configuration.dataset_version, b.configuration.dataset_version];
  if (dataA !== dataB) {
    console.error(`A ran on ${dataA} and B on ${dataB}: what differs may be the data.`);
  }
}
