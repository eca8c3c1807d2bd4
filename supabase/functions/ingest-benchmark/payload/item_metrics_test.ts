import assert from "node:assert/strict";
import { itemMetrics } from "./item_metrics.ts";
import type { Items } from "./items.ts";

const IDS = ["a", "b", "c"];
const valuesOf = (scores: Items["scores"], ids = IDS) =>
  Object.fromEntries(itemMetrics({ ids, scores }).map(({ name, value }) => [name, value]));

Deno.test("itemMetrics() sums counts before it divides", () => {
  assert.deepEqual(valuesOf({ fn: [1, 1, 0], fp: [0, 2, 0], tp: [3, 1, 0] }), {
    precision: 4 / 6,
    recall: 4 / 6,
    f1: 4 / (4 + (2 + 2) / 2),
  });
  assert.deepEqual(valuesOf({ fp: [0, 1, 1], tp: [3, 1, 0] }), { precision: 4 / 6 });
  assert.deepEqual(valuesOf({ fn: [0, 1, 1], tp: [3, 1, 0] }), { recall: 4 / 6 });
  assert.deepEqual(valuesOf({ fn: [0, 1, 1], fp: [3, 1, 0] }), {});
});

Deno.test("itemMetrics() leaves an item out of what one of its counts is missing for", () => {
  assert.deepEqual(valuesOf({ fn: [1, null, 0], fp: [0, 2, null], tp: [3, 1, 5] }), {
    precision: 4 / 6,
    recall: 8 / 9,
    f1: 3 / 3.5,
  });
});

Deno.test("itemMetrics() gives the share of true, under accuracy for correct", () => {
  assert.deepEqual(valuesOf({ correct: [true, false, null], refused: [false, false, true] }), {
    accuracy: 0.5,
    refused: 1 / 3,
  });
  assert.deepEqual(valuesOf({ correct: [1, 0, 0] }), { correct: 1 / 3 }, "a number is no share");
});

Deno.test("itemMetrics() gives the mean of any other score", () => {
  assert.deepEqual(valuesOf({ latency_ms: [100, null, 300], constructor: [1, 2, 3] }), {
    latency_ms: 200,
    constructor: 2,
  });
});

Deno.test("itemMetrics() counts an item once, whatever the number of its epochs", () => {
  const ids = ["a", "a", "a", "b", "c", "c"];
  assert.deepEqual(valuesOf({ correct: [true, true, false, false, null, null] }, ids), {
    accuracy: (2 / 3 + 0) / 2,
  });
  assert.deepEqual(valuesOf({ fp: [0, 0, 0, 1, 2, 2], tp: [1, 3, null, 1, 2, 4] }, ids), {
    precision: (2 + 1 + 3) / (2 + 0 + 1 + 1 + 3 + 2),
  });
});

Deno.test("itemMetrics() gives no number where nothing was counted, or beyond a double", () => {
  assert.deepEqual(valuesOf({ fp: [0, 0, 0], tp: [0, 0, 0], s: [null, null, null] }), {
    precision: null,
    s: null,
  });
  assert.deepEqual(valuesOf({ s: [1.7e308, 1.7e308, 0] }), { s: null });
});

Deno.test("itemMetrics() says which scores give a metric, and all that give one", () => {
  assert.deepEqual(
    itemMetrics({ ids: ["a"], scores: { fp: [1], precision: [0.5], tp: [1] } }),
    [
      { name: "precision", scores: ["tp", "fp"], value: 0.5 },
      { name: "precision", scores: ["precision"], value: 0.5 },
    ],
  );
});
