import assert from "node:assert/strict";
import { readIdempotencyKey } from "./idempotency_key.ts";

Deno.test("readIdempotencyKey() takes 1 to 255 characters", () => {
  assert.equal(readIdempotencyKey(new Headers()), null);
  assert.equal(readIdempotencyKey(new Headers({ "idempotency-key": "run-1" })), "run-1");
  assert.equal(
    readIdempotencyKey(new Headers({ "idempotency-key": "x".repeat(255) }))?.length,
    255,
  );
  for (const key of ["", "x".repeat(256), "a\x01b", "tab\there"]) {
    assert.throws(() => readIdempotencyKey(new Headers({ "idempotency-key": key })), {
      code: "invalid_idempotency_key",
    }, JSON.stringify(key));
  }
});

Deno.test("readIdempotencyKey() refuses two headers, and so every comma", () => {
  const headers = new Headers();
  headers.append("idempotency-key", "a");
  headers.append("idempotency-key", "b");
  for (const refused of [headers, new Headers({ "idempotency-key": "a,b" })]) {
    assert.throws(() => readIdempotencyKey(refused), {
      code: "invalid_idempotency_key",
      message: /without commas/,
    });
  }
});
