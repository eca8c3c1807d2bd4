import assert from "node:assert/strict";
import type { OpenRegression } from "../client/documents.ts";
import { gravestOfMetric } from "./gravest_of_metric.ts";

Deno.test("gravestOfMetric() has a metric that warns and fails once", () => {
  const regression = (configuration_id: string, metric: string, severity: "warn" | "fail") =>
    ({ configuration_id, metric, severity }) as OpenRegression;
  const [fails, both, warns, other] = [
    regression("a", "/f1", "fail"),
    regression("a", "/f1", "warn"),
    regression("a", "/recall", "warn"),
    regression("b", "/f1", "warn"),
  ] as const;
  assert.deepEqual(gravestOfMetric([fails, both, warns, other]), [fails, warns, other]);
  assert.deepEqual(gravestOfMetric([both, fails]), [fails], "in any order");
});
