import { readBearer } from "./bearer.ts";
import { type GitHubTokenRules, verifyGitHubToken } from "./github_token.ts";
import { INGEST_TOKEN_PREFIX, parseIngestToken } from "./ingest_token.ts";
import type { Principal } from "./principal.ts";

/** Who calls, as far as the function can tell without the database. */
export interface Authenticated {
  principal: Principal;
  /** Claims of the token that nobody has classified; for the log. */
  unclassified: string[];
}

/**
 * Turns the `Authorization` header into a principal.
 *
 * @throws {ProblemError} Every 401, `event_refused`, `key_set_unavailable`.
 */
export async function authenticate(
  headers: Headers,
  rules: GitHubTokenRules,
): Promise<Authenticated> {
  const credential = readBearer(headers);
  if (credential.startsWith(INGEST_TOKEN_PREFIX)) {
    return { principal: await parseIngestToken(credential), unclassified: [] };
  }
  return await verifyGitHubToken(credential, rules);
}
