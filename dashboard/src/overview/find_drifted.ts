import type {
  HistoryRun,
  MetricHistory,
  OverviewDocument,
  OverviewRun,
} from "../client/documents.ts";
import type { Changes } from "../change_points/mark_changes.ts";
import { type LastingFall, lastingFall } from "../change_points/lasting_fall.ts";

/** Where the last runs of configurations change for good. */
export interface SparkChanges {
  /** By configuration, the indices of the last values at which a new level begins. */
  changes: Map<string, number[]>;
  /** Configurations that got worse for good, beyond the limit of a policy. */
  drifted: Map<string, LastingFall>;
}

/**
 * Looks for lasting changes in the values that the overview draws, and a sample of those before: a
 * fall that is small from run to run is never a regression.
 *
 * @param markChanges See `markChangesAside()`.
 * @throws {Error} When the signal aborts.
 */
export async function findDrifted(
  document: OverviewDocument,
  markChanges: (histories: MetricHistory[], signal: AbortSignal) => Promise<Changes>,
  signal: AbortSignal,
): Promise<SparkChanges> {
  const runs = document.runs.filter(({ published, spark }) =>
    published && (spark?.[0]?.length ?? 0) > 1
  );
  const found: SparkChanges = { changes: new Map(), drifted: new Map() };
  if (runs.length === 0) return found;
  const { points } = await markChanges(runs.map(historyOf), signal);
  const byId = Map.groupBy(points, ({ configuration_id }) => configuration_id);
  for (const run of runs) {
    const changes = byId.get(run.configuration_id) ?? [];
    // Those before the last runs are not drawn.
    const drawn = changes.map(({ snapshot_version }) => snapshot_version).filter((at) => at >= 0);
    if (drawn.length > 0) found.changes.set(run.configuration_id, drawn);
    const { judgement, metric } = run;
    if (judgement === null || judgement.metric !== metric) continue;
    const fall = lastingFall(changes, historyOf(run).runs, judgement);
    if (fall !== null) found.drifted.set(run.configuration_id, fall);
  }
  return found;
}

function historyOf({ configuration_id, spark }: OverviewRun): MetricHistory {
  const [values, earlier] = spark!.map((numbers) => numbers ?? []) as [number[], number[]];
  return {
    configuration_id,
    // Versions are places: 0 and up of the last runs, below 0 of those before.
    runs: [...earlier, ...values].flatMap((value, index): HistoryRun[] =>
      value === null ? [] : [[index - earlier.length, index, value, ""]]
    ),
  };
}
