import { ProblemError } from "../problem/problem.ts";

/**
 * Reads the `Idempotency-Key` header: 1 to 255 characters without control characters.
 *
 * @returns The key, or `null` when the header is absent.
 * @throws {ProblemError} `invalid_idempotency_key`.
 */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get("idempotency-key");
  if (key === null) return null;
  if (key.length === 0 || key.length > 255 || /\p{Cc}/u.test(key)) {
    throw new ProblemError(
      "invalid_idempotency_key",
      `Idempotency-Key must have 1 to 255 characters and no control characters: it has ${key.length}.`,
    );
  }
  return key;
}
