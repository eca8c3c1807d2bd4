/** Where something stands in a text, as editors count: from 1, in characters. */
export interface TextPosition {
  line: number;
  column: number;
}

/** The place of an offset in UTF-16 units. */
export function positionOf(text: string, offset: number): TextPosition {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  let column = 1;
  for (const _ of text.slice(start, offset)) column++;
  return { line, column };
}

/** "line 3, column 14". */
export function describePosition(text: string, offset: number): string {
  const { line, column } = positionOf(text, offset);
  return `line ${line}, column ${column}`;
}
