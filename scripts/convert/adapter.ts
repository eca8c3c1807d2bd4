/** A parsed document; its numbers may be raw JSON values, see `parseExactly`. */
export type SourceDocument = Record<string, unknown>;

/** What the caller says about a document that the document does not say itself. */
export interface ConvertOptions {
  model?: string | undefined;
  datasetVersion?: string | undefined;
  promptVersion?: string | undefined;
}

/** Knows one shape of result document. */
export interface Adapter {
  name: string;
  /** How people recognise the shape, for the error that lists the known ones. */
  description: string;
  matches(document: SourceDocument): boolean;
  /**
   * Converts to the contract of the ingest function. Whatever has no field there goes under
   * `metrics`: nothing is dropped.
   */
  convert(document: SourceDocument, options: ConvertOptions): SourceDocument;
}

/** Renames the keys of an object; keys without a new name stay as they are. */
export function renameKeys(
  document: SourceDocument,
  names: Record<string, string>,
): SourceDocument {
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [names[key] ?? key, value]),
  );
}
