import assert from "node:assert/strict";
import { membersOf, offsetOf } from "./json_members.ts";

const texts = (text: string) => {
  const found: [string | number, string][] = [];
  for (const { key, valueStart, end } of membersOf(text)) {
    found.push([key, text.slice(valueStart, end)]);
  }
  return found;
};

Deno.test("membersOf() gives the text of each member as it stands", () => {
  assert.deepEqual(texts('\n{ "a" : 1.50 ,"b\\"}":"x\\\\", "c":[1,{"d":"]"}] , "e": {} }'), [
    ["a", "1.50"],
    ['b"}', '"x\\\\"'],
    ["c", '[1,{"d":"]"}]'],
    ["e", "{}"],
  ]);
  assert.deepEqual(texts('[1e2,-0 , "a,b",[ ],null]'), [
    [0, "1e2"],
    [1, "-0"],
    [2, '"a,b"'],
    [3, "[ ]"],
    [4, "null"],
  ]);
});

Deno.test("membersOf() has none of what is empty, or no object", () => {
  for (const text of ["{}", " { } ", "[]", "[ \n]", "12", '"a"', "null"]) {
    assert.deepEqual(texts(text), []);
  }
});

Deno.test("offsetOf() finds a value, and the deepest that is there of what is missing", () => {
  const text = '{"results": [{"a": 1}, {"metrics": {"f1": 2}}]}';
  assert.equal(offsetOf(text, ["results", "1", "metrics", "f1"]), text.indexOf('"f1"'));
  assert.equal(offsetOf(text, ["results", "0", "metrics", "f1"]), text.indexOf('{"a"'));
  assert.equal(offsetOf(text, []), 0);
});
