import { UserError } from "../cli/user_error.ts";
import {
  type Adapter,
  type ConvertOptions,
  hasKeys,
  numberOf,
  renameKeys,
  type SourceDocument,
} from "./adapter.ts";
import { itemsOf, type RawItem } from "./items.ts";

/** `aggregated_metrics_<model>.json`: one document per provider run over single documents. */
export const aggregatedMetrics: Adapter = {
  name: "aggregated-metrics",
  description: "aggregated_metrics_<model>.json with issue_precision, issue_recall, issue_f1_score",
  matches: (document) => hasKeys(document, "issue_f1_score", "total_documents"),
  convert: (document: SourceDocument, options) => {
    const { total_documents, successful_extractions, ...rest } = document;
    const metrics = renameKeys(rest, {
      issue_precision: "precision",
      issue_recall: "recall",
      issue_f1_score: "f1",
      avg_pipeline_latency_ms: "latency_ms",
    });
    const cost = (numberOf(document.total_cost) ?? NaN) / (numberOf(total_documents) ?? NaN);
    if (Number.isFinite(cost)) metrics.analysis_cost ??= cost;
    const items = itemsFrom(document.individual_results, (one) => ({
      id: one.document_name,
      scores: {
        ...countsOf(one),
        latency_ms: one.latency_ms ?? one.pipeline_latency_ms,
        analysis_cost: one.cost,
      },
    }));
    return contract(
      metrics,
      options,
      "benchmark-set-v1",
      total_documents,
      successful_extractions,
      items,
    );
  },
};

/** `patient_benchmark_<model>.json`: one document per provider run over patient histories. */
export const patientBenchmark: Adapter = {
  name: "patient-benchmark",
  description: "patient_benchmark_<model>.json with avg_precision, avg_recall, avg_f1_score",
  matches: (document) => hasKeys(document, "avg_f1_score", "total_patients"),
  convert: (document: SourceDocument, options) => {
    const { total_patients, successful_analyses, ...rest } = document;
    const metrics = renameKeys(rest, {
      avg_precision: "precision",
      avg_recall: "recall",
      avg_f1_score: "f1",
      avg_latency_ms: "latency_ms",
    });
    // Its averages are over patients, so counts, which give micro scores, mostly do not agree.
    const items = itemsFrom(document.individual_results, (one) => ({
      id: one.patient_id,
      scores: { ...countsOf(one), latency_ms: one.analysis_latency_ms },
    }));
    return contract(
      metrics,
      options,
      "patient-benchmark-v1",
      total_patients,
      successful_analyses,
      items,
    );
  },
};

/** A result that already has the contract's shape: only what the caller says is put in. */
export const monitoringResult: Adapter = {
  name: "monitoring",
  description: "a result in the format that is ingested: model_version and metrics",
  matches: (document) => hasKeys(document, "model_version", "metrics"),
  convert: (document: SourceDocument, options) => ({
    ...document,
    ...(options.model !== undefined && { model_version: options.model }),
    ...(options.datasetVersion !== undefined && { dataset_version: options.datasetVersion }),
    ...(options.promptVersion !== undefined && { prompt_version: options.promptVersion }),
  }),
};

function contract(
  metrics: SourceDocument,
  options: ConvertOptions,
  defaultDataset: string,
  total: unknown,
  succeeded: unknown,
  items: RawItem[],
): SourceDocument {
  const model = options.model ?? metrics.model_name;
  if (typeof model !== "string") {
    throw new UserError("The document names no model: give one with --model.");
  }
  const { prompt_version, dataset_version, error_count, ...others } = metrics;
  const { labels, rest } = takeLabels(others);
  return {
    model_version: model,
    dataset_version: options.datasetVersion ?? dataset_version ?? defaultDataset,
    prompt_version: options.promptVersion ?? prompt_version ?? "v1",
    ...labels,
    ...(typeof total === "number" && { dataset_size: total }),
    ...(typeof succeeded === "number" && { success_count: succeeded }),
    ...errorCount(error_count, total, succeeded),
    metrics: rest,
    ...itemsOf(items, rest, options.warn, numberOf(total)),
  };
}

function itemsFrom(results: unknown, item: (one: SourceDocument) => RawItem): RawItem[] {
  return Array.isArray(results) ? results.filter((one) => hasKeys(one)).map(item) : [];
}

function countsOf(one: SourceDocument): SourceDocument {
  return { tp: one.true_positives, fp: one.false_positives, fn: one.false_negatives };
}

const LABELS = ["model_provider", "variant", "series"];

/** Parts the names that have fields of their own in a result from the rest. */
function takeLabels(metrics: SourceDocument): { labels: SourceDocument; rest: SourceDocument } {
  const isLabel = ([key, value]: [string, unknown]) =>
    LABELS.includes(key) && typeof value === "string";
  const entries = Object.entries(metrics);
  return {
    labels: Object.fromEntries(entries.filter(isLabel)),
    rest: Object.fromEntries(entries.filter((entry) => !isLabel(entry))),
  };
}

function errorCount(given: unknown, total: unknown, succeeded: unknown): { error_count?: number } {
  if (typeof given === "number") return { error_count: given };
  return typeof total === "number" && typeof succeeded === "number"
    ? { error_count: Math.max(0, total - succeeded) }
    : {};
}
