import assert from "node:assert/strict";
import { baseline, baselineWithout } from "./baseline.ts";
import { type Bill, type Issue, questionOf, readDataset } from "./dataset.ts";
import { runBenchmark } from "./run_benchmark.ts";
import { scoreOutcomes } from "./score.ts";
import type { Model } from "./model.ts";

const LIMITS = { concurrency: 3, maxSeconds: 60, maxCost: 1 };

function bill(id: string, expected_issues: Issue[]): Bill {
  return {
    id,
    kind: "office",
    provider: "p",
    patient: "x",
    lines: [{
      code: "c",
      description: "d",
      date: "2026-01-01",
      quantity: 1,
      unit_price: 1,
      amount: 1,
    }],
    total: 1,
    expected_issues,
  };
}

/** A model that answers each bill with a fixed list, or fails. */
function scripted(answers: Record<string, Issue[] | Error>, cost = 0): Model {
  return {
    name: "scripted",
    provider: "test",
    promptVersion: "t",
    analyse(question) {
      const answer = answers[question.id]!;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ issues: answer, cost, inputTokens: 10, outputTokens: 5 });
    },
  };
}

Deno.test("scoreOutcomes() counts over all issues, and a failed bill as found nothing", async () => {
  const duplicate: Issue = { type: "duplicate_charge", line: 0 };
  const upcoding: Issue = { type: "upcoding", line: 0 };
  const bills = [
    bill("a", [duplicate]),
    bill("b", [upcoding]),
    bill("c", []),
    bill("d", [duplicate]),
  ];
  const model = scripted({
    a: [duplicate, duplicate], // said twice, found once
    b: [{ type: "upcoding", line: 1 }], // the wrong line: one too many and one missed
    c: [],
    d: new Error("boom"),
  }, 0.25);
  const metrics = scoreOutcomes(model, "set", await runBenchmark(model, bills, LIMITS));
  assert.equal(metrics.total_documents, 4);
  assert.equal(metrics.error_count, 1);
  assert.deepEqual(
    [metrics.true_positives, metrics.false_positives, metrics.false_negatives],
    [1, 1, 2],
  );
  assert.equal(metrics.issue_precision, 0.5);
  assert.equal(metrics.issue_recall, 0.333333);
  assert.equal(metrics.issue_f1_score, 0.4);
  assert.equal(metrics.total_cost, 0.75);
  const individual = metrics.individual_results as Record<string, number | string | null>[];
  assert.deepEqual(individual.map((result) => result.error_message), [null, null, null, "boom"]);
  assert.deepEqual(individual.map((result) => result.cost), [0.25, 0.25, 0.25, null]);
  assert.equal(individual[3]!.latency_ms, null, "what failed took no time that says anything");
  const categories = metrics.category_metrics as Record<string, { f1: number | null }>;
  assert.equal(categories.duplicate_charge!.f1, 0.666667);
  assert.equal(categories.unbundling!.f1, null, "nothing to find and nothing found is no score");
});

Deno.test("scoreOutcomes() gives a mean latency that is the mean of the single ones", () => {
  const latencies = [0.0004, 0.31415926, 0.2, 12.3456789];
  const outcomes = latencies.map((latencyMs, index) => ({
    bill: bill(String(index), []),
    answer: { issues: [], cost: 0, inputTokens: 0, outputTokens: 0 },
    latencyMs,
    error: null,
  }));
  const metrics = scoreOutcomes(scripted({}), "set", outcomes);
  const single = (metrics.individual_results as { latency_ms: number }[])
    .map(({ latency_ms }) => latency_ms);
  assert.deepEqual(single, [0, 0.314, 0.2, 12.346]);
  const mean = single.reduce((a, b) => a + b) / single.length;
  assert.ok(Math.abs(Number(metrics.avg_pipeline_latency_ms) - mean) <= 0.0005);
});

Deno.test("runBenchmark() stops asking at the caps and drops no document", async () => {
  const bills = ["a", "b", "c", "d"].map((id) => bill(id, []));
  const model = scripted(Object.fromEntries(bills.map(({ id }) => [id, []])), 0.6);
  const outcomes = await runBenchmark(model, bills, { concurrency: 1, maxSeconds: 60, maxCost: 1 });
  assert.deepEqual(outcomes.map((outcome) => outcome.error === null), [true, true, false, false]);
  assert.match(outcomes[3]!.error!, /the run cost \$1/);

  const slow: Model = {
    ...model,
    analyse: (_bill, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
  const late = await runBenchmark(slow, bills, { concurrency: 2, maxSeconds: 0.2, maxCost: 1 });
  assert.equal(late.length, 4);
  assert.ok(late.every((outcome) => outcome.error !== null));
});

Deno.test("runBenchmark() asks about no more bills at once than it may", async () => {
  let now = 0;
  let most = 0;
  const bills = Array.from({ length: 12 }, (_, n) => bill(String(n), []));
  const model: Model = {
    ...scripted({}),
    async analyse() {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return { issues: [], cost: 0, inputTokens: 0, outputTokens: 0 };
    },
  };
  await runBenchmark(model, bills, LIMITS);
  assert.equal(most, 3);
});

Deno.test("the shipped data set has every kind of error, and answers stay hidden", async () => {
  const path = new URL("../../datasets/synthetic_medical_bills_v1.json", import.meta.url);
  const { documents } = await readDataset(path);
  assert.ok(documents.length >= 40);
  const types = new Set(
    documents.flatMap(({ expected_issues }) => expected_issues.map(({ type }) => type)),
  );
  assert.equal(types.size, 6);
  assert.ok(documents.some(({ expected_issues }) => expected_issues.length === 0));
  for (const document of documents) {
    assert.ok(!("expected_issues" in questionOf(document)));
    for (const { line } of document.expected_issues) {
      assert.ok(line === null || line < document.lines.length, document.id);
    }
  }
});

Deno.test("baseline finds what rules can find, the same each time", async () => {
  const path = new URL("../../datasets/synthetic_medical_bills_v1.json", import.meta.url);
  const { name, documents } = await readDataset(path);
  const run = async () =>
    scoreOutcomes(baseline, name, await runBenchmark(baseline, documents, LIMITS));
  const metrics = await run();
  assert.equal(metrics.error_count, 0);
  assert.ok(Number(metrics.issue_recall) > 0.7 && Number(metrics.issue_recall) < 1);
  const stable = (
    {
      avg_pipeline_latency_ms: _a,
      p50_pipeline_latency_ms: _b,
      p95_pipeline_latency_ms: _c,
      individual_results: _d,
      ...rest
    }: Record<string, unknown>,
  ) => rest;
  assert.deepEqual(stable(await run()), stable(metrics));
});

Deno.test("baselineWithout() finds all but what its rules were for, under the same name", async () => {
  const path = new URL("../../datasets/synthetic_medical_bills_v1.json", import.meta.url);
  const { documents } = await readDataset(path);
  const broken = baselineWithout(["duplicate_charge", "upcoding"]);
  assert.deepEqual(
    [broken.name, broken.provider, broken.promptVersion],
    [baseline.name, baseline.provider, baseline.promptVersion],
  );
  const found = async (model: Model) =>
    (await runBenchmark(model, documents, LIMITS)).flatMap(({ answer }) => answer!.issues);
  const all = await found(baseline);
  const left = await found(broken);
  assert.deepEqual(
    left,
    all.filter(({ type }) => !["duplicate_charge", "upcoding"].includes(type)),
  );
  assert.ok(left.length < all.length);
});
