import * as z from "zod";
import { configurationName } from "../../cli/listed_configuration.ts";
import { metricPointer } from "../../cli/metric_pointer.ts";
import { UserError } from "../../cli/user_error.ts";
import { judgedAgainst } from "../../compare/judged_against.ts";
import type { ComparedNumber } from "../../compare/read_comparison.ts";
import { twoRuns, withVersion } from "../../compare/run.ts";
import { judgementTable } from "../../compare/judgement_table.ts";
import { plainNumber, signedNumber } from "../../compare/numbers.ts";
import { answer, bounded, cutSchema, MAX_ROWS } from "../answer.ts";
import { describeChangeOfLevel } from "../describe_change_of_level.ts";
import { describeItems } from "../describe_items.ts";
import type { LedgerConfiguration, Policy } from "../documents.ts";
import { findRun, type FoundRun, readConfigurations } from "../find_run.ts";
import { inertText, quoted } from "../inert.ts";
import type { Ledger } from "../ledger.ts";
import { changesOfLevel, readMetricHistory } from "../metric_history.ts";
import { readEntry } from "../read_entry.ts";
import {
  answeredItems,
  type AnsweredRun,
  readDifference,
  readItemChanges,
} from "../read_difference.ts";
import {
  answeredJudgement,
  changePointSchema,
  itemCountsSchema,
  itemSchema,
  judgementSchema,
  RUN_FORMS,
  runSchema,
} from "../schemas.ts";

const DEFAULT_ITEMS = 10;
/** Numbers that the text shows; the structured content has more. */
const SHOWN_NUMBERS = 10;

export const COMPARE_INPUT = {
  a: z.string().min(1).max(1000).describe(
    `The run that b is judged against; without b, the run that is shown against what it was judged against when it was stored. ${RUN_FORMS}`,
  ),
  b: z.string().min(1).max(1000).optional().describe(
    "The run that is judged, named likewise. Where both are one configuration, its newest",
  ),
  metric: z.string().min(1).max(1000).optional().describe(
    "Only this number, such as f1, or the numbers under it",
  ),
  items: z.number().int().min(0).max(MAX_ROWS).default(DEFAULT_ITEMS).describe(
    "How many items are named for each metric, new failures first",
  ),
};

export const COMPARE_OUTPUT = {
  a: runSchema,
  b: runSchema,
  judgements: z.array(judgementSchema).describe(
    "b judged against a by the policies in force for b",
  ),
  numbers: z.array(z.object({
    path: z.string(),
    a: z.number().nullable(),
    b: z.number().nullable(),
    delta: z.number().nullable(),
    percent: z.number().nullable(),
  })).describe("Numbers of the metrics that differ, the most different first"),
  item_counts: z.array(itemCountsSchema),
  items: z.array(itemSchema).describe("Items that changed, new failures first"),
  change_points: z.array(changePointSchema).describe(
    "Where the history of b's configuration changed",
  ),
  cut: cutSchema,
};

