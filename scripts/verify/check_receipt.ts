import { callFunctionText, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import { checkEntry, type LedgerEntry } from "../../ledger/entry_hash.ts";
import { parseWithNumberText } from "../../ledger/canonical_json.ts";
import type { CheckpointHead } from "../../ledger/checkpoint.ts";

/** What of a receipt is checked; a receipt of the function has more. */
export interface KeptReceipt {
  transaction_id: string;
  snapshot_version: number;
  configuration: { id: string; model_version: string };
  entry_hash: string;
}

/** Reads receipts from JSON text: one receipt, an array, or the answer to a batch. */
export function readReceipts(text: string, source: string): KeptReceipt[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UserError(`Cannot read ${source} as receipts: it is not JSON.`);
  }
  const receipts = (parsed as { results?: unknown })?.results ?? parsed;
  return [receipts].flat().map((receipt, index) => {
    if (!isReceipt(receipt)) {
      throw new UserError(
        `Cannot read ${source} as receipts: number ${
          index + 1
        } lacks configuration.id, snapshot_version, transaction_id or entry_hash.`,
      );
    }
    return receipt;
  });
}

/** What became of the entry of a receipt. */
export interface ReceiptCheck {
  /** What is wrong, or null. */
  problem: string | null;
  /** When what the entry said about people was erased, or null. The receipt holds all the same. */
  erasedAt: string | null;
}

/** Checks that the entry of a receipt is still there unchanged. */
export async function checkReceipt(project: Project, receipt: KeptReceipt): Promise<ReceiptCheck> {
  const { configuration, snapshot_version, entry_hash, transaction_id } = receipt;
  const entry = await fetchEntry(project, configuration.id, snapshot_version);
  if (entry === null) return { problem: "the entry is not in the ledger", erasedAt: null };
  const erasedAt = typeof entry.erased_at === "string" ? entry.erased_at : null;
  if (entry.entry_hash === entry_hash && entry.id !== transaction_id) {
    return {
      problem:
        `the ledger has another transaction_id (${entry.id}) than the receipt (${transaction_id})`,
      erasedAt,
    };
  }
  return { problem: await findProblem(entry, entry_hash, "receipt", erasedAt), erasedAt };
}

/** What the ledger says otherwise than a head of a checkpoint, or null. */
export async function checkHead(
  project: Project,
  { configuration, version, entryHash }: CheckpointHead,
): Promise<string | null> {
  const entry = await fetchEntry(project, configuration, version);
  if (entry === null) return "the entry is not in the ledger: the end of its chain was cut off";
  const erasedAt = typeof entry.erased_at === "string" ? entry.erased_at : null;
  return await findProblem(entry, entryHash, "checkpoint", erasedAt);
}

async function findProblem(
  entry: LedgerEntry,
  kept: string,
  witness: "receipt" | "checkpoint",
  erasedAt: string | null,
): Promise<string | null> {
  if (entry.entry_hash !== kept) {
    return `the ledger has another entry_hash (${entry.entry_hash}) than the ${witness} (${kept})`;
  }
  const { hash, person } = await checkEntry(entry);
  if (hash !== kept) {
    return `the content of the entry was changed: it hashes to ${hash}`;
  }
  if (person === "broken") return "what the entry says about people was changed";
  if (person === "erased" && erasedAt === null) {
    return "what the entry said about people is gone, and no decision erased it";
  }
  return null;
}

/** An entry of the ledger, every number as it is stored; null when there is none. */
export async function fetchEntry(
  project: Project,
  configuration: string,
  version: number,
): Promise<LedgerEntry | null> {
  const text = await callFunctionText(project, "get_ledger_entry", {
    p_configuration_id: configuration,
    p_snapshot_version: version,
  });
  return parseWithNumberText(text) as LedgerEntry | null;
}

function isReceipt(value: unknown): value is KeptReceipt {
  const receipt = value as Partial<KeptReceipt> | null;
  return typeof receipt === "object" && receipt !== null &&
    typeof receipt.transaction_id === "string" && typeof receipt.entry_hash === "string" &&
    typeof receipt.snapshot_version === "number" &&
    typeof receipt.configuration?.id === "string";
}
