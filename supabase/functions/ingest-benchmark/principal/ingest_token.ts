import { toHex } from "../hex.ts";
import { ProblemError } from "../problem/problem.ts";
import type { TokenPrincipal } from "./principal.ts";

/** How every ingest token starts, so that secret scanners can find a leaked one. */
export const INGEST_TOKEN_PREFIX = "bmk_";
const INGEST_TOKEN = /^bmk_([0-9a-f]{16})_([0-9a-f]{64})$/;

/** A new ingest token. The token is shown once; only id and hash are kept. */
export interface NewIngestToken {
  token: string;
  id: string;
  secretHash: string;
}

/**
 * Parses `bmk_<id>_<secret>`; whether such a token exists, the database decides.
 *
 * @throws {ProblemError} `invalid_credential` for any other form.
 */
export async function parseIngestToken(credential: string): Promise<TokenPrincipal> {
  const [, tokenId, secret] = INGEST_TOKEN.exec(credential) ?? [];
  if (tokenId === undefined || secret === undefined) {
    throw new ProblemError(
      "invalid_credential",
      "The ingest token is malformed: it must be bmk_, 16 hex digits, _, 64 hex digits.",
    );
  }
  return { method: "ingest-token", tokenId, secretHash: await sha256Hex(secret) };
}

/** Draws an ingest token with 256 random bits of secret. */
export async function generateIngestToken(): Promise<NewIngestToken> {
  const id = randomHex(8);
  const secret = randomHex(32);
  return {
    token: `${INGEST_TOKEN_PREFIX}${id}_${secret}`,
    id,
    secretHash: await sha256Hex(secret),
  };
}

function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return toHex(new Uint8Array(digest));
}
