import assert from "node:assert/strict";
import { PUSH_CLAIMS } from "../../../../testing/oidc_issuer.ts";
import { factsOf, readGitHubClaims, unclassifiedClaims } from "./github_claims.ts";

const claims = { ...PUSH_CLAIMS, jti: "j" };

Deno.test("readGitHubClaims() names every claim that is missing or malformed", () => {
  for (
    const name of [
      "repository",
      "repository_id",
      "repository_owner_id",
      "job_workflow_ref",
      "event_name",
      "sha",
      "ref",
      "run_id",
      "run_attempt",
      "actor",
      "jti",
    ]
  ) {
    assert.throws(() => readGitHubClaims({ ...claims, [name]: undefined }), {
      code: "invalid_credential",
      message: new RegExp(`claim ${name} `),
    }, name);
  }
  assert.throws(() => readGitHubClaims({ ...claims, run_attempt: "0" }), /run_attempt/);
  assert.throws(() => readGitHubClaims({ ...claims, sha: "main" }), /sha/);
});

Deno.test("unclassifiedClaims() notices a claim that nobody has sorted", () => {
  const payload = { ...claims, iss: "i", aud: "a", exp: 1, nbf: 1, iat: 1, sub: "s" };
  assert.deepEqual(unclassifiedClaims(payload), []);
  assert.deepEqual(unclassifiedClaims({ ...payload, brand_new: "x" }), ["brand_new"]);
});

Deno.test("factsOf() attests commit and branch of the job", () => {
  assert.deepEqual(factsOf(readGitHubClaims(claims)), {
    run_id: "9001",
    run_attempt: 1,
    triggered_by: "octocat",
    commit_sha: claims.sha,
    branch_name: ["main", "refs/heads/main"],
  });
});

Deno.test("factsOf() attests neither commit nor branch under workflow_run", () => {
  const facts = factsOf(readGitHubClaims({ ...claims, event_name: "workflow_run" }));
  assert.deepEqual(Object.keys(facts), ["run_id", "run_attempt", "triggered_by"]);
});

Deno.test("factsOf() calls the branch of a pull request by its own name", () => {
  const facts = factsOf(readGitHubClaims({
    ...claims,
    event_name: "pull_request",
    ref: "refs/pull/7/merge",
    head_ref: "feature",
  }));
  assert.equal(facts.branch_name![0], "feature");
});
