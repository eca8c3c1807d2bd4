import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { ProblemError } from "../problem/problem.ts";
import { shorten } from "../shorten.ts";
import type { IssuerRegistry, KnownIssuer } from "./issuers/issuer_registry.ts";
import type { JobPrincipal } from "./principal.ts";

const LEEWAY_SECONDS = 30;
const MAX_EXPECTED = 10;
// Its audience is always the same, so whoever gets such a token for something else can use it here.
const AZURE = /^https:\/\/vstoken\.dev\.azure\.com\//;

/** What a token must say, and who may have signed it. */
export interface JobTokenRules {
  issuers: IssuerRegistry;
  /** Exactly the `aud` claim. */
  audience: string;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A verified caller, and the names of claims that nobody has classified yet. */
export interface VerifiedJobToken {
  principal: JobPrincipal;
  unclassified: string[];
}

/**
 * Verifies the OIDC token of a CI job: the issuer, looked up by its exact name before anything is
 * fetched; signature (RS256 only), audience, times with 30 s leeway; then the claims, by the model of
 * the issuer. Whether the project is trusted, the database decides.
 *
 * @throws {ProblemError} `invalid_credential`, `token_expired`, `event_refused`,
 * `key_set_unavailable`, and whatever the lookup of issuers throws.
 */
export async function verifyJobToken(
  token: string,
  rules: JobTokenRules,
): Promise<VerifiedJobToken> {
  const issuer = await findIssuer(token, rules.issuers);
  const payload = await verifySignature(token, issuer, rules);
  const now = Math.floor(rules.now() / 1000);
  // jose looks at iat only together with a maximum age, which the token's own exp makes needless.
  if (payload.iat! > now + LEEWAY_SECONDS) {
    throw new ProblemError("invalid_credential", "Claim iat: the token is from the future.");
  }
  // jose is content when one of several audiences fits; a token also made for a stranger could
  // be one that the stranger passes on.
  const audiences = [payload.aud].flat();
  if (audiences.length !== 1) {
    throw new ProblemError("invalid_credential", "Claim aud: it must be one audience.");
  }
  return {
    principal: issuer.model.toPrincipal(issuer.url, payload),
    unclassified: issuer.model.unclassified(payload),
  };
}

/** By what the token says, which nobody has signed yet: it only chooses which keys must have. */
async function findIssuer(token: string, issuers: IssuerRegistry): Promise<KnownIssuer> {
  let iss: unknown;
  try {
    iss = decodeJwt(token).iss;
  } catch (error) {
    throw notAToken(error);
  }
  const issuer = typeof iss === "string" ? await issuers.find(iss) : undefined;
  if (issuer !== undefined) return issuer;
  if (typeof iss === "string" && AZURE.test(iss)) {
    throw new ProblemError(
      "invalid_credential",
      "Claim iss: tokens of Azure DevOps are refused, because their audience is always the same: whoever gets one for another purpose could use it here. Use an ingest token (deno task admin token create).",
    );
  }
  const expected = issuers.expected();
  const more = expected.length > MAX_EXPECTED ? ` or ${expected.length - MAX_EXPECTED} others` : "";
  throw new ProblemError(
    "invalid_credential",
    `Claim iss: ${
      typeof iss === "string" ? `${JSON.stringify(shorten(iss, 200))} is not accepted` : "missing"
    }. It must be ${
      expected.slice(0, MAX_EXPECTED).join(" or ")
    }${more}. Another issuer counts once a trust rule names it: deno task admin trust add --issuer URL`,
  );
}

async function verifySignature(
  token: string,
  issuer: KnownIssuer,
  rules: JobTokenRules,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, issuer.keys, {
      // Named, or a token could choose: "none", or HS256 with the public key as its secret.
      algorithms: ["RS256"],
      issuer: issuer.url,
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
      throw new ProblemError(
        "invalid_credential",
        `Claim ${error.claim}: ${error.reason === "missing" ? "missing" : "not accepted"}.${
          error.claim === "aud" ? ` It must be ${rules.audience}.` : ""
        }`,
      );
    }
    if (error instanceof errors.JOSEError) throw notAToken(error);
    throw error;
  }
}

function notAToken(cause: unknown): ProblemError {
  return new ProblemError(
    "invalid_credential",
    "The token is not a JWT signed with RS256 by a key of the issuer.",
    { cause },
  );
}
