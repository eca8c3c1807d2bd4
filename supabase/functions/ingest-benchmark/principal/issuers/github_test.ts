import assert from "node:assert/strict";
import { PUSH_CLAIMS } from "../../../../../testing/oidc_issuer.ts";
import { github } from "./github.ts";

const claims = { ...PUSH_CLAIMS, jti: "j" };

Deno.test("github.toPrincipal() names every claim that is missing or malformed", () => {
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
    assert.throws(() => github.toPrincipal("https://i", { ...claims, [name]: undefined }), {
      code: "invalid_credential",
      message: new RegExp(`claim ${name} `),
    }, name);
  }
  assert.throws(
    () => github.toPrincipal("https://i", { ...claims, run_attempt: "0" }),
    /run_attempt/,
  );
  assert.throws(() => github.toPrincipal("https://i", { ...claims, sha: "main" }), /sha/);
});

Deno.test("github.unclassified() notices a claim that nobody has sorted", () => {
  const payload = { ...claims, iss: "i", aud: "a", exp: 1, nbf: 1, iat: 1, sub: "s" };
  assert.deepEqual(github.unclassified(payload), []);
  assert.deepEqual(github.unclassified({ ...payload, brand_new: "x" }), ["brand_new"]);
  assert.deepEqual(github.unclassified({ ...payload, repo_property_team: "x" }), []);
});

Deno.test("github.toPrincipal() attests the job, whatever started it", () => {
  for (const event_name of ["push", "workflow_run", "merge_group"]) {
    const { attested } = github.toPrincipal("https://i", { ...claims, event_name });
    assert.deepEqual(attested, {
      commit_sha: claims.sha,
      branch_name: "main",
      run_id: "9001",
      run_attempt: 1,
    });
  }
});

Deno.test("github.toPrincipal() keeps what is about people out of claims, and facts out of two places", () => {
  const principal = github.toPrincipal("https://i", {
    ...claims,
    event_name: "pull_request",
    ref: "refs/pull/7/merge",
    head_ref: "octocat/feature",
    environment: "bench",
  });
  assert.equal(principal.job.may_publish, false);
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
