import { toPointer } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";
import { decodeJson } from "../../supabase/functions/ingest-benchmark/request/decode_json.ts";
import { findSyntaxProblem } from "../../supabase/functions/ingest-benchmark/request/json_syntax.ts";
import {
  inspectJsonText,
  MAX_DEPTH,
  parseExactly,
} from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { describePosition } from "../../supabase/functions/ingest-benchmark/request/text_position.ts";
import { problemAt } from "./place.ts";
import { UserError } from "./user_error.ts";

// "results" and its array come before a result in a batch.
const MAX_FILE_DEPTH = MAX_DEPTH + 2;
const MAX_SHOWN = 20;
const MAX_POINTER_LENGTH = 200;

/** Takes a sentence about what was done with an input, for standard error. */
export type Note = (sentence: string) => void;

/**
 * Reads a text file, or standard input for `-`.
 *
 * @param note Gets a sentence when a byte order mark was taken off.
 * @throws {UserError} When it cannot be read, or is no UTF-8.
 */
export async function readText(path: string, note: Note): Promise<string> {
  const decoded = decodeJson(await readBytes(path));
  if ("problem" in decoded) {
    const { problem, before } = decoded;
    throw new UserError(
      `Cannot read ${path}: it ${problem}${
        before === undefined ? "" : ` (${describePosition(before, before.length)})`
      }.`,
    );
  }
  if (decoded.hasByteOrderMark) {
    note(`${path}: begins with a byte order mark, which JSON must not have: it was taken off.`);
  }
  return decoded.text;
}

/**
 * Parses JSON with every digit of its numbers, and refuses what the function refuses in a text:
 * what is no JSON, equal keys, numbers beyond a double and the like, of which parsing makes
 * something else in silence.
 *
 * @param source What the text is called in an error.
 * @throws {UserError} With each place: the result, pointer, line and column.
 */
export function parseJson(text: string, source: string): unknown {
  try {
    JSON.parse(text);
  } catch (error) {
    const problem = findSyntaxProblem(text);
    if (problem === null) throw new UserError(`Cannot read ${source}: ${(error as Error).message}`);
    const { path, message, offset } = problem;
    throw new UserError(
      `Cannot read ${problemAt(source, pointerOf(path), message, { text, offset })}.`,
    );
  }
  const found: string[] = [];
  let total = 0;
  const { inexact } = inspectJsonText(text, MAX_FILE_DEPTH, {
    add(path, message, offset) {
      if (++total > MAX_SHOWN) return;
      found.push(problemAt(source, pointerOf(path), message, { text, offset }));
    },
  });
  if (total > MAX_SHOWN) found.push(`and ${total - MAX_SHOWN} more`);
  if (total > 0) throw new UserError(`Cannot take ${found.join("\n  ")}.`);
  return parseExactly(text, inexact);
}

/** {@link readText}, then {@link parseJson}. */
export async function readJson(path: string, note: Note): Promise<unknown> {
  return parseJson(await readText(path, note), path);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return path === "-"
      ? await new Response(Deno.stdin.readable).bytes()
      : await Deno.readFile(path);
  } catch (error) {
    throw new UserError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

function pointerOf(path: Iterable<PropertyKey>): string {
  return toPointer(path, MAX_POINTER_LENGTH).toWellFormed();
}
