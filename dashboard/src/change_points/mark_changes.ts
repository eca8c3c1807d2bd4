import { findChangePoints } from "../../../statistics/change_points.ts";
import type { MetricHistory } from "../client/documents.ts";

/** The first run of a new level or trend. */
export interface ChangePoint {
  configuration_id: string;
  snapshot_version: number;
  /** Seconds since 1970. */
  at: number;
  value: number;
  commit_sha: string;
  kind: "shift" | "trend";
  /** Median since the change before. */
  before: number;
  /** Median up to the next change. */
  after: number;
}

/** Where some histories change. */
export interface Changes {
  points: ChangePoint[];
  /** Configurations that change too often for any of it to mean something. */
  unstable: string[];
}

/** Finds the runs at which histories change for longer. */
export function markChanges(histories: MetricHistory[]): Changes {
  const changes: Changes = { points: [], unstable: [] };
  for (const { configuration_id, runs } of histories) {
    const found = findChangePoints(runs.map(([, , value]) => value));
    if (found.unstable) changes.unstable.push(configuration_id);
    for (const { index, kind, before, after } of found.changePoints) {
      const [snapshot_version, at, value, commit_sha] = runs[index]!;
      changes.points.push({
        configuration_id,
        snapshot_version,
        at,
        value,
        commit_sha,
        kind,
        before,
        after,
      });
    }
  }
  return changes;
}
