import assert from "node:assert/strict";
import { readBearer } from "./bearer.ts";

const read = (authorization?: string) => () =>
  readBearer(new Headers(authorization === undefined ? {} : { authorization }));

Deno.test("readBearer() takes one Bearer token", () => {
  assert.equal(read("Bearer abc.def-_")(), "abc.def-_");
  assert.equal(read("bearer abc")(), "abc", "the scheme has no case (RFC 9110 section 11.1)");
});

Deno.test("readBearer() tells missing from malformed", () => {
  assert.throws(read(), { code: "missing_credential" });
  assert.throws(read(""), { code: "missing_credential" });
  for (
    const value of [
      "Bearer",
      "Bearer ",
      "Basic abc",
      "abc",
      "Bearer a b",
      "Bearer a, Bearer b",
      `Bearer ${"x".repeat(100_000)}`,
    ]
  ) assert.throws(read(value), { code: "invalid_credential" }, value.slice(0, 40));
});
