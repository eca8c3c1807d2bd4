import assert from "node:assert/strict";
import { numberTable } from "./number_table.ts";

/** A number of both runs as the database compares it. */
function number(path: string, a: number | null, b: number | null) {
  const delta = a === null || b === null ? null : b - a;
  return { path, a, b, delta, percent: delta === null || !a ? null : delta / Math.abs(a) * 100 };
}

/** The pointers of the rows, in their order. */
function pointers(table: string): string[] {
  return [...table.matchAll(/^\/\S+/gm)].map(([path]) => path);
}

Deno.test("numberTable() has what differs most first, by its own size", () => {
  const table = numberTable([
    number("/half", 2, 1),
    number("/little", 1000, 1001),
    number("/same", 1, 1),
    number("/sign", -1, 1),
    number("/from_zero", 0, 3),
    number("/judged", 1, 9),
  ], new Set(["/judged"]));
  assert.match(table, /^Other numbers that differ:\nNUMBER +FROM +TO +CHANGE +PERCENT\n/);
  assert.deepEqual(pointers(table), ["/sign", "/from_zero", "/half", "/little"]);
  assert.match(table, /\/from_zero +0 +3 +\+3 +–/);
  assert.match(table, /\/half +2 +1 +−1 +−50 %/);
});

Deno.test("numberTable() leaves out lists of documents, and counts what one run has alone", () => {
  const table = numberTable([
    number("/results/17/f1", 0, 1),
    number("/results/18", 0, 1),
    number("/gone", 1, null),
    number("/new", null, 1),
    number("/newer", null, 1),
  ], new Set());
  assert.equal(table, "Only A has 1 other number, only B 2: --json lists them.");
  assert.equal(numberTable([number("/same", 1, 1)], new Set()), "");
});

Deno.test("numberTable() shows ten, and says of how many", () => {
  const numbers = Array.from({ length: 12 }, (_, n) => number(`/n${n}`, 1, n + 2));
  const table = numberTable(numbers, new Set());
  assert.match(table, /^The 10 of 12 other numbers that differ most:/);
  assert.deepEqual([pointers(table).length, pointers(table)[0]], [10, "/n11"]);
});
