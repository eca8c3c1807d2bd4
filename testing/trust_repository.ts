import assert from "node:assert/strict";
import { PUSH_CLAIMS } from "./oidc_issuer.ts";
import { runScript } from "./run_script.ts";

/** Trusts the repository of the issuer's tokens, as its administrator would. */
export async function trustRepository(dataDirectory: string, ...options: string[]): Promise<void> {
  const { repository, repository_id, repository_owner_id } = PUSH_CLAIMS;
  const trusted = await runScript("admin", [
    "trust",
    "add",
    "--repository",
    repository,
    "--repository-id",
    repository_id,
    "--owner-id",
    repository_owner_id,
    ...options,
    "--data-dir",
    dataDirectory,
  ]);
  assert.equal(trusted.code, 0, trusted.stderr);
}
