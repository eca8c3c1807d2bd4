import assert from "node:assert/strict";
import { idIn, timeIn, versionIn } from "./url_values.ts";

Deno.test("idIn() hands on what may be an id, and nothing that the database cannot read", () => {
  const id = "359c157c-b937-88f7-a23d-fc32e9355305";
  assert.equal(idIn(id), id);
  for (const text of ["", "nonsense", id.slice(1), `${id},`, `{${id}}`]) {
    assert.equal(idIn(text), "00000000-0000-0000-0000-000000000000");
  }
});

Deno.test("versionIn() takes what is no version for one that no run has", () => {
  assert.equal(versionIn(null), null);
  assert.equal(versionIn(""), null);
  assert.equal(versionIn("12"), 12);
  for (const text of ["abc", "0", "-1", "1.5", "1e3", "99999999999"]) {
    assert.equal(versionIn(text), 2_147_483_647, text);
  }
});

Deno.test("timeIn() leaves out what is no time", () => {
  assert.equal(timeIn("2026-11-30T14:46:00Z"), "2026-11-30T14:46:00.000Z");
  assert.equal(timeIn(null), null);
  assert.equal(timeIn("garbage"), null);
});
