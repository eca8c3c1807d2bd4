import assert from "node:assert/strict";
import { resultSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { convertDocument } from "./convert_document.ts";

const AGGREGATED = {
  model_name: "baseline",
  total_documents: 6,
  successful_extractions: 5,
  issue_precision: 0.5,
  issue_recall: 0,
  issue_f1_score: null,
  avg_pipeline_latency_ms: 0.31,
  total_cost: 0.03,
  json_validity_rate: 100,
  generated_at: "2026-02-03 10:53:27",
  individual_results: [{ document_name: "a", error_message: null }],
};

Deno.test("convertDocument() maps aggregated metrics and drops nothing", () => {
  const result = convertDocument(AGGREGATED, { model: "rules" });
  assert.deepEqual(result, {
    model_version: "rules",
    dataset_version: "benchmark-set-v1",
    prompt_version: "v1",
    dataset_size: 6,
    success_count: 5,
    error_count: 1,
    metrics: {
      model_name: "baseline",
      precision: 0.5,
      recall: 0,
      f1: null,
      latency_ms: 0.31,
      analysis_cost: 0.005,
      total_cost: 0.03,
      json_validity_rate: 100,
      generated_at: "2026-02-03 10:53:27",
      individual_results: [{ document_name: "a", error_message: null }],
    },
  });
  assert.ok(resultSchema.safeParse(result).success);
});

Deno.test("convertDocument() maps patient benchmarks to another data set", () => {
  const result = convertDocument({
    model_name: "openai",
    total_patients: 10,
    successful_analyses: 10,
    avg_precision: 0.85,
    avg_recall: 0.95,
    avg_f1_score: 0.88,
    avg_latency_ms: 4154.09,
    domain_knowledge_detection_rate: 95,
  }, {});
  assert.equal(result.model_version, "openai");
  assert.equal(result.dataset_version, "patient-benchmark-v1");
  assert.deepEqual(result.metrics, {
    model_name: "openai",
    precision: 0.85,
    recall: 0.95,
    f1: 0.88,
    latency_ms: 4154.09,
    domain_knowledge_detection_rate: 95,
  });
});

Deno.test("convertDocument() leaves a result as it is, but for what the caller says", () => {
  const result = {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    metrics: { f1: 1 },
  };
  assert.deepEqual(convertDocument(result, {}), result);
  assert.deepEqual(convertDocument(result, { model: "n" }), { ...result, model_version: "n" });
});

Deno.test("convertDocument() lists the known shapes for an unknown one", () => {
  for (const document of [{}, { results: [] }, [], null, "x", 1]) {
    assert.throws(() => convertDocument(document, {}), /none of the known shapes:\n {2}monitoring/);
  }
  assert.throws(() => convertDocument({ ...AGGREGATED, model_name: undefined }, {}), /--model/);
});
