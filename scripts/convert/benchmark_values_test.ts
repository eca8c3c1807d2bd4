import assert from "node:assert/strict";
import { standardError, statisticsOf, valuesByName } from "./benchmark_values.ts";
import { digest } from "./names.ts";

Deno.test("valuesByName() keeps numbers only, and benchmarks of one name apart", () => {
  assert.deepEqual(
    valuesByName([
      { name: "a/b", values: { mean_s: 1, note: "x", none: undefined, nan: NaN } },
      { name: "a/b", values: { mean_s: 2 } },
      { name: "a/b", values: { mean_s: 3 } },
      { name: "empty", values: { mean_s: null } },
      { name: "two\nlines", values: { mean_s: 4 } },
      { name: "\u200b", values: { mean_s: 5 } },
    ]),
    {
      "a/b": { mean_s: 1 },
      "a/b (2)": { mean_s: 2 },
      "a/b (3)": { mean_s: 3 },
      [`two lines #${digest("two\nlines")}`]: { mean_s: 4 },
      "unnamed": { mean_s: 5 },
    },
  );
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
