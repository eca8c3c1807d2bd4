import {
  inspectJsonText,
  parseExactly,
} from "../../supabase/functions/ingest-benchmark/request/json_text.ts";

/** A parsed document; its numbers may be raw JSON values, see `parseExactly`. */
export type SourceDocument = Record<string, unknown>;

/** What the caller says about a document that the document does not say itself. */
export interface ConvertOptions {
  model?: string | undefined;
  datasetVersion?: string | undefined;
  promptVersion?: string | undefined;
  /** Gets what a document has and the result does not, in a sentence each. */
  warn?: Warn | undefined;
}

/** Takes a sentence for the person who converts. */
export type Warn = (sentence: string) => void;

/** Knows one shape of result document. */
export interface Adapter {
  name: string;
  /** How people recognise the shape, for the error that lists the known ones. */
  description: string;
  matches(document: unknown): boolean;
  /**
   * Converts to the contract of the ingest function: one result, or `{"results": […]}`. Whatever
   * has no field there goes under `metrics`: nothing is dropped, and nothing odd in it is thrown at.
   *
   * @param document One that `matches` is true for.
   */
  convert(document: never, options: ConvertOptions): SourceDocument;
}

/** Whether a value is an object that has all the given keys. */
export function hasKeys(value: unknown, ...keys: string[]): value is SourceDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    keys.every((key) => key in value);
}

/**
 * The double of a number, also of one that is a raw JSON value because it has more digits;
 * undefined for whatever else.
 */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (!hasKeys(value, "rawJSON") || !(JSON as JsonWithRaw).isRawJSON?.(value)) return undefined;
  return Number(value.rawJSON);
}

/** Whether a value is a number for {@link numberOf}. */
export function isNumber(value: unknown): boolean {
  return numberOf(value) !== undefined;
}

/** The number that a text is, with every digit; undefined for a text that is no JSON number. */
export function exactNumber(text: string): unknown {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  if (!Number.isFinite(Number(text))) return undefined;
  const { inexact } = inspectJsonText(text, 1, { add: () => {} });
  return parseExactly(text, inexact);
}

// "JSON.parse source text access" (ECMAScript 2026); not yet in the types.
type JsonWithRaw = typeof JSON & { isRawJSON?: (value: unknown) => boolean };
