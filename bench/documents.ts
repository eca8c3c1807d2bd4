const TARGET_BYTES = 4096;

/** A metrics document of 4 KB, of the shape that real runs write. */
export function metricsDocument(): Record<string, unknown> {
  const document = {
    precision: 0.91,
    recall: 0.88,
    f1: 0.895,
    latency_ms: 412,
    analysis_cost: 0.0042,
    individual_results: [] as unknown[],
  };
  for (let n = 0; JSON.stringify(document).length < TARGET_BYTES - 250; n++) {
    document.individual_results.push({
      document_name: `medical_bill_${n}`,
      document_type: "medical_bill",
      extraction_success: true,
      // Digits that do not compress better than measured ones.
      extraction_latency_ms: Math.abs(Math.sin(n + 1)),
      pipeline_latency_ms: Math.abs(Math.cos(n + 1)),
      input_tokens: null,
      issues_detected: n % 3,
      issues_expected: 1,
      true_positives: 0,
      false_negatives: 1,
      error_message: null,
    });
  }
  return document;
}

/** A result with that document. */
export function resultDocument(modelVersion: string): Record<string, unknown> {
  return {
    model_version: modelVersion,
    dataset_version: "bench-data-1",
    prompt_version: "bench-prompt-1",
    environment: "local",
    commit_sha: "0123456789abcdef0123456789abcdef01234567",
    branch_name: "main",
    metrics: metricsDocument(),
  };
}
