import * as z from "zod";
import { isLongerThan } from "../shorten.ts";

/** Kinds of characters that a name must not have, and what each of them does. */
const REFUSED: [kind: RegExp, what: string][] = [
  [/[\p{Cc}\p{Zl}\p{Zp}]/u, "a control character or line break"], // forges log lines
  [/\p{Bidi_Control}/u, "a control of the writing direction"], // CVE-2021-42574
  // Zero-width characters, soft hyphens, variation selectors, tags and fillers, assigned or not.
  // The joiner and the selector of an emoji sequence, too: with and without them it looks alike.
  [/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u, "an invisible character"],
  [/[^\P{Zs} ]/u, "a space other than U+0020"],
  [/\u2800/u, "a blank that looks like a space"], // a Braille pattern without dots
  [/[\p{Cs}\p{Noncharacter_Code_Point}]/u, "no character"],
];

const ANY_REFUSED = new RegExp(REFUSED.map(([kind]) => kind.source).join("|"), "u");
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * Whether {@link lineProblem} finds nothing. Looks at a text as a whole: ten thousand names of
 * items, character by character, would take seconds.
 */
export function isLine(text: string, maxLength: number): boolean {
  if (isLongerThan(text, maxLength)) return false;
  if (PLAIN.test(text)) return true;
  return text !== "" && !ANY_REFUSED.test(text) && !text.startsWith(" ") && !text.endsWith(" ") &&
    text.normalize("NFC") === text;
}

/**
 * What keeps a text from being one line. Its length is in characters, as Postgres counts, and not
 * in UTF-16 units.
 *
 * @param minLength 0 for one that may be empty.
 */
export function lineProblem(
  text: string,
  maxLength: number,
  minLength: 0 | 1 = 1,
): string | null {
  let length = 0;
  for (const _ of text) length++;
  if (length < minLength) return "must not be empty";
  // And nothing else: a hundred thousand combining marks take seconds to normalize.
  if (length > maxLength) return `must have at most ${maxLength} characters: it has ${length}`;
  return nameProblem(text);
}

/**
 * What keeps a text from being a name: two names that look alike must be the same name, and none
 * may change how the text around it is read.
 *
 * @returns A message that names the character and its position, counted from 1, or null.
 */
export function nameProblem(text: string): string | null {
  const characters = [...text];
  for (const [index, character] of characters.entries()) {
    const what = REFUSED.find(([kind]) => kind.test(character))?.[1];
    if (what !== undefined) return `has ${what}: ${codePoint(character)} at position ${index + 1}`;
  }
  if (characters[0] === " ") return "begins with white space: U+0020 at position 1";
  if (characters.at(-1) === " ") {
    return `ends with white space: U+0020 at position ${characters.length}`;
  }
  const composed = [...text.normalize("NFC")];
  const difference = characters.findIndex((character, index) => character !== composed[index]);
  return difference === -1
    ? null
    : `is not in Unicode normalization form C, from ${
      codePoint(characters[difference]!)
    } at position ${difference + 1} on: normalize it`;
}

/** One line of text: see {@link lineProblem}. */
export const line = (maxLength: number, minLength: 0 | 1 = 1) =>
  z.string().check((context) => {
    const input = context.value;
    const message = lineProblem(input, maxLength, minLength);
    if (message !== null) context.issues.push({ code: "custom", input, message });
  }).meta({ minLength, maxLength });

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
