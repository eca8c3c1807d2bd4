import * as z from "zod";
import { configurationName } from "../../cli/listed_configuration.ts";
import { metricPointer } from "../../cli/metric_pointer.ts";
import { pathOf } from "../../cli/place.ts";
import { UserError } from "../../cli/user_error.ts";
import type { NamedRun } from "../../compare/run.ts";
import type { JudgementDocument } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { answer, bounded, cutSchema, MAX_ROWS } from "../answer.ts";
import { commitRange } from "../commit_range.ts";
import { describeChangeOfLevel } from "../describe_change_of_level.ts";
import { describeItems } from "../describe_items.ts";
import type {
  LedgerConfiguration,
  LedgerEntry,
  RegressionsDocument,
  RegressionState,
} from "../documents.ts";
import { findRun, type FoundRun, nearestNames, seriesName } from "../find_run.ts";
import { inertText, quoted } from "../inert.ts";
import type { Ledger } from "../ledger.ts";
import {
  type ChangeOfLevel,
  changesOfLevel,
  type MeasuredRun,
  readMetricHistory,
  unknownMetric,
} from "../metric_history.ts";
import { numberAt } from "../number_at.ts";
import { answeredItems, answeredRun, readDifference, readItemChanges } from "../read_difference.ts";
import { readEntry } from "../read_entry.ts";
import {
  answeredJudgement,
  changePointSchema,
  itemCountsSchema,
  itemSchema,
  judgementSchema,
  RUN_FORMS,
  runSchema,
} from "../schemas.ts";
import { judgementAsReceipt, judgementMade } from "../stored_judgement.ts";
import { describeState, readStates, stateSchema } from "./regressions.ts";

const DEFAULT_ITEMS = 20;
/** Runs between a change point and the run in question that it still may explain. */
const NEAR = 5;

export const WHY_INPUT = {
  of: z.string().min(1).max(1000).describe(`What became worse: ${RUN_FORMS}`),
  metric: z.string().min(1).max(1000).describe("The metric, such as f1 or /latency_ms"),
  version: z.number().int().min(1).max(999_999_999).optional().describe(
    "The run in question; left out, the one since which the metric is worse, or the newest that leaves it open",
  ),
  items: z.number().int().min(0).max(MAX_ROWS).default(DEFAULT_ITEMS).describe(
    "How many items are named, new failures first",
  ),
};

const COMPARED = [
  "commit_sha",
  "model_version",
  "model_provider",
  "prompt_version",
  "dataset_version",
  "dataset_size",
  "environment",
  "variant",
  "branch_name",
] as const;

export const WHY_OUTPUT = {
  metric: z.string(),
  run: runSchema.describe("The run in question"),
  reference: runSchema.describe("What it was judged against"),
  state: stateSchema.nullable().describe("What is worse now; null when it is good again"),
  judged: z.enum(["when-stored", "now"]).describe(
    "now: the run has no judgement of the metric by a policy in force, so it was judged for this answer",
  ),
  judgement: judgementSchema.nullable().describe(
    "Null where no policy is about the metric, or the reference lacks it",
  ),
  changed: z.array(z.object({
    what: z.enum(COMPARED),
    from: z.string().nullable(),
    to: z.string().nullable(),
  })).describe("How the run differs from its reference"),
  commits: z.object({
    from: z.string(),
    to: z.string(),
    range: z.string(),
    url: z.string().nullable(),
  }).describe("From the published run before the one in question, else its reference, to it"),
  change_point: changePointSchema.nullable().describe("The lasting change nearest to the run"),
  item_counts: z.array(itemCountsSchema),
  items: z.array(itemSchema).describe("Items that changed from the reference to the run"),
  cut: cutSchema,
};

/** One regression: the judgement with its evidence, and what changed. */
export async function why(ledger: Ledger, input: z.infer<z.ZodObject<typeof WHY_INPUT>>) {
  const metric = inertText(metricPointer(input.metric));
  const document = await ledger.call<RegressionsDocument>("get_dashboard_regressions");
  if (document.configurations.length === 0) throw new UserError("No run is stored yet.");
  const found = await findRun(ledger, document.configurations, input.of);
  const { configuration } = found;
  // The newest run of a series is not the one that it became worse with.
  const named = seriesName(input.of) === null ? found : { ...found, version: null };
  const state = [...document.regressions, ...document.acknowledged].find((one) =>
    one.configuration_id === configuration.id && one.metric === metric
  );
  const history = await readMetricHistory(ledger, configuration.id, metric);
  if (history.length === 0) throw await unknownMetric(ledger, configuration.id, metric);
  const run = runInQuestion(document, named, metric, input.version, state);
  const entry = await readEntry(ledger, run);
  if (numberAt(entry.metrics, pathOf(metric)) === null) {
    throw new UserError(`Version ${run.version} has no number ${quoted(metric)}.`);
  }
  const made = judgementMade(entry, document.policies, metric);
  const reference = referenceOf(document, entry, made?.judgement, state);
  const referenceEntry = await readEntry(ledger, reference);
  const judgement = made === null
    ? (await readDifference(ledger, reference, run)).judgements
      .find((one) => one.metric === metric) ?? null
    : judgementAsReceipt(made, entry, referenceEntry);
  const previous = entry.previous_version === null
    ? referenceEntry
    : await readEntry(ledger, { configuration, version: entry.previous_version });
  const changes = await readItemChanges(ledger, reference, run, metric, input.items);
  const changePoint = nearest(
    changesOfLevel(history, document.policies, configuration, metric),
    history,
    run.version,
  );
  const configurations = new Map(document.configurations.map((one) => [one.id, one]));
  const data = bounded(
    {
      metric,
      run: answeredRun(run, entry),
      reference: answeredRun(reference, referenceEntry),
      state: state === undefined ? null : (await readStates(ledger, [state], configurations))[0]!,
      judged: made === null ? "now" as const : "when-stored" as const,
      judgement: judgement === null ? null : answeredJudgement(judgement),
      changed: differences(referenceEntry, entry),
      commits: commitRange(previous, entry),
      change_point: changePoint === null ? null : { metric, ...changePoint },
      ...answeredItems(changes === null ? [] : [changes]),
    },
    ["items"],
    changes === null ? {} : { items: Math.min(changes.worse + changes.better, input.items) },
  );
  return answer(data, [
    `${metric} of ${
      quoted(configurationName(configuration))
    }, version ${run.version}, against version ${reference.version}${
      reference.configuration.id === configuration.id
        ? ""
        : ` of ${quoted(configurationName(reference.configuration))}`
    }:`,
    describeJudgement(judgement, data.judged),
    data.state === null ? "It is no regression now." : describeState(data.state),
    data.changed.length === 0
      ? "Nothing that the ledger knows of differs from the reference."
      : "What differs from the reference:",
    ...data.changed.map(({ what, from, to }) => `  ${what}: ${shown(from)} → ${shown(to)}`),
    `Commits since the run before: ${quoted(data.commits.range)}${
      data.commits.url === null ? "" : ` ${data.commits.url}`
    }`,
    data.change_point === null
      ? "No lasting change of the history is found near it."
      : describeChangeOfLevel(data.change_point),
    ...describeItems(data.item_counts, data.items),
    changes === null ? "The runs have no items that give the metric." : "",
  ]);
}

