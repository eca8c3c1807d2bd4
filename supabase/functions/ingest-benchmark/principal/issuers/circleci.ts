import * as z from "zod";
import { ProblemError } from "../../problem/problem.ts";
import type { JobPrincipal } from "../principal.ts";
import {
  type IssuerModel,
  readClaims,
  shortRef,
  unclassifiedClaims,
  uuidClaim,
} from "./issuer_model.ts";

const PROJECT_ID = "oidc.circleci.com/project-id";
const ORIGIN = "oidc.circleci.com/vcs-origin";
const REF = "oidc.circleci.com/vcs-ref";
const SSH_RERUN = "oidc.circleci.com/ssh-rerun";

/**
 * The claims of a CircleCI token that decide.
 * https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 */
const claimsSchema = z.object({
  // Required and checked.
  [PROJECT_ID]: uuidClaim,
  // Optional and checked: pipelines that a custom webhook starts have neither.
  [ORIGIN]: z.string().min(1).optional(),
  [REF]: z.string().min(1).optional(),
  [SSH_RERUN]: z.boolean().optional(),
});

const UNCHECKED = [
  "sub", // made of the ids that are checked, and of the user
  "jti",
  "oidc.circleci.com/context-ids", // who may use a context is the organization's business
  "oidc.circleci.com/org-id", // part of iss, which is checked
  "oidc.circleci.com/pipeline-definition-id",
  "oidc.circleci.com/pipeline-id",
  "oidc.circleci.com/workflow-id",
  "oidc.circleci.com/job-id",
  "oidc.circleci.com/config-ref",
];

/** CircleCI, whose issuer is one an organization: `https://oidc.circleci.com/org/<uuid>`. */
export const circleci: IssuerModel = {
  kind: "circleci",
  name: "CircleCI",
  toPrincipal(issuer, payload): JobPrincipal {
    const claims = readClaims(claimsSchema, payload, "CircleCI");
    if (claims[SSH_RERUN] === true) {
      throw new ProblemError(
        "event_refused",
        `Claim ${SSH_RERUN}: a job that was started again with SSH is refused, because whoever is logged in runs what they like.`,
      );
    }
    const organization = issuer.slice(issuer.lastIndexOf("/") + 1).toLowerCase();
    const origin = claims[ORIGIN] ?? "";
    const ref = claims[REF] ?? "";
    return {
      method: "circleci-oidc",
      issuer,
      claims: {
        project_id: claims[PROJECT_ID],
        organization_id: organization,
        ...(origin !== "" && { vcs_origin: origin }),
        ...(ref !== "" && { vcs_ref: ref }),
      },
      job: {
        project: origin,
        project_id: claims[PROJECT_ID],
        owner_id: organization,
        ref,
        event_name: ref === "" ? "custom webhook" : "push",
        may_publish: ref !== "",
      },
      // Neither commit nor job: the body says them, and they are claimed.
      attested: ref === "" ? {} : { branch_name: shortRef(ref) },
    };
  },
  unclassified: (payload) =>
    unclassifiedClaims(payload, Object.keys(claimsSchema.shape), UNCHECKED),
};
