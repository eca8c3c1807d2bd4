import { ProblemError } from "../problem/problem.ts";

/** A request body that is JSON. */
export interface JsonDocument {
  text: string;
  /** As JavaScript has it: every number a double, of equal keys the last. */
  value: unknown;
}

/**
 * Decodes and parses a request body.
 *
 * @param body UTF-8 without byte order mark.
 * @throws {ProblemError} `body_not_utf8`, `body_not_json`.
 */
export async function parseJsonDocument(body: Uint8Array): Promise<JsonDocument> {
  const text = decodeUtf8(body);
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    throw new ProblemError("body_not_json", `The body is not JSON: ${await where(text)}.`);
  }
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

// Finding the place builds a syntax tree, whose size is hundreds of times that of the text.
const MAX_LOCATED_LENGTH = 65_536;

/** Where parsing stops, without repeating the body: an error must not echo what was sent. */
async function where(text: string): Promise<string> {
  if (text.trim() === "") return "it is empty";
  if (text.length > MAX_LOCATED_LENGTH) return "run it through a JSON checker to see where";
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
