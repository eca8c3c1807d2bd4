import assert from "node:assert/strict";
import { toldRun } from "../../../../testing/webhook_delivery.ts";
import { commitLink } from "./origin_link.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const of = (issuer: string, claims: Record<string, unknown>) =>
  commitLink(toldRun({ provenance: { issuer, claims, attested: { commit_sha: SHA } } }));

Deno.test("commitLink() knows whose issuer stands for which server", () => {
  const repository = { repository: "octo-org/bench" };
  const cases: [string, Record<string, unknown>, string | null][] = [
    [
      "https://token.actions.githubusercontent.com",
      repository,
      "https://github.com/octo-org/bench",
    ],
    [
      "https://token.actions.githubusercontent.com/octo",
      repository,
      "https://github.com/octo-org/bench",
    ],
    ["https://token.actions.octo.ghe.com", repository, "https://octo.ghe.com/octo-org/bench"],
    ["https://git.example/_services/token", repository, "https://git.example/octo-org/bench"],
    ["https://gitlab.com", { project_path: "a/b/c" }, "https://gitlab.com/a/b/c/-"],
    ["https://example.com/gitlab", { project_path: "a/b" }, "https://example.com/gitlab/a/b/-"],
    ["https://issuer.example", repository, null],
    ["https://token.actions.githubusercontent.com", { repository: "a/.." }, null],
    ["https://token.actions.githubusercontent.com", { repository: 7 }, null],
    ["no address", repository, null],
  ];
  for (const [issuer, claims, base] of cases) {
    assert.equal(of(issuer, claims), base && `${base}/commit/${SHA}`, issuer);
  }
});

Deno.test("commitLink() links nothing that the token does not attest", () => {
  assert.equal(commitLink(toldRun({ commit_sha: "0123abc" })), null);
  assert.equal(commitLink(toldRun({ provenance: {} })), null);
});
