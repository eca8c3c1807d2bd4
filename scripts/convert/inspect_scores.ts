import { MAX_SCORES } from "../../supabase/functions/ingest-benchmark/payload/items.ts";
import {
  exactNumber,
  hasKeys,
  isNumber,
  numberOf,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import type { RawItem } from "./items.ts";
import { nameOf } from "./names.ts";
import { arePercentages, type NamedScore, nameScores, plainName } from "./score_names.ts";

/** A metric of a scorer, and where an eval log has it. */
export interface InspectScore extends NamedScore {
  scorer: string;
  /** The scorer's name, or the key of a scorer that gives several values. */
  key: string;
  metric: string;
  reducer: string;
}

interface Entry {
  scorer: string;
  key: string;
  reducer: string;
  metrics: [name: string, value: unknown][];
}

// A standard error is that of the mean, which for these two metrics is the metric.
const MEANS = ["accuracy", "mean"];
const STANDARD_ERRORS = ["stderr", "bootstrap_stderr"];

/**
 * The scores of an eval log. One scorer's are named by its metrics, `accuracy`; of several by scorer and
 * metric, `match_accuracy`. A reducer of epochs is named where it is not the mean: `accuracy_pass_at_2`.
 * `stderr` is the standard error of `accuracy` and `mean`, and a score of its own beside other metrics
 * only. A metric without a number (NaN) is left out, and told to `warn`.
 */
export function scoresOf(document: SourceDocument, warn: Warn | undefined): InspectScore[] {
  const results = document.results as SourceDocument;
  const entries = (Array.isArray(results.scores) ? results.scores : [])
    .filter((score) => hasKeys(score)).map(entryOf);
  const isOne = new Set(entries.map(({ scorer, key }) => JSON.stringify([scorer, key]))).size === 1;
  const isPercent = arePercentages(entries.flatMap(({ metrics }) => metrics));
  const scores = entries.flatMap((entry) => {
    const { scorer, key, reducer, metrics } = entry;
    const isShared = entries.some((other) => other.key === key && other.scorer !== scorer);
    const prefix = isOne ? [] : isShared ? [scorer, key] : [key];
    const suffix = reducer === "mean" ? [] : [reducer];
    const stderr = STANDARD_ERRORS.map((name) => valueOf(metrics, name)).find(isNumber);
    const hasMean = metrics.some(([name]) => MEANS.includes(name));
    return metrics.filter(([name, value]) => {
      if (!isNumber(value)) {
        warn?.(`The metric ${name} of the scorer ${scorer} has no number (NaN?): it is left out.`);
      }
      return isNumber(value) && !(hasMean && STANDARD_ERRORS.includes(name));
    }).map(([metric, value]) => ({
      parts: [...prefix, metric, ...suffix],
      value,
      ...(MEANS.includes(metric) && { stderr }),
      scale: isPercent ? "percent" as const : undefined,
      scorer,
      key,
      metric,
      reducer,
    }));
  });
  return nameScores(scores) as InspectScore[];
}

/**
 * The samples of an eval log as items, each epoch of its own. A score has the name of the metric that is
 * its mean, else its scorer's; of a scorer that gives an object or a list, each value is a score.
 * `C`, `I`, `P` and `N` are 1, 0, 0.5 and 0, as Inspect counts them. `latency_ms` is the time that the
 * sample worked, without waiting for others.
 */
export function samplesOf(
  document: SourceDocument,
  scores: InspectScore[],
  warn: Warn | undefined,
): RawItem[] {
  const samples = Array.isArray(document.samples)
    ? document.samples.filter((sample) => hasKeys(sample, "id"))
    : [];
  const hasEpochs = samples.some(({ epoch }) => (numberOf(epoch) ?? 1) > 1);
  const items = samples.map((sample) => ({
    id: typeof sample.id === "number" ? sample.id : nameOf(sample.id),
    ...(hasEpochs && { epoch: numberOf(sample.epoch) ?? 1 }),
    scores: {
      ...scoresOfSample(sample, scores),
      ...latencyOf(sample),
    } as SourceDocument,
  }));
  return withFewScores(items, new Set([...scores.map(({ name }) => name), "latency_ms"]), warn);
}

function entryOf(score: SourceDocument): Entry {
  const key = nameOf(score.name) ?? nameOf(score.scorer) ?? "score";
  return {
    key,
    scorer: nameOf(score.scorer) ?? key,
    reducer: nameOf(score.reducer) ?? "mean",
    metrics: Object.entries(hasKeys(score.metrics) ? score.metrics : {})
      .map(([name, metric]) => [name, hasKeys(metric) ? metric.value : metric]),
  };
}

function valueOf(metrics: [string, unknown][], name: string): unknown {
  return metrics.find(([other]) => other === name)?.[1];
}

function scoresOfSample(sample: SourceDocument, scores: InspectScore[]): SourceDocument {
  const given = hasKeys(sample.scores) ? Object.entries(sample.scores) : [];
  return Object.fromEntries(given.flatMap(([scorer, score]) => {
    const value = hasKeys(score) ? score.value ?? null : null;
    if (Array.isArray(value)) {
      return value.map((one, index) => [plainName([scorer, String(index + 1)]), scoreOf(one)]);
    }
    return hasKeys(value) && !isNumber(value)
      ? Object.entries(value)
        .map((
          [key, one],
        ) => [nameOfMean(scorer, key, scores) ?? plainName([scorer, key]), scoreOf(one)])
      : [[nameOfMean(scorer, scorer, scores) ?? plainName([scorer]), scoreOf(value)]];
  }));
}

/** What the metric is called that is the mean of these values. */
function nameOfMean(scorer: string, key: string, scores: InspectScore[]): string | undefined {
  return MEANS.map((mean) =>
    scores.find((score) =>
      score.scorer === scorer && score.key === key && score.metric === mean &&
      score.reducer === "mean"
    )?.name
  ).find((name) => name !== undefined);
}

/** As Inspect makes a number of a value; null for what it makes none of. */
function scoreOf(value: unknown): unknown {
  if (isNumber(value)) return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return null;
  const letters: Record<string, number> = { C: 1, I: 0, P: 0.5, N: 0 };
  const words: Record<string, number> = { yes: 1, true: 1, no: 0, false: 0 };
  if (Object.hasOwn(letters, value)) return letters[value];
  const word = value.toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : exactNumber(value) ?? null;
}

function latencyOf(sample: SourceDocument): SourceDocument {
  const seconds = numberOf(sample.working_time);
  return seconds !== undefined && seconds >= 0 ? { latency_ms: seconds * 1000 } : {};
}

/** At most as many scores as an item may have: first those that a metric is made of. */
function withFewScores(items: RawItem[], wanted: Set<string>, warn: Warn | undefined): RawItem[] {
  const names = [...new Set(items.flatMap(({ scores }) => Object.keys(scores)))];
  if (names.length <= MAX_SCORES) return items;
  const kept = new Set(
    names.toSorted((a, b) => Number(wanted.has(b)) - Number(wanted.has(a))).slice(0, MAX_SCORES),
  );
  const left = names.filter((name) => !kept.has(name));
  warn?.(
    `The items are converted without ${left.join(", ")}: at most ${MAX_SCORES} scores are taken.`,
  );
  return items.map(({ scores, ...item }) => ({
    ...item,
    scores: Object.fromEntries(Object.entries(scores).filter(([name]) => kept.has(name))),
  }));
}
