import assert from "node:assert/strict";
import { measuredAt, readTime } from "./times.ts";

Deno.test("a date is midnight UTC, a time has its offset", () => {
  assert.equal(readTime("2026-01-31").toISOString(), "2026-01-31T00:00:00.000Z");
  assert.equal(readTime("2026-01-31T12:00+02:00").toISOString(), "2026-01-31T10:00:00.000Z");
  for (const text of ["monday", "2026-01-31T12:00", "2026-13-01", "31.1.2026", ""]) {
    assert.throws(() => readTime(text), /since must be .*: it is ".*"\. Now it is 20/);
  }
});

Deno.test("a run was measured before it was stored", () => {
  const stored = "2026-02-01T00:00:00Z";
  assert.equal(measuredAt("2026-01-31T00:00:00+00:00", stored), "2026-01-31T00:00:00.000Z");
  assert.equal(measuredAt("2026-02-02T00:00:00Z", stored), "2026-02-01T00:00:00.000Z");
  assert.equal(measuredAt(null, stored), "2026-02-01T00:00:00.000Z");
});
