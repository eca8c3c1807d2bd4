import * as z from "zod";
import { ProblemError } from "../../problem/problem.ts";
import type { JobPrincipal } from "../principal.ts";
import {
  claim,
  commitClaim,
  type IssuerModel,
  readClaims,
  shortRef,
  unclassifiedClaims,
} from "./issuer_model.ts";

/**
 * The claims of a GitHub Actions token that decide or are stored.
 * https://docs.github.com/actions/reference/security/oidc
 */
const claimsSchema = z.object({
  // Required and checked: against the trust rules, in the database, and event_name here.
  repository: claim,
  repository_id: claim,
  repository_owner_id: claim,
  job_workflow_ref: claim,
  event_name: claim,
  ref: claim,
  // Required and stored: facts about the run.
  sha: commitClaim,
  run_id: claim,
  run_attempt: claim.pipe(z.string().regex(/^[1-9][0-9]{0,8}$/)),
  actor: claim,
  jti: claim,
  // Optional: only jobs with an environment, and only pull requests, have these.
  environment: claim.optional(),
  head_ref: z.string().optional(),
});

/** Known and deliberately not looked at, each with the reason. */
const UNCHECKED = [
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

/** GitHub Actions: github.com, GitHub Enterprise Server and Cloud, and enterprises' own issuers. */
export const github: IssuerModel = {
  kind: "github",
  name: "GitHub Actions",
  toPrincipal(issuer, payload): JobPrincipal {
    const claims = readClaims(claimsSchema, payload, "GitHub Actions");
    const { sha, run_id, run_attempt, actor, head_ref, ...deciding } = claims;
    const { repository, repository_id, repository_owner_id, ref, event_name } = claims;
    if (event_name === "pull_request_target") {
      // It runs in the context of the base branch, on behalf of anybody who can open a pull request.
      throw new ProblemError(
        "event_refused",
        "Claim event_name: pull_request_target is refused, because a pull request of a stranger can start it. Use push, schedule, workflow_dispatch or pull_request.",
      );
    }
    return {
      method: "github-oidc",
      issuer,
      claims: deciding,
      job: {
        project: repository,
        project_id: repository_id,
        owner_id: repository_owner_id,
        ref,
        event_name,
        may_publish: event_name !== "pull_request" && event_name !== "merge_group",
      },
      attested: {
        commit_sha: sha,
        branch_name: shortRef(ref),
        run_id,
        run_attempt: Number(run_attempt),
      },
      triggeredBy: actor,
      ...(head_ref && { headRef: head_ref }),
    };
  },
  unclassified: (payload) =>
    unclassifiedClaims(payload, Object.keys(claimsSchema.shape), UNCHECKED, [
      // The repository's custom properties: as many as its organization likes, under names of its own.
      "repo_property_",
    ]),
};
