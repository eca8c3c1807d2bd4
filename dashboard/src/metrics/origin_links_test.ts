import assert from "node:assert/strict";
import { commitRangeLink, originLinks } from "./origin_links.ts";

const ORIGIN = {
  commit_sha: "0123abc",
  run_id: "7",
  run_attempt: 2,
  attested: { commit_sha: "0123abc", run_id: "7", run_attempt: 2 },
  repository: "octo-org/bench",
  issuer: "https://token.actions.githubusercontent.com",
};

Deno.test("originLinks() links to the repository that the token attests", () => {
  assert.deepEqual(originLinks(ORIGIN), {
    commit: "https://github.com/octo-org/bench/commit/0123abc",
    run: "https://github.com/octo-org/bench/actions/runs/7/attempts/2",
  });
  const { commit } = originLinks({
    ...ORIGIN,
    issuer: "https://github.example.com/_services/token",
  });
  assert.equal(commit, "https://github.example.com/octo-org/bench/commit/0123abc");
});

Deno.test("originLinks() makes no link of what is only claimed, or of no repository's form", () => {
  const none = { commit: null, run: null };
  assert.deepEqual(originLinks({ ...ORIGIN, repository: null }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, issuer: null }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, issuer: "javascript:alert(1)//" }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, issuer: "https://evil.example" }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, repository: "../../evil" }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, attested: null }), none);
  assert.deepEqual(originLinks({ ...ORIGIN, attested: {} }), none);
});

Deno.test("originLinks() links neither a commit nor a run that the token does not attest", () => {
  const { commit, run } = originLinks({ ...ORIGIN, commit_sha: "4567def" });
  assert.equal(commit, null);
  assert.match(run!, /runs\/7/);
  assert.equal(originLinks({ ...ORIGIN, run_id: "8" }).run, null);
  assert.equal(originLinks({ ...ORIGIN, run_attempt: 3 }).run, null);
});

Deno.test("commitRangeLink() compares two attested commits of one repository", () => {
  const origin = (commit_sha: string, more = {}) => ({
    commit_sha,
    run_id: null,
    run_attempt: null,
    attested: { commit_sha },
    repository: "octo/bench",
    issuer: "https://token.actions.githubusercontent.com",
    ...more,
  });
  const from = origin("a".repeat(40));
  const to = origin("b".repeat(40));
  assert.equal(
    commitRangeLink(from, to),
    `https://github.com/octo/bench/compare/${from.commit_sha}...${to.commit_sha}`,
  );
  assert.equal(commitRangeLink(from, from), null, "nothing is between a commit and itself");
  assert.equal(commitRangeLink(from, { ...to, attested: {} }), null, "only claimed");
  assert.equal(commitRangeLink(from, { ...to, repository: "octo/other" }), null);
});
