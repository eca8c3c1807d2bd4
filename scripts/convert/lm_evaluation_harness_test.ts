import assert from "node:assert/strict";
import {
  inspectJsonText,
  parseExactly,
} from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { assertAccepted } from "./assert_accepted.ts";
import { convertDocument } from "./convert_document.ts";

function convert(document: Record<string, unknown>) {
  const warnings: string[] = [];
  const result = convertDocument(document, { warn: (sentence) => warnings.push(sentence) });
  return {
    result,
    metrics: result.metrics as Record<string, unknown>,
    items: result.items as Record<string, unknown>[] | undefined,
    warnings,
  };
}

/** As lm_eval 0.4 writes it, shortened. */
function harness(results: Record<string, unknown>, rest: Record<string, unknown> = {}) {
  const tasks = Object.keys(results);
  const each = (value: unknown) => Object.fromEntries(tasks.map((task) => [task, value]));
  return {
    results,
    configs: each({}),
    versions: each(1),
    "n-shot": each(5),
    model_name: "org/tiny-1b",
    date: 1725000000.25,
    total_evaluation_time_seconds: "33.5",
    ...rest,
  };
}

const GSM8K = {
  gsm8k: {
    "alias": "gsm8k",
    "exact_match,strict-match": 0.5,
    "exact_match_stderr,strict-match": 0.2887,
    "exact_match,flexible-extract": 0.75,
    "exact_match_stderr,flexible-extract": 0.25,
  },
};

/** An entry a document and filter, as `samples_gsm8k_*.jsonl` has them. */
const sample = (doc_id: number, filter: string, exact_match: number) => ({
  doc_id,
  doc: { question: "…" },
  target: "18",
  resps: [["18"]],
  filtered_resps: ["18"],
  filter,
  metrics: ["exact_match"],
  doc_hash: "00",
  exact_match,
});

Deno.test("lmEvaluationHarness keeps standard errors beside scores, where they are numbers", () => {
  const { metrics } = convert(harness({
    lambada: {
      "alias": "lambada",
      "perplexity,none": 12.5,
      "perplexity_stderr,none": "N/A",
      "acc,none": 0.41,
      "acc_stderr,none": 0.0069,
      "f1,none": 0.6,
      "f1_stderr,none": 0.01,
    },
  }));
  assert.deepEqual(
    Object.fromEntries(Object.entries(metrics).slice(0, 5)),
    { perplexity: 12.5, acc: 0.41, acc_stderr: 0.0069, f1: 0.6, f1_stderr: 0.01 },
  );
  assert.ok(!("perplexity_stderr" in metrics));
});

Deno.test("lmEvaluationHarness names filters and tasks in scores, and averages no tasks", () => {
  const { metrics } = convert(harness({
    "arc-easy": { "acc,none": 0.5, "acc_stderr,none": 0.01 },
    ...GSM8K,
  }));
  assert.deepEqual(Object.keys(metrics).slice(0, 6), [
    "arc_easy_acc",
    "arc_easy_acc_stderr",
    "gsm8k_exact_match_strict_match",
    "gsm8k_exact_match_strict_match_stderr",
    "gsm8k_exact_match_flexible_extract",
    "gsm8k_exact_match_flexible_extract_stderr",
  ]);
  assert.ok(!("acc" in metrics));
});

Deno.test("lmEvaluationHarness takes no percentage for an F1, however low", () => {
  const scores = (results: Record<string, unknown>, task = "squadv2") => {
    const { metrics, result } = convert(harness({ [task]: results }));
    assertAccepted(result);
    return metrics;
  };
  for (
    const [task, results] of [
      ["squadv2", { "exact,none": 0.4, "f1,none": 0.83, "HasAns_f1,none": 1.1 }],
      ["squadv2", { "exact,none": 0.4, "f1,none": 0.83 }],
      ["my_task", { "f1,none": 0.83, "HasAns_f1,none": 0.9, "NoAns_exact,none": 0.2 }],
      ["my_task", { "f1,none": 0.83, "best_f1,none": 0.9 }],
      ["scrolls_qasper", { "f1,none": 0.83 }],
      ["my_task", { "f1,none": 0.83, "exact_match,none": 1.4 }],
      ["my_task", { "f1,none": 44.2, "exact,none": 38.4 }],
    ] as const
  ) {
    const metrics = scores(results, task);
    assert.ok(!("f1" in metrics), task);
    assert.equal(metrics.f1_percent, results["f1,none"]);
  }
  const squad = scores({ "exact,none": 0.4, "f1,none": 0.83, "f1_stderr,none": 0.02 });
  assert.deepEqual([squad.exact, squad.f1_percent, squad.f1_percent_stderr], [0.4, 0.83, 0.02]);
  assert.deepEqual((squad.results as Record<string, unknown>).squadv2, {
    "exact,none": 0.4,
    "f1,none": 0.83,
    "f1_stderr,none": 0.02,
  });
  const fraction = scores({ "em,none": 0.2, "f1,none": 0.83, "f1_stderr,none": 0.01 }, "drop");
  assert.deepEqual([fraction.f1, fraction.f1_stderr], [0.83, 0.01]);
});

