import { isLongerThan, shorten } from "../shorten.ts";

/** The deepest nesting accepted, counted in brackets from the outermost one of a result. */
export const MAX_DEPTH = 64;
/** The most significant digits a number may have; jsonb holds more, but nothing measures it. */
export const MAX_NUMBER_DIGITS = 1000;

// The most characters of a key: a document is searched and shown by its keys.
const MAX_KEY_LENGTH = 200;

/** Takes what {@link inspectJsonText} finds wrong. */
export interface TextIssues {
  /**
   * @param path Keys and indexes from the outermost; to be read at once.
   * @param message A sentence that the path begins.
   * @param offset Where it stands in the text, in UTF-16 units.
   */
  add(path: Iterable<PropertyKey>, message: string, offset: number): void;
}

/** What {@link inspectJsonText} found. */
export interface JsonTextReport {
  /** Whether the scan gave up because of the nesting. */
  isTooDeep: boolean;
  /** The numbers that JavaScript would change; see {@link parseExactly}. */
  inexact: InexactNumber[];
}

/** A number that a double cannot hold, and where it stands. */
export interface InexactNumber {
  path: PropertyKey[];
  source: string;
}

interface Frame {
  isArray: boolean;
  index: number;
  key: string;
  /**
   * An object without prototype and not a Set: the hash of a text that is a number can be
   * foretold, and 60,000 that collide in a Set take 20 seconds. V8 keeps such keys of an object
   * apart.
   */
  keys: Record<string, true> | undefined;
}

const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Finds what `JSON.parse` passes over in silence: duplicate keys (it keeps the last), numbers
 * beyond a double (it makes Infinity or 0 of them), `\u0000` and lone surrogates (Postgres
 * cannot store them), `__proto__`, keys that are too long, and nesting so deep that whatever
 * recurses dies.
 *
 * @param text Valid JSON: `JSON.parse` must have accepted it, the scanner relies on it.
 * @param maxDepth Nesting at which the scan gives up. Counted without recursion: the stack must
 * not depend on the input.
 * @param issues Gets what must be refused, although `JSON.parse` would take it.
 */
export function inspectJsonText(
  text: string,
  maxDepth: number,
  issues: TextIssues,
): JsonTextReport {
  const stack: Frame[] = [];
  const path: Iterable<PropertyKey> = {
    *[Symbol.iterator]() {
      for (const frame of stack) yield frame.isArray ? frame.index : frame.key;
    },
  };
  const inexact: InexactNumber[] = [];
  let position = 0;

  while (position < text.length) {
    const character = text[position];
    const frame = stack.at(-1);
    if (character === "{" || character === "[") {
      if (stack.length === maxDepth) {
        issues.add(path, `must not be nested deeper than ${MAX_DEPTH}`, position);
        return { isTooDeep: true, inexact };
      }
      stack.push({ isArray: character === "[", index: 0, key: "", keys: undefined });
      position++;
    } else if (character === "}" || character === "]") {
      stack.pop();
      position++;
    } else if (character === ",") {
      if (frame?.isArray) frame.index++;
      position++;
    } else if (character === '"') {
      const start = position;
      const end = endOfString(text, start);
      const raw = text.slice(start, end);
      const value: string = raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1);
      position = end;
      const isKey = frame !== undefined && !frame.isArray && nextToken(text, position) === ":";
      if (isKey) {
        frame.key = value;
        frame.keys ??= Object.create(null) as Record<string, true>;
        if (value in frame.keys) issues.add(path, "is there twice: a key must be unique", start);
        frame.keys[value] = true;
        if (value === "__proto__") issues.add(path, "must not be a key: rename it", start);
        if (isLongerThan(value, MAX_KEY_LENGTH)) {
          issues.add(path, `is a key of more than ${MAX_KEY_LENGTH} characters: shorten it`, start);
        }
      }
      if (value.includes("\0") || !value.isWellFormed()) {
        issues.add(
          path,
          `${isKey ? "has a key with" : "holds"} ${
            value.includes("\0") ? "\\u0000" : "a lone surrogate"
          }, which Postgres cannot store`,
          start,
        );
      }
    } else if (character === "-" || (character! >= "0" && character! <= "9")) {
      NUMBER.lastIndex = position;
      const lexeme = NUMBER.exec(text)![0];
      const problem = numberProblem(lexeme);
      if (problem) issues.add(path, problem, position);
      else if (!isExact(lexeme)) inexact.push({ path: [...path], source: lexeme });
      position += lexeme.length;
    } else {
      position++;
    }
  }
  return { isTooDeep: false, inexact };
}

