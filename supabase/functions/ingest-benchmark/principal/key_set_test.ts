import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import { startOidcIssuer } from "../../../../testing/oidc_issuer.ts";
import { createKeySet } from "./key_set.ts";

async function setUp() {
  const issuer = await startOidcIssuer("aud");
  const clock = { ms: 1_000_000 };
  const keys = createKeySet(new URL(`${issuer.url}/.well-known/jwks`), {
    cooldownSeconds: 60,
    maxAgeSeconds: 600,
    now: () => clock.ms,
  });
  const verify = async (token: string) => (await jwtVerify(token, keys)).payload.iss;
  return { issuer, clock, verify };
}

Deno.test("createKeySet() fetches once for many tokens", async () => {
  const { issuer, verify } = await setUp();
  for (let i = 0; i < 5; i++) assert.equal(await verify(await issuer.sign()), issuer.url);
  assert.equal(issuer.fetches, 1);
  await issuer.close();
});

Deno.test("createKeySet() accepts a rotated key after one refresh", async () => {
  const { issuer, verify } = await setUp();
  await verify(await issuer.sign());
  await issuer.rotate();
  assert.equal(await verify(await issuer.sign()), issuer.url);
  assert.equal(issuer.fetches, 2);
  await issuer.close();
});

Deno.test("createKeySet() refreshes once a cooldown for unknown key ids", async () => {
  const { issuer, clock, verify } = await setUp();
  await verify(await issuer.sign());
  for (let i = 0; i < 5; i++) {
    await assert.rejects(verify(await issuer.sign({}, { kid: `odd-${i}` })), {
      code: "ERR_JWKS_NO_MATCHING_KEY",
    });
  }
  assert.equal(issuer.fetches, 2);
  clock.ms += 61_000;
  await assert.rejects(verify(await issuer.sign({}, { kid: "odd" })));
  assert.equal(issuer.fetches, 3);
  await issuer.close();
});

Deno.test("createKeySet() uses the cached set while the issuer is down", async () => {
  const { issuer, clock, verify } = await setUp();
  await verify(await issuer.sign());
  issuer.isUp = false;
  clock.ms += 601_000;
  assert.equal(await verify(await issuer.sign()), issuer.url);
  assert.equal(await verify(await issuer.sign()), issuer.url);
  assert.equal(issuer.fetches, 2, "and does not ask again within the cooldown");
  issuer.isUp = true;
  clock.ms += 61_000;
  await verify(await issuer.sign());
  assert.equal(issuer.fetches, 3);
  await issuer.close();
});

Deno.test("createKeySet() is unavailable when nothing is cached, and recovers", async () => {
  const { issuer, verify } = await setUp();
  issuer.isUp = false;
  await assert.rejects(verify(await issuer.sign()), {
    code: "key_set_unavailable",
    headers: { "Retry-After": "5" },
  });
  issuer.isUp = true;
  assert.equal(await verify(await issuer.sign()), issuer.url);
  await issuer.close();
});
