import { type Issue, ISSUE_TYPES } from "./dataset.ts";
import type { Model } from "./model.ts";
import type { Outcome } from "./run_benchmark.ts";

const LATENCY_DIGITS = 3;
const COST_DIGITS = 8;

interface Counts {
  true_positives: number;
  false_positives: number;
  false_negatives: number;
}

/**
 * Scores outcomes in the shape `aggregated_metrics_<model>.json`.
 *
 * Precision, recall and F1 are micro-averaged over all issues (Manning, Raghavan and Schütze 2008,
 * "Introduction to Information Retrieval", chapter 8): every issue counts the same. A bill that
 * failed has found nothing: its issues are false negatives; its latency and cost are null, and so
 * in no mean. Latencies are milliseconds to the microsecond, and their mean is that of the written
 * ones: what a bill took must give what the run says.
 */
export function scoreOutcomes(
  model: Model,
  datasetName: string,
  outcomes: Outcome[],
): Record<string, unknown> {
  const judged = outcomes.map((outcome) => ({
    outcome,
    expected: outcome.bill.expected_issues,
    detected: withoutRepeats(outcome.answer?.issues ?? []),
  }));
  const all = sum(judged.map(({ expected, detected }) => count(expected, detected)));
  const answered = outcomes.filter((outcome) => outcome.answer !== null);
  const latencies = answered.map(latencyOf).sort((a, b) => a - b);
  const total = (pick: (outcome: Outcome) => number) =>
    answered.map(pick).reduce((a, b) => a + b, 0);
  return {
    model_name: model.name,
    model_provider: model.provider,
    dataset_version: datasetName,
    prompt_version: model.promptVersion,
    total_documents: outcomes.length,
    successful_extractions: answered.length,
    error_count: outcomes.length - answered.length,
    issue_precision: precision(all),
    issue_recall: recall(all),
    issue_f1_score: f1(all),
    avg_pipeline_latency_ms: latencies.length === 0
      ? null
      : rounded(total(latencyOf) / latencies.length, LATENCY_DIGITS),
    p50_pipeline_latency_ms: quantile(latencies, 0.5),
    p95_pipeline_latency_ms: quantile(latencies, 0.95),
    total_cost: rounded(total((outcome) => outcome.answer!.cost), COST_DIGITS),
    total_input_tokens: total((outcome) => outcome.answer!.inputTokens),
    total_output_tokens: total((outcome) => outcome.answer!.outputTokens),
    total_issues_expected: all.true_positives + all.false_negatives,
    total_issues_detected: all.true_positives + all.false_positives,
    ...all,
    category_metrics: Object.fromEntries(ISSUE_TYPES.map((type) => {
      const counts = sum(
        judged.map(({ expected, detected }) =>
          count(
            expected.filter((issue) => issue.type === type),
            detected.filter((issue) => issue.type === type),
          )
        ),
      );
      return [type, {
        precision: precision(counts),
        recall: recall(counts),
        f1: f1(counts),
        ...counts,
      }];
    })),
    individual_results: judged.map(({ outcome, expected, detected }) => ({
      document_name: outcome.bill.id,
      document_type: outcome.bill.kind,
      issues_expected: expected.length,
      issues_detected: detected.length,
      ...count(expected, detected),
      latency_ms: outcome.answer === null ? null : latencyOf(outcome),
      cost: outcome.answer === null ? null : rounded(outcome.answer.cost, COST_DIGITS),
      error_message: outcome.error,
    })),
  };
}

function latencyOf(outcome: Outcome): number {
  return rounded(outcome.latencyMs, LATENCY_DIGITS);
}

function isSameIssue(a: Issue, b: Issue): boolean {
  return a.type === b.type && a.line === b.line;
}

/** A model that says the same twice has found one issue. */
function withoutRepeats(issues: Issue[]): Issue[] {
  return issues.filter((issue, index) =>
    issues.findIndex((other) => isSameIssue(issue, other)) === index
  );
}

function count(expected: Issue[], detected: Issue[]): Counts {
  const found =
    detected.filter((issue) => expected.some((other) => isSameIssue(issue, other))).length;
  return {
    true_positives: found,
    false_positives: detected.length - found,
    false_negatives: expected.length - found,
  };
}

function sum(counts: Counts[]): Counts {
  return counts.reduce((a, b) => ({
    true_positives: a.true_positives + b.true_positives,
    false_positives: a.false_positives + b.false_positives,
    false_negatives: a.false_negatives + b.false_negatives,
  }), { true_positives: 0, false_positives: 0, false_negatives: 0 });
}

// Nothing found and nothing wrong found is not a precision of 0: there is none.
function precision({ true_positives, false_positives }: Counts): number | null {
  const detected = true_positives + false_positives;
  return detected === 0 ? null : rounded(true_positives / detected, 6);
}

function recall({ true_positives, false_negatives }: Counts): number | null {
  const expected = true_positives + false_negatives;
  return expected === 0 ? null : rounded(true_positives / expected, 6);
}

function f1({ true_positives, false_positives, false_negatives }: Counts): number | null {
  const size = 2 * true_positives + false_positives + false_negatives;
  return size === 0 ? null : rounded(2 * true_positives / size, 6);
}

/** The nearest-rank quantile of sorted values; null of none. */
function quantile(sorted: number[], q: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  return value ?? null;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
