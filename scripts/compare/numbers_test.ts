import assert from "node:assert/strict";
import { directedChange, percentage, plainNumber, roundedChange, signedNumber } from "./numbers.ts";

Deno.test("plainNumber() has four digits, and every one before the point", () => {
  const cases: [number | null, string][] = [
    [null, "–"],
    [0, "0"],
    [1, "1"],
    [0.916666, "0.9167"],
    [0.00123456, "0.001235"],
    [1801.53, "1802"],
    [1234567.8, "1234568"],
    [-0.5, "−0.5"],
    [1e-9, "1e−9"],
    [1e300, "1e+300"],
    [9999.6, "10000"],
  ];
  for (const [value, text] of cases) assert.equal(plainNumber(value), text);
});

Deno.test("changes have their sign, and their direction where it is asked for", () => {
  assert.equal(signedNumber(0.05), "+0.05");
  assert.equal(signedNumber(-0.05), "−0.05");
  assert.equal(signedNumber(0), "±0");
  assert.equal(signedNumber(null), "–");
  assert.equal(directedChange(208), "▲ +208");
  assert.equal(directedChange(-0.05), "▼ −0.05");
  assert.equal(directedChange(0), "±0");
  assert.equal(roundedChange(-0.123456), "−0.123");
});

Deno.test("percentage() does not round 99.99 % up", () => {
  assert.equal(percentage(0.95), "95 %");
  assert.equal(percentage(0.1 + 0.2), "30 %");
  assert.equal(percentage(0.9999), "99.99 %");
});