/**
 * Parses JSON so that `JSON.stringify` gives every number back with its exact decimal value:
 * one that a double cannot hold becomes a raw JSON value instead of a `number`.
 *
 * Not by a reviver: to give it the source of a number, V8 takes ten seconds for 50,000 keys whose
 * hashes collide.
 *
 * @param text JSON that {@link inspectJsonText} found no issue in: with equal keys, places are
 * ambiguous.
 * @param inexact What it found there.
 */
export function parseExactly(text: string, inexact: InexactNumber[]): unknown {
  const root = { value: JSON.parse(text) };
  for (const { path, source } of inexact) {
    let parent: Record<PropertyKey, unknown> = root;
    let last: PropertyKey = "value";
    for (const segment of path) {
      parent = parent[last] as Record<PropertyKey, unknown>;
      last = segment;
    }
    parent[last] = rawJson(decimalForm(source).text);
  }
  return root.value;
}

/** Whether this runtime can keep numbers that a double cannot hold. */
export function canKeepExactNumbers(): boolean {
  return typeof (JSON as JsonWithRaw).rawJSON === "function";
}

// "JSON.parse source text access" (ECMAScript 2026), in V8 since 11.4; not yet in the types.
type JsonWithRaw = typeof JSON & { rawJSON?: (text: string) => unknown };
const rawJson = (text: string) => (JSON as JsonWithRaw).rawJSON!(text);

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function nextToken(text: string, position: number): string | undefined {
  while (" \t\n\r".includes(text[position] ?? "x")) position++;
  return text[position];
}

function numberProblem(lexeme: string): string | null {
  const value = Number(lexeme);
  const digits = lexeme.length > 15 || value === 0 ? decimalForm(lexeme).digits : "";
  if (!Number.isFinite(value) || (value === 0 && digits !== "")) {
    return `is beyond the range of a double: ${shorten(lexeme, 30)}`;
  }
  if (digits.length > MAX_NUMBER_DIGITS) {
    return `has ${digits.length} digits: at most ${MAX_NUMBER_DIGITS} are kept`;
  }
  return null;
}

/** Whether a double prints as the same decimal number that was read. */
function isExact(lexeme: string): boolean {
  // Up to 15 significant digits always survive (IEEE 754 binary64).
  if (lexeme.length <= 15) return true;
  return decimalForm(lexeme).text === decimalForm(String(Number(lexeme))).text;
}

/** A decimal number as sign, significant digits and exponent: equal text means equal value. */
function decimalForm(lexeme: string): { text: string; digits: string } {
  const [mantissa = "", exponent = "0"] = lexeme.toLowerCase().split("e");
  const [integer = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const unpadded = (integer + fraction).replace(/^0+/, "");
  // Not /0+$/: it would try again at every zero of a run that does not end the text.
  let end = unpadded.length;
  while (unpadded[end - 1] === "0") end--;
  const digits = unpadded.slice(0, end);
  if (digits === "") return { text: "0", digits };
  const shift = Number(exponent) - fraction.length + (unpadded.length - digits.length);
  return { text: `${lexeme.startsWith("-") ? "-" : ""}${digits}e${shift}`, digits };
}
