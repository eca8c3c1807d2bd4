import assert from "node:assert/strict";
import { isLongerThan, shorten } from "./shorten.ts";

Deno.test("shorten() keeps what fits, and cuts between characters", () => {
  assert.equal(shorten("abc", 3), "abc");
  assert.equal(shorten("abcd", 3), "ab…");
  assert.equal(shorten("😀😀😀", 3), "😀😀😀");
  assert.equal(shorten("😀😀😀😀", 3), "😀😀…");
  assert.equal(shorten("abc", Infinity), "abc");
});

Deno.test("isLongerThan() counts characters and not UTF-16 units", () => {
  assert.equal(isLongerThan("😀😀😀", 3), false);
  assert.equal(isLongerThan("😀😀😀😀", 3), true);
});
