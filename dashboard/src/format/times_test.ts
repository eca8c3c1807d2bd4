import assert from "node:assert/strict";
import { fromLocalInput, toLocalInput } from "./times.ts";

Deno.test("toLocalInput() and fromLocalInput() are each other's inverse", () => {
  const iso = "2026-11-25T07:30:00.000Z";
  assert.equal(fromLocalInput(toLocalInput(iso)), iso);
  assert.equal(toLocalInput(null), "");
  assert.equal(toLocalInput("yesterday"), "");
  assert.equal(fromLocalInput(""), null);
});
