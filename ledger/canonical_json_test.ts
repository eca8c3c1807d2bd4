import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/embedded_database.ts";
import { randomFrom } from "../testing/random.ts";
import { canonicalJson, parseWithNumberText } from "./canonical_json.ts";
import { randomJson } from "./random_document.ts";

Deno.test("canonicalJson() is the text form of jsonb, byte for byte", async () => {
  const database = await openTestDatabase();
  const next = randomFrom(20261125);
  for (let i = 0; i < 500; i++) {
    const sent = JSON.stringify(randomJson(next, 4));
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
  const text = "[1.50, 12345678901234567890.123, 0.000000, -1e-7]";
  assert.equal(canonicalJson(parseWithNumberText(text)), text);
});

Deno.test("parseWithNumberText() takes no number out of a text, and __proto__ for a key", () => {
  const text = '{"7": "8 \\" 9", "__proto__": {"\\\\": 1.0}}';
  assert.equal(canonicalJson(parseWithNumberText(text)), text);
  assert.throws(() => parseWithNumberText("[1.0"), SyntaxError);
});

Deno.test("a document is read and written fast, also where the hashes of its keys collide", () => {
  // A text that is a number hashes to that number, of which V8 takes the lower bits.
  const keys = Array.from({ length: 50_000 }, (_, index) => `"${index * 65_536}": ""`);
  const text = `{${keys.join(", ")}, "text": "${"x".repeat(1_000_000)}"}`;
  const start = performance.now();
  assert.equal(canonicalJson(parseWithNumberText(text)).length, text.length);
  assert.ok(performance.now() - start < 2_000, `took ${performance.now() - start} ms`);
});
