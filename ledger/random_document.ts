// Documents for tests: random, and the same in every run, so that a failure can be repeated.

/** A repeatable stream of numbers in 0..1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

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
export function randomText(next: () => number, maxLength = 3): string {
  return Array.from(
    { length: Math.floor(next() * (maxLength + 1)) },
    () => PIECES[Math.floor(next() * PIECES.length)],
  ).join("");
}

/** Any JSON value, nested at most so deep. */
export function randomJson(next: () => number, depth: number): unknown {
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
export function randomObject(next: () => number, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(
      { length: Math.floor(next() * 6) },
      () => [randomText(next), randomJson(next, depth)],
    ),
  );
}
