import { plainNumber } from "../compare/numbers.ts";
import type { ChangeOfLevel } from "./metric_history.ts";

/** A change point as people read it. */
export function describeChangeOfLevel(change: ChangeOfLevel & { metric: string }): string {
  const { metric, kind, snapshot_version, commit_sha, measured_at, is_worse } = change;
  const verdict = is_worse === null ? "" : is_worse ? ", for the worse" : ", for the better";
  return `${metric} ${
    kind === "shift" ? "shifted" : "changed its trend"
  } at version ${snapshot_version} (${commit_sha.slice(0, 7)}, ${
    measured_at.slice(0, 10)
  })${verdict}: its median was ${plainNumber(change.before)} before, and is ${
    plainNumber(change.after)
  } since.`;
}
