import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { ProblemError } from "../problem/problem.ts";
import { isSecureUrl } from "../secure_url.ts";

/** Options of {@link createKeySet}. */
export interface KeySetOptions {
  /** Seconds between two refreshes for an unknown key id, and after a failed one. */
  cooldownSeconds?: number;
  /** Seconds after a failed fetch in which nothing is fetched, when no set is cached. */
  outageCooldownSeconds?: number;
  /** Seconds after which the cached set is fetched anew. */
  maxAgeSeconds?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

const FETCH_TIMEOUT_MS = 5_000;
const DISCOVERY_PATH = "/.well-known/openid-configuration";

/**
 * The issuer's public keys, found through its discovery document: fetched on first use, cached,
 * refreshed when a key id is unknown or the set is old. Where the issuer cannot be reached, the
 * cached set is used on.
 *
 * Whatever arrives at once, one fetch is under way, and after one that failed the next waits:
 * a crowd of jobs must not keep an issuer down that is coming up. The first refresh for an
 * unknown key id is free and the next one waits, so that a key rotated right after the first
 * fetch is accepted, and strange key ids cause one fetch a cooldown and no more.
 *
 * @param issuer Exactly the `iss` of the tokens that the keys are for. Never taken from a token.
 * @returns A key resolver for `jwtVerify`. It throws {@link ProblemError} `key_set_unavailable`
 * when nothing is cached and nothing can be fetched.
 *
 * @example
 * ```ts
 * const keys = createKeySet("https://token.actions.githubusercontent.com");
 * await jwtVerify(token, keys, { algorithms: ["RS256"] });
 * ```
 */
export function createKeySet(issuer: string, options: KeySetOptions = {}): JWTVerifyGetKey {
  const cooldownMs = (options.cooldownSeconds ?? 60) * 1000;
  const outageCooldownMs = (options.outageCooldownSeconds ?? 5) * 1000;
  const maxAgeMs = (options.maxAgeSeconds ?? 600) * 1000;
  const now = options.now ?? Date.now;
  let cached: JWTVerifyGetKey | undefined;
  let inFlight: Promise<boolean> | undefined;
  let fetchedAt = -Infinity;
  let refreshedAt = -Infinity;
  let failedAt = -Infinity;
  let failure: unknown;

  const fetchSet = async (): Promise<boolean> => {
    try {
      cached = createLocalJWKSet(await fetchKeys(issuer));
      fetchedAt = now();
      return true;
    } catch (error) {
      failedAt = now();
      failure = error;
      return false;
    } finally {
      inFlight = undefined;
    }
  };

  /** Whether the set was fetched by now; tries it unless it was tried in vain just before. */
  const refresh = async (): Promise<boolean> => {
    const waitMs = failedAt + (cached ? cooldownMs : outageCooldownMs) - now();
    if (inFlight === undefined && waitMs > 0) return false;
    return await (inFlight ??= fetchSet());
  };

  return async (header, token) => {
    if (now() - fetchedAt > maxAgeMs) await refresh();
    if (cached === undefined) {
      throw new ProblemError(
        "key_set_unavailable",
        "The keys of the token's issuer cannot be fetched, and none are cached: try again.",
        { cause: failure, retryAfter: (failedAt + outageCooldownMs - now()) / 1000 },
      );
    }
    try {
      return await cached(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (now() - refreshedAt < cooldownMs) throw error;
      refreshedAt = now();
      if (!await refresh()) throw error;
      return await cached(header, token);
    }
  };
}

/** OpenID Connect Discovery 1.0, sections 4.1 and 4.3. */
async function fetchKeys(issuer: string): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const discovery = await fetchJson(`${issuer.replace(/\/$/, "")}${DISCOVERY_PATH}`, signal);
  // A document of somebody else would bring somebody else's keys.
  if (discovery.issuer !== issuer) {
    throw new Error(`The discovery document is of ${discovery.issuer} and not of ${issuer}.`);
  }
  if (!isSecureUrl(discovery.jwks_uri)) {
    throw new Error("The discovery document has no jwks_uri that is https.");
  }
  return await fetchJson(discovery.jwks_uri, signal) as unknown as JSONWebKeySet;
}

async function fetchJson(url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  // A redirect could lead away from https.
  const response = await fetch(url, { signal, redirect: "error" });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}.`);
  }
  return await response.json() ?? {};
}
