import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { PUSH_CLAIMS, startOidcIssuer } from "../../../../testing/oidc_issuer.ts";
import { createIssuerRegistry } from "./issuers/issuer_registry.ts";
import { verifyJobToken } from "./job_token.ts";
import { principalName } from "./principal.ts";

const AUDIENCE = "https://project.supabase.co/functions/v1/ingest-benchmark";

async function setUp() {
  const issuer = await startOidcIssuer(AUDIENCE);
  const rules = {
    issuers: createIssuerRegistry({
      defaultIssuer: issuer.url,
      list: () => Promise.resolve([]),
      now: Date.now,
    }),
    audience: AUDIENCE,
    now: Date.now,
  };
  return { issuer, verify: (token: string) => verifyJobToken(token, rules) };
}

const now = () => Math.floor(Date.now() / 1000);

Deno.test("verifyJobToken() accepts a token of the issuer", async () => {
  const { issuer, verify } = await setUp();
  const { principal, unclassified } = await verify(await issuer.sign());
  assert.equal(principal.claims.repository_id, PUSH_CLAIMS.repository_id);
  assert.deepEqual(unclassified, []);
  await issuer.close();
});

Deno.test("verifyJobToken() does not look at sub", async () => {
  const { issuer, verify } = await setUp();
  for (const sub of [undefined, "repo:octo-org@2002/bench@1001:ref:refs/heads/main", "anything"]) {
    assert.ok(await verify(await issuer.sign({ sub })));
  }
  await issuer.close();
});

Deno.test("verifyJobToken() refuses another issuer, audience or time", async () => {
  const { issuer, verify } = await setUp();
  const refused: [string, Record<string, unknown>, string][] = [
    ["a trailing slash in iss", { iss: `${issuer.url}/` }, "invalid_credential"],
    [
      "a look-alike iss",
      { iss: "https://token.actions.githubusercontent.com.evil" },
      "invalid_credential",
    ],
    ["no iss", { iss: undefined }, "invalid_credential"],
    ["another aud", { aud: "https://other" }, "invalid_credential"],
    ["no aud", { aud: undefined }, "invalid_credential"],
    ["aud with a stranger", { aud: [AUDIENCE, "https://other"] }, "invalid_credential"],
    ["exp past", { exp: now() - 31 }, "token_expired"],
    ["no exp", { exp: undefined }, "invalid_credential"],
    ["nbf ahead", { nbf: now() + 40 }, "invalid_credential"],
    ["iat ahead", { iat: now() + 40 }, "invalid_credential"],
    ["no iat", { iat: undefined }, "invalid_credential"],
    ["no repository_id", { repository_id: undefined }, "invalid_credential"],
    ["pull_request_target", { event_name: "pull_request_target" }, "event_refused"],
  ];
  for (const [name, claims, code] of refused) {
    await assert.rejects(verify(await issuer.sign(claims)), { code }, name);
  }
  await issuer.close();
});

Deno.test("verifyJobToken() says which issuer and audience it expects", async () => {
  const { issuer, verify } = await setUp();
  await assert.rejects(verify(await issuer.sign({ iss: "https://ghes.example" })), {
    message:
      `Claim iss: "https://ghes.example" is not accepted. It must be ${issuer.url}. Another issuer counts once a trust rule names it: deno task admin trust add --issuer URL`,
  });
  await assert.rejects(verify(await issuer.sign({ aud: "other" })), {
    message: `Claim aud: not accepted. It must be ${AUDIENCE}.`,
  });
  await issuer.close();
});

Deno.test("verifyJobToken() accepts pull requests and merge queues", async () => {
  const { issuer, verify } = await setUp();
  for (const event_name of ["pull_request", "merge_group", "workflow_run", "schedule"]) {
    const { principal } = await verify(await issuer.sign({ event_name }));
    assert.equal(principal.claims.event_name, event_name);
    assert.equal(principalName(principal), `github:${issuer.url.slice("http://".length)}:1001`);
  }
  await issuer.close();
});

Deno.test("verifyJobToken() allows 30 seconds of leeway", async () => {
  const { issuer, verify } = await setUp();
  for (
    const claims of [{ exp: now() - 20 }, { nbf: now() + 20 }, { iat: now() + 20 }, {
      aud: [AUDIENCE],
    }]
  ) {
    assert.ok(await verify(await issuer.sign(claims)), JSON.stringify(claims));
  }
  await issuer.close();
});

