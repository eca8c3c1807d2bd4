import { MAX_DEPTH } from "./json_text.ts";

/** Where a text stops being JSON. */
export interface SyntaxProblem {
  /** In UTF-16 units. */
  offset: number;
  /** Keys and indexes of the value that it is in, from the outermost. */
  path: PropertyKey[];
  /** A sentence that the path begins; repeats nothing of the text. */
  message: string;
}

type Expected = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end" | "end";

interface Frame {
  isArray: boolean;
  index: number;
  key: string | undefined;
}

// "results" and its array come before a result in a batch.
const MAX_FRAMES = MAX_DEPTH + 2;
const MORE = 'has more after its end: several results belong into {"results": [...]}';
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
// What people and programs write for what JSON has no word for.
const NO_NUMBER = /^[+-]?(?:nan|inf|infinity)$/i;
const OTHER_WORDS = ["None", "True", "False", "undefined", "nil", "NULL", "Null", "TRUE", "FALSE"];

/**
 * Finds where `JSON.parse` stops, and says why: its own message often has no place, and repeats
 * what was sent. Without recursion and without a tree: whatever the text, the memory is that of
 * its open brackets.
 *
 * @returns null for JSON that is not nested too deep.
 */
export function findSyntaxProblem(text: string): SyntaxProblem | null {
  const stack: Frame[] = [];
  let expected: Expected = "value";
  let position = 0;

  const problem = (message: string, offset = position): SyntaxProblem => ({
    offset,
    path: stack.flatMap((frame) => {
      const step = frame.isArray ? frame.index : frame.key;
      return step === undefined ? [] : [step];
    }),
    message,
  });
  const stands = (what: string) =>
    problem(
      expected === "end" ? MORE : `has ${what} where ${wanted()} is expected`,
    );
  const wanted = () => {
    if (expected === "colon") return "a colon";
    if (expected.startsWith("key")) return "a key in double quotes";
    if (expected.startsWith("value")) return "a value";
    return `a comma or the end of the ${stack.at(-1)?.isArray ? "array" : "object"}`;
  };
  const afterValue = (): Expected => stack.length === 0 ? "end" : "comma or end";

  while (position < text.length) {
    const frame = stack.at(-1);
    const character = text[position]!;
    if (" \t\r\n".includes(character)) {
      position++;
    } else if (character === "{" || character === "[") {
      if (!expected.startsWith("value")) return stands("an opening bracket");
      if (stack.length === MAX_FRAMES) return problem(`is nested deeper than ${MAX_DEPTH}`);
      stack.push({ isArray: character === "[", index: 0, key: undefined });
      expected = character === "[" ? "value or end" : "key or end";
      position++;
    } else if (character === "}" || character === "]") {
      if (frame === undefined || frame.isArray !== (character === "]")) {
        return stands("a closing bracket");
      }
      if (!expected.endsWith("or end")) {
        return expected === "key" || (frame.isArray && expected === "value")
          ? problem("has a comma before its closing bracket: take it out")
          : stands("a closing bracket");
      }
      stack.pop();
      expected = afterValue();
      position++;
    } else if (character === ",") {
      if (expected !== "comma or end") return stands("a comma");
      frame!.index++;
      frame!.key = undefined;
      expected = frame!.isArray ? "value" : "key";
      position++;
    } else if (character === ":") {
      if (expected !== "colon") return stands("a colon");
      expected = "value";
      position++;
    } else if (character === '"') {
      const isKey = expected.startsWith("key");
      if (!isKey && !expected.startsWith("value")) return stands("a string");
      const string = readString(text, position);
      if ("message" in string) return problem(string.message, string.offset);
      if (isKey) {
        frame!.key = JSON.parse(text.slice(position, string.end));
        expected = "colon";
      } else expected = afterValue();
      position = string.end;
    } else {
      const word = wordAt(text, position);
      if (expected === "end") return stands("something else");
      if (expected.startsWith("key")) return stands(isQuote(word) ? "a single quote" : "no quote");
      if (!expected.startsWith("value")) return stands("something else");
      const message = wordProblem(word);
      if (message !== null) return problem(message);
      expected = afterValue();
      position += word.length;
    }
  }
  if (expected === "end") return null;
  return problem(text.trim() === "" ? "is empty" : "ends before it is complete");
}

/** Where a string ends, or what is wrong in it. */
function readString(
  text: string,
  start: number,
): { end: number } | { message: string; offset: number } {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { end: at + 1 };
    if (code < 0x20) {
      const what = code === 0x0a || code === 0x0d ? "a line break" : "a control character";
      return { message: `has ${what} in a string: escape it, or close the string`, offset: at };
    }
    if (code !== 0x5c) continue;
    const escaped = text[at + 1] ?? "";
    if (escaped === "u" && /^[0-9A-Fa-f]{4}$/.test(text.slice(at + 2, at + 6))) at += 5;
    else if (escaped !== "" && '"\\/bfnrt'.includes(escaped)) at += 1;
    else return { message: "has a backslash that escapes nothing: write \\\\", offset: at };
  }
  return { message: "has a string without an end", offset: start };
}

function wordAt(text: string, start: number): string {
  const word = /[^\s,:"{}[\]]+/y;
  word.lastIndex = start;
  // White space that JSON does not know is no word, but what is wrong here.
  return word.exec(text)?.[0] ?? text[start]!;
}

function wordProblem(word: string): string | null {
  if (word === "true" || word === "false" || word === "null" || NUMBER.test(word)) return null;
  if (NO_NUMBER.test(word)) {
    return `is ${word}, which JSON does not have: leave it out, or write null`;
  }
  if (OTHER_WORDS.includes(word)) {
    return `is ${word}, which JSON does not have: it has true, false and null`;
  }
  if (/^[+-]?\.?[0-9]/.test(word)) {
    return "is a number as JSON does not write it: no + or 0 before it, digits on both sides of the point";
  }
  if (isQuote(word)) return "begins with a single quote: JSON has double ones";
  if (word.startsWith("//") || word.startsWith("/*")) {
    return "has a comment, which JSON does not have";
  }
  return "has something here that is not JSON";
}

function isQuote(word: string): boolean {
  return word.startsWith("'") || word.startsWith("`");
}
