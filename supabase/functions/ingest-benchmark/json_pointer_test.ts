import assert from "node:assert/strict";
import { escapeSegment, lastKey, toPointer, unescapeSegment } from "./json_pointer.ts";

Deno.test("unescapeSegment() undoes escapeSegment()", () => {
  for (const key of ["", "a", "a/b", "~", "~1", "~01", "/~0/"]) {
    assert.ok(!escapeSegment(key).includes("/"));
    assert.equal(unescapeSegment(escapeSegment(key)), key);
  }
  assert.equal(unescapeSegment("~01"), "~1", "and not /");
});

Deno.test("lastKey() takes a pointer and a bare name", () => {
  assert.equal(lastKey("/a/b~1c"), "b/c");
  assert.equal(lastKey("f1"), "f1");
  assert.equal(lastKey("/a/"), "");
});

Deno.test("toPointer() escapes each segment, and is cut where it would repeat a document", () => {
  assert.equal(toPointer([]), "");
  assert.equal(toPointer(["a/b", 3, ""]), "/a~1b/3/");
  let read = 0;
  const path = function* () {
    for (; read < 1_000_000; read++) yield "😀".repeat(500);
  };
  const pointer = toPointer(path(), 200);
  assert.equal([...pointer].length, 200);
  assert.ok(pointer.endsWith("😀…"));
  assert.ok(read < 3, "and its rest is not even looked at");
});
