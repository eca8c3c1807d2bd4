import assert from "node:assert/strict";
import { commitRange } from "./commit_range.ts";
import type { LedgerEntry } from "./documents.ts";

const entry = (commit_sha: string, repository = "acme/bills", attested = commit_sha) =>
  ({
    commit_sha,
    provenance: {
      issuer: "https://token.actions.githubusercontent.com",
      attested: { commit_sha: attested },
      claims: { repository },
    },
  }) as LedgerEntry;

Deno.test("a range is linked where both runs prove commit and repository", () => {
  assert.deepEqual(commitRange(entry("0123abc"), entry("4567def")), {
    from: "0123abc",
    to: "4567def",
    range: "0123abc..4567def",
    url: "https://github.com/acme/bills/compare/0123abc...4567def",
  });
  const url = (a: LedgerEntry, b: LedgerEntry) => commitRange(a, b).url;
  assert.equal(url(entry("0123abc", "acme/other"), entry("4567def")), null);
  assert.equal(url(entry("0123abc"), entry("4567def", "acme/bills", "fffffff")), null);
  assert.equal(url(entry("0123abc", "acme/bills/../x"), entry("4567def", "acme/bills/../x")), null);
  assert.equal(url({ ...entry("0123abc"), provenance: {} }, entry("4567def")), null);
});
