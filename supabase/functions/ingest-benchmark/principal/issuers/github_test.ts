import assert from "node:assert/strict";
import { PUSH_CLAIMS } from "../../../../testing/oidc_issuer.ts";
import { readGitHubClaims, toPrincipal, unclassifiedClaims } from "./github_claims.ts";

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
  assert.deepEqual(unclassifiedClaims({ ...payload, repo_property_team: "x" }), []);
});

Deno.test("toPrincipal() attests the job, whatever started it", () => {
  for (const event_name of ["push", "workflow_run", "merge_group"]) {
    const { attested } = toPrincipal("https://i", readGitHubClaims({ ...claims, event_name }));
    assert.deepEqual(attested, {
      commit_sha: claims.sha,
      branch_name: "main",
      run_id: "9001",
      run_attempt: 1,
    });
  }
});

Deno.test("toPrincipal() keeps what is about people out of claims, and facts out of two places", () => {
  const principal = toPrincipal(
    "https://i",
    readGitHubClaims({
      ...claims,
      event_name: "pull_request",
      ref: "refs/pull/7/merge",
      head_ref: "octocat/feature",
      environment: "bench",
    }),
  );
  assert.equal(principal.attested.branch_name, "7/merge");
  assert.deepEqual([principal.triggeredBy, principal.headRef], ["octocat", "octocat/feature"]);
  assert.deepEqual(Object.keys(principal.claims).sort(), [
    "environment",
    "event_name",
    "job_workflow_ref",
    "jti",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
  ]);
});
