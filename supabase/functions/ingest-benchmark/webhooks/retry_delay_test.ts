import assert from "node:assert/strict";
import { DEFAULT_DELAYS, readRetryAfter, retryDelay } from "./retry_delay.ts";

const failed = (status: number | null, retryAfterSeconds: number | null = null) => ({
  status,
  error: null,
  retryAfterSeconds,
});

Deno.test("retryDelay() goes through the delays with jitter, and then gives up", () => {
  assert.deepEqual(
    DEFAULT_DELAYS.map((_, index) => retryDelay(index + 1, failed(500), undefined, () => 0)),
    [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, null],
  );
  assert.equal(retryDelay(1, failed(null), undefined, () => 1), 6);
});

Deno.test("retryDelay() is never of what was delivered and of a receiver that is gone", () => {
  for (const status of [200, 204, 299, 410]) assert.equal(retryDelay(1, failed(status)), null);
  for (const status of [301, 302, 400, 401, 404, 500]) {
    assert.notEqual(retryDelay(1, failed(status)), null, String(status));
  }
});

Deno.test("retryDelay() honours Retry-After of 429 and 503, for a day at most, and never hurries", () => {
  const delay = (status: number, after: number) =>
    retryDelay(1, failed(status, after), undefined, () => 0);
  assert.equal(delay(429, 60), 60);
  assert.equal(delay(503, 60), 60);
  assert.equal(delay(500, 60), 5);
  assert.equal(delay(429, 1), 5);
  assert.equal(delay(429, 1e9), 86_400);
});

Deno.test("readRetryAfter() reads seconds and dates", () => {
  const now = Date.parse("2026-11-25T00:00:00Z");
  assert.equal(readRetryAfter("120", now), 120);
  assert.equal(readRetryAfter("Wed, 25 Nov 2026 00:01:00 GMT", now), 60);
  assert.equal(readRetryAfter("Wed, 25 Nov 2025 00:01:00 GMT", now), 0);
  for (const nothing of [null, "", "soon", "-5"]) assert.equal(readRetryAfter(nothing, now), null);
});
