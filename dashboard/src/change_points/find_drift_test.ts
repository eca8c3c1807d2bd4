import assert from "node:assert/strict";
import type {
  Configuration,
  HistoryRun,
  Policy,
  RegressionsDocument,
} from "../client/documents.ts";
import type { Reader } from "../client/read.ts";
import { findDrift } from "./find_drift.ts";
import { markChanges } from "./mark_changes.ts";

const noise = (n: number) => Math.sin(n * 12.9898) / 1000;

function configuration(id: string): Configuration {
  return {
    id,
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    environment: "e",
    variant: "",
    series: null,
    created_at: "2026-11-01T00:00:00Z",
    last_version: 60,
    current_version: 60,
    baseline_version: null,
    reference_version: 60,
    void_versions: [],
  };
}

const POLICY: Policy = {
  id: 1,
  metric: "/f1",
  better: "higher",
  limit_kind: "absolute",
  limit_value: 0.05,
  severity: "fail",
  model_version: null,
  configuration_id: null,
};

const HISTORIES: Record<string, (n: number) => number> = {
  falls: (n) => n < 30 ? 0.9 : 0.8,
  rises: (n) => n < 30 ? 0.8 : 0.9,
  "hardly falls": (n) => n < 30 ? 0.9 : 0.88,
  known: (n) => n < 30 ? 0.9 : 0.8,
};

Deno.test("findDrift() finds lasting changes for the worse beyond a policy's limit that nobody knows of", async () => {
  const document = {
    configurations: Object.keys(HISTORIES).map(configuration),
    policies: [POLICY, { ...POLICY, id: 2, limit_value: 0.5, configuration_id: "none" }],
    regressions: [{ configuration_id: "known", metric: "/f1" }],
    acknowledged: [],
  } as unknown as RegressionsDocument;
  const reader = {
    metricHistory: (ids: string[]) =>
      Promise.resolve(ids.map((id) => ({
        configuration_id: id,
        runs: Array.from({ length: 60 }, (_, n): HistoryRun => [
          n + 1,
          n,
          HISTORIES[id]!(n) + noise(n),
          `commit ${n + 1}`,
        ]),
      }))),
  } as unknown as Reader;
  const found = await findDrift(
    document,
    reader,
    (histories) => Promise.resolve(markChanges(histories)),
    new AbortController().signal,
  );
  assert.deepEqual(
    found.map((
      { policy, since },
    ) => [policy.id, since.configuration_id, since.snapshot_version]),
    [[1, "falls", 31]],
  );
});
