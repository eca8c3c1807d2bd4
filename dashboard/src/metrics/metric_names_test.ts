import assert from "node:assert/strict";
import { directionsOf, metricNames } from "./metric_names.ts";

const CATALOGUE = [
  { metric: "/latency_ms", label: "Latency", unit: "ms", better: "lower" as const },
  { metric: "/f1", label: "F1", unit: null, better: "higher" as const },
  { metric: "/tokens", label: null, unit: "1", better: null },
];

Deno.test("metricNames() says what the catalogue says, else the keys", () => {
  const { label, heading } = metricNames(CATALOGUE);
  assert.equal(label("/latency_ms"), "Latency");
  assert.equal(heading("/latency_ms"), "Latency (ms)");
  assert.equal(heading("/f1"), "F1");
  assert.equal(heading("/tokens"), "tokens (1)");
  assert.equal(heading("/a~1b/c"), "a/b/c");
});

Deno.test("directionsOf(): a policy counts more than the catalogue", () => {
  assert.deepEqual(directionsOf(CATALOGUE, { "/f1": "lower", "/own": "higher" }), {
    "/latency_ms": "lower",
    "/f1": "lower",
    "/own": "higher",
  });
});
