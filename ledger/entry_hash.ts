import { canonicalJson, type ExactJson } from "./canonical_json.ts";

/** An entry as `get_ledger_entry()` returns it. */
export type LedgerEntry = { [column: string]: ExactJson };

const DOMAIN = "benchmark-ledger/v1";

/** In the order in which `benchmark_private.entry_hash()` hashes them. */
const HASHED_COLUMNS = [
  "model_version",
  "dataset_version",
  "prompt_version",
  "environment",
  "snapshot_version",
  "previous_hash",
  "id",
  "created_at_epoch",
  "principal",
  "provenance",
  "commit_sha",
  "branch_name",
  "model_provider",
  "dataset_size",
  "run_id",
  "run_attempt",
  "triggered_by",
  "duration_seconds",
  "error_count",
  "success_count",
  "tags",
  "notes",
  "measured_at_epoch",
];

/**
 * Recomputes the hash of an entry outside the database, so that neither its functions nor its
 * administrator need be trusted.
 *
 * @returns SHA-256 in hex.
 */
export async function entryHash(entry: LedgerEntry): Promise<string> {
  const facts = canonicalJson([DOMAIN, ...HASHED_COLUMNS.map((column) => entry[column] ?? null)]);
  const text = `${facts}\n${canonicalJson(entry.metrics!)}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  // Not toHex(): the dashboard runs this in browsers, and not all of them have it.
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
