import assert from "node:assert/strict";
import { normalQuantile, normalTail, tQuantile, twoSidedProbability } from "./quantiles.ts";

function assertNear(actual: number, expected: number, relative: number): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${actual} is not ${expected}`,
  );
}

// Expected values are those of scipy.stats 1.17.
Deno.test("normalTail() is right from the middle to where doubles end", () => {
  assert.equal(normalTail(0), 0.5);
  assertNear(normalTail(1.96), 0.024997895148220435, 1e-13);
  assertNear(normalTail(5), 2.866515718791939e-7, 1e-10);
  assertNear(normalTail(10), 7.61985302416047e-24, 1e-6);
  assertNear(normalTail(30), 4.906713927147908e-198, 1e-6);
  assert.equal(normalTail(Infinity), 0);
});

Deno.test("normalQuantile() is the inverse of normalTail()", () => {
  assert.equal(normalQuantile(0.5), 0);
  assertNear(normalQuantile(0.975), 1.959963984540054, 1e-12);
  for (const probability of [0.6, 0.9, 0.99, 0.9999, 1 - 1e-9]) {
    assertNear(normalTail(normalQuantile(probability)), 1 - probability, 1e-6);
  }
});

Deno.test("tQuantile() is Student's t within a thousandth, from 7 degrees of freedom on", () => {
  assert.equal(tQuantile(null, 1.959963984540054), 1.959963984540054);
  assertNear(tQuantile(9, 1.959963984540054), 2.2621571627982053, 1e-3);
  assertNear(tQuantile(7.4, 1.959963984540054), 2.3389583950914736, 1e-3);
  assertNear(tQuantile(47, 1.959963984540054), 2.0117405137297655, 1e-5);
  assertNear(tQuantile(1e9, 1.959963984540054), 1.959963984540054, 1e-6);
});

Deno.test("twoSidedProbability() is the inverse of tQuantile()", () => {
  for (const degrees of [null, 2.96, 9, 47, 9999]) {
    for (const quantile of [0.1, 1.5, 3]) {
      assertNear(
        twoSidedProbability(degrees, tQuantile(degrees, quantile)),
        2 * normalTail(quantile),
        1e-12,
      );
    }
    assert.equal(twoSidedProbability(degrees, 0), 1);
    for (const far of [1e200, Infinity]) assert.equal(twoSidedProbability(degrees, far), 0);
  }
  assertNear(twoSidedProbability(9, 2.5), 0.033861827682985735, 5e-3);
});
