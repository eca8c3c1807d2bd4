import { createHash } from "node:crypto";
import { isLine } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { hasKeys, isNumber } from "./adapter.ts";

/** The most characters of `model_version`, `dataset_version` and `prompt_version`. */
export const MAX_NAME_LENGTH = 200;
/** The most characters of `variant`. */
export const MAX_VARIANT_LENGTH = 100;

const DIGEST_LENGTH = 12;

/**
 * The first 12 hexadecimal digits of the SHA-256 of a value as JSON: the same for any order of keys.
 */
export function digest(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_, inner) =>
    // A number with more digits than a double is an object, too, and stays as it is.
    hasKeys(inner) && !isNumber(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
      : inner);
  return createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
}

/**
 * A name that the contract takes, made of any text. In Unicode form NFC and without white space
 * around it, as it looks the same with them; line breaks, tabs and other blanks become one space, and
 * control and invisible characters are taken out. A text that was changed by more than its form and
 * what is around it, or is cut because it is too long, ends with ` #` and a digest of the whole: two
 * different texts never become one name.
 *
 * @returns undefined for a text of which nothing is left.
 */
export function cleanName(text: string, maxLength = MAX_NAME_LENGTH): string | undefined {
  if (isLine(text, maxLength) && !text.includes(REPLACEMENT)) return text;
  const same = text.toWellFormed().replaceAll("\r\n", "\n").normalize("NFC")
    .replace(OUTER_BLANKS, "");
  const name = same.replace(BLANKS, " ").replace(UNSEEN, "").normalize("NFC").trim();
  if (name === "") return undefined;
  if (name === same && isLine(name, maxLength) && !name.includes(REPLACEMENT)) return name;
  return withDigest(name, text.isWellFormed() ? same : text, maxLength);
}

/**
 * A name that lists others, apart by commas, in the order given. A list that is cut because it is too
 * long says how many follow and ends with ` #` and a digest of all of them; so does one whose names
 * hold commas: two different lists never become one name.
 */
export function joinNames(names: string[], maxLength = MAX_NAME_LENGTH): string {
  if (names.length === 0) return "";
  const clean = names.map((name) => cleanName(name, maxLength) ?? `#${digest(name)}`);
  const isPlain = !names.some((name) => name.includes(","));
  for (let count = clean.length; count > 0; count--) {
    const more = clean.length - count;
    const text = clean.slice(0, count).join(",") + (more > 0 ? ` and ${more} more` : "") +
      (more > 0 || !isPlain ? ` #${digest(names)}` : "");
    if (isLine(text, maxLength)) return text;
  }
  return withDigest(clean[0] ?? "", names, maxLength);
}

/**
 * A name of settings, such as `temperature=0.7,top_p=0.9`, in the order of their keys. What is no
 * number, boolean or text of one short line is named by its digest; null and undefined say nothing.
 */
export function settingsName(
  settings: Record<string, unknown>,
  maxLength = MAX_VARIANT_LENGTH,
): string {
  const parts = Object.entries(settings)
    .filter(([, value]) => (value ?? null) !== null && value !== "")
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) => `${key}=${settingText(value)}`);
  return parts.length === 0 ? "" : joinNames(parts, maxLength);
}

/**
 * A name followed by what tells it from others of that name, such as `gsm8k@3 limit=100`: what is
 * empty or missing is left out, and what is too long is cut with a digest of the whole.
 */
export function nameWith(name: string, ...details: (string | undefined)[]): string {
  const text = [name, ...details].filter((part) => part !== undefined && part !== "").join(" ");
  return cleanName(text) ?? text;
}

/** A text or a number as a name; undefined for what is neither, or has nothing that can be seen. */
export function nameOf(value: unknown, maxLength = MAX_NAME_LENGTH): string | undefined {
  if (typeof value === "string") return cleanName(value, maxLength);
  return isNumber(value) || typeof value === "boolean" ? JSON.stringify(value) : undefined;
}

const MAX_SETTING_LENGTH = 60;
// Stands for what could not be read: two such texts may have differed.
const REPLACEMENT = "\ufffd";
const BLANK = String.raw`[\s\p{Zs}\u0085\u2800]`;
const OUTER_BLANKS = new RegExp(`^${BLANK}+|${BLANK}+$`, "gu");
const BLANKS = new RegExp(`${BLANK}+`, "gu");
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

function settingText(value: unknown): string {
  const text = nameOf(value);
  return text !== undefined && !text.includes(",") && text.length <= MAX_SETTING_LENGTH
    ? text
    : `#${digest(value)}`;
}

function withDigest(name: string, whole: unknown, maxLength: number): string {
  const mark = ` #${digest(whole)}`;
  if (isLine(name + mark, maxLength)) return name + mark;
  // By characters, as the contract counts.
  const characters = [...name];
  return `${characters.slice(0, maxLength - mark.length - 1).join("").trimEnd()}…${mark}`;
}
