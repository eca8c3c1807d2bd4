import { parseWithNumberText } from "../../../ledger/canonical_json.ts";
import { escapeSegment } from "../../../supabase/functions/ingest-benchmark/json_pointer.ts";
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
  /** When it was measured, where it says so. */
  measured_at: string | null;
  /** Its metrics by their JSON pointers, those in arrays left out. */
  numbers: Map<string, number>;
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
  measured_at?: string | null;
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
        measured_at: entry.measured_at ?? null,
        numbers: new Map(numbersIn(entry.metrics, "")),
        check: exact === null
          ? "unchecked"
          : await checkLink(entry, exact[index]!, plain[index + 1]),
      };
    }),
  );
}

/**
 * Checks one entry here, as {@link readEntries} does.
 *
 * @param text JSON of its ledger document.
 * @param chainHash Entry hash of the version before, in hex; null where there is none.
 */
export async function checkOneEntry(text: string, chainHash: string | null): Promise<Check> {
  if (globalThis.crypto?.subtle === undefined) return "unchecked";
  const plain = JSON.parse(text) as PlainEntry;
  const before = chainHash === null
    ? undefined
    : { snapshot_version: plain.snapshot_version - 1, entry_hash: chainHash };
  return await checkLink(plain, parseWithNumberText(text) as LedgerEntry, before);
}

async function checkLink(
  entry: PlainEntry,
  exact: LedgerEntry,
  before: Pick<PlainEntry, "snapshot_version" | "entry_hash"> | undefined,
): Promise<Check> {
  const isLinked = entry.snapshot_version === 1
    ? entry.previous_hash === null
    : before !== undefined && before.snapshot_version === entry.snapshot_version - 1 &&
      before.entry_hash === entry.previous_hash;
  const { hash, person } = await checkEntry(exact);
  if (!isLinked || hash !== entry.entry_hash) return "broken";
  return person === "none" ? "intact" : person;
}

function* numbersIn(value: Record<string, unknown>, path: string): Generator<[string, number]> {
  for (const [key, inner] of Object.entries(value)) {
    const pointer = `${path}/${escapeSegment(key)}`;
    if (typeof inner === "number") yield [pointer, inner];
    else if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) {
      yield* numbersIn(inner as Record<string, unknown>, pointer);
    }
  }
}
