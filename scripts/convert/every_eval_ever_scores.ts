import { exactNumber, hasKeys, numberOf, type SourceDocument, type Warn } from "./adapter.ts";
import { standardError } from "./benchmark_values.ts";
import type { RawItem } from "./items.ts";
import { nameOf, settingsName } from "./names.ts";
import { type NamedScore, nameScores, type Score } from "./score_names.ts";

/** A log of Every Eval Ever, perhaps with the rows of its `_samples.jsonl`. */
export interface EvaluationLog extends SourceDocument {
  model_info: SourceDocument;
  evaluation_results: SourceDocument[];
  samples?: unknown;
}

/** A score, and where a log has it. */
export interface LogScore extends NamedScore {
  result: SourceDocument;
}

/**
 * The scores of a log: of a single result by its metric (`metric_id`, else `metric_name`), of several by
 * evaluation and metric; parameters of the metric are part of its name, as `pass_at_k_k_1`. The standard
 * error is the one that is given, else `standard_deviation` over the root of `num_samples`, by which
 * the schema defines it. A percentage is never called `f1`, `precision` or `recall`.
 */
export function scoresOf(log: EvaluationLog): LogScore[] {
  const isOne = log.evaluation_results.length === 1;
  const scores = log.evaluation_results.map((result) => {
    const metric = objectOf(result.metric_config);
    const { score, uncertainty } = objectOf(result.score_details);
    const parameters = settingsName(objectOf(metric.metric_parameters));
    const called = nameOf(metric.metric_id) ?? nameOf(metric.metric_name);
    return {
      parts: [
        ...(isOne && called !== undefined ? [] : [nameOf(result.evaluation_name) ?? "evaluation"]),
        ...(called === undefined ? [] : [called]),
        ...(parameters === "" ? [] : [parameters]),
      ],
      value: numeric(score),
      stderr: standardErrorOf(uncertainty),
      scale: scaleOf(metric),
      result,
    };
  });
  return nameScores(scores) as LogScore[];
}

/**
 * The rows of a log's `_samples.jsonl` (under `samples`) as items: a row is what one sample got in one
 * result, and rows of one sample make one item. A row that is there again is another epoch of it. Samples
 * of several data sets are `<data set>/<sample>`.
 */
export function samplesOf(
  log: EvaluationLog,
  scores: LogScore[],
  warn: Warn | undefined,
): RawItem[] {
  const rows = Array.isArray(log.samples) ? log.samples : [];
  const isOneDataset = new Set(scores.map(({ result }) => datasetOf(result))).size <= 1;
  const seen = new Map<string, number>();
  const items = new Map<string, RawItem & { epoch: number }>();
  let unknown = 0;
  for (const row of rows) {
    const score = hasKeys(row) ? scoreOfRow(row, scores) : undefined;
    if (!hasKeys(row) || score === undefined) {
      unknown++;
      continue;
    }
    const sample = nameOf(row.sample_id);
    const id = isOneDataset ? sample : nameOf(`${datasetOf(score.result)}/${sample}`);
    const times = JSON.stringify([id, score.name]);
    const epoch = (seen.get(times) ?? 0) + 1;
    seen.set(times, epoch);
    const key = JSON.stringify([id, epoch]);
    const item = items.get(key) ?? { id, epoch, scores: {} };
    items.set(key, item);
    item.scores[score.name] = numeric(objectOf(row.evaluation).score);
    const latency = objectOf(row.performance).latency_ms;
    if ((numberOf(latency) ?? -1) >= 0) item.scores.latency_ms = latency;
  }
  if (unknown > 0) {
    warn?.(`${unknown} of ${rows.length} samples name no result of the log: they are left out.`);
  }
  const hasEpochs = [...items.values()].some(({ epoch }) => epoch > 1);
  return [...items.values()].map(({ epoch, ...item }) => ({
    ...item,
    ...(hasEpochs && { epoch }),
  }));
}

/** A row names its result by id; by the evaluation's name only where that has a single result. */
function scoreOfRow(row: SourceDocument, scores: LogScore[]): LogScore | undefined {
  const id = row.evaluation_result_id ?? null;
  const found = scores.filter(({ result }) =>
    id === null
      ? result.evaluation_name === row.evaluation_name
      : result.evaluation_result_id === id
  );
  return found.length === 1 ? found[0] : undefined;
}

function datasetOf(result: SourceDocument): string {
  return nameOf(objectOf(result.source_data).dataset_name) ?? "";
}

function scaleOf({ metric_unit, max_score }: SourceDocument): Score["scale"] {
  if (/percent|%/i.test(`${nameOf(metric_unit) ?? ""} ${nameOf(max_score) ?? ""}`)) {
    return "percent";
  }
  if ((max_score ?? null) === null) return undefined;
  const most = numberOf(numeric(max_score));
  if (most === PERCENT) return "percent";
  // A most that is no number is not known to be 1.
  return most !== undefined && most <= 1 ? undefined : "other";
}

const PERCENT = 100;

/** A number, also where a log has it as a text. */
function numeric(value: unknown): unknown {
  return typeof value === "string" ? exactNumber(value.trim()) ?? value : value;
}

function standardErrorOf(uncertainty: unknown): unknown {
  const { standard_error: given, standard_deviation, num_samples } = objectOf(uncertainty);
  // A number, in the first versions of the schema.
  return numeric(hasKeys(given, "value") ? given.value : given) ??
    standardError(numeric(standard_deviation), numeric(num_samples));
}

function objectOf(value: unknown): SourceDocument {
  return hasKeys(value) && numberOf(value) === undefined ? value : {};
}
