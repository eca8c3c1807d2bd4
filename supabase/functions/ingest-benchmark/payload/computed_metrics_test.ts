import assert from "node:assert/strict";
import { IssueList } from "../problem/issue_list.ts";
import { computedMetrics } from "./computed_metrics.ts";
import type { Items } from "./items.ts";

function compute(scores: Items["scores"], sent: Record<string, unknown> = { metrics: {} }) {
  const ids = Object.values(scores)[0]!.map((_, index) => String(index));
  const issues = new IssueList();
  const computed = computedMetrics({ ids, scores }, sent, ["results", 0], issues);
  return {
    computed: computed.map(({ name, value }) => [name, value]),
    issues: issues.first.map(({ pointer, message }) => `${pointer} ${message}`),
  };
}

Deno.test("computedMetrics() gives what was left out, in the order of code points", () => {
  const scores = { "b/~": [1, 2], correct: [true, false], fn: [0, 1], fp: [0, 0], tp: [1, 0] };
  for (const metrics of [{}, { f1: null, accuracy: null }, null, undefined, "none"]) {
    assert.deepEqual(compute(scores, { metrics }), {
      computed: [["accuracy", 0.5], ["b/~", 1.5], ["f1", 2 / 3], ["precision", 1], ["recall", 0.5]],
      issues: [],
    });
  }
});

Deno.test("computedMetrics() leaves alone what was sent and is right, to a thousandth", () => {
  const right = (given: number, items: number) =>
    compute({ s: [items] }, { metrics: { s: given } }).issues.length === 0;
  assert.deepEqual(compute({ s: [0.5] }, { metrics: { s: 0.5004 } }).computed, []);
  assert.ok(right(0.5, 0.5009) && !right(0.5, 0.5011));
  assert.ok(right(1000, 1001) && !right(1000, 1001.2));
  assert.ok(right(-1000, -1001) && !right(-1000, 1000));
  assert.ok(!right(1.7e308, -1.7e308));
});

Deno.test("computedMetrics() shows both numbers of a contradiction", () => {
  assert.deepEqual(
    compute({ f1: [0.8712, 0.87120004] }, { metrics: { f1: 0.91 } }).issues,
    [
      "/results/0/metrics/f1 is 0.91, but the items give 0.8712: send only one of them, or correct the harness",
    ],
  );
});

Deno.test("computedMetrics() refuses to put a number where something else stands", () => {
  for (const other of ["0.5", {}, [1], true]) {
    assert.match(
      compute({ s: [0.5] }, { metrics: { s: other } }).issues[0]!,
      /^\/results\/0\/metrics\/s is no number, but the items give 0\.5/,
    );
  }
  const group = { metrics: {}, category_metrics: { a: 1 } };
  assert.match(compute({ category_metrics: [1] }, group).issues[0]!, /is no number/);
  assert.deepEqual(compute({ model: [1] }, { metrics: {}, model: "m" }).computed, [["model", 1]]);
});

Deno.test("computedMetrics() refuses a known score that no result may have", () => {
  assert.deepEqual(compute({ latency_ms: [-5, -6] }).issues, [
    "/results/0/metrics/latency_ms follows from the items as -5.5: it must not be negative",
  ]);
  assert.match(compute({ f1: [91] }).issues[0]!, /a fraction, not a percentage/);
  assert.deepEqual(compute({ mine: [-91] }).issues, []);
});

Deno.test("computedMetrics() refuses a metric that scores give in two ways", () => {
  assert.deepEqual(compute({ fp: [1], precision: [0.5], tp: [1] }).issues, [
    '/results/0/items give "precision" twice, by "tp", "fp" and by "precision": leave one out, or rename it',
  ]);
  assert.equal(compute({ accuracy: [1], correct: [true] }).issues.length, 1);
  assert.equal(
    compute({ fp: [0], precision: [0.5], tp: [0] }).issues.length,
    1,
    "whatever the numbers are",
  );
});

Deno.test("computedMetrics() has nothing to say of a score that nobody got", () => {
  assert.deepEqual(compute({ s: [null] }, { metrics: { s: 0.5 } }), { computed: [], issues: [] });
});
