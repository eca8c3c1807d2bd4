import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { ProblemError } from "../problem/problem.ts";
import { checkEvent, readGitHubClaims, toPrincipal, unclassifiedClaims } from "./github_claims.ts";
import type { GitHubPrincipal } from "./principal.ts";

const LEEWAY_SECONDS = 30;

/** What a token must say, and the keys it must be signed with. */
export interface GitHubTokenRules {
  /** Exactly the `iss` claim. */
  issuer: string;
  /** Exactly the `aud` claim. */
  audience: string;
  keys: JWTVerifyGetKey;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A verified caller, and the names of claims that nobody has classified yet. */
export interface VerifiedGitHubToken {
  principal: GitHubPrincipal;
  unclassified: string[];
}

/**
 * Verifies a GitHub Actions OIDC token: signature (RS256 only), issuer, audience, times with
 * 30 s leeway, then the claims. Whether the repository is trusted, the database decides.
 *
 * @throws {ProblemError} `invalid_credential`, `token_expired`, `event_refused`,
 * `key_set_unavailable`.
 */
export async function verifyGitHubToken(
  token: string,
  rules: GitHubTokenRules,
): Promise<VerifiedGitHubToken> {
  const payload = await verifySignature(token, rules);
  const now = Math.floor(rules.now() / 1000);
  // jose looks at iat only together with a maximum age, which GitHub's own exp makes needless.
  if (payload.iat! > now + LEEWAY_SECONDS) {
    throw new ProblemError("invalid_credential", "Claim iat: the token is from the future.");
  }
  // jose is content when one of several audiences fits; a token also made for a stranger could
  // be one that the stranger passes on.
  const audiences = [payload.aud].flat();
  if (audiences.length !== 1) {
    throw new ProblemError("invalid_credential", "Claim aud: it must be one audience.");
  }
  const claims = readGitHubClaims(payload);
  checkEvent(claims);
  return {
    principal: toPrincipal(rules.issuer, claims),
    unclassified: unclassifiedClaims(payload),
  };
}

async function verifySignature(token: string, rules: GitHubTokenRules): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, rules.keys, {
      // Named, or a token could choose: "none", or HS256 with the public key as its secret.
      algorithms: ["RS256"],
      issuer: rules.issuer,
      audience: rules.audience,
      requiredClaims: ["exp", "iat"],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(rules.now()),
    });
    return payload;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof errors.JWTExpired) {
      throw new ProblemError(
        "token_expired",
        "Claim exp: the token has expired; request a new one.",
      );
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      const expected = { iss: rules.issuer, aud: rules.audience }[error.claim];
      throw new ProblemError(
        "invalid_credential",
        `Claim ${error.claim}: ${error.reason === "missing" ? "missing" : "not accepted"}.${
          expected === undefined ? "" : ` It must be ${expected}.`
        }`,
      );
    }
    if (error instanceof errors.JOSEError) {
      throw new ProblemError(
        "invalid_credential",
        "The token is not a JWT signed with RS256 by a key of the issuer.",
        { cause: error },
      );
    }
    throw error;
  }
}
