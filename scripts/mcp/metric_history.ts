import { findChangePoints } from "../../statistics/change_points.ts";
import { UserError } from "../cli/user_error.ts";
import type { LedgerConfiguration, MetricHistory, Policy } from "./documents.ts";
import { nearestNames } from "./find_run.ts";
import { quoted } from "./inert.ts";
import type { Ledger } from "./ledger.ts";
import { policiesFor, relevanceFor } from "./policies.ts";

/** A run that has a number. */
export interface MeasuredRun {
  configuration_id: string;
  snapshot_version: number;
  measured_at: string;
  commit_sha: string;
  value: number;
}

/** A run from which on a history has another level or trend. */
export interface ChangeOfLevel extends Omit<MeasuredRun, "value"> {
  kind: "shift" | "trend";
  /** Median since the change before. */
  before: number;
  /** Median up to the next change. */
  after: number;
  /** Null where nothing says which direction is better. */
  is_worse: boolean | null;
}

/** A number in the newest 1,000 published runs of a configuration, oldest first. */
export async function readMetricHistory(
  ledger: Ledger,
  configurationId: string,
  metric: string,
): Promise<MeasuredRun[]> {
  const [history] = await ledger.call<MetricHistory[]>("get_dashboard_metric_history", {
    p_configuration_ids: [configurationId],
    p_metric: metric,
  });
  return (history?.runs ?? []).map(([snapshot_version, at, value, commit_sha]) => ({
    configuration_id: configurationId,
    snapshot_version,
    measured_at: new Date(at * 1000).toISOString(),
    commit_sha,
    value,
  }));
}

/**
 * Where a history changed for longer, oldest first; changes that the policies of the configuration
 * allow are left out.
 */
export function changesOfLevel(
  runs: MeasuredRun[],
  policies: Policy[],
  configuration: LedgerConfiguration,
  metric: string,
): ChangeOfLevel[] {
  const own = policiesFor(policies, configuration, metric);
  const better = own[0]?.better;
  const { changePoints } = findChangePoints(
    runs.map(({ value }) => value),
    relevanceFor(own, runs[0]?.value ?? 0),
  );
  return changePoints.map(({ index, kind, before, after, change }) => {
    const { configuration_id, snapshot_version, measured_at, commit_sha } = runs[index]!;
    return {
      configuration_id,
      snapshot_version,
      measured_at,
      commit_sha,
      kind,
      before,
      after,
      is_worse: better === undefined ? null : better === "higher" ? change < 0 : change > 0,
    };
  });
}

/** Says that a configuration has no such number, and which it has. */
export async function unknownMetric(
  ledger: Ledger,
  configurationId: string,
  metric: string,
): Promise<UserError> {
  const { metrics } = await ledger.call<{ metrics: string[] }>("get_dashboard_trends", {
    p_configuration_ids: [configurationId],
    p_metric: metric,
    p_points: 4,
  });
  return new UserError(
    metrics.length === 0
      ? `No published run has a number ${quoted(metric)}, nor any other.`
      : `No published run has a number ${quoted(metric)}; the nearest are ${
        nearestNames(metric, metrics)
      }.`,
  );
}
