import type { SnapshotRow } from "./documents.ts";
import { numberAt } from "./number_at.ts";
import type { Ledger } from "./ledger.ts";
import { measuredAt } from "./times.ts";

/** A run that is known, of which more is to be read. */
export interface KnownRun {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
}

/** What lists of runs do not say of one. */
export interface ReadSnapshot {
  measured_at: string;
  stored_at: string;
  /** Null where it is not asked for, and where the run lacks it. */
  value: number | null;
}

const AT_ONCE = 8;

/**
 * Reads when runs were measured, and a number of each.
 *
 * @param path Of the number; null for none.
 * @returns In the order of the runs.
 */
export async function readSnapshots(
  ledger: Ledger,
  runs: KnownRun[],
  path: string[] | null = null,
): Promise<ReadSnapshot[]> {
  const columns = ["snapshot_version", "created_at", "measured_at"];
  if (path !== null) columns.push("metrics");
  const found: ReadSnapshot[] = [];
  for (let start = 0; start < runs.length; start += AT_ONCE) {
    const rows = runs.slice(start, start + AT_ONCE).map(async (run) => {
      const [page] = await ledger.call<SnapshotRow[]>("get_snapshot_page", {
        p_configuration_id: run.configuration_id,
        p_before_version: run.snapshot_version + 1,
        p_limit: 1,
      }, columns);
      return {
        measured_at: measuredAt(page?.measured_at ?? null, run.created_at),
        stored_at: measuredAt(null, run.created_at),
        value: path === null ? null : numberAt(page?.metrics, path),
      };
    });
    found.push(...await Promise.all(rows));
  }
  return found;
}
