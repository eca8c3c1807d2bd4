import { UserError } from "../stack/user_error.ts";
import type { Adapter, ConvertOptions, SourceDocument } from "./adapter.ts";
import { aggregatedMetrics, monitoringResult, patientBenchmark } from "./medbilldozer.ts";

/** The shapes that are known, tried in this order. */
export const ADAPTERS: Adapter[] = [monitoringResult, aggregatedMetrics, patientBenchmark];

/**
 * Converts a result document of a known shape to the contract of the ingest function.
 *
 * @throws {UserError} For an unknown shape, with a list of the known ones.
 */
export function convertDocument(document: unknown, options: ConvertOptions): SourceDocument {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new UserError(unknownShape());
  }
  const source = document as SourceDocument;
  const adapter = ADAPTERS.find((candidate) => candidate.matches(source));
  if (adapter === undefined) throw new UserError(unknownShape());
  return adapter.convert(source, options);
}

function unknownShape(): string {
  const known = ADAPTERS.map((adapter) => `  ${adapter.name}: ${adapter.description}`);
  return `The document has none of the known shapes:\n${known.join("\n")}`;
}
