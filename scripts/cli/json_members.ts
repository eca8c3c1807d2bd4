/** A member of a JSON object, or an element of an array, in the text that has it. */
export interface JsonMember {
  /** The key, or the index. */
  key: string | number;
  /** Where it begins: with its key, in an object. Offsets are in UTF-16 units. */
  start: number;
  /** Where its value begins and ends. */
  valueStart: number;
  end: number;
}

/**
 * The members of an object or array as they stand in the text: parsing and writing again would
 * write other numbers (1.50 becomes 1.5) and other escapes.
 *
 * @param text Valid JSON: it must have been parsed, this relies on it.
 * @param start Where the object or array begins; white space before it is passed over.
 * @returns None for any other value.
 */
export function* membersOf(text: string, start = 0): Generator<JsonMember> {
  let position = skipSpace(text, start);
  const isArray = text[position] === "[";
  if (!isArray && text[position] !== "{") return;
  for (let index = 0;; index++) {
    position = skipSpace(text, position + 1);
    if (text[position] === "]" || text[position] === "}") return; // it has none
    const memberStart = position;
    let key: string | number = index;
    if (!isArray) {
      const end = endOfValue(text, position);
      key = JSON.parse(text.slice(position, end));
      position = skipSpace(text, skipSpace(text, end) + 1);
    }
    const end = endOfValue(text, position);
    yield { key, start: memberStart, valueStart: position, end };
    position = skipSpace(text, end);
    if (text[position] !== ",") return;
  }
}

/** A value as it stands in a text, and where it begins. */
export interface JsonField {
  text: string;
  start: number;
}

/** The values of {@link membersOf} by their keys. */
export function fieldsOf(text: string, start = 0): Map<string | number, JsonField> {
  const fields = new Map<string | number, JsonField>();
  for (const { key, valueStart, end } of membersOf(text, start)) {
    fields.set(key, { text: text.slice(valueStart, end), start: valueStart });
  }
  return fields;
}

/**
 * Where the value of a JSON pointer begins, or its key in an object.
 *
 * @param path Keys and indexes from the outermost.
 * @returns Of the deepest that is there: what is missing is missing in it.
 */
export function offsetOf(text: string, path: readonly string[]): number {
  let offset = skipSpace(text, 0);
  let value = offset;
  for (const segment of path) {
    const member = membersOf(text, value).find(({ key }) => String(key) === segment);
    if (member === undefined) break;
    offset = member.start;
    value = member.valueStart;
  }
  return offset;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  let position = start;
  do {
    const character = text[position]!;
    if (character === '"') position = endOfString(text, position);
    else if (character === "{" || character === "[") (depth++, position++);
    else if (character === "}" || character === "]") (depth--, position++);
    else if (depth > 0) position++;
    else return endOfWord(text, position);
  } while (depth > 0);
  return position;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function endOfWord(text: string, start: number): number {
  const word = /[^\s,\]}]+/y;
  word.lastIndex = start;
  word.test(text);
  return word.lastIndex;
}

function skipSpace(text: string, start: number): number {
  let position = start;
  while (" \t\n\r".includes(text[position] ?? "x")) position++;
  return position;
}
