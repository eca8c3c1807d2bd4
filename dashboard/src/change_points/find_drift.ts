import { type ChangePointOptions, relevanceOf } from "../../../statistics/change_points.ts";
import type { Reader } from "../client/read.ts";
import type {
  Configuration,
  MetricHistory,
  OpenRegression,
  Policy,
  RegressionsDocument,
} from "../client/documents.ts";
import { judge } from "../metrics/direction.ts";
import type { ChangePoint, Changes } from "./mark_changes.ts";

/** A lasting change for the worse that no open regression covers. */
export interface Drift {
  policy: Policy;
  change: ChangePoint;
}

/** Configurations whose histories are looked at; more would keep a page busy for minutes. */
export const MAX_CONFIGURATIONS = 200;
const AT_ONCE = 8;

/**
 * Looks for slow drift: of each policy, the last lasting change of each configuration, where it is
 * for the worse and beyond the limit. A fall that is small from run to run is never a regression.
 *
 * @param markChanges See `markChangesAside()`.
 * @throws {Error} When a history cannot be read, and when the signal aborts.
 */
export async function findDrift(
  document: RegressionsDocument,
  reader: Reader,
  markChanges: (
    histories: MetricHistory[],
    signal: AbortSignal,
    options?: ChangePointOptions,
  ) => Promise<Changes>,
  signal: AbortSignal,
): Promise<Drift[]> {
  const found: Drift[] = [];
  const configurations = document.configurations
    .filter(({ reference_version }) => (reference_version ?? 0) > 1)
    .slice(0, MAX_CONFIGURATIONS);
  for (const policy of document.policies) {
    const judged = configurations.filter((one) => isJudgedBy(policy, one, document.policies));
    for (let start = 0; start < judged.length; start += AT_ONCE) {
      const ids = judged.slice(start, start + AT_ONCE).map(({ id }) => id);
      const histories = await reader.metricHistory(ids, policy.metric, signal);
      const { points } = await markChanges(
        histories,
        signal,
        relevanceOf(policy.limit_value, policy.limit_kind),
      );
      for (const change of lastOfEach(points)) {
        const isWorse = judge(change.after - change.before, policy.better) < 0;
        if (isWorse && !isCovered(change, policy.metric, document)) found.push({ policy, change });
      }
    }
  }
  return found;
}

/** Whether of a metric's policies this one is of the narrowest scope, as the database has it. */
function isJudgedBy(policy: Policy, configuration: Configuration, policies: Policy[]): boolean {
  const rank = (one: Policy) =>
    one.configuration_id === configuration.id
      ? 3
      : one.configuration_id !== null
      ? 0
      : one.model_version === configuration.model_version
      ? 2
      : one.model_version !== null
      ? 0
      : 1;
  const own = rank(policy);
  return own > 0 && policies.every((one) => one.metric !== policy.metric || rank(one) <= own);
}

function lastOfEach(points: ChangePoint[]): ChangePoint[] {
  return [...new Map(points.map((point) => [point.configuration_id, point])).values()];
}

function isCovered(
  { configuration_id }: ChangePoint,
  metric: string,
  { regressions, acknowledged }: RegressionsDocument,
): boolean {
  const isSame = (one: OpenRegression) =>
    one.configuration_id === configuration_id && one.metric === metric;
  return regressions.some(isSame) || acknowledged.some(isSame);
}
