import type { OpenRegression } from "../client/documents.ts";
import type { State } from "../components/verdict_badge.tsx";
import type { OverviewRow } from "./rows.ts";

/** What can be said of all rows in a line. */
export interface Summary {
  /** How many metrics are worse, and in how many configurations. */
  regressions: number;
  worse: number;
  /** The one that is open for longest. */
  oldest: OpenRegression | null;
  /** Of the other states, in the order of urgency, those that there are. */
  counts: { state: Exclude<State, "worse">; count: number }[];
}

const ORDER = [
  "drifted",
  "inconclusive",
  "acknowledged",
  "not judged",
  "replaced",
  "fine",
] as const;

/**
 * Counts what rows say.
 *
 * @param regressions All that are open or acknowledged.
 */
export function summarize(rows: OverviewRow[], regressions: OpenRegression[]): Summary {
  const worse = rows.filter(({ state }) => state === "worse");
  const ids = new Set(worse.map(({ configuration_id }) => configuration_id));
  const open = regressions.filter(({ configuration_id, acknowledged_at }) =>
    acknowledged_at === null && ids.has(configuration_id)
  );
  const [oldest = null] = open.toSorted((a, b) =>
    Date.parse(a.since_at) - Date.parse(b.since_at) || a.severity.localeCompare(b.severity)
  );
  return {
    regressions: worse.reduce((sum, row) => sum + row.openRegressions, 0),
    worse: worse.length,
    oldest,
    counts: ORDER.map((state) => ({
      state,
      count: rows.filter((row) => row.state === state).length,
    })).filter(({ count }) => count > 0),
  };
}
