import assert from "node:assert/strict";
import { formatAge, formatDay, fromLocalInput, toLocalInput } from "./times.ts";

Deno.test("toLocalInput() and fromLocalInput() are each other's inverse", () => {
  const iso = "2026-11-25T07:30:00.000Z";
  assert.equal(fromLocalInput(toLocalInput(iso)), iso);
  assert.equal(toLocalInput(null), "");
  assert.equal(toLocalInput("yesterday"), "");
  assert.equal(fromLocalInput(""), null);
});

Deno.test("formatAge() counts the largest unit that is full", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  const cases = [
    ["2026-11-25T11:59:30Z", "just now"],
    ["2026-11-25T11:58:59Z", "1 min ago"],
    ["2026-11-25T00:00:00Z", "12 h ago"],
    ["2026-11-18T13:00:00Z", "6 d ago"],
    ["2026-10-01T00:00:00Z", "1 mo ago"],
    ["2024-10-01T00:00:00Z", "2 yr ago"],
    ["2026-11-26T00:00:00Z", "just now"],
  ] as const;
  for (const [at, text] of cases) assert.equal(formatAge(at, now), text);
  assert.equal(formatAge(now / 1000 - 3600, now), "1 h ago");
});

Deno.test("formatDay() names the year where it is another one", () => {
  const now = new Date("2026-11-25T12:00:00Z");
  assert.doesNotMatch(formatDay("2026-11-12T12:00:00Z", now), /2026/);
  assert.match(formatDay("2025-11-12T12:00:00Z", now), /2025/);
});
