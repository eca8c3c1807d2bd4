import { type Adapter, type ConvertOptions, hasKeys, type SourceDocument } from "./adapter.ts";

const NAMES = ["model_version", "dataset_version", "prompt_version"];

/**
 * What the ingest function takes: a result, or `{"results": […]}`. It is passed through as it is, and
 * only what the caller says is put in.
 */
export const monitoringResult: Adapter = {
  name: "ingest",
  description:
    'the format that is ingested: a result with model_version and metrics, or {"results": […]} of them',
  matches: (document) =>
    looksLikeResult(document) ||
    (hasKeys(document, "results") && Array.isArray(document.results) &&
      document.results.length > 0 && document.results.some(looksLikeResult)),
  convert: (document: SourceDocument, options) =>
    Array.isArray(document.results)
      ? {
        ...document,
        results: document.results.map((result) =>
          hasKeys(result) ? withNames(result, options) : result
        ),
      }
      : withNames(document, options),
};

// One that lacks something is still one, of which the function says what it lacks.
function looksLikeResult(value: unknown): boolean {
  return hasKeys(value) && (hasKeys(value, "model_version", "metrics") ||
    [...NAMES, "metrics"].filter((name) => name in value).length >= 3);
}

function withNames(result: SourceDocument, options: ConvertOptions): SourceDocument {
  return {
    ...result,
    ...(options.model !== undefined && { model_version: options.model }),
    ...(options.datasetVersion !== undefined && { dataset_version: options.datasetVersion }),
    ...(options.promptVersion !== undefined && { prompt_version: options.promptVersion }),
  };
}
