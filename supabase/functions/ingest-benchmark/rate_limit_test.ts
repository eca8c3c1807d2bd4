import assert from "node:assert/strict";
import { createRateLimit } from "./rate_limit.ts";

Deno.test("createRateLimit() refuses what is over the limit of a minute, for each principal", () => {
  let now = 0;
  const limit = createRateLimit(2, () => now);
  limit("a");
  limit("a");
  limit("b");
  now = 20_000;
  assert.throws(() => limit("a"), {
    code: "too_many_requests",
    headers: { "Retry-After": "40" },
  });
  now = 60_000;
  limit("a");
});

Deno.test("createRateLimit() with 0 has no limit", () => {
  const limit = createRateLimit(0, () => 0);
  for (let i = 0; i < 10_000; i++) limit("a");
});
