import assert from "node:assert/strict";
import { replacePieces, visitTokens } from "./json_tokens.ts";

const tokens = (text: string) => {
  const found: unknown[] = [];
  visitTokens(
    text,
    ({ kind, start, end, depth }, path) =>
      found.push([kind, text.slice(start, end), depth, path().join("/")]),
  );
  return found;
};

Deno.test("visitTokens() visits each token with its place", () => {
  assert.deepEqual(tokens('{"a": [1, {"b\\u0041": "x"}], "c": null}'), [
    ["open", "{", 1, ""],
    ["key", '"a"', 1, "a"],
    ["open", "[", 2, "a"],
    ["word", "1", 2, "a/0"],
    ["open", "{", 3, "a/1"],
    ["key", '"b\\u0041"', 3, "a/1/bA"],
    ["string", '"x"', 3, "a/1/bA"],
    ["close", "}", 3, "a/1"],
    ["close", "]", 2, "a"],
    ["key", '"c"', 1, "c"],
    ["word", "null", 1, "c"],
    ["close", "}", 1, ""],
  ]);
});

Deno.test("visitTokens() gets through what is no JSON", () => {
  for (
    const odd of ["", "}", "]{", '"', '{"a', '{"\\', ":::", ",,,", "[,]", "{1:2}", "\\", "'a'"]
  ) {
    tokens(odd);
  }
});

Deno.test("replacePieces() replaces pieces in their order", () => {
  const pieces = [{ start: 1, end: 2, by: "XX" }, { start: 3, end: 3, by: "-" }];
  assert.equal(replacePieces("abcd", pieces), "aXXc-d");
  assert.equal(replacePieces("abcd", []), "abcd");
});
