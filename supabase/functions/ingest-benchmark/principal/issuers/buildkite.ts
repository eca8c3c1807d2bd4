import * as z from "zod";
import type { JobPrincipal } from "../principal.ts";
import {
  claim,
  commitClaim,
  type IssuerModel,
  readClaims,
  saidClaims,
  unclassifiedClaims,
  uuidClaim,
} from "./issuer_model.ts";

/**
 * The claims of a Buildkite token that decide or are stored. The ids are there only when they were
 * asked for, and slugs change.
 * https://buildkite.com/docs/pipelines/security/oidc
 */
const claimsSchema = z.object({
  // Required and checked.
  organization_id: uuidClaim,
  pipeline_id: uuidClaim,
  build_branch: claim,
  // Required and stored.
  organization_slug: claim,
  pipeline_slug: claim,
  build_number: claim,
  build_commit: z.string().min(1),
  job_id: uuidClaim,
  // Optional.
  build_tag: z.string().nullish(),
  build_source: z.string().nullish(),
  step_key: z.string().nullish(),
});

const UNCHECKED = [
  "sub", // made of slugs, which change
  "jti",
  "agent_id",
  "build_id",
  "cluster_id",
  "cluster_name",
  "queue_id",
  "queue_key",
  "runner_environment",
];
// Tags of agents: as many as somebody likes.
const UNCHECKED_PREFIX = "agent_tag:";

const HINT =
  " Ask for the ids: buildkite-agent oidc request-token --audience URL --claim organization_id,pipeline_id";

/** Buildkite, whose issuer is one for all organizations. */
export const buildkite: IssuerModel = {
  kind: "buildkite",
  name: "Buildkite",
  toPrincipal(issuer, payload): JobPrincipal {
    const claims = readClaims(claimsSchema, payload, "Buildkite", HINT);
    const { organization_slug, pipeline_slug, build_branch, build_tag, build_commit } = claims;
    // A build that nobody has checked out yet says HEAD.
    const commit = commitClaim.safeParse(build_commit);
    return {
      method: "buildkite-oidc",
      issuer,
      claims: saidClaims(claims),
      job: {
        project: `${organization_slug}/${pipeline_slug}`,
        project_id: claims.pipeline_id,
        owner_id: claims.organization_id,
        ref: build_tag ? `refs/tags/${build_tag}` : `refs/heads/${build_branch}`,
        event_name: claims.build_source || "build",
        // owner:branch is a fork's, refs/pull/7/head a pull request's.
        may_publish: !build_branch.includes(":") && !build_branch.startsWith("refs/"),
      },
      attested: {
        ...(commit.success && { commit_sha: commit.data }),
        branch_name: build_tag || build_branch,
        // There is no claim of an attempt, but a job that is retried has a new id.
        run_id: claims.job_id,
      },
    };
  },
  unclassified: (payload) =>
    unclassifiedClaims(payload, Object.keys(claimsSchema.shape), UNCHECKED, [UNCHECKED_PREFIX]),
};
