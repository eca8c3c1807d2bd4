import { toPointer } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";
import { replacePieces, visitTokens } from "./json_tokens.ts";

/**
 * Puts U+FFFD, which stands for what could not be represented, in the place of what Postgres cannot
 * store in a text: the character U+0000 and halves of surrogate pairs. JSON has them as escapes only,
 * and U+FFFD is one of the same length: everything stays where it was.
 *
 * @returns The text, and the JSON pointers of the strings that had any.
 */
export function replaceUnstorable(text: string): { text: string; pointers: string[] } {
  const pointers: string[] = [];
  if (!/\\u(?:0000|[dD][89a-fA-F])/.test(text)) return { text, pointers };
  const pieces: { start: number; end: number; by: string }[] = [];
  visitTokens(text, ({ kind, start, end }, path) => {
    if (kind !== "string" && kind !== "key") return;
    const string = text.slice(start, end);
    const storable = string.replace(
      ESCAPES,
      (escape) => UNSTORABLE.test(escape) ? "\\ufffd" : escape,
    );
    if (storable === string) return;
    pointers.push(toPointer(path()).toWellFormed().replaceAll("\0", "\\u0000"));
    pieces.push({ start, end, by: storable });
  });
  return { text: replacePieces(text, pieces), pointers };
}

/**
 * Puts `null` in the place of every array and object that is nested deeper than a limit.
 *
 * @returns The text, and the JSON pointers of what was there.
 */
export function replaceTooDeep(
  text: string,
  maxDepth: number,
): { text: string; pointers: string[] } {
  const pointers: string[] = [];
  const pieces: { start: number; end: number; by: string }[] = [];
  let opened = 0;
  visitTokens(text, ({ kind, start, end, depth }, path) => {
    if (depth !== maxDepth + 1) return;
    if (kind === "open") {
      opened = start;
      pointers.push(toPointer(path(), MAX_POINTER_LENGTH).toWellFormed());
    } else if (kind === "close") pieces.push({ start: opened, end, by: "null" });
  });
  return { text: replacePieces(text, pieces), pointers };
}

const MAX_POINTER_LENGTH = 200;

// A pair as one, and \\ as one: the u after it begins no escape.
const ESCAPES = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\./g;
const UNSTORABLE = /^\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})$/;
