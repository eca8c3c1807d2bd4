import type { Issue } from "../problem/problem.ts";

/** The deepest nesting accepted, counted in brackets from the outermost one of a result. */
export const MAX_DEPTH = 64;
/** The most significant digits a number may have; jsonb holds more, but nothing measures it. */
export const MAX_NUMBER_DIGITS = 1000;

/** What {@link inspectJsonText} found. */
export interface JsonTextReport {
  /** What must be refused, although `JSON.parse` would take it. */
  issues: Issue[];
  /** Whether the scan gave up because of the nesting; the one issue says where. */
  isTooDeep: boolean;
  /** Whether a number is there that JavaScript would change; see {@link parseExactly}. */
  hasInexactNumber: boolean;
}

interface Frame {
  isArray: boolean;
  index: number;
  key: string;
  keys: Set<string>;
}

const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Finds what `JSON.parse` passes over in silence: duplicate keys (it keeps the last), numbers
 * beyond a double (it makes Infinity or 0 of them), `\u0000` and lone surrogates (Postgres
 * cannot store them), `__proto__`, and nesting so deep that whatever recurses dies.
 *
 * @param text Valid JSON: `JSON.parse` must have accepted it, the scanner relies on it.
 * @param maxDepth Nesting at which the scan gives up with a single issue. Counted without
 * recursion: the stack must not depend on the input.
 */
export function inspectJsonText(text: string, maxDepth: number): JsonTextReport {
  const issues: Issue[] = [];
  const stack: Frame[] = [];
  let hasInexactNumber = false;
  let position = 0;

  const pointer = () =>
    stack.map((frame) => `/${frame.isArray ? frame.index : escapePointer(frame.key)}`).join("");

  while (position < text.length) {
    const character = text[position];
    const frame = stack.at(-1);
    if (character === "{" || character === "[") {
      if (stack.length === maxDepth) {
        // The pointer would be as deep as the nesting: name where it starts.
        const start = pointer().split("/").slice(0, 5).join("/");
        return {
          issues: [{ pointer: start, message: `must not be nested deeper than ${MAX_DEPTH}` }],
          isTooDeep: true,
          hasInexactNumber,
        };
      }
      stack.push({ isArray: character === "[", index: 0, key: "", keys: new Set() });
      position++;
    } else if (character === "}" || character === "]") {
      stack.pop();
      position++;
    } else if (character === ",") {
      if (frame?.isArray) frame.index++;
      position++;
    } else if (character === '"') {
      const end = endOfString(text, position);
      const raw = text.slice(position, end);
      const value: string = raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1);
      position = end;
      const isKey = frame !== undefined && !frame.isArray && nextToken(text, position) === ":";
      if (isKey) {
        frame.key = value;
        if (frame.keys.has(value)) {
          issues.push({ pointer: pointer(), message: "is there twice: a key must be unique" });
        }
        frame.keys.add(value);
        if (value === "__proto__") {
          issues.push({ pointer: pointer(), message: "must not be a key: rename it" });
        }
      }
      if (value.includes("\0") || !value.isWellFormed()) {
        issues.push({
          // The key itself is what is wrong; well-formed, so that the answer is.
          pointer: pointer().toWellFormed().replaceAll("\0", "\\u0000"),
          message: `${isKey ? "has a key with" : "holds"} ${
            value.includes("\0") ? "\\u0000" : "a lone surrogate"
          }, which Postgres cannot store`,
        });
      }
    } else if (character === "-" || (character! >= "0" && character! <= "9")) {
      NUMBER.lastIndex = position;
      const lexeme = NUMBER.exec(text)![0];
      position += lexeme.length;
      const problem = numberProblem(lexeme);
      if (problem) issues.push({ pointer: pointer(), message: problem });
      else if (!isExact(lexeme)) hasInexactNumber = true;
    } else {
      position++;
    }
  }
  return { issues, isTooDeep: false, hasInexactNumber };
}

/**
 * Parses JSON so that `JSON.stringify` gives every number back with its exact decimal value:
 * one that a double cannot hold becomes a raw JSON value instead of a `number`.
 *
 * @param text JSON that {@link inspectJsonText} found no issue in, so its depth is bounded.
 */
export function parseExactly(text: string): unknown {
  return (JSON.parse as ParseWithSource)(text, (_key, value, context) => {
    if (typeof value !== "number" || context?.source === undefined) return value;
    return isExact(context.source) ? value : rawJson(decimalForm(context.source).text);
  });
}

/** Whether this runtime can keep numbers that a double cannot hold. */
export function canKeepExactNumbers(): boolean {
  return typeof (JSON as JsonWithRaw).rawJSON === "function";
}

// "JSON.parse source text access" (ECMAScript 2026), in V8 since 11.4; not yet in the types.
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context?: { source?: string }) => unknown,
) => unknown;
type JsonWithRaw = typeof JSON & { rawJSON?: (text: string) => unknown };
const rawJson = (text: string) => (JSON as JsonWithRaw).rawJSON!(text);

/** Escapes a key as one segment of a JSON pointer (RFC 6901 section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

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
    return `is beyond the range of a double: ${abbreviate(lexeme)}`;
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
  const digits = unpadded.replace(/0+$/, "");
  if (digits === "") return { text: "0", digits };
  const shift = Number(exponent) - fraction.length + (unpadded.length - digits.length);
  return { text: `${lexeme.startsWith("-") ? "-" : ""}${digits}e${shift}`, digits };
}

function abbreviate(lexeme: string): string {
  return lexeme.length <= 30 ? lexeme : `${lexeme.slice(0, 27)}…`;
}
