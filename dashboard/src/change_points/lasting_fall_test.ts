import assert from "node:assert/strict";
import type { HistoryRun } from "../client/documents.ts";
import { lastingFall } from "./lasting_fall.ts";
import { markChanges } from "./mark_changes.ts";

const POLICY = { better: "higher", limit_kind: "absolute", limit_value: 0.05 } as const;
const noise = (n: number) => Math.sin(n * 12.9898) / 1000;

function fallOf(level: (n: number) => number, policy: Parameters<typeof lastingFall>[2] = POLICY) {
  const runs = Array.from(
    { length: 90 },
    (_, n): HistoryRun => [n + 1, n * 86_400, level(n) + noise(n), "0123abc"],
  );
  const { points } = markChanges([{ configuration_id: "c", runs }]);
  return lastingFall(points, runs, policy);
}

Deno.test("lastingFall() finds a fall at once and a slow one, and when it began", () => {
  const step = fallOf((n) => n < 40 ? 0.9 : 0.8)!;
  assert.equal(step.since.snapshot_version, 41);
  assert.ok(Math.abs(step.now - step.before + 0.1) < 0.005);

  const slow = fallOf((n) => 0.9 - Math.max(0, n - 30) * 0.0011)!;
  assert.ok(Math.abs(slow.since.snapshot_version - 31) < 8, `${slow.since.snapshot_version}`);
  assert.ok(slow.now < 0.9 - 0.05);
});

Deno.test("lastingFall() adds up steps that are each within the limit", () => {
  const steps = fallOf((n) => n < 30 ? 0.9 : n < 60 ? 0.87 : 0.84)!;
  assert.equal(steps.since.snapshot_version, 31);
});

Deno.test("lastingFall() leaves out what is small, has recovered, or got better", () => {
  assert.equal(fallOf((n) => n < 40 ? 0.9 : 0.87), null, "within the limit");
  assert.equal(fallOf((n) => n < 40 || n > 60 ? 0.9 : 0.8), null, "it rose again");
  assert.equal(fallOf((n) => n < 40 ? 0.8 : 0.9), null);
  assert.equal(fallOf(() => 0.9), null);
  const lower = { better: "lower", limit_kind: "relative", limit_value: 0.5 } as const;
  assert.equal(fallOf((n) => n < 40 ? 0.9 : 0.4, lower), null, "less of what is bad");
  assert.ok(fallOf((n) => n < 40 ? 0.4 : 0.9, lower), "more of it");
});
