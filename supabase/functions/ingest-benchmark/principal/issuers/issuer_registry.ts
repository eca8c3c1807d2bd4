import type { JWTVerifyGetKey } from "jose";
import { createKeySet } from "../key_set.ts";
import { buildkite } from "./buildkite.ts";
import { circleci } from "./circleci.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import type { IssuerKind, IssuerModel } from "./issuer_model.ts";

const MODELS: Record<IssuerKind, IssuerModel> = { github, gitlab, circleci, buildkite };

/** An issuer that a trust rule names. */
export interface TrustedIssuer {
  /** Exactly the `iss` of its tokens. */
  url: string;
  kind: IssuerKind;
}

/** An issuer whose tokens are looked at. */
export interface KnownIssuer {
  url: string;
  model: IssuerModel;
  keys: JWTVerifyGetKey;
}

/** Knows issuers by their exact name. */
export interface IssuerRegistry {
  /** Looked up before anything is fetched: a token of nobody causes no request anywhere. */
  find(iss: string): Promise<KnownIssuer | undefined>;
  /** The issuers that are expected, for the refusal of another one. */
  expected(): string[];
}

/** Options of {@link createIssuerRegistry}. */
export interface IssuerRegistryOptions {
  /** Whose tokens are looked at, whatever trust rules say: so that a first job learns which rule it needs. */
  defaultIssuer: string;
  /** The issuers that trust rules name. */
  list: () => Promise<TrustedIssuer[]>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** How keys are found; another one in tests. */
  createKeys?: (issuer: string) => JWTVerifyGetKey;
}

const MAX_AGE_MS = 60_000;
// A rule that was added just now should count soon; a crowd of strangers must not ask each time.
const MISS_COOLDOWN_MS = 5_000;

/** An {@link IssuerRegistry} that asks the database now and then, one request at a time. */
export function createIssuerRegistry(options: IssuerRegistryOptions): IssuerRegistry {
  const { defaultIssuer, list, now } = options;
  const createKeys = options.createKeys ?? ((issuer) => createKeySet(issuer));
  const keySets = new Map<string, JWTVerifyGetKey>();
  let trusted = new Map<string, IssuerKind>();
  let readAt = -Infinity;
  let inFlight: Promise<void> | undefined;

  const read = async () => {
    try {
      trusted = new Map((await list()).map(({ url, kind }) => [url, kind]));
      readAt = now();
    } finally {
      inFlight = undefined;
    }
  };
  const refresh = () => inFlight ??= read();
  const keysOf = (url: string) => {
    const keys = keySets.get(url) ?? createKeys(url);
    keySets.set(url, keys);
    return keys;
  };

  return {
    async find(iss) {
      if (iss === defaultIssuer) return { url: iss, model: github, keys: keysOf(iss) };
      const age = now() - readAt;
      if (age > MAX_AGE_MS || (!trusted.has(iss) && age > MISS_COOLDOWN_MS)) await refresh();
      const kind = trusted.get(iss);
      if (kind === undefined) return undefined;
      return { url: iss, model: MODELS[kind], keys: keysOf(iss) };
    },
    expected: () => [...new Set([defaultIssuer, ...trusted.keys()])],
  };
}
