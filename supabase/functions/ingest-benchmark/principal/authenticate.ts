import { readBearer } from "./bearer.ts";
import { INGEST_TOKEN_PREFIX, parseIngestToken } from "./ingest_token.ts";
import { type JobTokenRules, verifyJobToken } from "./job_token.ts";
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
  rules: JobTokenRules,
): Promise<Authenticated> {
  const credential = readBearer(headers);
  if (credential.startsWith(INGEST_TOKEN_PREFIX)) {
    return { principal: await parseIngestToken(credential), unclassified: [] };
  }
  return await verifyJobToken(credential, rules);
}
