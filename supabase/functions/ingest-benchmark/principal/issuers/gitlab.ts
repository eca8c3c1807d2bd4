import * as z from "zod";
import { ProblemError } from "../../problem/problem.ts";
import type { JobPrincipal } from "../principal.ts";
import {
  claim,
  commitClaim,
  type IssuerModel,
  readClaims,
  saidClaims,
  unclassifiedClaims,
} from "./issuer_model.ts";

/**
 * The claims of a GitLab ID token that decide or are stored.
 * https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
const claimsSchema = z.object({
  // Required and checked.
  project_id: claim,
  project_path: claim,
  namespace_id: claim,
  pipeline_source: claim,
  ref: claim,
  ref_type: claim,
  // Required and stored.
  sha: commitClaim,
  pipeline_id: claim,
  job_id: claim,
  user_login: claim,
  // Optional: job_project_id since GitLab 18.2; the others by kind of job.
  job_project_id: claim.optional(),
  ref_path: z.string().nullish(),
  ref_protected: claim.optional(),
  environment: z.string().nullish(),
  ci_config_ref_uri: z.string().nullish(),
});

const UNCHECKED = [
  "sub", // its form is the project's to change
  "jti", // a job has one token for as long as it runs: it must be usable more than once
  "namespace_path", // a name; namespace_id decides
  "project_visibility",
  "user_id", // who may run a pipeline is the project's business
  "user_email", // about a person, and not needed
  "user_access_level",
  "user_identities",
  "groups_direct",
  "runner_id",
  "runner_environment",
  "ci_config_sha", // implied by ci_config_ref_uri and sha
  "environment_protected",
  "environment_action",
  "deployment_tier",
  "job_namespace_id", // of job_project_id, which is checked
  "job_namespace_path",
  "job_project_path",
  "job_source",
  "job_policy_ref_uri",
  "job_policy_ref_sha",
];

// What a merge request ran on is not what the team has accepted. A child pipeline does not say what
// its parent was for, and one of a merge request bears the name of the source branch, which can be
// `main`: whoever may open a merge request could publish.
const UNMERGED = ["merge_request_event", "external_pull_request_event", "parent_pipeline"];

/** GitLab CI/CD: gitlab.com, Self-Managed and Dedicated. */
export const gitlab: IssuerModel = {
  kind: "gitlab",
  name: "GitLab",
  toPrincipal(issuer, payload): JobPrincipal {
    const claims = readClaims(claimsSchema, payload, "GitLab");
    const { sha, user_login, job_project_id, ...deciding } = claims;
    if (job_project_id !== undefined && job_project_id !== claims.project_id) {
      throw new ProblemError(
        "event_refused",
        `Claim job_project_id: the job ran in project ${job_project_id} on behalf of its fork ${claims.project_id}. Merge requests of forks are refused, because a stranger can open one.`,
      );
    }
    const ref = claims.ref_path ||
      `refs/${claims.ref_type === "tag" ? "tags" : "heads"}/${claims.ref}`;
    return {
      method: "gitlab-oidc",
      issuer,
      claims: saidClaims(deciding),
      job: {
        project: claims.project_path,
        project_id: claims.project_id,
        owner_id: claims.namespace_id,
        ref,
        event_name: claims.pipeline_source,
        may_publish: !UNMERGED.includes(claims.pipeline_source) &&
          !ref.startsWith("refs/merge-requests/"),
      },
      attested: {
        commit_sha: sha,
        branch_name: claims.ref,
        // There is no claim of an attempt, but a job that is retried has a new id.
        run_id: claims.job_id,
      },
      triggeredBy: user_login,
    };
  },
  unclassified: (payload) =>
    unclassifiedClaims(payload, Object.keys(claimsSchema.shape), UNCHECKED),
};
