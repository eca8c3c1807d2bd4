import { describePosition } from "../../supabase/functions/ingest-benchmark/request/text_position.ts";
import { unescapeSegment } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";

/**
 * Where something is wrong in a file, as people look for it: the result by its number in a batch,
 * and then the place in it. "result 101, /metrics/f1", as the action says it.
 *
 * @param pointer JSON pointer into the file.
 * @returns Empty for the file as a whole.
 */
export function describePlace(pointer: string): string {
  const [, index, rest = ""] = /^\/results\/(\d+)(\/.*)?$/s.exec(pointer) ?? [];
  if (index === undefined) return pointer;
  return `result ${Number(index) + 1}${rest && `, ${rest}`}`;
}

/**
 * A sentence about a place in a file.
 *
 * @param message What is wrong there, as the end of a sentence.
 * @param at The text and the offset in it, when they are known.
 */
export function problemAt(
  source: string,
  pointer: string,
  message: string,
  at?: { text: string; offset: number },
): string {
  const place = describePlace(pointer);
  const where = at === undefined ? "" : ` (${describePosition(at.text, at.offset)})`;
  return `${source}: ${place === "" ? "" : `${place} `}${message}${where}`;
}

/** The keys and indexes of a JSON pointer (RFC 6901). */
export function pathOf(pointer: string): string[] {
  return pointer.split("/").slice(1).map(unescapeSegment);
}
