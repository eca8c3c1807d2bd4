import type { Reader } from "../client/read.ts";
import type {
  Configuration,
  MetricHistory,
  OpenRegression,
  Policy,
  RegressionsDocument,
} from "../client/documents.ts";
import { type LastingFall, lastingFall } from "./lasting_fall.ts";
import type { Changes } from "./mark_changes.ts";

/** A lasting fall that no open regression covers. */
export interface Drift extends LastingFall {
  policy: Policy;
}

/** Configurations whose histories are looked at; more would keep a page busy for minutes. */
export const MAX_CONFIGURATIONS = 200;
const AT_ONCE = 8;

/**
 * Looks for slow drift: of each policy, what each configuration has got worse by for good, where
 * that is beyond the limit. A fall that is small from run to run is never a regression.
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
      const { points } = await markChanges(histories, signal);
      const byId = Map.groupBy(points, ({ configuration_id }) => configuration_id);
      for (const { configuration_id, runs } of histories) {
        const fall = lastingFall(byId.get(configuration_id) ?? [], runs, policy);
        if (fall !== null && !isCovered(configuration_id, policy.metric, document)) {
          found.push({ policy, ...fall });
        }
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

function isCovered(
  configuration_id: string,
  metric: string,
  { regressions, acknowledged }: RegressionsDocument,
): boolean {
  const isSame = (one: OpenRegression) =>
    one.configuration_id === configuration_id && one.metric === metric;
  return regressions.some(isSame) || acknowledged.some(isSame);
}
