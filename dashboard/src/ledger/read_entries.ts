import { parseWithNumberText } from "../../../ledger/canonical_json.ts";
import { checkEntry, type LedgerEntry } from "../../../ledger/entry_hash.ts";
import type { Attested, Origin } from "../client/documents.ts";

/**
 * What checking an entry gave: that its content is what the hash says, and the chain goes on. So
 * it is with an entry whose personal data was erased.
 */
export type Check = "intact" | "erased" | "broken" | "unchecked";

/** An entry of the ledger as the history shows it. */
export interface HistoryEntry extends Origin {
  snapshot_version: number;
  created_at: string;
  published: boolean;
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
  published: boolean;
  commit_sha: string;
  branch_name: string | null;
  run_id: string | null;
  run_attempt: number | null;
  entry_hash: string;
  previous_hash: string | null;
  principal: string;
  provenance: {
    method: string;
    attested?: Attested;
    issuer?: string;
    claims?: { repository?: string };
  };
  metrics: Record<string, unknown>;
}

/**
 * Reads a page of the ledger and checks it here, in the browser: the database's word is not
 * taken for it.
 *
 * @param text JSON array of entries, newest first, as `get_dashboard_history()` sends it.
 * @returns All of them but the oldest, which is there to check the one after it; it is returned
 * where it is the first version.
 */
export async function readEntries(text: string): Promise<HistoryEntry[]> {
  const plain = JSON.parse(text) as PlainEntry[];
  const shown = plain.at(-1)?.snapshot_version === 1 ? plain.length : plain.length - 1;
  // Web Crypto is there on https and on loopback only.
  const exact = globalThis.crypto?.subtle === undefined
    ? null
    : parseWithNumberText(text) as LedgerEntry[];
  return await Promise.all(
    plain.slice(0, Math.max(shown, 0)).map(async (entry, index) => {
      const { method, attested, issuer, claims } = entry.provenance;
      return {
        snapshot_version: entry.snapshot_version,
        created_at: entry.created_at,
        published: entry.published,
        commit_sha: entry.commit_sha,
        branch_name: entry.branch_name,
        run_id: entry.run_id,
        run_attempt: entry.run_attempt,
        repository: claims?.repository ?? null,
        issuer: issuer ?? null,
        attested: attested ?? null,
        entry_hash: entry.entry_hash,
        principal: entry.principal,
        method,
        f1: numberOf(entry.metrics.f1),
        latency_ms: numberOf(entry.metrics.latency_ms),
        analysis_cost: numberOf(entry.metrics.analysis_cost),
        check: exact === null
          ? "unchecked"
          : await checkLink(entry, exact[index]!, plain[index + 1]),
      };
    }),
  );
}

async function checkLink(
  entry: PlainEntry,
  exact: LedgerEntry,
  before: PlainEntry | undefined,
): Promise<Check> {
  const isLinked = entry.snapshot_version === 1
    ? entry.previous_hash === null
    : before !== undefined && before.snapshot_version === entry.snapshot_version - 1 &&
      before.entry_hash === entry.previous_hash;
  const { hash, person } = await checkEntry(exact);
  if (!isLinked || hash !== entry.entry_hash) return "broken";
  return person === "none" ? "intact" : person;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
