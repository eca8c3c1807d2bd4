import assert from "node:assert/strict";
import type { HistoryRun } from "../client/documents.ts";
import { markChanges } from "./mark_changes.ts";

// Looks like noise and is the same in every run of the tests.
const noise = (n: number) => Math.sin(n * 12.9898) / 100;

Deno.test("markChanges() names the run at which a level changes, of each history", () => {
  // From version 11 on, as where only the newest runs were read.
  const runs = Array.from({ length: 100 }, (_, index): HistoryRun => [
    index + 11,
    1_000 + index,
    (index < 60 ? 0.9 : 0.7) + noise(index),
    `commit ${index + 11}`,
  ]);
  const steady = runs.map(([version, at, , commit]): HistoryRun => [version, at, 0.5, commit]);
  const { points, unstable } = markChanges([
    { configuration_id: "falls", runs },
    { configuration_id: "steady", runs: steady },
    { configuration_id: "empty", runs: [] },
  ]);
  assert.deepEqual(unstable, []);
  assert.equal(points.length, 1);
  const { before, after, ...point } = points[0]!;
  assert.deepEqual(point, {
    configuration_id: "falls",
    snapshot_version: 71,
    at: 1_060,
    value: runs[60]![2],
    commit_sha: "commit 71",
    kind: "shift",
  });
  assert.ok(Math.abs(before - 0.9) < 0.01 && Math.abs(after - 0.7) < 0.01, `${before}, ${after}`);
});
