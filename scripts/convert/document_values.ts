import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { type SourceDocument, type Warn } from "./adapter.ts";
import { digest, joinNames } from "./names.ts";

/** Under which key of `metrics` stands what a document has by the name of a score. */
export const DOCUMENT_VALUES = "document_values";

/**
 * The `metrics` of a result: the scores that were computed, and beside them the document as it is. What the
 * document has by the name of a score, of its standard error, or of one of the scores that every result may
 * have (`f1`, `latency_ms`), is not that score: it goes under `document_values`, and `warn` is told.
 *
 * @param scores By the names that the result gets.
 */
export function withDocument(
  scores: SourceDocument,
  document: SourceDocument,
  warn: Warn | undefined,
): SourceDocument {
  const isScore = (name: string) =>
    Object.hasOwn(scores, name) || Object.hasOwn(metricsSchema.shape, name) ||
    (name.endsWith(STDERR) && Object.hasOwn(scores, name.slice(0, -STDERR.length)));
  const own = Object.entries(document).filter(([name]) => !isScore(name));
  const taken = Object.entries(document).filter(([name, value]) =>
    isScore(name) && !(Object.hasOwn(scores, name) && digest(scores[name]) === digest(value))
  );
  return beside({ ...scores, ...Object.fromEntries(own) }, Object.fromEntries(taken), warn);
}

/** Metrics, and under `document_values` what has no place among them, because its name is taken. */
export function beside(
  metrics: SourceDocument,
  values: SourceDocument,
  warn: Warn | undefined,
): SourceDocument {
  const names = Object.keys(values);
  if (names.length === 0) return metrics;
  let key = DOCUMENT_VALUES;
  while (Object.hasOwn(metrics, key)) key += "_";
  warn?.(
    `Kept under metrics.${key}, because scores have these names: ${
      joinNames(names).replaceAll(",", ", ")
    }.`,
  );
  return { ...metrics, [key]: values };
}

const STDERR = "_stderr";
