import { canonicalJson, type ExactJson } from "./canonical_json.ts";
import { sha256Hex } from "./sha256.ts";

/**
 * An entry as `get_ledger_entry()` and `get_dashboard_history()` return it, its numbers as they
 * are written there: see `parseWithNumberText()`.
 */
export type LedgerEntry = { [column: string]: ExactJson };

/**
 * What an entry says about people (`triggered_by`, `notes`, `head_ref`), beside the commitment to
 * it that the hash covers: nothing and never did; what was stored; nothing any more; or something
 * else than was stored.
 */
export type PersonVerdict = "none" | "intact" | "erased" | "broken";

/** What {@link checkEntry} finds out. */
export interface EntryVerdict {
  /** The hash that the content has, in hex: to be compared with the one in a receipt. */
  hash: string;
  person: PersonVerdict;
}

const DOMAIN = "benchmark-ledger/v1";

/** In the order in which `benchmark_private.entry_hash()` hashes them. */
const HASHED_COLUMNS = [
  "model_version",
  "dataset_version",
  "prompt_version",
  "environment",
  "variant",
  "snapshot_version",
  "previous_hash",
  "id",
  "created_at_epoch",
  "principal",
  "provenance",
  "published",
  "commit_sha",
  "branch_name",
  "model_provider",
  "dataset_size",
  "run_id",
  "run_attempt",
  "duration_seconds",
  "error_count",
  "success_count",
  "tags",
  "measured_at_epoch",
  "items_digest",
  "commitment",
];

/** In the order in which `benchmark_private.commitment()` hashes them. */
const PERSONAL_COLUMNS = ["triggered_by", "notes", "head_ref"];

/**
 * Recomputes the hash of an entry and the commitment to its personal data outside the database,
 * so that neither its functions nor its administrator need be trusted.
 *
 * An entry whose personal data was erased keeps its hash. That a decision erased it is not
 * checked here: `erased_at` of `get_ledger_entry()` names it.
 */
export async function checkEntry(entry: LedgerEntry): Promise<EntryVerdict> {
  return { hash: await entryHash(entry), person: await checkPerson(entry) };
}

/**
 * What of an entry its hash is made of, and no more: what is derived, and so not hashed, is left out.
 *
 * @param isWithPersonalData Whether with what it says about people and the salt of their commitment;
 * the hash is the same without.
 */
export function hashedPart(entry: LedgerEntry, isWithPersonalData: boolean): LedgerEntry {
  const columns = [
    ...HASHED_COLUMNS,
    "metrics",
    ...isWithPersonalData ? [...PERSONAL_COLUMNS, "salt"] : [],
  ];
  return Object.fromEntries(columns.map((column) => [column, entry[column] ?? null]));
}

async function entryHash(entry: LedgerEntry): Promise<string> {
  const header = canonicalJson([DOMAIN, ...valuesOf(entry, HASHED_COLUMNS)]);
  return await sha256Hex(`${header}\n${canonicalJson(entry.metrics!)}`);
}

async function checkPerson(entry: LedgerEntry): Promise<PersonVerdict> {
  const values = valuesOf(entry, PERSONAL_COLUMNS);
  const [salt, commitment] = valuesOf(entry, ["salt", "commitment"]);
  if (salt === null) {
    if (values.some((value) => value !== null)) return "broken";
    return commitment === null ? "none" : "erased";
  }
  const text = new TextEncoder().encode(canonicalJson(values));
  const committed = await sha256Hex(new Uint8Array([...fromHex(String(salt)), ...text]));
  return committed === commitment ? "intact" : "broken";
}

function valuesOf(entry: LedgerEntry, columns: string[]): ExactJson[] {
  return columns.map((column) => entry[column] ?? null);
}

/** Not Uint8Array.fromHex(): the dashboard runs this in browsers, and not all of them have it. */
function fromHex(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((byte) => parseInt(byte, 16));
}
