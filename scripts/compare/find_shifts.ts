import type { JudgementDocument } from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { findChangePoints, relevanceOf } from "../../statistics/change_points.ts";
import { callFunction, type Project } from "../cli/project.ts";

/** A run at which the history of a metric changed for longer. */
export interface Shift {
  metric: string;
  kind: "shift" | "trend";
  snapshot_version: number;
  commit_sha: string;
  measured_at: string;
  /** Median since the change before. */
  before: number;
  /** Median up to the next change. */
  after: number;
}

interface MetricHistory {
  runs: [version: number, at: number, value: number, commit: string][];
}

/**
 * Looks for change points in the newest 1,000 published runs of a configuration, of each metric
 * that was judged; a change that its policy allows is none.
 */
export async function findShifts(
  project: Project,
  configurationId: string,
  judgements: JudgementDocument[],
): Promise<Shift[]> {
  const shifts: Shift[] = [];
  for (const { metric, limit, limit_kind } of strictest(judgements)) {
    // Not get_metric_history(): rows would be cut at the API's max-rows.
    const [history] = await callFunction<MetricHistory[]>(project, "get_dashboard_metric_history", {
      p_configuration_ids: [configurationId],
      p_metric: metric,
    });
    const runs = history?.runs ?? [];
    const { changePoints } = findChangePoints(
      runs.map(([, , value]) => value),
      relevanceOf(limit, limit_kind),
    );
    for (const { index, kind, before, after } of changePoints) {
      const [snapshot_version, at, , commit_sha] = runs[index]!;
      const measured_at = new Date(at * 1000).toISOString();
      shifts.push({ metric, kind, snapshot_version, commit_sha, measured_at, before, after });
    }
  }
  return shifts;
}

/** Of each metric the judgement with the smallest limit: it may have two policies. */
function strictest(judgements: JudgementDocument[]): JudgementDocument[] {
  const size = ({ limit, limit_kind, from }: JudgementDocument) =>
    limit_kind === "absolute" ? limit : limit * Math.abs(from);
  const found = new Map<string, JudgementDocument>();
  for (const judgement of judgements) {
    const other = found.get(judgement.metric);
    if (other === undefined || size(judgement) < size(other)) {
      found.set(judgement.metric, judgement);
    }
  }
  return [...found.values()];
}
