// Documents for tests: random, and the same in every run.
import type { Random } from "../testing/random.ts";

const PIECES = [
  "a",
  "b",
  "Z",
  "é",
  "e\u0301",
  "😀",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\uffff",
  '"',
  "\\",
  "/",
  "\n",
  "\t",
  "\b",
  "\x01",
  "\x7f",
  "\x85",
  " ",
  "<",
  "'",
  "ß",
  "7",
];

/** A text of up to so many characters, most of them awkward in JSON or in Unicode. */
export function randomText(next: Random, maxLength = 3): string {
  return Array.from(
    { length: Math.floor(next() * (maxLength + 1)) },
    () => PIECES[Math.floor(next() * PIECES.length)],
  ).join("");
}

/** Any JSON value, nested at most so deep. */
export function randomJson(next: Random, depth: number): unknown {
  switch (Math.floor(next() * (depth > 0 ? 8 : 6))) {
    case 0:
      return null;
    case 1:
      return next() < 0.5;
    case 2:
      return randomText(next);
    case 3:
      return Math.floor(next() * 2e6) - 1e6;
    case 4:
      return next() * 10 ** Math.floor(next() * 20 - 10);
    case 5:
      return -next();
    case 6:
      return Array.from({ length: Math.floor(next() * 4) }, () => randomJson(next, depth - 1));
    default:
      return randomObject(next, depth - 1);
  }
}

/** A JSON object whose values are nested at most so deep. */
export function randomObject(next: Random, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(
      { length: Math.floor(next() * 6) },
      () => [randomText(next), randomJson(next, depth)],
    ),
  );
}
