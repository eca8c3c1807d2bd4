import assert from "node:assert/strict";
import { inert, inertText, quoted } from "./inert.ts";

Deno.test("what is not visible in a text is written out", () => {
  assert.equal(inertText("bills-2026-01 / größe – 模型"), "bills-2026-01 / größe – 模型");
  assert.equal(inertText("a\nb\r\n\tc"), "a\\nb\\r\\n\\tc");
  assert.equal(inertText("a\u2028b\u0000c\u001b[31m"), "a\\u{2028}b\\u{0}c\\u{1b}[31m");
  assert.equal(inertText("a\u202eb\u200bc\u{e0041}"), "a\\u{202e}b\\u{200b}c\\u{e0041}");
  assert.equal(inertText("\ud800"), "\\u{d800}");
  assert.equal(inertText("x".repeat(2000)).length, 1000);
});

Deno.test("keys are texts, too, and numbers stay", () => {
  assert.deepEqual(inert({ "a\n": ["b\n", { c: 1, d: null, e: true }] }), {
    "a\\n": ["b\\n", { c: 1, d: null, e: true }],
  });
});

Deno.test("a quotation cannot be left from within", () => {
  assert.equal(quoted('a" and\n"b'), '"a\\" and\\\\n\\"b"');
});
