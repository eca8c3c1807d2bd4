import { type Adapter, hasKeys, joinNames, type SourceDocument } from "./adapter.ts";

interface HarnessDocument extends SourceDocument {
  results: Record<string, Record<string, unknown>>;
  versions?: Record<string, unknown>;
  "n-shot"?: Record<string, unknown>;
  "n-samples"?: Record<string, { effective?: unknown }>;
  model_name?: unknown;
  date?: unknown;
  total_evaluation_time_seconds?: unknown;
}

/**
 * `results_<time>.json` of EleutherAI's lm-evaluation-harness, as `lm_eval --output_path` writes.
 * https://github.com/EleutherAI/lm-evaluation-harness
 */
export const lmEvaluationHarness: Adapter = {
  name: "lm-evaluation-harness",
  description: "results_*.json of lm_eval with results, configs and versions by task",
  matches: (document) =>
    hasKeys(document, "results", "configs", "versions") && !Array.isArray(document.results),
  convert: (document: HarnessDocument, options) => {
    const { date, total_evaluation_time_seconds, ...metrics } = document;
    const tasks = Object.keys(document.results);
    const seconds = Number(total_evaluation_time_seconds);
    const size = sum(tasks.map((task) => Number(document["n-samples"]?.[task]?.effective ?? 0)));
    return {
      model_version: options.model ?? document.model_name,
      dataset_version: options.datasetVersion ??
        joinNames(tasks.map((task) => `${task}@${document.versions?.[task] ?? "?"}`)),
      prompt_version: options.promptVersion ?? shots(Object.values(document["n-shot"] ?? {})),
      ...(size > 0 && { dataset_size: size }),
      ...(Number.isFinite(seconds) && { duration_seconds: seconds }),
      ...(typeof date === "number" && { timestamp: new Date(date * 1000).toISOString() }),
      metrics: { ...f1Of(document, tasks), ...metrics },
    };
  },
};

function shots(counts: unknown[]): string {
  const different = [...new Set(counts.map(String))];
  return different.length === 0 ? "default" : `${different.join("/")}-shot`;
}

/** A run of one task that reports F1 has an F1; an average over tasks would be an invention. */
function f1Of(document: HarnessDocument, tasks: string[]): { f1?: number } {
  const [task, ...others] = tasks;
  if (task === undefined || others.length > 0) return {};
  const f1 = document.results[task]!["f1,none"];
  return typeof f1 === "number" && f1 >= 0 && f1 <= 1 ? { f1 } : {};
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
