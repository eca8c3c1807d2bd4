import { toPointer } from "../json_pointer.ts";
import { MAX_ISSUE_LENGTH, ProblemError } from "../problem/problem.ts";
import { decodeJson } from "./decode_json.ts";

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
  const decoded = decodeJson(body);
  if ("problem" in decoded) {
    throw new ProblemError("body_not_utf8", `The body ${decoded.problem}.`);
  }
  if (decoded.hasByteOrderMark) {
    throw new ProblemError(
      "body_not_json",
      "The body starts with a byte order mark, which JSON must not have (RFC 8259 section 8.1).",
    );
  }
  const { text } = decoded;
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    throw new ProblemError("body_not_json", await describe(text));
  }
}

/** Where parsing stops and why, without repeating the body: an error must not echo what was sent. */
async function describe(text: string): Promise<string> {
  // Only here: it is not on the way of a result.
  const { findSyntaxProblem } = await import("./json_syntax.ts");
  const { describePosition } = await import("./text_position.ts");
  const problem = findSyntaxProblem(text);
  if (problem === null) return "The body is not JSON.";
  const pointer = toPointer(problem.path, MAX_ISSUE_LENGTH).toWellFormed();
  return `The body is not JSON: ${pointer || "it"} ${problem.message} (${
    describePosition(text, problem.offset)
  }).`;
}