function runInQuestion(
  document: RegressionsDocument,
  { configuration, version: namedVersion }: NamedRun<LedgerConfiguration>,
  metric: string,
  version: number | undefined,
  state: RegressionState | undefined,
): FoundRun {
  const left = document.inconclusive.find((one) =>
    one.configuration_id === configuration.id && one.metric === metric
  );
  const chosen = version ?? namedVersion ?? state?.since_version ?? left?.snapshot_version;
  if (chosen === undefined) throw new UserError(describeNothing(document, configuration, metric));
  if (chosen > configuration.last_version) {
    throw new UserError(
      `There is no version ${chosen} of ${
        quoted(configurationName(configuration))
      }: it has versions 1 to ${configuration.last_version}.`,
    );
  }
  return { configuration, version: chosen };
}

function describeNothing(
  { regressions, acknowledged, inconclusive }: RegressionsDocument,
  configuration: LedgerConfiguration,
  metric: string,
): string {
  const metrics = [...regressions, ...acknowledged, ...inconclusive]
    .filter((one) => one.configuration_id === configuration.id).map((one) => one.metric);
  return `${quoted(metric)} of ${
    quoted(configurationName(configuration))
  } is not worse now, nor left open. ${
    metrics.length === 0
      ? "Nor is any other metric of it: the tool regressions lists what is worse."
      : `What is: ${nearestNames(metric, metrics)}.`
  } With version, any run can be asked about.`;
}

function referenceOf(
  { configurations }: RegressionsDocument,
  entry: LedgerEntry,
  made: { reference_configuration_id: string | null; reference_version: number } | undefined,
  state: RegressionState | undefined,
): FoundRun {
  const id = made === undefined
    ? state?.reference_configuration_id
    : made.reference_configuration_id ?? entry.configuration_id;
  const version = made?.reference_version ?? state?.reference_version;
  const configuration = configurations.find((one) => one.id === id);
  const isItself = id === entry.configuration_id && version === entry.snapshot_version;
  if (configuration !== undefined && version !== undefined && !isItself) {
    return { configuration, version };
  }
  const own = configurations.find((one) => one.id === entry.configuration_id);
  if (own !== undefined && entry.previous_version !== null) {
    return { configuration: own, version: entry.previous_version };
  }
  throw new UserError(
    `Version ${entry.snapshot_version} was judged against nothing, being the first: the tool compare takes any two runs.`,
  );
}

function nearest(
  changes: ChangeOfLevel[],
  history: MeasuredRun[],
  version: number,
): ChangeOfLevel | null {
  const index = (snapshotVersion: number) =>
    history.findIndex((run) => run.snapshot_version === snapshotVersion);
  const at = index(version);
  const distance = (change: ChangeOfLevel) => Math.abs(index(change.snapshot_version) - at);
  const [found] = changes.toSorted((a, b) => distance(a) - distance(b));
  return found !== undefined && at >= 0 && distance(found) <= NEAR ? found : null;
}

function differences(reference: LedgerEntry, entry: LedgerEntry) {
  return COMPARED.flatMap((what) => {
    const [from, to] = [reference[what], entry[what]];
    return from === to ? [] : [{ what, from: textOf(from), to: textOf(to) }];
  });
}

function textOf(value: string | number | null): string | null {
  return value === null ? null : String(value);
}

function shown(text: string | null): string {
  return text === null ? "nothing" : quoted(text);
}

function describeJudgement(judgement: JudgementDocument | null, judged: string): string {
  if (judgement === null) {
    return "It is not judged: no policy in force is about the metric, or the reference lacks it.";
  }
  return `${judgement.verdict} (${judgement.severity}), judged ${
    judged === "now" ? "for this answer" : "when it was stored"
  }: ${judgement.summary}`;
}
