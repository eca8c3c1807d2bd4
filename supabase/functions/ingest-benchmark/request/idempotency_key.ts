import { ProblemError } from "../problem/problem.ts";

/**
 * Reads the `Idempotency-Key` header: 1 to 255 characters, no control characters and
 * no commas.
 *
 * @returns The key, or `null` when the header is absent.
 * @throws {ProblemError} `invalid_idempotency_key`.
 */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get("idempotency-key");
  if (key === null) return null;
  // Headers joins two of them with a comma, and then nobody can tell which was meant.
  if (key.includes(",")) {
    throw new ProblemError(
      "invalid_idempotency_key",
      "Send one Idempotency-Key, without commas: two headers arrive joined by one.",
    );
  }
  if (key.length === 0 || key.length > 255 || /\p{Cc}/u.test(key)) {
    throw new ProblemError(
      "invalid_idempotency_key",
      `Idempotency-Key must have 1 to 255 characters and no control characters: it has ${key.length}.`,
    );
  }
  return key;
}