Deno.test("verifyJobToken() refuses every signature but RS256 by a key of the issuer", async () => {
  const { issuer, verify } = await setUp();
  const payload = {
    ...PUSH_CLAIMS,
    iss: issuer.url,
    aud: AUDIENCE,
    iat: now(),
    exp: now() + 60,
    jti: "j",
  };
  const strange = await generateKeyPair("RS256", { extractable: true });
  const jwk = await issuer.publicJwk();
  const publicPem = createPublicKey({ key: jwk as never, format: "jwk" })
    .export({ type: "spki", format: "pem" });
  const sign = (header: Record<string, unknown>, key: Parameters<SignJWT["sign"]>[0]) =>
    new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "key-0", ...header }).sign(key);
  const parts = (await issuer.sign()).split(".");
  const none = (alg: string) =>
    `${btoa(JSON.stringify({ alg, kid: "key-0" })).replaceAll("=", "")}.${parts[1]}.`;
  const tokens: Record<string, string> = {
    "alg none": new UnsecuredJWT(payload).encode(),
    "alg NONE": none("NONE"),
    "alg none with a signature": `${none("none")}${parts[2]}`,
    "HS256 with the public key": await sign(
      { alg: "HS256" },
      new TextEncoder().encode(String(publicPem)),
    ),
    "a strange key with the right kid": await sign({}, strange.privateKey),
    "a strange key in the header": await sign(
      { jwk: await exportJWK(strange.publicKey) },
      strange.privateKey,
    ),
    "jku and x5u": await sign(
      { jku: `${issuer.url}/evil`, x5u: `${issuer.url}/evil` },
      strange.privateKey,
    ),
    "an odd kid": await sign({ kid: "../../etc/passwd" }, strange.privateKey),
    "a changed payload": [
      parts[0],
      btoa(JSON.stringify({ ...payload, repository_id: "6" })).replaceAll("=", ""),
      parts[2],
    ].join("."),
    "no JWT": "abc",
    "an empty signature": `${parts[0]}.${parts[1]}.`,
  };
  for (const [name, token] of Object.entries(tokens)) {
    await assert.rejects(verify(token), (error: Error & { code: string }) => {
      assert.equal(error.code, "invalid_credential", name);
      assert.ok(!error.message.includes(token), "the token is not repeated");
      return true;
    });
  }
  assert.ok(
    issuer.fetches <= 2,
    "no address of a token was asked, and the key set once more at most",
  );
  await issuer.close();
});

Deno.test("verifyJobToken() refuses an unknown crit header", async () => {
  const { issuer, verify } = await setUp();
  const [, payload, signature] = (await issuer.sign()).split(".");
  const header = btoa(JSON.stringify({ alg: "RS256", kid: "key-0", crit: ["x"], x: 1 })).replaceAll(
    "=",
    "",
  );
  await assert.rejects(verify(`${header}.${payload}.${signature}`), { code: "invalid_credential" });
  await issuer.close();
});

Deno.test("verifyJobToken() refuses another algorithm by the issuer's own key", async () => {
  // A key set need not say which algorithm a key is for: then only the verifier does.
  const pair = await generateKeyPair("RS256", { extractable: true });
  const { alg: _private, ...privateJwk } = await exportJWK(pair.privateKey);
  const { alg: _public, ...publicJwk } = await exportJWK(pair.publicKey);
  const issuer = "https://issuer.example";
  const keys = createLocalJWKSet({ keys: [{ ...publicJwk, kid: "k" }] });
  const rules = {
    issuers: createIssuerRegistry({
      defaultIssuer: issuer,
      list: () => Promise.resolve([]),
      now: Date.now,
      createKeys: () => keys,
    }),
    audience: AUDIENCE,
    now: Date.now,
  };
  const sign = async (alg: string) =>
    await new SignJWT({ ...PUSH_CLAIMS, jti: "j" })
      .setProtectedHeader({ alg, kid: "k" })
      .setIssuer(issuer).setAudience(AUDIENCE).setIssuedAt().setExpirationTime("1m")
      .sign(await importJWK(privateJwk, alg));
  assert.ok(await verifyJobToken(await sign("RS256"), rules));
  for (const alg of ["RS384", "RS512", "PS256"]) {
    await assert.rejects(verifyJobToken(await sign(alg), rules), {
      code: "invalid_credential",
    }, alg);
  }
});
