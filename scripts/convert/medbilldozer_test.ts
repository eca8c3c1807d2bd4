import assert from "node:assert/strict";
import { assertAccepted } from "./assert_accepted.ts";
import { convertDocument } from "./convert_document.ts";

function convert(document: Record<string, unknown>) {
  const warnings: string[] = [];
  const result = convertDocument(document, { warn: (sentence) => warnings.push(sentence) });
  return { result, items: result.items as Record<string, unknown>[] | undefined, warnings };
}

// As generate writes it, shortened; the third bill failed.
const GENERATED = {
  model_name: "gpt-4.1-mini",
  total_documents: 3,
  successful_extractions: 2,
  error_count: 1,
  issue_precision: 0.75,
  issue_recall: 0.6,
  issue_f1_score: 0.666667,
  avg_pipeline_latency_ms: 812.25,
  total_cost: 0.00112,
  individual_results: [
    {
      document_name: "bill-001",
      true_positives: 3,
      false_positives: 1,
      false_negatives: 0,
      latency_ms: 1000.5,
      cost: 0.00056,
      error_message: null,
    },
    {
      document_name: "bill-002",
      true_positives: 0,
      false_positives: 0,
      false_negatives: 0,
      latency_ms: 624,
      cost: 0.00056,
      error_message: null,
    },
    {
      document_name: "bill-003",
      true_positives: 0,
      false_positives: 0,
      false_negatives: 2,
      latency_ms: null,
      cost: null,
      error_message: "429",
    },
  ],
};

Deno.test("aggregatedMetrics makes an item of each document", () => {
  const { items, warnings, result } = convert(GENERATED);
  assertAccepted(result);
  assert.deepEqual(items, [
    { id: "bill-001", tp: 3, fp: 1, fn: 0, latency_ms: 1000.5, analysis_cost: 0.00056 },
    { id: "bill-002", tp: 0, fp: 0, fn: 0, latency_ms: 624, analysis_cost: 0.00056 },
    { id: "bill-003", tp: 0, fp: 0, fn: 2, latency_ms: null, analysis_cost: null },
  ]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    (result.metrics as Record<string, unknown>).individual_results,
    GENERATED.individual_results,
    "nothing is dropped",
  );
});

Deno.test("aggregatedMetrics takes the latency of the older shape, and none that was rounded away", () => {
  const [{ latency_ms: _, cost: _c, ...document }] = GENERATED.individual_results as [
    typeof GENERATED.individual_results[0],
  ];
  const older = (latency: number) => ({
    ...GENERATED,
    total_documents: 1,
    issue_recall: 1,
    issue_f1_score: 0.857,
    avg_pipeline_latency_ms: 0.31,
    individual_results: [{ ...document, pipeline_latency_ms: latency }],
  });
  assert.deepEqual(convert(older(0.31)).items, [
    { id: "bill-001", tp: 3, fp: 1, fn: 0, latency_ms: 0.31 },
  ]);
  const rounded = convert(older(0));
  assert.deepEqual(rounded.items, [{ id: "bill-001", tp: 3, fp: 1, fn: 0 }]);
  assert.match(rounded.warnings.join(), /without latency_ms/);
});

Deno.test("aggregatedMetrics has no items where documents have no counts, or are odd", () => {
  for (
    const individual_results of [
      undefined,
      null,
      "none",
      [],
      [{ document_name: "a", error_message: null }],
      [null, 1, "a", []],
    ]
  ) {
    const { items, result } = convert({ ...GENERATED, individual_results });
    assert.equal(items, undefined);
    assert.equal((result.metrics as Record<string, unknown>).f1, 0.666667);
  }
  const some = convert({
    ...GENERATED,
    individual_results: GENERATED.individual_results.slice(0, 2),
  });
  assert.equal(some.items, undefined);
  assert.match(some.warnings.join(), /the document has 2 of 3/);
});

Deno.test("aggregatedMetrics takes numbers with more digits than a double has", () => {
  const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
  const { result } = convert({ ...GENERATED, total_cost: raw("0.00300000000000000000001") });
  assert.equal((result.metrics as Record<string, unknown>).analysis_cost, 0.001);
  const missing = convert({ ...GENERATED, total_cost: null });
  assert.ok(!("analysis_cost" in (missing.result.metrics as object)));
});

Deno.test("patientBenchmark makes an item of each patient, without counts of which it has other averages", () => {
  const patient = (id: string, tp: number, fp: number, latency: number) => ({
    patient_id: id,
    true_positives: tp,
    false_positives: fp,
    false_negatives: 0,
    analysis_latency_ms: latency,
  });
  const { items, warnings, result } = convert({
    model_name: "openai",
    total_patients: 2,
    successful_analyses: 2,
    avg_precision: 0.75,
    avg_recall: 1,
    avg_f1_score: 0.8333,
    avg_latency_ms: 30,
    individual_results: [patient("P001", 1, 0, 20), patient("P002", 2, 2, 40)],
  });
  assert.deepEqual(items, [{ id: "P001", latency_ms: 20 }, { id: "P002", latency_ms: 40 }]);
  assertAccepted(result);
  assert.match(warnings.join(), /without tp, fp, fn: they give precision 0\.6, .* says 0\.75/);
});

Deno.test("aggregatedMetrics takes no percentage for a fraction, however low", () => {
  const { individual_results: _, ...document } = GENERATED;
  const scores = (rest: Record<string, unknown>) =>
    convert({ ...document, ...rest }).result.metrics as Record<string, unknown>;
  const percent = scores({ issue_precision: 41, issue_recall: 0.4, issue_f1_score: 0.83 });
  assert.deepEqual(
    [percent.issue_precision, percent.issue_recall, percent.issue_f1_score],
    [41, 0.4, 0.83],
  );
  assert.ok(!("f1" in percent) && !("precision" in percent) && !("recall" in percent));
  const odd = scores({ issue_f1_score: "0.9", avg_pipeline_latency_ms: -1 });
  assert.deepEqual([odd.issue_f1_score, odd.avg_pipeline_latency_ms], ["0.9", -1]);
  assert.ok(!("f1" in odd) && !("latency_ms" in odd));
});

Deno.test("aggregatedMetrics keeps counts that are none under their own names", () => {
  const { individual_results: _, ...document } = GENERATED;
  const { result } = convert({
    ...document,
    total_documents: 6.5,
    successful_extractions: "two",
    error_count: -1,
  });
  const { total_documents, successful_extractions, error_count } = result.metrics as Record<
    string,
    unknown
  >;
  assert.deepEqual([total_documents, successful_extractions, error_count], [6.5, "two", -1]);
  for (const count of ["dataset_size", "success_count", "error_count"]) {
    assert.ok(!(count in result));
  }
});
