import { type Issue, ProblemError } from "../problem/problem.ts";
import { canKeepExactNumbers, inspectJsonText, MAX_DEPTH, parseExactly } from "./json_text.ts";

/** A JSON document twice: to be validated, and to be stored. */
export interface JsonDocument {
  /** As JavaScript has it: every number a double. */
  value: unknown;
  /** The same with every number exactly as it was sent; the same object where nothing differs. */
  exact: unknown;
  /** What is wrong with the text itself; the value is only fit for validation then. */
  issues: Issue[];
}

// "results", its array and the result object come before the first bracket of a result in a batch.
const BATCH_LEVELS = 2;

/**
 * Decodes and parses a request body.
 *
 * @param body UTF-8 without byte order mark.
 * @throws {ProblemError} `body_not_utf8`, `body_not_json`; `validation_failed` for nesting
 * deeper than {@link MAX_DEPTH}, because nothing may recurse into it.
 */
export async function parseJsonDocument(body: Uint8Array): Promise<JsonDocument> {
  const text = decodeUtf8(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProblemError("body_not_json", `The body is not JSON: ${await where(text)}.`);
  }
  const isBatch = typeof value === "object" && value !== null && Object.hasOwn(value, "results");
  const maxDepth = MAX_DEPTH + (isBatch ? BATCH_LEVELS : 0);
  const { issues, isTooDeep, hasInexactNumber } = inspectJsonText(text, maxDepth);
  if (isTooDeep) {
    throw new ProblemError("validation_failed", "The body is nested too deeply.", {
      errors: issues,
    });
  }
  if (!hasInexactNumber) return { value, exact: value, issues };
  if (!canKeepExactNumbers()) {
    throw new ProblemError(
      "validation_failed",
      "A number has more digits than a double holds, which this runtime cannot keep: send it as a string.",
    );
  }
  return { value, exact: parseExactly(text), issues };
}

function decodeUtf8(body: Uint8Array): string {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new ProblemError(
      "body_not_json",
      "The body starts with a byte order mark, which JSON must not have (RFC 8259 section 8.1).",
    );
  }
  try {
    // fatal: without it a broken byte becomes U+FFFD in silence, as request.json() does
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new ProblemError("body_not_utf8", "The body is not valid UTF-8.");
  }
}

/** Where parsing stops, without repeating the body: an error must not echo what was sent. */
async function where(text: string): Promise<string> {
  if (text.trim() === "") return "it is empty";
  // Only here, because JSON.parse does not always say where it stopped, and this one is slower.
  const { parse } = await import("@humanwhocodes/momoa");
  try {
    parse(text, { mode: "json" });
  } catch (error) {
    const { line, column } = error as { line?: number; column?: number };
    if (line !== undefined && column !== undefined) return `see line ${line}, column ${column}`;
  }
  return "it ends before it is complete";
}
