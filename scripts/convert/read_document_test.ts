import assert from "node:assert/strict";
import { parseDocument } from "./read_document.ts";

function parse(text: string, options = {}) {
  const notes: string[] = [];
  const document = parseDocument(text, "r.json", options, (note) => notes.push(note));
  return { document, notes };
}

Deno.test("parseDocument() takes NaN for null, and says where", () => {
  const { document, notes } = parse('{"a": NaN, "b": "NaN"}');
  assert.deepEqual(document, { a: null, b: "NaN" });
  assert.match(notes[0]!, /^r\.json: NaN at \/a became null/);
  assert.throws(() => parse('{"a": NaN}', { nan: "refuse" }), /r\.json: .*NaN at \/a.*--nan null/);
});

Deno.test("parseDocument() keeps every digit of a number", () => {
  const { document } = parse('{"a": 0.123456789012345678901234567890}');
  assert.equal(JSON.stringify(document), '{"a":12345678901234567890123456789e-29}');
});

Deno.test("parseDocument() replaces what cannot be stored, or refuses it", () => {
  const text = String.raw`{"a": "x\u0000y", "b": ["\ud800"]}`;
  const { document, notes } = parse(text);
  assert.deepEqual(document, { a: "x\ufffdy", b: ["\ufffd"] });
  assert.match(notes[0]!, /^r\.json: U\+0000 and lone surrogates.*: \/a, \/b\/0 \(--details keep/);
  assert.throws(() => parse(text, { details: "keep" }), /\/a .*\\u0000/);
  const deep = parse('{"a":'.repeat(100) + "1" + "}".repeat(100));
  assert.match(JSON.stringify(deep.document), /^(\{"a":){66}null\}{66}$/);
  assert.match(deep.notes[0]!, /nested deeper than 64 became null/);
});

Deno.test("parseDocument() takes nothing out of what has the format already, unless told to", () => {
  const text = String.raw`{"model_version": "m", "metrics": {"log": "x\u0000"}}`;
  assert.throws(() => parse(text), /\/metrics\/log holds \\u0000/);
  const { document, notes } = parse(text, { details: "cut" });
  assert.deepEqual(document, { model_version: "m", metrics: { log: "x\ufffd" } });
  assert.equal(notes.length, 1);
});

Deno.test("parseDocument() says what is empty, and where it is no JSON", () => {
  for (const empty of ["", " \n"]) {
    assert.throws(() => parse(empty), /Cannot convert r\.json: it is empty and holds no result/);
  }
  assert.throws(() => parse('{\n  "a": NaN,\n  "b": oops\n}'), /r\.json.*line 3, column 8/);
  assert.throws(() => parse('{"a":1}\n{"a":2}\n'), /r\.json.*line 2, column 1/);
  assert.throws(() => parse('{"a":1,"a":2}'), /twice/);
});
