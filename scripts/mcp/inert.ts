import { shorten } from "../../supabase/functions/ingest-benchmark/shorten.ts";

/** Longer than any name, and than a metric may be; reasons and notes are cut. */
const MAX_LENGTH = 1000;

// What the ingest function refuses in a name. Other texts may have it, and who writes past the
// function can put it anywhere.
const ACTIVE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}]/gu;
const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text of the ledger as one line of visible characters: line breaks, control and invisible
 * characters are written out, as `\n` or `\u{200b}`, so that no name looks like a line of the
 * answer, or hides what it says. At most 1,000 characters.
 */
export function inertText(text: string): string {
  return shorten(text, MAX_LENGTH).replace(
    ACTIVE,
    (character) => SHORT[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** A JSON value whose texts, and keys, are {@link inertText}. */
export function inert<Value>(value: Value): Value {
  return inertValue(value) as Value;
}

function inertValue(value: unknown): unknown {
  if (typeof value === "string") return inertText(value);
  if (Array.isArray(value)) return value.map(inertValue);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [inertText(key), inertValue(member)]),
    );
  }
  return value;
}

/** A text of the ledger within a sentence: inert, and between quotation marks. */
export function quoted(text: string): string {
  return JSON.stringify(inertText(text));
}
