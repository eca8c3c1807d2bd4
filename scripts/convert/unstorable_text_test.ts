import assert from "node:assert/strict";
import { replaceTooDeep, replaceUnstorable } from "./unstorable_text.ts";

Deno.test("replaceUnstorable() replaces U+0000 and lone surrogates, and keeps offsets", () => {
  const source = String
    .raw`{"a": ["x\u0000y", "\ud83d\ude00", "\ud83d", "\ude00\ud83d\ude00"], "b": "\\u0000"}`;
  const { text, pointers } = replaceUnstorable(source);
  assert.deepEqual(JSON.parse(text), { a: ["x\ufffdy", "😀", "\ufffd", "\ufffd😀"], b: "\\u0000" });
  assert.deepEqual(pointers, ["/a/0", "/a/2", "/a/3"]);
  assert.equal(text.length, source.length);
  const key = replaceUnstorable(String.raw`{"k\u0000": 1}`);
  assert.deepEqual(JSON.parse(key.text), { "k\ufffd": 1 });
  assert.deepEqual(key.pointers, ["/k\\u0000"]);
  for (const same of ['{"a": "\\ud83d\\ude00"}', "{", '"\\', '{"a": "\\u00e9"}']) {
    assert.deepEqual(replaceUnstorable(same), { text: same, pointers: [] });
  }
});

Deno.test("replaceTooDeep() replaces what is nested too deep, and nothing else", () => {
  assert.deepEqual(replaceTooDeep('{"a": [1, {"b": [2]}, 3]}', 2), {
    text: '{"a": [1, null, 3]}',
    pointers: ["/a/1"],
  });
  assert.deepEqual(replaceTooDeep('{"a": [1, {"b": 2}]}', 3).pointers, []);
  const deep = replaceTooDeep("[".repeat(100_000) + "]".repeat(100_000), 64);
  assert.equal(deep.text, `${"[".repeat(64)}null${"]".repeat(64)}`);
  assert.equal(deep.pointers.length, 1);
  assert.ok(deep.pointers[0]!.length <= 200);
});
