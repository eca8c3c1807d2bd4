import assert from "node:assert/strict";
import { branchOf, commitOf, countOf, known, secondsBetween, timeOf } from "./document_fields.ts";

const TIME = "2025-06-01T10:00:00+02:00";

Deno.test("timeOf() takes what the function takes for a time", () => {
  assert.equal(timeOf(TIME), TIME);
  for (const other of ["2025-06-01T10:00:00", "2025-06-01", "", "9999-01-01T00:00:00Z", 1, null]) {
    assert.equal(timeOf(other), undefined, String(other));
  }
});

Deno.test("secondsBetween() takes no time that is none, nor one that runs backwards", () => {
  assert.equal(secondsBetween(TIME, "2025-06-01T08:00:01.500Z"), 1.5);
  assert.equal(secondsBetween(TIME, TIME), 0);
  assert.equal(secondsBetween(TIME, "2025-06-01T07:00:00Z"), undefined);
  assert.equal(secondsBetween("", TIME), undefined);
});

Deno.test("commitOf() and branchOf() take nothing that stands in the place of one", () => {
  assert.equal(commitOf("0f1e2d3c"), "0f1e2d3c");
  for (const other of ["unversioned", "0f1e", "", null, 1]) {
    assert.equal(commitOf(other), undefined);
  }
  assert.equal(branchOf("feature/x"), "feature/x");
  for (const other of ["(detached head)", "(unknown)", "HEAD", "", " x", null, 1]) {
    assert.equal(branchOf(other), undefined);
  }
});

Deno.test("countOf() takes whole numbers, and known() leaves out what is not known", () => {
  assert.deepEqual([0, 3, -1, 1.5, "3", null].map(countOf), [
    0,
    3,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(known({ a: 0, b: undefined, c: null, d: "" }), { a: 0, c: null, d: "" });
});
