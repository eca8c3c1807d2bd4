import * as z from "zod";
import { ProblemError } from "../../problem/problem.ts";
import type { JobPrincipal } from "../principal.ts";

/** The CI systems whose tokens are understood. */
export const ISSUER_KINDS = ["github", "gitlab", "circleci", "buildkite"] as const;

/** See {@link ISSUER_KINDS}. */
export type IssuerKind = typeof ISSUER_KINDS[number];

/** A JWT's payload whose signature, issuer, audience and times hold. */
export type VerifiedPayload = Record<string, unknown>;

/**
 * What is known of the tokens of a CI system: which claims it has, sorted as PyPI's trusted publishing
 * does (warehouse, `oidc/models`), what they attest, and what is refused.
 */
export interface IssuerModel {
  kind: IssuerKind;
  /** What people call the system. */
  name: string;
  /**
   * Reads the claims.
   *
   * @throws {ProblemError} `invalid_credential` naming each claim that is missing or malformed;
   * `event_refused` for a job that somebody could have started whom the project's owners do not trust.
   */
  toPrincipal(issuer: string, payload: VerifiedPayload): JobPrincipal;
  /** Claims that nobody has sorted yet: one that was added may matter. Logged, not refused. */
  unclassified(payload: VerifiedPayload): string[];
}

/** Checked by the JWT library and by `verifyJobToken` before any claim is read. */
const VERIFIED_WITH_THE_SIGNATURE = ["iss", "aud", "exp", "nbf", "iat"];

/** Some send numbers as strings, some as numbers. */
export const claim = z.union([z.string().min(1), z.int()]).transform(String);

/** A commit as git writes it. */
export const commitClaim = z.string().regex(/^[0-9a-f]{40,64}$/i).transform((sha) =>
  sha.toLowerCase()
);

/** An id that is never given out again. */
export const uuidClaim = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .transform((id) => id.toLowerCase());

/**
 * Reads claims by a schema.
 *
 * @param hint What to do about one that is missing.
 * @throws {ProblemError} `invalid_credential`.
 */
export function readClaims<Schema extends z.ZodObject>(
  schema: Schema,
  payload: VerifiedPayload,
  name: string,
  hint = "",
): z.infer<Schema> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))];
  throw new ProblemError(
    "invalid_credential",
    `The token is not a complete ${name} token: claim ${
      names.join(", ")
    } missing or malformed.${hint}`,
  );
}

/** The claims that a token has: what it does not say is not stored as said. */
export function saidClaims(claims: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined && value !== null),
  );
}

/**
 * Names claims that are neither read nor knowingly left alone.
 *
 * @param read The keys of the schema.
 * @param unchecked Known and deliberately not looked at.
 * @param prefixes Of claims of which there are as many as somebody likes.
 */
export function unclassifiedClaims(
  payload: VerifiedPayload,
  read: string[],
  unchecked: string[],
  prefixes: string[] = [],
): string[] {
  const classified = new Set([...read, ...unchecked, ...VERIFIED_WITH_THE_SIGNATURE]);
  return Object.keys(payload).filter((name) =>
    !classified.has(name) && !prefixes.some((prefix) => name.startsWith(prefix))
  );
}

/** A git ref as people write it: `main` for `refs/heads/main`. */
export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags|pull)\//, "");
}
