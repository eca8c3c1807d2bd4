import { errors, jwtVerify, SignJWT } from "jose";

/** What a token of a signed-in user says, as Supabase Auth has it. */
export interface SessionClaims {
  /** The user's id. */
  sub: string;
  role: "authenticated";
  exp: number;
  [claim: string]: unknown;
}

/** The user as whom the page of the local stack reads. */
export const PAGE_USER = {
  id: "00000000-0000-4000-8000-000000000001",
  email: "page@local.invalid",
};

const ALGORITHM = "HS256";

/** Signs a token of a user, as Supabase Auth would. */
export async function signSession(
  secret: string,
  user: { id: string; email: string },
  lifetime: string,
): Promise<string> {
  return await new SignJWT({ role: "authenticated", email: user.email })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setSubject(user.id)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(keyOf(secret));
}

/**
 * The claims of a user's token. Only HS256 by this secret, with `exp`, and of nobody but a user:
 * one that says service_role would be a key to everything.
 *
 * @returns The claims, or why the token is not taken.
 */
export async function verifySession(
  secret: string,
  token: string,
): Promise<SessionClaims | { problem: string }> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: [ALGORITHM],
      requiredClaims: ["exp", "sub"],
    });
    return payload.role === "authenticated"
      ? payload as SessionClaims
      : { problem: "its role must be authenticated" };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { problem: "JWT expired" };
    if (error instanceof errors.JOSEError) return { problem: error.message };
    throw error;
  }
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(secret);
}
