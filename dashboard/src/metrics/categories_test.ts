import assert from "node:assert/strict";
import { findCategories } from "./categories.ts";

const metric = (path: string, a: number | null, b: number | null) => ({
  path,
  a,
  b,
  delta: null,
  percent: null,
});

Deno.test("findCategories() finds the keys of an object, and one key of several objects", () => {
  const groups = findCategories([
    metric("/f1", 0.9, 0.8),
    metric("/category_f1/up~1down", 0.5, 0.6),
    metric("/category_f1/other", 0.7, null),
    metric("/domains/imaging/latency_ms", 1, 2),
    metric("/domains/billing/latency_ms", 3, 4),
  ]);
  assert.deepEqual(groups, [
    {
      name: "/category_f1/*",
      rows: [{ category: "up/down", a: 0.5, b: 0.6 }, { category: "other", a: 0.7, b: null }],
    },
    {
      name: "/domains/*/latency_ms",
      rows: [{ category: "imaging", a: 1, b: 2 }, { category: "billing", a: 3, b: 4 }],
    },
  ]);
});

Deno.test("findCategories() takes neither lists nor a single number for categories", () => {
  assert.deepEqual(
    findCategories([
      metric("/results/0/f1", 1, 1),
      metric("/results/1/f1", 1, 1),
      metric("/only/one", 1, 1),
      metric("/f1", 1, 1),
    ]),
    [],
  );
});
