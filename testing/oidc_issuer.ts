import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** A stand-in for GitHub's OIDC issuer, with real keys, on loopback. */
export interface OidcIssuer {
  url: string;
  /** How often the discovery document was fetched. */
  discoveries: number;
  /** How often the key set was fetched. */
  fetches: number;
  /** What the discovery document says otherwise. */
  discovery: Record<string, unknown>;
  /** Whether anything can be fetched now. */
  isUp: boolean;
  /** Signs a token with the newest key; claims replace the defaults, undefined removes one. */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Replaces the key by a new one. */
  rotate(): Promise<void>;
  /** The newest public key as JWK. */
  publicJwk(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

// Where no one guesses it: the discovery document has to be read.
const KEYS_PATH = "/keys";

/** Claims of a job that a push to main started. */
export const PUSH_CLAIMS = {
  repository: "octo-org/bench",
  repository_id: "1001",
  repository_owner: "octo-org",
  repository_owner_id: "2002",
  job_workflow_ref: "octo-org/bench/.github/workflows/bench.yml@refs/heads/main",
  event_name: "push",
  sha: "0123456789abcdef0123456789abcdef01234567",
  ref: "refs/heads/main",
  run_id: "9001",
  run_attempt: "1",
  actor: "octocat",
  sub: "repo:octo-org/bench:ref:refs/heads/main",
};

/**
 * Starts an issuer.
 *
 * @param audience The `aud` of its tokens.
 * @param defaults What its tokens say unless told otherwise.
 * @param path Of the issuer, below which its discovery document is; its keys are elsewhere.
 */
export async function startOidcIssuer(
  audience: string,
  defaults: Record<string, unknown> = PUSH_CLAIMS,
  path = "",
): Promise<OidcIssuer> {
  let generation = 0;
  let keys = await generateKeyPair("RS256");
  const jwk = async () => ({
    ...await exportJWK(keys.publicKey),
    kid: `key-${generation}`,
    alg: "RS256",
    use: "sig",
  });
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === `${path}/.well-known/openid-configuration`) {
      issuer.discoveries++;
      if (!issuer.isUp) return new Response(null, { status: 500 });
      return Response.json({
        issuer: issuer.url,
        jwks_uri: new URL(KEYS_PATH, issuer.url).href,
        ...issuer.discovery,
      });
    }
    if (pathname !== KEYS_PATH) return new Response(null, { status: 404 });
    issuer.fetches++;
    return issuer.isUp
      ? Response.json({ keys: [await jwk()] })
      : new Response(null, { status: 500 });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const issuer: OidcIssuer = {
    url: `http://127.0.0.1:${server.addr.port}${path}`,
    discoveries: 0,
    fetches: 0,
    discovery: {},
    isUp: true,
    async sign(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload: JWTPayload = {
        iss: issuer.url,
        aud: audience,
        iat: now,
        nbf: now - 5,
        exp: now + 300,
        jti: crypto.randomUUID(),
        ...defaults,
        ...claims,
      };
      return await new SignJWT(JSON.parse(JSON.stringify(payload)))
        .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: `key-${generation}`, ...header })
        .sign(keys.privateKey);
    },
    async rotate() {
      keys = await generateKeyPair("RS256");
      generation++;
    },
    publicJwk: jwk,
    close: () => server.shutdown(),
  };
  return issuer;
}
