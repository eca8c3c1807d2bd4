import { type Issue } from "../problem/problem.ts";
import type { AttestedFacts } from "../principal/principal.ts";
import { METRIC_GROUPS, type Result } from "./result_schema.ts";
import { type ValidatedResult, validationError } from "./validate_payload.ts";

/** A result as the database takes it: the names are those of benchmark_transactions' columns. */
export type StoredResult =
  & Omit<Result, typeof METRIC_GROUPS[number] | "timestamp" | "metrics" | "duration_seconds">
  & { commit_sha: string; metrics: Record<string, unknown>; measured_at?: string }
  & { duration_seconds?: unknown };

/**
 * Joins validated results with the facts that the credential attests.
 *
 * @returns What is stored, in the order sent.
 * @throws {ProblemError} `validation_failed` for a fact in the body that contradicts the token,
 * a commit that nobody names, `run_attempt` without `run_id`, or a metric group that `metrics`
 * already has with other content.
 */
export async function toStoredResults(
  results: ValidatedResult[],
  facts: AttestedFacts,
): Promise<StoredResult[]> {
  const issues: Issue[] = [];
  const stored: StoredResult[] = [];
  for (const validated of results) stored.push(await toStoredResult(validated, facts, issues));
  if (issues.length > 0) throw validationError(issues);
  return stored;
}

async function toStoredResult(
  { result, exact, pointer }: ValidatedResult,
  facts: AttestedFacts,
  issues: Issue[],
): Promise<StoredResult> {
  const {
    domain_breakdown: _domain,
    aggregated_categories: _aggregated,
    category_metrics: _category,
    timestamp,
    ...fields
  } = result;

  const commit = attestedCommit(fields.commit_sha, facts.commit_sha);
  if (commit === "contradiction") {
    issues.push(contradiction(`${pointer}/commit_sha`, "sha", facts.commit_sha));
  } else if (commit === undefined) {
    issues.push({
      pointer: `${pointer}/commit_sha`,
      message: facts.run_id === undefined
        ? "is required"
        : "is required under workflow_run, where the token's sha is the default branch's: send github.event.workflow_run.head_sha",
    });
  }
  const branch = fields.branch_name;
  if (branch !== undefined && facts.branch_name && !facts.branch_name.includes(branch)) {
    issues.push(contradiction(`${pointer}/branch_name`, "ref", facts.branch_name[0]));
  }
  for (const field of ["run_id", "run_attempt", "triggered_by"] as const) {
    const claim = field === "triggered_by" ? "actor" : field;
    if (
      fields[field] !== undefined && facts[field] !== undefined && fields[field] !== facts[field]
    ) {
      issues.push(contradiction(`${pointer}/${field}`, claim, facts[field]));
    }
  }
  if (fields.run_attempt !== undefined && (facts.run_id ?? fields.run_id) === undefined) {
    issues.push({ pointer: `${pointer}/run_attempt`, message: "needs run_id" });
  }

  return {
    ...fields,
    ...(facts.branch_name?.[0] !== undefined && { branch_name: facts.branch_name[0] }),
    ...(facts.run_id !== undefined && { run_id: facts.run_id }),
    ...(facts.run_attempt !== undefined && { run_attempt: facts.run_attempt }),
    ...(facts.triggered_by !== undefined && { triggered_by: facts.triggered_by }),
    ...(timestamp !== undefined && { measured_at: timestamp }),
    ...(fields.duration_seconds !== undefined && { duration_seconds: exact.duration_seconds }),
    commit_sha: commit ?? "",
    metrics: await joinMetrics(exact, pointer, issues),
  };
}

/** The whole commit of the token, where the body names the same one, perhaps shortened. */
function attestedCommit(
  claimed: string | undefined,
  attested: string | undefined,
): string | "contradiction" | undefined {
  if (attested === undefined) return claimed;
  return claimed === undefined || attested.startsWith(claimed) ? attested : "contradiction";
}

/** `metrics` with the metric groups beside it moved in. */
async function joinMetrics(
  exact: Record<string, unknown>,
  pointer: string,
  issues: Issue[],
): Promise<Record<string, unknown>> {
  const metrics = { ...exact.metrics as Record<string, unknown> };
  for (const group of METRIC_GROUPS) {
    if (exact[group] === undefined || exact[group] === null) continue;
    if (Object.hasOwn(metrics, group)) {
      // Imported here, because it costs a cold start 4 ms and is hardly ever needed.
      const { isDeepStrictEqual } = await import("node:util");
      if (!isDeepStrictEqual(metrics[group], exact[group])) {
        issues.push({
          pointer: `${pointer}/${group}`,
          message: `differs from metrics.${group}: send it once`,
        });
      }
    }
    metrics[group] = exact[group];
  }
  return metrics;
}

function contradiction(pointer: string, claim: string, attested: unknown): Issue {
  return {
    pointer,
    message: `contradicts the token, whose ${claim} says ${attested}: leave it out`,
  };
}
