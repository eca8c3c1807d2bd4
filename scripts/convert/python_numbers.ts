import { toPointer } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";
import { UserError } from "../cli/user_error.ts";
import type { Warn } from "./adapter.ts";
import { replacePieces, visitTokens } from "./json_tokens.ts";

/** A number that JSON does not have. */
export interface PythonNumber {
  /** JSON pointer to it. */
  pointer: string;
  word: string;
  /** Where it begins in the text. */
  offset: number;
}

/** What becomes of them: `null` with a note, or an error. */
export const NAN_MODES = ["null", "refuse"] as const;
/** See {@link NAN_MODES}. */
export type NanMode = typeof NAN_MODES[number];

/**
 * Finds `NaN`, `Infinity` and `-Infinity`, which Python's `json.dump` writes for such numbers and
 * which JSON does not have, and puts `null` in their place. What stands in strings stays.
 *
 * @returns The text, with everything else where it was as far as there is room for the longer word.
 */
export function replacePythonNumbers(text: string): { text: string; found: PythonNumber[] } {
  const found: PythonNumber[] = [];
  if (!/NaN|Infinity/.test(text)) return { text, found };
  const pieces: { start: number; end: number; by: string }[] = [];
  visitTokens(text, ({ kind, start, end }, path) => {
    const word = text.slice(start, end);
    if (kind !== "word" || !WORDS.includes(word)) return;
    found.push({ pointer: toPointer(path()), word, offset: start });
    // NaN is a letter shorter than null: the space that Python writes before it gives way.
    const isRoomBefore = word === "NaN" && text[start - 1] === " ";
    pieces.push({ start: isRoomBefore ? start - 1 : start, end, by: "null".padEnd(word.length) });
  });
  return { text: replacePieces(text, pieces), found };
}

/**
 * {@link replacePythonNumbers} as a mode says, with a note that names each.
 *
 * @throws {UserError} With `refuse`, when there are any.
 */
export function withoutPythonNumbers(
  text: string,
  source: string,
  mode: NanMode,
  note: Warn,
): string {
  const { text: replaced, found } = replacePythonNumbers(text);
  if (found.length === 0) return text;
  if (mode === "refuse") {
    throw new UserError(
      `Cannot convert ${source}: JSON has no NaN and no Infinity, and it has ${
        listed(found)
      }. Convert it with --nan null, which makes null of them, or take them out where the file is written.`,
    );
  }
  note(
    `${listed(found)} became null: JSON has no such number${
      found.length > 1 ? "s" : ""
    } (--nan refuse makes it an error).`,
  );
  return replaced;
}

const WORDS = ["NaN", "Infinity", "-Infinity"];
const MAX_LISTED = 20;

function listed(found: PythonNumber[]): string {
  const named = found.slice(0, MAX_LISTED).map(({ pointer, word }) =>
    `${word} at ${pointer || "the top"}`
  );
  const more = found.length - named.length;
  return named.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
