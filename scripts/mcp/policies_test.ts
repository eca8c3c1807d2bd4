import assert from "node:assert/strict";
import type { LedgerConfiguration, Policy } from "./documents.ts";
import { policiesFor, relevanceFor } from "./policies.ts";

const policy = (id: number, change: Partial<Policy>): Policy => ({
  id,
  metric: "/f1",
  better: "higher",
  limit_kind: "absolute",
  limit_value: 0.05,
  severity: "fail",
  confidence: 0.95,
  model_version: null,
  configuration_id: null,
  ...change,
});
const CONFIGURATION = { id: "c", model_version: "m" } as LedgerConfiguration;

Deno.test("of a metric, the policies of the narrowest scope count", () => {
  const ids = (...policies: Policy[]) =>
    policiesFor(policies, CONFIGURATION, "/f1").map(({ id }) => id);
  const all = policy(1, {});
  const warn = policy(2, { severity: "warn" });
  const model = policy(3, { model_version: "m" });
  const own = policy(4, { configuration_id: "c" });
  const others = [
    policy(5, { model_version: "n" }),
    policy(6, { configuration_id: "d" }),
    policy(7, { metric: "/recall", configuration_id: "c" }),
  ];
  assert.deepEqual(ids(all, warn, ...others), [1, 2]);
  assert.deepEqual(ids(all, model, ...others), [3]);
  assert.deepEqual(ids(all, model, own, ...others), [4]);
  assert.deepEqual(ids(...others), []);
});

Deno.test("the smallest limit decides what is worth a word", () => {
  const absolute = policy(1, { limit_value: 0.05 });
  const relative = policy(2, { limit_kind: "relative", limit_value: 0.1 });
  assert.deepEqual(relevanceFor([absolute, relative], 0.9), { relevantChange: 0.05 });
  assert.deepEqual(relevanceFor([absolute, relative], 0.2), { relevantMagnitude: 0.1 });
  assert.deepEqual(relevanceFor([], 1), {});
});
