import type { OpenRegression } from "../client/documents.ts";

/**
 * Regressions without those of the same configuration and metric that are less grave: where one
 * limit warns and another fails, one fall can be beyond both, and it is one to whoever reads of it.
 */
export function gravestOfMetric(regressions: OpenRegression[]): OpenRegression[] {
  const gravest = new Map<string, OpenRegression>();
  for (const one of regressions) {
    const key = `${one.configuration_id} ${one.metric}`;
    if (gravest.get(key)?.severity !== "fail") gravest.set(key, one);
  }
  return regressions.filter((one) => gravest.get(`${one.configuration_id} ${one.metric}`) === one);
}
