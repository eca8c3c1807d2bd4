import * as z from "zod";
import { ProblemError } from "../problem/problem.ts";
import type { GitHubPrincipal } from "./principal.ts";

// GitHub sends every one of these as a string, numbers too; another issuer may not.
const claim = z.union([z.string().min(1), z.int()]).transform(String);

/**
 * The claims of a GitHub Actions token that decide or are stored, sorted as PyPI's trusted
 * publishing does (warehouse, `oidc/models/github.py`).
 * https://docs.github.com/actions/reference/security/oidc
 */
export const githubClaimsSchema = z.object({
  // Required and checked: against the trust rules, in the database, and event_name here.
  repository: claim,
  repository_id: claim,
  repository_owner_id: claim,
  job_workflow_ref: claim,
  event_name: claim,
  ref: claim,
  // Required and stored: facts about the run.
  sha: z.string().regex(/^[0-9a-f]{40,64}$/i),
  run_id: claim,
  run_attempt: claim.pipe(z.string().regex(/^[1-9][0-9]{0,8}$/)),
  actor: claim,
  jti: claim,
  // Optional: only jobs with an environment, and only pull requests, have these.
  environment: claim.optional(),
  head_ref: z.string().optional(),
});

/** See {@link githubClaimsSchema}. */
export type GitHubClaims = z.infer<typeof githubClaimsSchema>;

/** Checked by the JWT library and by {@link verifyGitHubToken} before any claim here is read. */
const VERIFIED_WITH_THE_SIGNATURE = ["iss", "aud", "exp", "nbf", "iat"];

/** Known and deliberately not looked at, each with the reason. */
const KNOWINGLY_UNCHECKED = [
  "sub", // its form is the repository owner's to change, and since 2026-07 differs by age
  "repository_owner", // a name; repository_owner_id decides
  "repository_visibility", // a private repository is not more trustworthy than a public one
  "actor_id", // who may run a workflow is the repository's business
  "workflow", // the display name, free text; job_workflow_ref names the file
  "workflow_ref", // the caller's file, where job_workflow_ref is what runs
  "workflow_sha",
  "job_workflow_sha", // implied by job_workflow_ref and sha
  "runner_environment", // self-hosted runners are the repository's choice
  "run_number", // run_id is unique, this is not
  "check_run_id",
  "base_ref",
  "ref_type", // part of ref
  "ref_protected",
  "environment_node_id",
  "enterprise",
  "enterprise_id",
  "issuer_scope",
];

// The repository's custom properties: as many as its organization likes, under names of its own.
const KNOWINGLY_UNCHECKED_PREFIX = "repo_property_";

const CLASSIFIED = new Set([
  ...Object.keys(githubClaimsSchema.shape),
  ...VERIFIED_WITH_THE_SIGNATURE,
  ...KNOWINGLY_UNCHECKED,
]);

/** Claims that nobody has sorted yet: GitHub adds some, and one may matter. Logged, not refused. */
export function unclassifiedClaims(payload: Record<string, unknown>): string[] {
  return Object.keys(payload).filter((name) =>
    !CLASSIFIED.has(name) && !name.startsWith(KNOWINGLY_UNCHECKED_PREFIX)
  );
}

/**
 * Reads the claims of a token whose signature holds.
 *
 * @throws {ProblemError} `invalid_credential` naming each claim that is missing or malformed.
 */
export function readGitHubClaims(payload: Record<string, unknown>): GitHubClaims {
  const parsed = githubClaimsSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
  throw new ProblemError(
    "invalid_credential",
    `The token is not a complete GitHub Actions token: claim ${
      names.join(", ")
    } missing or malformed.`,
  );
}

/**
 * Refuses events whose workflow runs code that the repository's owners have not accepted, with
 * the rights of the repository.
 *
 * @throws {ProblemError} `event_refused` for `pull_request_target`: it runs in the context of
 * the base branch, but on behalf of anybody who can open a pull request.
 */
export function checkEvent(claims: GitHubClaims): void {
  if (claims.event_name === "pull_request_target") {
    throw new ProblemError(
      "event_refused",
      "Claim event_name: pull_request_target is refused, because a pull request of a stranger can start it. Use push, schedule, workflow_dispatch or pull_request.",
    );
  }
}

/** The caller that verified claims describe: what decides, what is attested, and who, apart. */
export function toPrincipal(issuer: string, claims: GitHubClaims): GitHubPrincipal {
  const { sha, run_id, run_attempt, actor, head_ref, ...deciding } = claims;
  return {
    method: "github-oidc",
    issuer,
    claims: deciding,
    attested: {
      commit_sha: sha.toLowerCase(),
      branch_name: shortRef(claims.ref),
      run_id,
      run_attempt: Number(run_attempt),
    },
    triggeredBy: actor,
    ...(head_ref && { headRef: head_ref }),
  };
}

/** A git ref as people write it: `main` for `refs/heads/main`. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags|pull)\//, "");
}
