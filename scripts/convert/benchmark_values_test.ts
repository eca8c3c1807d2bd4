import assert from "node:assert/strict";
import { standardError, statisticsOf, unitSuffix, valuesByName } from "./benchmark_values.ts";
import { digest } from "./names.ts";

Deno.test("valuesByName() keeps numbers only, and benchmarks of one name apart", () => {
  const notes: string[] = [];
  assert.deepEqual(
    valuesByName([
      { name: "a/b", values: { mean_s: 1, note: "x", none: undefined, nan: NaN } },
      { name: "a/b", values: { mean_s: 2 } },
      { name: "a/b", values: { mean_s: 3 } },
      { name: "empty", values: { mean_s: null } },
      { name: "two\nlines", values: { mean_s: 4 } },
      { name: "\u200b", values: { mean_s: 5 } },
      { name: "told", values: {}, hasFailed: true },
    ], (note) => notes.push(note)),
    {
      "a/b": { mean_s: 1 },
      "a/b (2)": { mean_s: 2 },
      "a/b (3)": { mean_s: 3 },
      [`two lines #${digest("two\nlines")}`]: { mean_s: 4 },
      "unnamed": { mean_s: 5 },
    },
  );
  assert.deepEqual(notes, ["No number of empty: left out of values."]);
});

Deno.test("valuesByName() refuses what has no number, unless it is known to have failed", () => {
  assert.throws(() => valuesByName([], undefined), /holds no value: it has no benchmark\.$/);
  assert.throws(
    () => valuesByName([{ name: "a", values: { mean_s: "1" } }], undefined),
    /holds no value: no benchmark in it has a number\.$/,
  );
  assert.deepEqual(valuesByName([{ name: "a", values: {}, hasFailed: true }], undefined), {});
});

Deno.test("unitSuffix() makes the end of a name of a unit, another one of another unit", () => {
  const suffixes = {
    "": "",
    "ms": "_ms",
    "ns/iter": "_ns_per_iter",
    "MB / s": "_MB_per_s",
    "Mb/s": "_Mb_per_s",
    "%": "_percent",
    "µs": "_us",
    "μs": "_us",
    "us": "_us",
  };
  for (const [unit, suffix] of Object.entries(suffixes)) assert.equal(unitSuffix(unit), suffix);
  for (const none of [null, undefined, " "]) assert.equal(unitSuffix(none), "");
  const odd = ["a b", "a-b", "a_b", "ns/iter (1)", "x".repeat(100), "x".repeat(101), 1, {}];
  const all = odd.map(unitSuffix);
  assert.equal(new Set(all).size, odd.length);
  for (const suffix of all) assert.match(suffix, /^_[A-Za-z0-9_]{1,53}$/);
});

Deno.test("standardError() knows nothing of a single run", () => {
  assert.equal(standardError(3, 9), 1);
  assert.equal(standardError(0, 2), 0);
  for (const [deviation, count] of [[3, 1], [null, 9], [3, undefined], [-1, 9], ["3", 9]]) {
    assert.equal(standardError(deviation, count), undefined);
  }
});

Deno.test("statisticsOf() takes n − 1 under the root", () => {
  assert.deepEqual(statisticsOf([1, 2, 3]), { mean: 2, stddev: 1, stderr: 1 / Math.sqrt(3) });
  assert.deepEqual(statisticsOf([1]), { mean: 1, stddev: undefined, stderr: undefined });
});
