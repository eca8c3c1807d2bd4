import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import { startOidcIssuer } from "../../../../testing/oidc_issuer.ts";
import { createKeySet } from "./key_set.ts";

async function setUp() {
  const issuer = await startOidcIssuer("aud");
  const clock = { ms: 1_000_000 };
  const keys = createKeySet(issuer.url, {
    cooldownSeconds: 60,
    outageCooldownSeconds: 5,
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
  assert.equal(issuer.discoveries, 2, "and does not ask again within the cooldown");
  issuer.isUp = true;
  clock.ms += 61_000;
  await verify(await issuer.sign());
  assert.equal(issuer.discoveries, 3);
  await issuer.close();
});

Deno.test("createKeySet() is unavailable when nothing is cached, and recovers", async () => {
  const { issuer, clock, verify } = await setUp();
  issuer.isUp = false;
  const unavailable = async (retryAfter: string) =>
    await assert.rejects(verify(await issuer.sign()), {
      code: "key_set_unavailable",
      headers: { "Retry-After": retryAfter },
    });
  await unavailable("5");
  issuer.isUp = true;
  clock.ms += 3_000;
  await unavailable("2");
  assert.equal(issuer.discoveries, 1, "and does not ask again within the cooldown");
  clock.ms += 2_000;
  assert.equal(await verify(await issuer.sign()), issuer.url);
  await issuer.close();
});

Deno.test("createKeySet() fetches once for a crowd, whether that works or not", async () => {
  const { issuer, clock, verify } = await setUp();
  const tokens = await Promise.all(Array.from({ length: 200 }, () => issuer.sign()));
  const crowd = () => Promise.allSettled(tokens.map((token) => verify(token)));
  issuer.isUp = false;
  const refused = await crowd();
  assert.ok(refused.every((one) => one.status === "rejected"));
  assert.deepEqual([issuer.discoveries, issuer.fetches], [1, 0]);
  await crowd();
  assert.deepEqual([issuer.discoveries, issuer.fetches], [1, 0], "within the cooldown");
  issuer.isUp = true;
  clock.ms += 5_000;
  const accepted = await crowd();
  assert.ok(accepted.every((one) => one.status === "fulfilled"));
  assert.deepEqual([issuer.discoveries, issuer.fetches], [2, 1]);
  await issuer.close();
});

Deno.test("createKeySet() takes no keys from a discovery document that is not the issuer's", async () => {
  for (
    const [discovery, cause] of [
      [{ issuer: "https://issuer.example" }, /is of https:\/\/issuer\.example/],
      [{ issuer: undefined }, /is of undefined/],
      [{ jwks_uri: "http://issuer.example/keys" }, /no jwks_uri that is https/],
      [{ jwks_uri: undefined }, /no jwks_uri that is https/],
    ] as const
  ) {
    const { issuer, verify } = await setUp();
    issuer.discovery = discovery;
    await assert.rejects(verify(await issuer.sign()), (error: Error) => {
      assert.match((error.cause as Error).message, cause);
      return true;
    });
    assert.equal(issuer.fetches, 0);
    await issuer.close();
  }
});
