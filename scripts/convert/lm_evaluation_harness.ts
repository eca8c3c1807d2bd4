import { type Adapter, hasKeys, joinNames, numberOf, type SourceDocument } from "./adapter.ts";
import { itemsOf } from "./items.ts";
import { samplesOf, scoresOf, tasksOf } from "./lm_evaluation_harness_scores.ts";

// The last millisecond of the year 9999, in seconds: what a timestamp can say.
const LAST_SECOND = 253_402_300_799;

/**
 * `results_<time>.json` of EleutherAI's lm-evaluation-harness, as `lm_eval --output_path` writes,
 * or what its `simple_evaluate()` returns, which has the samples, too.
 * https://github.com/EleutherAI/lm-evaluation-harness
 */
export const lmEvaluationHarness: Adapter = {
  name: "lm-evaluation-harness",
  description: "results_*.json of lm_eval with results, configs and versions by task",
  matches: (document) =>
    hasKeys(document, "results", "configs", "versions") && hasKeys(document.results),
  convert: (document: SourceDocument, options) => {
    const tasks = tasksOf(document);
    const { taken, rest } = takeTimes(document);
    const metrics = { ...scoresOf(document), ...rest };
    const size = sizeOf(document, tasks);
    return {
      model_version: options.model ?? document.model_name,
      dataset_version: options.datasetVersion ??
        joinNames(
          tasks.map((task) => `${task}@${textOf(entryOf(document.versions, task) ?? "?")}`),
        ),
      prompt_version: options.promptVersion ?? shots(document["n-shot"]),
      ...(size > 0 && { dataset_size: size }),
      ...taken,
      metrics,
      ...itemsOf(
        samplesOf(document),
        metrics,
        options.warn,
        size > 0 ? size : undefined,
      ),
    };
  },
};

/** Parts time and duration, where they can be ones, from what stays as it is. */
function takeTimes(document: SourceDocument): { taken: SourceDocument; rest: SourceDocument } {
  const { date, total_evaluation_time_seconds: duration, ...rest } = document;
  const at = numberOf(date);
  const seconds = typeof duration === "string" && duration.trim() !== ""
    ? Number(duration)
    : numberOf(duration);
  const taken: SourceDocument = {};
  if (seconds !== undefined && Number.isFinite(seconds) && seconds >= 0) {
    taken.duration_seconds = seconds;
  } else if (duration !== undefined) rest.total_evaluation_time_seconds = duration;
  if (at !== undefined && at > 0 && at <= LAST_SECOND) {
    taken.timestamp = new Date(at * 1000).toISOString();
  } else if (date !== undefined) rest.date = date;
  return { taken, rest };
}

function sizeOf(document: SourceDocument, tasks: string[]): number {
  const size = (task: string) => {
    const counts = entryOf(document["n-samples"], task);
    return hasKeys(counts) ? numberOf(counts.effective) ?? 0 : 0;
  };
  return tasks.map(size).reduce((a, b) => a + b, 0);
}

function shots(counts: unknown): string {
  const different = hasKeys(counts) ? [...new Set(Object.values(counts).map(textOf))] : [];
  return different.length === 0 ? "default" : `${different.join("/")}-shot`;
}

function entryOf(object: unknown, key: string): unknown {
  return hasKeys(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

// Not String() of everything: a raw JSON value has no prototype, and so none.
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
