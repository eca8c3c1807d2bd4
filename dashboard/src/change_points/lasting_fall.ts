import type { HistoryRun } from "../client/documents.ts";
import type { ChangePoint } from "./mark_changes.ts";

/** How far a history has got worse for good, by now. */
export interface LastingFall {
  /** The run at which it began. */
  since: ChangePoint;
  /** Median before that. */
  before: number;
  /** Median of the last runs. */
  now: number;
}

// Enough that one run does not decide, few enough that a fall that goes on is seen whole.
const LAST_RUNS = 5;

/**
 * The worsening that a history ends with, if it is beyond a limit. Several changes for the worse
 * in a row are one: each may be within the limit, and so is every run of a slow fall compared with
 * those before it.
 *
 * @param points Changes of the history, oldest first.
 * @param runs The history, oldest first.
 */
export function lastingFall(
  points: ChangePoint[],
  runs: HistoryRun[],
  { better, limit_kind, limit_value }: {
    better: "higher" | "lower";
    limit_kind: "absolute" | "relative";
    limit_value: number;
  },
): LastingFall | null {
  const sign = better === "higher" ? 1 : -1;
  const firstOfFall = points.findLastIndex(({ before, after }) => (after - before) * sign >= 0) + 1;
  const since = points[firstOfFall];
  if (since === undefined) return null;
  const start = runs.findIndex(([version]) => version === since.snapshot_version);
  const now = median(runs.slice(Math.max(start, runs.length - LAST_RUNS)).map((run) => run[2]));
  const limit = limit_kind === "absolute" ? limit_value : limit_value * Math.abs(since.before);
  return (since.before - now) * sign > limit ? { since, before: since.before, now } : null;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
