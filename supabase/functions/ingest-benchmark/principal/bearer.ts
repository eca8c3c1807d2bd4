import { ProblemError } from "../problem/problem.ts";

// A GitHub token has 2 kB; whatever is eight times as long is not one.
const MAX_CREDENTIAL_LENGTH = 16_384;

/**
 * Takes the credential out of `Authorization: Bearer …` (RFC 6750 section 2.1).
 *
 * @throws {ProblemError} `missing_credential` without the header; `invalid_credential` for
 * another scheme, two headers (which arrive joined by a comma), or a length no token has.
 */
export function readBearer(headers: Headers): string {
  const authorization = headers.get("authorization");
  if (authorization === null || authorization.trim() === "") {
    throw new ProblemError(
      "missing_credential",
      "Send Authorization: Bearer with the OIDC token of a CI job or an ingest token (bmk_…).",
    );
  }
  const credential = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
  if (credential === undefined || credential.length > MAX_CREDENTIAL_LENGTH) {
    throw new ProblemError(
      "invalid_credential",
      "Authorization must be one Bearer token: the OIDC token of a CI job or an ingest token (bmk_…).",
    );
  }
  return credential;
}
