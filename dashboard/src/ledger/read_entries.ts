import { parseWithNumberText } from "../../../ledger/canonical_json.ts";
import { entryHash, type LedgerEntry } from "../../../ledger/entry_hash.ts";
import type { Origin } from "../client/documents.ts";

/** What checking an entry gave: that its content is what the hash says, and the chain goes on. */
export type Check = "intact" | "broken" | "unchecked";

/** An entry of the ledger as the history shows it. */
export interface HistoryEntry extends Origin {
  snapshot_version: number;
  created_at: string;
  branch_name: string | null;
  entry_hash: string;
  principal: string;
  method: string;
  f1: number | null;
  latency_ms: number | null;
  analysis_cost: number | null;
  check: Check;
}

interface PlainEntry {
  snapshot_version: number;
  created_at: string;
  commit_sha: string;
  branch_name: string | null;
  run_id: string | null;
  run_attempt: number | null;
  entry_hash: string;
  previous_hash: string | null;
  principal: string;
  provenance: { method: string; claims?: { repository?: string; iss?: string } };
  metrics: Record<string, unknown>;
}

/**
 * Reads a page of the ledger and checks it here, in the browser: the database's word is not
 * taken for it.
 *
 * @param text JSON array of entries, newest first, as `get_dashboard_history()` sends it.
 * @param shown How many of them to return; one more is needed to check the last.
 */
export async function readEntries(text: string, shown: number): Promise<HistoryEntry[]> {
  const plain = JSON.parse(text) as PlainEntry[];
  const exact = canCheck() ? parseWithNumberText(text) as LedgerEntry[] : null;
  return await Promise.all(
    plain.slice(0, shown).map(async (entry, index) => {
      const claims = entry.provenance.claims;
      return {
        snapshot_version: entry.snapshot_version,
        created_at: entry.created_at,
        commit_sha: entry.commit_sha,
        branch_name: entry.branch_name,
        run_id: entry.run_id,
        run_attempt: entry.run_attempt,
        repository: claims?.repository ?? null,
        issuer: claims?.iss ?? null,
        entry_hash: entry.entry_hash,
        principal: entry.principal,
        method: entry.provenance.method,
        f1: numberOf(entry.metrics.f1),
        latency_ms: numberOf(entry.metrics.latency_ms),
        analysis_cost: numberOf(entry.metrics.analysis_cost),
        check: exact === null
          ? "unchecked"
          : await checkEntry(entry, exact[index]!, plain[index + 1]),
      };
    }),
  );
}

async function checkEntry(
  entry: PlainEntry,
  exact: LedgerEntry,
  before: PlainEntry | undefined,
): Promise<Check> {
  const isLinked = entry.snapshot_version === 1
    ? entry.previous_hash === null
    : before !== undefined && before.snapshot_version === entry.snapshot_version - 1 &&
      before.entry_hash === entry.previous_hash;
  return isLinked && await entryHash(exact) === entry.entry_hash ? "intact" : "broken";
}

/**
 * Web Crypto is there on https and on loopback only, and older browsers parse JSON without
 * giving the digits of a number.
 */
function canCheck(): boolean {
  const reviver = (_key: string, _value: unknown, context?: { source?: string }) => context?.source;
  return globalThis.crypto?.subtle !== undefined && JSON.parse("1.0", reviver) === "1.0";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
