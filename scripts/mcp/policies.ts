import { type ChangePointOptions, relevanceOf } from "../../statistics/change_points.ts";
import type { LedgerConfiguration, Policy } from "./documents.ts";

/** The policies that count for a metric of a configuration: those of the narrowest scope. */
export function policiesFor(
  policies: Policy[],
  configuration: LedgerConfiguration,
  metric: string,
): Policy[] {
  const scope = (policy: Policy) =>
    policy.configuration_id === configuration.id
      ? 3
      : policy.configuration_id !== null
      ? 0
      : policy.model_version === configuration.model_version
      ? 2
      : policy.model_version !== null
      ? 0
      : 1;
  const own = policies.filter((policy) => policy.metric === metric && scope(policy) > 0);
  const narrowest = Math.max(...own.map(scope));
  return own.filter((policy) => scope(policy) === narrowest);
}

/**
 * Which changes of a history are worth a word: those beyond the smallest limit, at a level; all
 * where no policy says.
 */
export function relevanceFor(policies: Policy[], level: number): ChangePointOptions {
  const size = ({ limit_kind, limit_value }: Policy) =>
    limit_kind === "absolute" ? limit_value : limit_value * Math.abs(level);
  const [strictest] = policies.toSorted((a, b) => size(a) - size(b));
  return strictest === undefined ? {} : relevanceOf(strictest.limit_value, strictest.limit_kind);
}
