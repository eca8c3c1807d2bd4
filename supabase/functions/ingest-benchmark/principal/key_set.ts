import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { ProblemError } from "../problem/problem.ts";

/** Options of {@link createKeySet}. */
export interface KeySetOptions {
  /** Seconds between two refreshes for an unknown key id, and after a failed fetch. */
  cooldownSeconds?: number;
  /** Seconds after which the cached set is fetched anew. */
  maxAgeSeconds?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const FETCH_TIMEOUT_MS = 5_000;

/**
 * The issuer's public keys: fetched on first use, cached, refreshed when a key id is unknown or
 * the set is old. Where the issuer cannot be reached, the cached set is used on.
 *
 * jose would refresh on every unknown key id after its cooldown, counted from the first fetch:
 * a key rotated right after that would be refused. Here the first refresh is free and the next
 * one waits, so that strange key ids cause one fetch a cooldown and no more.
 *
 * @param url Where the JWKS is. Never taken from a token.
 * @returns A key resolver for `jwtVerify`. It throws {@link ProblemError} `key_set_unavailable`
 * when nothing is cached and nothing can be fetched.
 *
 * @example
 * ```ts
 * const keys = createKeySet(new URL("https://token.actions.githubusercontent.com/.well-known/jwks"));
 * await jwtVerify(token, keys, { algorithms: ["RS256"] });
 * ```
 */
export function createKeySet(url: URL, options: KeySetOptions = {}): JWTVerifyGetKey {
  const cooldownMs = (options.cooldownSeconds ?? 60) * 1000;
  const now = options.now ?? Date.now;
  const remote = createRemoteJWKSet(url, {
    cooldownDuration: Infinity, // unknown key ids are refreshed below
    cacheMaxAge: Infinity, // as is an old set
    timeoutDuration: FETCH_TIMEOUT_MS,
  });
  const maxAgeMs = (options.maxAgeSeconds ?? 600) * 1000;
  let fetchedAt = -Infinity;
  let refreshedAt = -Infinity;
  let failedAt = -Infinity;

  /** Fetches the set; whether that worked. Not tried again within a cooldown of a failure. */
  const fetchSet = async (): Promise<boolean> => {
    const wait = failedAt + cooldownMs - now();
    if (wait > 0 && remote.jwks() !== undefined) return false;
    try {
      await remote.reload();
      fetchedAt = now();
      failedAt = -Infinity;
      return true;
    } catch (error) {
      failedAt = now();
      if (remote.jwks() !== undefined) return false;
      throw new ProblemError(
        "key_set_unavailable",
        "The keys of the token's issuer cannot be fetched, and none are cached: try again.",
        { cause: error, retryAfter: 5 },
      );
    }
  };

  return async (header, token) => {
    if (now() - fetchedAt > maxAgeMs) await fetchSet();
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (now() - refreshedAt < cooldownMs) throw error;
      refreshedAt = now();
      if (!await fetchSet()) throw error;
      return await remote(header, token);
    }
  };
}
