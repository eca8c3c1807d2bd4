import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/embedded_database.ts";
import { canonicalJson, parseWithNumberText } from "./canonical_json.ts";

/** A repeatable stream of numbers in 0..1 (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
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
  "😀",
  "\u2028",
  '"',
  "\\",
  "/",
  "\n",
  "\t",
  "\x01",
  "\x7f",
  " ",
  "<",
  "ß",
];

function document(next: () => number, depth: number): unknown {
  const pick = Math.floor(next() * (depth > 0 ? 8 : 6));
  const text = () =>
    Array.from({ length: Math.floor(next() * 4) }, () => PIECES[Math.floor(next() * PIECES.length)])
      .join("");
  switch (pick) {
    case 0:
      return null;
    case 1:
      return next() < 0.5;
    case 2:
      return text();
    case 3:
      return Math.floor(next() * 2e6) - 1e6;
    case 4:
      return next() * 10 ** Math.floor(next() * 20 - 10);
    case 5:
      return -next();
    case 6:
      return Array.from({ length: Math.floor(next() * 4) }, () => document(next, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(next() * 6) }, () => [text(), document(next, depth - 1)]),
      );
  }
}

Deno.test("canonicalJson() is the text form of jsonb, byte for byte", async () => {
  const database = await openTestDatabase();
  const next = random(20261125);
  for (let i = 0; i < 500; i++) {
    const sent = JSON.stringify(document(next, 4));
    const { rows: [row] } = await database.pool.query("select $1::jsonb::text as text", [sent]);
    assert.equal(canonicalJson(parseWithNumberText(row.text)), row.text, sent);
  }
  await database.close();
});

Deno.test("canonicalJson() sorts keys by bytes and not by UTF-16 units", () => {
  const text = '{"zz": 1, "é": 2, "a": 3, "": 4, "b": 5, "\u{10000}": 6, "\uffff": 7}';
  assert.equal(
    canonicalJson(parseWithNumberText(text)),
    '{"": 4, "a": 3, "b": 5, "zz": 1, "é": 2, "\uffff": 7, "\u{10000}": 6}',
  );
});

Deno.test("parseWithNumberText() keeps numbers as they are written", () => {
  const text = "[1.50, 12345678901234567890.123, 0.000000]";
  assert.equal(canonicalJson(parseWithNumberText(text)), text);
});
