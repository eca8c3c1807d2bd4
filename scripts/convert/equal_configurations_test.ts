import assert from "node:assert/strict";
import { refuseEqual } from "./equal_configurations.ts";

const RESULT = { model_version: "m", dataset_version: "d", prompt_version: "p" };

Deno.test("refuseEqual() refuses one configuration twice in a document", () => {
  refuseEqual([[RESULT, { ...RESULT, variant: "t=1" }, { ...RESULT, prompt_version: "q" }]], ["a"]);
  assert.throws(
    () =>
      refuseEqual([[{ ...RESULT, variant: "t=1" }, RESULT, { ...RESULT, timestamp: "x" }]], ["a"]),
    /^UserError: a: results 2 and 3 are one configuration \(model_version m, dataset_version d, prompt_version p\)/,
  );
  assert.throws(() => refuseEqual([[RESULT, RESULT]], [""]), /Results 1 and 2 .*--variant/);
});

Deno.test("refuseEqual() takes runs of several documents that have different times", () => {
  const at = (timestamp?: string) => [{ ...RESULT, ...(timestamp && { timestamp }) }];
  refuseEqual([at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")], ["a", "b"]);
  for (const times of [["x", "x"], ["x", undefined], [undefined, undefined]]) {
    assert.throws(() => refuseEqual(times.map(at), ["a", "b"]), /a and b are one configuration/);
  }
});
