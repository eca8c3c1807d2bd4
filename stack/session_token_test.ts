import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { PAGE_USER, signSession, verifySession } from "./session_token.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const key = (secret: string) => new TextEncoder().encode(secret);

Deno.test("verifySession() takes what signSession() signs", async () => {
  const claims = await verifySession(SECRET, await signSession(SECRET, PAGE_USER, "1h"));
  assert.ok("sub" in claims);
  assert.deepEqual([claims.sub, claims.role, claims.email], [
    PAGE_USER.id,
    "authenticated",
    PAGE_USER.email,
  ]);
});

Deno.test("verifySession() takes no other token", async () => {
  const sign = (alg: string, change: (jwt: SignJWT) => SignJWT, secret = SECRET) =>
    change(
      new SignJWT({ role: "authenticated" }).setProtectedHeader({ alg }).setSubject("u")
        .setExpirationTime("1h"),
    ).sign(key(secret));
  const none = [{ alg: "none" }, { sub: "u", role: "authenticated", exp: 4102444800 }]
    .map((part) => btoa(JSON.stringify(part)).replaceAll("=", "")).join(".") + ".";
  const refused: [string, RegExp][] = [
    [await signSession(SECRET, PAGE_USER, "-1h"), /^JWT expired$/],
    [await signSession(SECRET.toUpperCase(), PAGE_USER, "1h"), /signature/],
    [await sign("HS512", (jwt) => jwt, SECRET.repeat(2)), /alg/],
    [
      await new SignJWT({ role: "authenticated" }).setProtectedHeader({ alg: "HS256" })
        .setSubject("u").sign(key(SECRET)),
      /exp/,
    ],
    [
      await new SignJWT({ role: "service_role" }).setProtectedHeader({ alg: "HS256" })
        .setSubject("u").setExpirationTime("1h").sign(key(SECRET)),
      /role must be authenticated/,
    ],
    [
      await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject("u")
        .setExpirationTime("1h").sign(key(SECRET)),
      /role must be authenticated/,
    ],
    [none, /./],
    ["a.b.c", /./],
    ["x", /./],
  ];
  for (const [token, message] of refused) {
    const answer = await verifySession(SECRET, token);
    assert.ok("problem" in answer, token);
    assert.match(String(answer.problem), message);
  }
});
