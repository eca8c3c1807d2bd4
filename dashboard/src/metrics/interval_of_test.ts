import assert from "node:assert/strict";
import { intervalOf } from "./interval_of.ts";

Deno.test("intervalOf() has what rose above 0, whichever direction is better", () => {
  const difference = { estimate: -2, margin: 1, is_ratio: false };
  assert.deepEqual(intervalOf(difference, "higher"), [-3, -1]);
  assert.deepEqual(intervalOf(difference, "lower"), [1, 3]);
  assert.equal(intervalOf({ ...difference, margin: null }, "lower"), null);
});

Deno.test("intervalOf() has a ratio as a share", () => {
  const [low, high] = intervalOf(
    { estimate: -Math.log(1.5), margin: Math.log(1.2), is_ratio: true },
    "lower",
  )!;
  assert.ok(Math.abs(low - 0.25) < 1e-9 && Math.abs(high - 0.8) < 1e-9, `${low} to ${high}`);
  const [worst, best] = intervalOf(
    { estimate: -Math.log(2), margin: 0.1, is_ratio: true },
    "higher",
  )!;
  assert.ok(-1 < worst && worst < -0.5 && -0.5 < best && best < 0, "fell by about a half");
});
