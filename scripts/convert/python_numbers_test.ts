import assert from "node:assert/strict";
import { replacePythonNumbers, withoutPythonNumbers } from "./python_numbers.ts";

Deno.test("replacePythonNumbers() puts null where NaN and Infinity stand, and says where", () => {
  const { text, found } = replacePythonNumbers(
    '{"a": {"perplexity,none": NaN}, "b": [1, -Infinity, Infinity]}',
  );
  assert.deepEqual(JSON.parse(text), { a: { "perplexity,none": null }, b: [1, null, null] });
  assert.deepEqual(found, [
    { pointer: "/a/perplexity,none", word: "NaN", offset: 26 },
    { pointer: "/b/1", word: "-Infinity", offset: 41 },
    { pointer: "/b/2", word: "Infinity", offset: 52 },
  ]);
});

Deno.test("replacePythonNumbers() leaves strings, keys and other words alone", () => {
  for (
    const same of [
      '{"NaN": "NaN", "s": "say \\"NaN, Infinity\\" [NaN]", "t": "\\\\"}',
      '["Infinity", 1e400, null]',
      "NaNs",
      '{"a": NaN1}',
      "",
      '"unfinished NaN',
      '{"a": "\\',
    ]
  ) {
    assert.deepEqual(replacePythonNumbers(same), { text: same, found: [] });
  }
  assert.deepEqual(JSON.parse(replacePythonNumbers('{"a\\"NaN":NaN,"b":"NaN"}').text), {
    'a"NaN': null,
    b: "NaN",
  });
});

Deno.test("replacePythonNumbers() keeps everything else where it was", () => {
  const source = '{\n  "a": NaN,\n  "b": -Infinity,\n  "c": oops\n}';
  const { text } = replacePythonNumbers(source);
  assert.equal(text.indexOf("oops"), source.indexOf("oops"));
  assert.equal(text.length, source.length);
  assert.deepEqual(JSON.parse(replacePythonNumbers("[NaN,NaN]").text), [null, null]);
  assert.deepEqual(replacePythonNumbers("NaN"), {
    text: "null",
    found: [{ pointer: "", word: "NaN", offset: 0 }],
  });
});

Deno.test("replacePythonNumbers() is not stopped by what is no JSON, nor by its depth", () => {
  for (
    const odd of [
      "}}]]NaN",
      '{"a" NaN',
      "[".repeat(100_000) + "NaN",
      "{,,:NaN}",
      '{"a":1}\n{"b":NaN}',
    ]
  ) {
    assert.ok(replacePythonNumbers(odd).text.includes("null"), odd.slice(0, 20));
  }
});

Deno.test("withoutPythonNumbers() notes each, or refuses", () => {
  const notes: string[] = [];
  const text = '{"results": {"x": {"ppl": NaN}}, "y": Infinity}';
  const clean = withoutPythonNumbers(text, "r.json", "null", (note) => notes.push(note));
  assert.deepEqual(JSON.parse(clean), { results: { x: { ppl: null } }, y: null });
  assert.match(notes[0]!, /^NaN at \/results\/x\/ppl, Infinity at \/y became null/);
  assert.throws(
    () => withoutPythonNumbers(text, "r.json", "refuse", () => {}),
    /Cannot convert r\.json: .* NaN at \/results\/x\/ppl, Infinity at \/y\. Convert it with --nan null/,
  );
  const many = `[${"NaN,".repeat(30)}1]`;
  assert.throws(
    () => withoutPythonNumbers(many, "r.json", "refuse", () => {}),
    /NaN at \/19 and 10 more\./,
  );
});
