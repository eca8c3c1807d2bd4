/** A piece of a JSON text that is no punctuation between values. */
export interface JsonToken {
  /** `word` is a number, true, false, null, or whatever else stands without quotes. */
  kind: "open" | "close" | "key" | "string" | "word";
  /** Offsets in UTF-16 units. */
  start: number;
  end: number;
  /** How many brackets are open around it; of one that opens or closes, it included. */
  depth: number;
}

/** The keys and indexes that lead to the token that is visited; read it while it is. */
export type JsonPath = () => PropertyKey[];

/**
 * Visits the tokens of a text that may be JSON, in order and without recursion. Never throws: what is
 * no JSON is told by whoever parses it, and here only read past.
 */
export function visitTokens(
  text: string,
  visit: (token: JsonToken, path: JsonPath) => void,
): void {
  const stack: { isArray: boolean; index: number; key: string; isKeyNext: boolean }[] = [];
  const path = () => stack.map(({ isArray, index, key }) => isArray ? index : key);
  let start = 0;
  const tell = (kind: JsonToken["kind"], end: number) => {
    visit({ kind, start, end, depth: stack.length }, path);
    start = end;
  };
  while (start < text.length) {
    const character = text[start]!;
    const frame = stack.at(-1);
    if (" \t\n\r:".includes(character)) start++;
    else if (character === ",") {
      if (frame?.isArray) frame.index++;
      else if (frame) frame.isKeyNext = true;
      start++;
    } else if (character === "{" || character === "[") {
      // Before it is on the stack: its path is that of the value, and not of a member.
      visit({ kind: "open", start, end: start + 1, depth: stack.length + 1 }, path);
      stack.push({ isArray: character === "[", index: 0, key: "", isKeyNext: character === "{" });
      start++;
    } else if (character === "}" || character === "]") {
      stack.pop();
      visit({ kind: "close", start, end: start + 1, depth: stack.length + 1 }, path);
      start++;
    } else if (character === '"') {
      const end = endOfString(text, start);
      if (frame?.isKeyNext) {
        frame.isKeyNext = false;
        frame.key = unquoted(text.slice(start, end));
        tell("key", end);
      } else tell("string", end);
    } else {
      WORD.lastIndex = start;
      tell("word", start + (WORD.exec(text)?.[0].length ?? 1));
    }
  }
}

/** A text with pieces of it replaced. */
export function replacePieces(
  text: string,
  pieces: { start: number; end: number; by: string }[],
): string {
  const parts: string[] = [];
  let position = 0;
  for (const { start, end, by } of pieces) {
    parts.push(text.slice(position, start), by);
    position = end;
  }
  return parts.join("") + text.slice(position);
}

const WORD = /[^\s,:\]}"[{]+/y;

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return Math.min(end + 1, text.length);
}

function unquoted(raw: string): string {
  if (!raw.includes("\\")) return raw.slice(1, -1);
  try {
    return JSON.parse(raw);
  } catch {
    return raw.slice(1, -1);
  }
}