/** Two runs: verdicts with intervals, numbers and items that differ. */
export async function compare(
  ledger: Ledger,
  { a: textA, b: textB, items, ...input }: z.infer<z.ZodObject<typeof COMPARE_INPUT>>,
) {
  const metric = input.metric === undefined ? undefined : inertText(metricPointer(input.metric));
  const configurations = await readConfigurations(ledger);
  const { a, b } = await findPair(ledger, configurations, textA, textB);
  const difference = await readDifference(ledger, a, b);
  const isWanted = (path: string) =>
    metric === undefined || path === metric || path.startsWith(`${metric}/`);
  const numbers = difference.numbers.filter(({ path }) => isWanted(path));
  if (metric !== undefined && numbers.length === 0) {
    throw new UserError(
      `Neither run has a number ${quoted(metric)}: without metric all that differ can be seen.`,
    );
  }
  const judgements = difference.judgements.filter((one) => isWanted(one.metric));
  const paired = metric !== undefined ? [metric] : judgements
    .filter(({ evidence }) => evidence.method === "paired-items")
    .map((judgement) => judgement.metric);
  const changes = [];
  // Each once: a metric has a policy that warns and one that fails.
  for (const name of new Set(paired)) {
    changes.push(await readItemChanges(ledger, a, b, name, items) ?? []);
  }
  const differing = numbers.filter(({ a, b }) => a !== b)
    .sort((x, y) => relative(y) - relative(x) || (x.path < y.path ? -1 : 1));
  const data = bounded(
    {
      a: difference.a,
      b: difference.b,
      judgements: judgements.map(answeredJudgement),
      numbers: differing,
      ...answeredItems(changes.flat()),
      change_points: await changePoints(ledger, b, judgements.map((one) => one.metric)),
    },
    ["judgements", "items", "item_counts", "change_points", "numbers"],
  );
  return answer(data, [
    `a: ${describeRun(data.a)}`,
    `b: ${describeRun(data.b)}`,
    describeData(data.a, data.b),
    data.judgements.length === 0
      ? "Nothing is judged: no policy in force is about a number that both runs have."
      : judgementTable(judgements.slice(0, data.judgements.length)),
    ...data.judgements.map(({ summary }) => summary),
    ...describeNumbers(data.numbers, new Set(judgements.map((one) => one.metric))),
    ...describeItems(data.item_counts, data.items),
    ...data.change_points.map(describeChangeOfLevel),
  ]);
}

async function findPair(
  ledger: Ledger,
  configurations: LedgerConfiguration[],
  textA: string,
  textB: string | undefined,
): Promise<{ a: FoundRun; b: FoundRun }> {
  const first = await findRun(ledger, configurations, textA);
  if (textB === undefined) {
    const b = withVersion(first, quoted);
    const a = judgedAgainst(configurations, await readEntry(ledger, b));
    if (a === null) {
      throw new UserError(
        `Version ${b.version} of ${
          quoted(configurationName(b.configuration))
        } was compared with nothing when it was stored: name with b what to compare it with.`,
      );
    }
    return { a, b };
  }
  const second = await findRun(ledger, configurations, textB);
  return twoRuns(first, second, ["a", "b"], quoted);
}

async function changePoints(ledger: Ledger, b: FoundRun, metrics: string[]) {
  if (metrics.length === 0) return [];
  const policies = await ledger.call<Policy[]>("list_regression_policies");
  const found = [];
  for (const metric of new Set(metrics)) {
    const runs = await readMetricHistory(ledger, b.configuration.id, metric);
    const changes = changesOfLevel(runs, policies, b.configuration, metric);
    found.push(...changes.reverse().map((change) => ({ metric, ...change })));
  }
  return found;
}

function describeRun({ configuration, snapshot_version, commit_sha, stored_at }: AnsweredRun) {
  return `${quoted(configurationName(configuration))}, version ${snapshot_version}, commit ${
    quoted(commit_sha)
  }, stored ${stored_at.slice(0, 16)}Z`;
}

function describeData(a: AnsweredRun, b: AnsweredRun): string {
  const [dataA, dataB] = [a.configuration.dataset_version, b.configuration.dataset_version];
  return dataA === dataB
    ? ""
    : `a ran on ${quoted(dataA)} and b on ${quoted(dataB)}: what differs may be the data.`;
}

/** Numbers of single documents and the like are left out: they would bury the rest. */
function describeNumbers(numbers: ComparedNumber[], judged: Set<string>): string[] {
  const others = numbers.filter(({ path, delta }) =>
    delta !== null && !judged.has(path) && !/\/\d+(\/|$)/.test(path)
  );
  if (others.length === 0) return [];
  return [
    "Other numbers that differ:",
    ...others.slice(0, SHOWN_NUMBERS).map(({ path, a, b, delta }) =>
      `  ${quoted(path)}: ${plainNumber(a)} → ${plainNumber(b)} (${signedNumber(delta)})`
    ),
    others.length > SHOWN_NUMBERS ? `  … and ${others.length - SHOWN_NUMBERS} more` : "",
  ];
}

/** Of the larger of both; what only one run has comes last. */
function relative({ a, b, delta }: ComparedNumber): number {
  if (delta === null) return -1;
  return Math.abs(delta) / Math.max(Math.abs(a!), Math.abs(b!)) || 0;
}
