import { escapeSegment, toPointer } from "../json_pointer.ts";
import type { Principal } from "../principal/principal.ts";
import { IssueList } from "../problem/issue_list.ts";
import type { ComputedMetric } from "./computed_metrics.ts";
import type { Items } from "./items.ts";
import { type MeasuredFacts, measuredFacts } from "./measured_facts.ts";
import { METRIC_GROUPS, type Result, SCORES } from "./result_schema.ts";
import { type ResultPath, type ValidatedResult, validationError } from "./validate_payload.ts";

/** What is stored of a result: the names are those of benchmark_transactions' columns. */
export type StoredFields =
  & Omit<
    Result,
    | typeof METRIC_GROUPS[number]
    | "timestamp"
    | "metrics"
    | "duration_seconds"
    | "items"
    | keyof MeasuredFacts
  >
  & { metrics: Record<string, unknown>; measured_at?: string; duration_seconds?: unknown }
  & {
    items?: Items;
    /** JSON pointers of the metrics that were not sent and that the items give. */
    computed?: string[];
  }
  & MeasuredFacts;

/** A result as the database takes it, and what its faults are called in the body. */
export interface StoredResult {
  fields: StoredFields;
  /** JSON pointer of the result in the body. */
  pointer: string;
}

/**
 * Joins validated results with what the credential says.
 *
 * @returns What is stored, in the order sent.
 * @throws {ProblemError} `validation_failed` for facts that do not fit (see
 * {@link measuredFacts}), or a metric group that `metrics` already has with other content.
 */
export async function toStoredResults(
  results: ValidatedResult[],
  principal: Principal,
): Promise<StoredResult[]> {
  const issues = new IssueList();
  const stored: StoredResult[] = [];
  for (const { result, exact, items, computed, path } of results) {
    const {
      domain_breakdown: _domain,
      aggregated_categories: _aggregated,
      category_metrics: _category,
      timestamp,
      items: _items,
      commit_sha: _commit,
      branch_name: _branch,
      run_id: _run,
      run_attempt: _attempt,
      triggered_by: _person,
      ...fields
    } = result;
    stored.push({
      fields: {
        ...fields,
        ...measuredFacts(result, principal, path, issues),
        ...(timestamp !== undefined && { measured_at: timestamp }),
        ...(fields.duration_seconds !== undefined && { duration_seconds: exact.duration_seconds }),
        metrics: await joinMetrics(exact, computed, path, issues),
        ...(items !== undefined && { items }),
        ...(computed.length > 0 && {
          computed: computed.map(({ name }) => `/${escapeSegment(name)}`),
        }),
      },
      pointer: toPointer(path),
    });
  }
  if (issues.total > 0) throw validationError(issues);
  return stored;
}

/**
 * `metrics` without scores that are null, with the metric groups beside it moved in, and with what
 * the items give.
 */
async function joinMetrics(
  exact: Record<string, unknown>,
  computed: ComputedMetric[],
  path: ResultPath,
  issues: IssueList,
): Promise<Record<string, unknown>> {
  const metrics = { ...exact.metrics as Record<string, unknown> };
  for (const score of SCORES) {
    // Left out says the same, and the same run must not differ.
    if (metrics[score] === null) delete metrics[score];
  }
  for (const group of METRIC_GROUPS) {
    if (exact[group] === undefined || exact[group] === null) continue;
    if (Object.hasOwn(metrics, group)) {
      // Imported here, because it costs a cold start 4 ms and is hardly ever needed.
      const { isDeepStrictEqual } = await import("node:util");
      if (!isDeepStrictEqual(metrics[group], exact[group])) {
        issues.add([...path, group], `differs from metrics.${group}: send it once`);
      }
    }
    metrics[group] = exact[group];
  }
  for (const { name, value } of computed) metrics[name] = value;
  return metrics;
}
