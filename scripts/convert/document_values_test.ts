import assert from "node:assert/strict";
import type { Adapter } from "./adapter.ts";
import { withDocument } from "./document_values.ts";
import { everyEvalEver } from "./every_eval_ever.ts";
import { googleBenchmark } from "./google_benchmark.ts";
import { hyperfine } from "./hyperfine.ts";
import { inspect } from "./inspect.ts";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import { aggregatedMetrics, patientBenchmark } from "./medbilldozer.ts";
import { promptfoo } from "./promptfoo.ts";
import { pytestBenchmark } from "./pytest_benchmark.ts";
import { convertWith, readFixture } from "./read_fixture.ts";
import { simpleEvals } from "./simple_evals.ts";

Deno.test("withDocument() puts no value of a document in the place of a score, and loses none", () => {
  const notes: string[] = [];
  const scores = { acc: 0.5, acc_stderr: 0.1, recall: 1 };
  const document = {
    acc: 0.99,
    acc_stderr: 0.1,
    recall_stderr: 0.001,
    f1: 0.99,
    config: {},
    document_values: 7,
  };
  assert.deepEqual(withDocument(scores, document, (note) => notes.push(note)), {
    acc: 0.5,
    acc_stderr: 0.1,
    recall: 1,
    config: {},
    document_values: 7,
    document_values_: { acc: 0.99, recall_stderr: 0.001, f1: 0.99 },
  });
  assert.deepEqual(notes, [
    "Kept under metrics.document_values_, because scores have these names: acc, recall_stderr, f1.",
  ]);
  assert.deepEqual(withDocument(scores, { acc: 0.5, config: 1 }, (note) => notes.push(note)), {
    ...scores,
    config: 1,
  });
  assert.equal(notes.length, 1, "what says the same is not told");
});

const aggregated = { model_name: "m", total_documents: 2, issue_f1_score: 0.5 };
const patients = { model_name: "m", total_patients: 2, avg_f1_score: 0.5 };

Deno.test("no document overrides the scores that an adapter computed of it", async () => {
  const cases: [Adapter, unknown, string[]][] = [
    [everyEvalEver, await readFixture("every_eval_ever/gsm8k.json"), [
      "gsm8k_steps",
      "gsm8k_steps_stderr",
      "f1",
    ]],
    [inspect, await readFixture("inspect/choice.json"), ["accuracy", "latency_ms"]],
    [
      lmEvaluationHarness,
      await readFixture(
        "lm_evaluation_harness_samples/results_2025-06-01T10-11-12.345678.json",
      ),
      ["gsm8k_exact_match_strict_match", "f1", "latency_ms"],
    ],
    [promptfoo, await readFixture("promptfoo/output_v3.json"), ["pass_rate", "has_ok", "f1"]],
    [pytestBenchmark, await readFixture("pytest_benchmark/benchmark.json"), ["values", "f1"]],
    [hyperfine, await readFixture("hyperfine/commands.json"), ["values", "precision"]],
    [googleBenchmark, await readFixture("google_benchmark/plain.json"), ["values", "recall"]],
    [simpleEvals, {
      ...await readFixture(
        "simple_evals/healthbench_hard_gpt-example_20250601_101112_allresults.json",
      ),
    }, ["overall_score", "score_stderr"]],
    [aggregatedMetrics, aggregated, ["f1"]],
    [patientBenchmark, patients, ["f1"]],
  ];
  for (const [adapter, document, names] of cases) {
    const metricsOf = (changed: unknown) => {
      const { result, warnings } = convertWith(adapter, changed, { model: "m" });
      const first = Array.isArray(result.results) ? result.results[0] : result;
      return { metrics: first.metrics, notes: warnings.join("\n") };
    };
    const own = Object.fromEntries(names.map((name) => [name, 0.98765]));
    const { metrics: before } = metricsOf(document);
    const { metrics: after, notes } = metricsOf({ ...document as object, ...own });
    for (const name of names) {
      assert.deepEqual(after[name], before[name], `${adapter.name} ${name}`);
    }
    assert.deepEqual(after.document_values, own, adapter.name);
    assert.match(notes, /Kept under metrics\.document_values,/, adapter.name);
  }
});
