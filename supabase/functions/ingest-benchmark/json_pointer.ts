import { shorten } from "./shorten.ts";

/** Escapes a key as one segment of a JSON pointer (RFC 6901 section 3). */
export function escapeSegment(key: string): string {
  // ~ first: the ~ of an escaped / is none of the key's.
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The key that a segment of a JSON pointer stands for. */
export function unescapeSegment(segment: string): string {
  // ~1 first: ~01 stands for ~1 and not for /.
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The last key of a JSON pointer; of a bare name, that name. */
export function lastKey(pointer: string): string {
  return unescapeSegment(pointer.slice(pointer.lastIndexOf("/") + 1));
}

/**
 * A JSON pointer from keys and indexes, outermost first.
 *
 * @param maxLength Characters after which it is cut: a pointer into a hostile document would
 * repeat its keys, however long they are and however often it is made.
 */
export function toPointer(path: Iterable<PropertyKey>, maxLength = Infinity): string {
  let pointer = "";
  for (const segment of path) {
    pointer += `/${escapeSegment(shorten(String(segment), maxLength))}`;
    if (pointer.length > 2 * maxLength) break;
  }
  return shorten(pointer, maxLength);
}
