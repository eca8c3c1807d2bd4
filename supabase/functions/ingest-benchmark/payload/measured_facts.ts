import { isJob, type JobPrincipal, type Principal } from "../principal/principal.ts";
import type { IssueList } from "../problem/issue_list.ts";
import type { Result } from "./result_schema.ts";
import type { ResultPath } from "./validate_payload.ts";

/** The facts about a run that a token can vouch for; in the order in which receipts list them. */
const FACTS = [
  "commit_sha",
  "branch_name",
  "run_id",
  "run_attempt",
  "triggered_by",
] as const;
type Fact = typeof FACTS[number];

/** What is stored of the facts about a run, and which of them only the body says. */
export type MeasuredFacts = Partial<Pick<Result, Fact>> & { claimed: Fact[] };

/**
 * What was measured. The body says it; where the body says nothing, it is what the token says of
 * its job. Nothing that differs is refused, because jobs measure other commits than their own:
 * the token's values are stored beside, as attested.
 *
 * @param issues Gets a commit that nobody names, a `run_attempt` of no run, and a
 * `triggered_by` that is not the token's: who started the job is not for the body to say.
 */
export function measuredFacts(
  result: Result,
  principal: Principal,
  path: ResultPath,
  issues: IssueList,
): MeasuredFacts {
  return isJob(principal)
    ? factsOfJob(result, principal, path, issues)
    : factsOfBody(result, path, issues);
}

function factsOfBody(result: Result, path: ResultPath, issues: IssueList): MeasuredFacts {
  if (result.commit_sha === undefined) issues.add([...path, "commit_sha"], "is required");
  if (result.run_attempt !== undefined && result.run_id === undefined) {
    issues.add([...path, "run_attempt"], "needs run_id");
  }
  const facts: MeasuredFacts = { claimed: [] };
  for (const fact of FACTS) choose(facts, fact, undefined, result);
  return facts;
}

function factsOfJob(
  result: Result,
  { attested, job, triggeredBy }: JobPrincipal,
  path: ResultPath,
  issues: IssueList,
): MeasuredFacts {
  // A workflow_run job runs on the default branch, whatever the run before it has measured. Its
  // ref attests nothing of the result: a fork's branch can be called main, too.
  const isAfterAnother = job.event_name === "workflow_run";
  const { commit_sha, branch_name, run_id, run_attempt, triggered_by } = result;
  if (commit_sha === undefined && isAfterAnother) {
    issues.add(
      [...path, "commit_sha"],
      "is required under workflow_run, where the token's sha is the default branch's: send github.event.workflow_run.head_sha",
    );
  }
  if (commit_sha === undefined && attested.commit_sha === undefined) {
    issues.add([...path, "commit_sha"], "is required: the token does not say it");
  }
  if (triggered_by !== undefined && triggeredBy !== undefined && triggered_by !== triggeredBy) {
    issues.add(
      [...path, "triggered_by"],
      `contradicts the token, whose actor says ${triggeredBy}: leave it out`,
    );
  }
  const isJobsCommit = attested.commit_sha?.startsWith(commit_sha ?? "") ?? false; // perhaps shortened
  const isJobsBranch = !isAfterAnother &&
    [undefined, job.ref, attested.branch_name].includes(branch_name);
  const isJobsRun = run_id === undefined || run_id === attested.run_id;
  const isJobsAttempt = isJobsRun &&
    (run_attempt === undefined || run_attempt === attested.run_attempt);

  const facts: MeasuredFacts = { claimed: [] };
  choose(facts, "commit_sha", isJobsCommit ? attested.commit_sha : undefined, result);
  choose(facts, "branch_name", isJobsBranch ? attested.branch_name : undefined, result);
  choose(facts, "run_id", isJobsRun ? attested.run_id : undefined, result);
  choose(facts, "run_attempt", isJobsAttempt ? attested.run_attempt : undefined, result);
  // And not triggered_by where the principal brings it: it is stored apart.
  if (triggeredBy === undefined) choose(facts, "triggered_by", undefined, result);
  return facts;
}

/** The token's value, else the body's, which is claimed then. */
function choose<Name extends Fact>(
  facts: MeasuredFacts,
  name: Name,
  tokens: Result[Name],
  result: Result,
): void {
  if (tokens === undefined && result[name] === undefined) return;
  facts[name] = (tokens ?? result[name]) as MeasuredFacts[Name];
  if (tokens === undefined) facts.claimed.push(name);
}
