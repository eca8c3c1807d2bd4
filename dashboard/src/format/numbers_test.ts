import assert from "node:assert/strict";
import {
  alignedFormat,
  formatChange,
  formatInterval,
  formatLimit,
  formatNumber,
  formatPercent,
} from "./numbers.ts";

Deno.test("formatNumber() keeps what people compare by", () => {
  const cases: [number | null, string][] = [
    [null, "–"],
    [0, "0"],
    [1, "1"],
    [0.916666, "0.9167"],
    [0.00123456, "0.001235"],
    [1801.53, "1,801.5"],
    [48, "48"],
    [12.3456, "12.35"],
    [1e12, "1.000e+12"],
    [1e-9, "1.000e-9"],
    [-0.5, "-0.5"],
  ];
  for (const [value, text] of cases) assert.equal(formatNumber(value), text);
});

Deno.test("formatChange() and formatPercent() always have a sign", () => {
  assert.equal(formatChange(0.05), "+0.05");
  assert.equal(formatChange(-0.05), "−0.05");
  assert.equal(formatChange(0), "±0");
  assert.equal(formatChange(null), "–");
  assert.equal(formatPercent(-21.7391), "−21.7 %");
  assert.equal(formatPercent(0), "±0.0 %");
  assert.equal(formatPercent(1e20), "+1.0e+20 %");
  assert.equal(formatInterval([-0.1047, 0.084868]), "−0.1047 to +0.0849");
  assert.equal(formatInterval([0.25, 0.8], true), "+25.0 % to +80.0 %");
});

Deno.test("formatLimit() shows a relative limit in percent", () => {
  assert.equal(formatLimit("relative", 0.1), "10 %");
  assert.equal(formatLimit("absolute", 0.05), "0.05");
});

Deno.test("alignedFormat() rounds what stands below each other alike", () => {
  const cases: [(number | null)[], string[]][] = [
    [[0.9, 0.916666, null], ["0.9000", "0.9167", "–"]],
    [[48.25, 1801.53], ["48.3", "1,801.5"]],
    [[412, 380], ["412", "380"]],
    [[0.0008, 0.008, 0], ["0.0008", "0.0080", "0.0000"]],
    [[1e-9, 0.5], ["1.000e-9", "0.5"]],
    [[null], ["–"]],
  ];
  for (const [values, texts] of cases) {
    assert.deepEqual(values.map(alignedFormat(values)), texts);
  }
});