Deno.test("lmEvaluationHarness puts no score over another, and the document over none", () => {
  const odd = convert(
    harness({ task: { "results,none": 1, "a-b,none": 1, "a_b,none": 2, "sample_len": 7 } }),
  );
  assert.equal(odd.metrics.results, 1);
  assert.equal(typeof (odd.metrics.document_values as Record<string, unknown>).results, "object");
  assert.equal(odd.metrics.a_b, 1);
  const second = Object.keys(odd.metrics).find((name) => /^a_b_[0-9a-f]{12}$/.test(name))!;
  assert.equal(odd.metrics[second], 2);
  assert.ok(!("sample_len" in odd.metrics));
  const long = convert(harness({ ["t".repeat(150)]: { ["m".repeat(60)]: 1, acc: 1 }, b: {} }));
  assertAccepted(long.result);
});

Deno.test("lmEvaluationHarness keeps every digit of scores, times and durations", () => {
  const source =
    '{"results":{"drop":{"f1,none":0.25000000000000000012}},"configs":{},"versions":{"drop":3},' +
    '"date":1725000000.2500000000012,"total_evaluation_time_seconds":"33.123456789012345678901",' +
    '"model_name":"m"}';
  const { inexact } = inspectJsonText(source, 64, { add: () => {} });
  const { result } = convert(parseExactly(source, inexact) as Record<string, unknown>);
  const text = JSON.stringify(result);
  assert.match(text, /"f1":25000000000000000012e-20/);
  assert.match(text, /"date":17250000002500000000012e-13/);
  assert.match(text, /"duration_seconds":33123456789012345678901e-21/);
  assert.equal(result.timestamp, "2024-08-30T06:40:00.250Z");
});

Deno.test("lmEvaluationHarness makes an item of each document that has samples", () => {
  const samples = {
    gsm8k: [1, 0, 1, 0].flatMap((strict, id) => [
      sample(id, "strict-match", strict),
      sample(id, "flexible-extract", id === 3 ? 0 : 1),
    ]),
  };
  const document = harness(GSM8K, {
    samples,
    "n-samples": { gsm8k: { original: 1319, effective: 4 } },
  });
  const { items, warnings, metrics, result } = convert(document);
  assertAccepted(result);
  assert.deepEqual(warnings, []);
  assert.deepEqual(items, [
    { id: 0, exact_match_strict_match: 1, exact_match_flexible_extract: 1 },
    { id: 1, exact_match_strict_match: 0, exact_match_flexible_extract: 1 },
    { id: 2, exact_match_strict_match: 1, exact_match_flexible_extract: 1 },
    { id: 3, exact_match_strict_match: 0, exact_match_flexible_extract: 0 },
  ]);
  assert.deepEqual(metrics.samples, samples, "nothing is dropped");
  assert.equal(convert(harness(GSM8K)).items, undefined);
  samples.gsm8k.push(sample(2, "strict-match", 1));
  const twice = convert(document);
  assert.equal(twice.items, undefined);
  assert.match(twice.warnings.join(), /5 of 4/);
});

Deno.test("lmEvaluationHarness keeps the items of several tasks apart", () => {
  const { items, result } = convert(harness(
    { a: { "acc,none": 0.5 }, b: { "acc,none": 1, "perplexity,none": 7.4 } },
    {
      samples: {
        a: [{ doc_id: 0, acc: 1.0 }, { doc_id: 1, acc: 0.0 }],
        b: [{ doc_id: 0, filter: "none", acc: 1.0, perplexity: [-2.0, 1] }],
      },
    },
  ));
  assertAccepted(result);
  assert.deepEqual(items, [
    { id: "a/0", a_acc: 1, b_acc: null },
    { id: "a/1", a_acc: 0, b_acc: null },
    { id: "b/0", a_acc: null, b_acc: 1 },
  ]);
});

Deno.test("lmEvaluationHarness sends no samples of which the task's score is no mean", () => {
  const { items, warnings } = convert(harness(
    { wikitext: { "word_perplexity,none": 20.5, "acc,none": 1 } },
    { samples: { wikitext: [{ doc_id: 0, word_perplexity: -3.02, acc: 1 }] } },
  ));
  assert.deepEqual(items, [{ id: 0, acc: 1 }]);
  assert.match(warnings.join(), /without word_perplexity/);
});

Deno.test("lmEvaluationHarness leaves odd dates, durations and counts where they are", () => {
  for (const date of [1e20, 1725000000123, "2026-01-01", null, -1, 99999999999]) {
    const { result, metrics } = convert(harness(GSM8K, { date }));
    assert.ok(!("timestamp" in result));
    assert.equal(metrics.date, date);
  }
  for (const total_evaluation_time_seconds of [null, "", "long", "N/A", "1e999", -1, {}]) {
    const { result, metrics } = convert(harness(GSM8K, { total_evaluation_time_seconds }));
    assert.ok(!("duration_seconds" in result));
    assert.deepEqual(metrics.total_evaluation_time_seconds, total_evaluation_time_seconds);
  }
  for (const odd of [null, 1, "x", [], { gsm8k: null }, { gsm8k: [1] }]) {
    const { result } = convert(harness(GSM8K, {
      samples: odd,
      versions: odd,
      "n-shot": odd,
      "n-samples": odd,
    }));
    assert.ok(!("items" in result) && !("dataset_size" in result));
  }
  convert(harness({ gsm8k: null, other: [], third: "x" }));
  for (const [duration, seconds] of [["1e3", 1000], [" 12 ", 12], ["0", 0]] as const) {
    const { result } = convert(harness(GSM8K, { total_evaluation_time_seconds: duration }));
    assert.equal(result.duration_seconds, seconds);
  }
});
