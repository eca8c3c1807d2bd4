import assert from "node:assert/strict";
import { type OidcIssuer, PUSH_CLAIMS } from "./oidc_issuer.ts";
import { runScript } from "./run_script.ts";

/** Trusts the repository of the issuer's tokens, as its administrator would: main is published. */
export async function trustRepository(
  dataDirectory: string,
  issuer: Pick<OidcIssuer, "url">,
): Promise<void> {
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
    "--ref",
    "main",
    "--issuer",
    issuer.url,
    "--data-dir",
    dataDirectory,
  ]);
  assert.equal(trusted.code, 0, trusted.stderr);
}
