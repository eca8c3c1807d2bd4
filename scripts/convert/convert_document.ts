import { UserError } from "../cli/user_error.ts";
import type { Adapter, ConvertOptions, SourceDocument } from "./adapter.ts";
import { githubActionBenchmark } from "./github_action_benchmark.ts";
import { fitBody } from "./items.ts";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import { aggregatedMetrics, monitoringResult, patientBenchmark } from "./medbilldozer.ts";
import { promptfoo } from "./promptfoo.ts";

/** The shapes that are known, tried in this order. */
export const ADAPTERS: Adapter[] = [
  monitoringResult,
  aggregatedMetrics,
  patientBenchmark,
  lmEvaluationHarness,
  promptfoo,
  githubActionBenchmark,
];

/**
 * Converts a result document of a known shape to the contract of the ingest function.
 *
 * @returns One result, or `{"results": […]}` where the document holds several.
 * @throws {UserError} For an unknown shape, with a list of the known ones.
 */
export function convertDocument(document: unknown, options: ConvertOptions): SourceDocument {
  const adapter = ADAPTERS.find((candidate) => candidate.matches(document));
  if (adapter === undefined) {
    const known = ADAPTERS.map(({ name, description }) => `  ${name}: ${description}`);
    throw new UserError(`The document has none of the known shapes:\n${known.join("\n")}`);
  }
  const converted = adapter.convert(document as never, options);
  // What has the format already is somebody's own words: nothing is taken out of it.
  return adapter === monitoringResult ? converted : fitBody(converted, options.warn);
}
