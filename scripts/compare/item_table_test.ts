import assert from "node:assert/strict";
import { itemTable } from "./item_table.ts";

const CHANGES = {
  metric: "/f1",
  scores: ["tp", "fp", "fn"],
  common: 48,
  added: 0,
  gone: 2,
  worse: 2,
  better: 1,
  items: [
    {
      id: "bill-7",
      group: null,
      change: "worse" as const,
      newly_failing: true,
      from: { tp: 3, fp: 0, fn: 0 },
      to: { tp: 2, fp: 0, fn: 1 },
    },
    {
      id: "bill-8",
      group: null,
      change: "better" as const,
      newly_failing: false,
      from: { tp: 1, fp: 1, fn: 0 },
      to: { tp: 1, fp: 0.5, fn: 0 },
    },
  ],
};

Deno.test("itemTable() has counts of items, and the scores of each that changed", () => {
  const lines = itemTable(CHANGES).split("\n").map((line) => line.trim().replace(/ {2,}/g, "  "));
  assert.deepEqual(lines, [
    "Items of /f1: 48 in both, 2 worse, 1 better, 2 only in A:",
    "ITEM  FROM  TO",
    "bill-7  ✗ newly failing  tp 3, fp 0, fn 0  tp 2, fp 0, fn 1",
    "bill-8  ✓ better  tp 1, fp 1, fn 0  tp 1, fp 0.5, fn 0",
    "… and 1 more: --items N",
  ]);
});

Deno.test("itemTable() has a line where no item is named", () => {
  assert.equal(
    itemTable({ ...CHANGES, gone: 0, added: 1, worse: 0, better: 0, items: [] }),
    "Items of /f1: 48 in both, 0 worse, 0 better, 1 only in B.",
  );
});

Deno.test("itemTable() shows a single score by itself, and null as none", () => {
  const item = { ...CHANGES.items[0]!, group: "page 1", from: { passed: 1 }, to: { passed: null } };
  const table = itemTable({ ...CHANGES, scores: ["passed"], worse: 1, better: 0, items: [item] });
  assert.match(table, /ITEM +GROUP +FROM +TO\nbill-7 +page 1 +✗ newly failing +1 +–$/);
});
