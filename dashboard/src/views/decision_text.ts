import type { Decision } from "../client/documents.ts";
import { metricLabel } from "../metrics/metric_label.ts";

/** What was decided, in a few words. */
export function decisionText(decision: Decision): string {
  const { kind, snapshot_version, from_version, series, metric, resolution } = decision;
  const moved = `${versionText(snapshot_version)} instead of ${versionText(from_version)}`;
  switch (kind) {
    case "checkout":
      return `current: ${moved}`;
    case "baseline":
      return `baseline: ${moved}`;
    case "void":
      return `version ${snapshot_version} is void`;
    case "unvoid":
      return `version ${snapshot_version} is no longer void`;
    case "erase":
      return `personal data of version ${snapshot_version} erased`;
    case "series":
      return `series: ${series ?? "none"}`;
    case "acknowledge":
      return `${metricLabel(metric!)} of version ${snapshot_version} acknowledged: ${resolution}`;
    case "unacknowledge":
      return `${metricLabel(metric!)} of version ${snapshot_version} no longer acknowledged`;
  }
}

function versionText(version: number | null): string {
  return version === null ? "none" : `version ${version}`;
}
