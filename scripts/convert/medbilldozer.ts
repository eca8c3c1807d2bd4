import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import {
  type Adapter,
  type ConvertOptions,
  hasKeys,
  numberOf,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import { countOf, known } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { itemsOf, type RawItem } from "./items.ts";
import { nameOf } from "./names.ts";

/** `aggregated_metrics_<model>.json`: one document per provider run over single documents. */
export const aggregatedMetrics: Adapter = {
  name: "aggregated-metrics",
  description: "aggregated_metrics_<model>.json with issue_precision, issue_recall, issue_f1_score",
  matches: (document) => hasKeys(document, "issue_f1_score", "total_documents"),
  convert: (document: SourceDocument, options) => {
    const { total_documents, successful_extractions, ...rest } = document;
    const cost = (numberOf(document.total_cost) ?? NaN) / (numberOf(total_documents) ?? NaN);
    const isKnown = cost >= 0 && Number.isFinite(cost);
    const metrics = withScores(
      rest,
      {
        issue_precision: "precision",
        issue_recall: "recall",
        issue_f1_score: "f1",
        avg_pipeline_latency_ms: "latency_ms",
        ...(!isKnown && COST),
      },
      isKnown ? { analysis_cost: cost } : {},
      options.warn,
    );
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
      ["total_documents", total_documents],
      ["successful_extractions", successful_extractions],
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
    const metrics = withScores(
      rest,
      {
        avg_precision: "precision",
        avg_recall: "recall",
        avg_f1_score: "f1",
        avg_latency_ms: "latency_ms",
        ...COST,
      },
      {},
      options.warn,
    );
    // Its averages are over patients, so counts, which give micro scores, mostly do not agree.
    const items = itemsFrom(document.individual_results, (one) => ({
      id: one.patient_id,
      scores: { ...countsOf(one), latency_ms: one.analysis_latency_ms },
    }));
    return contract(
      metrics,
      options,
      "patient-benchmark-v1",
      ["total_patients", total_patients],
      ["successful_analyses", successful_analyses],
      items,
    );
  },
};

function contract(
  metrics: SourceDocument,
  options: ConvertOptions,
  defaultDataset: string,
  total: [name: string, value: unknown],
  succeeded: [name: string, value: unknown],
  items: RawItem[],
): SourceDocument {
  const { prompt_version, dataset_version, error_count, ...others } = metrics;
  const { labels, rest } = takeLabels(others);
  const counts = {
    dataset_size: countOf(total[1]),
    success_count: countOf(succeeded[1]),
    error_count: countOf(error_count),
  };
  const { dataset_size: size, success_count: successes } = counts;
  if (error_count === undefined && size !== undefined && successes !== undefined) {
    counts.error_count = Math.max(0, size - successes);
  }
  // What is no count is kept under its own name.
  const odd = [total, succeeded, ["error_count", error_count] as const]
    .filter(([, value]) => value !== undefined && countOf(value) === undefined);
  const kept = { ...rest, ...Object.fromEntries(odd) };
  return {
    model_version: options.model ?? kept.model_name,
    dataset_version: options.datasetVersion ?? nameOf(dataset_version) ?? defaultDataset,
    prompt_version: options.promptVersion ?? nameOf(prompt_version) ?? "v1",
    ...labels,
    ...known(counts),
    metrics: kept,
    ...itemsOf(items, kept, options.warn, size),
  };
}

/**
 * The scores by the names of the contract, where they can be what those say: one above 1 is a
 * percentage, and so are the others beside it, however low. All else stays as {@link withDocument} has it.
 *
 * @param computed Scores that the document has under no name.
 */
function withScores(
  document: SourceDocument,
  names: Record<string, string>,
  computed: SourceDocument,
  warn: Warn | undefined,
): SourceDocument {
  const fits = (key: string) =>
    key in document &&
    metricsSchema.safeParse({ [names[key]!]: numberOf(document[key]) ?? document[key] }).success;
  const fractions = Object.keys(names).filter((key) => FRACTIONS.includes(names[key]!));
  const areFractions = fractions.every((key) => !(key in document) || fits(key));
  const taken = Object.keys(names).filter((key) =>
    fits(key) && (areFractions || !fractions.includes(key))
  );
  return withDocument(
    {
      ...Object.fromEntries(taken.map((key) => [names[key]!, document[key]])),
      ...computed,
    },
    Object.fromEntries(Object.entries(document).filter(([key]) => !taken.includes(key))),
    warn,
  );
}

// Said as it is, where no sum is.
const COST = { analysis_cost: "analysis_cost" };
const FRACTIONS = ["precision", "recall", "f1"];

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
