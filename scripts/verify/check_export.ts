import { NumberText } from "../../ledger/canonical_json.ts";
import { checkEntry } from "../../ledger/entry_hash.ts";
import { derivedProblem } from "../../ledger/derived_columns.ts";
import type { CheckpointHead } from "../../ledger/checkpoint.ts";
import { itemsDigest } from "../../ledger/items_digest.ts";
import { configurationName } from "../cli/listed_configuration.ts";
import type { KeptReceipt } from "./check_receipt.ts";
import type { ExportedEntry, ExportPart } from "./read_export.ts";

/** What an export says of the history of a configuration. */
export interface ExportedChain {
  configuration_id: string;
  /** Model, data set, prompt, environment and variant. */
  name: string;
  entries: number;
  first_version: number;
  last_version: number;
  /** Hash of the last entry: to be compared with what others have of it. */
  head_hash: string;
  /** Versions that are missing between others, or before the first: links that nothing proves. */
  gaps: number;
  first_broken_version: number | null;
  problem: string | null;
  /** Whose personal data was erased. */
  erasedVersions: number[];
  pruned: number;
}

/** What became of a receipt in an export. */
export interface ExportedReceipt {
  model_version: string;
  snapshot_version: number;
  entry_hash: string;
  problem: string | null;
  erased_at: string | null;
}

/** What was found in an export. */
export interface ExportReport {
  chains: ExportedChain[];
  receipts: ExportedReceipt[];
  /** What it has otherwise than the heads of checkpoints, or nothing. */
  problemOf: (head: CheckpointHead) => string | null;
  /** Whether it has its end: one that was cut off has not. */
  isComplete: boolean;
}

/**
 * Checks an export without a database: recomputes the hash of every entry, and its link to the one
 * before; what an entry says twice; the digest of its items and the commitment to what is about people;
 * and receipts and checkpoints that were kept elsewhere. Only these show that a history was rewritten
 * as a whole, or lost its end. Verdicts and decisions are in no hash, and are not proved.
 *
 * @param heads Of checkpoints.
 */
export async function checkExport(
  parts: AsyncIterable<ExportPart>,
  kept: KeptReceipt[],
  heads: CheckpointHead[] = [],
): Promise<ExportReport> {
  const wanted = new Set(heads.map((head) => keyOf(head.configuration, head.version)));
  /** Recomputed, of the entries that checkpoints name. */
  const hashes = new Map<string, string>();
  const chains = new Map<string, ExportedChain>();
  const receipts = new Map<string, ExportedReceipt[]>();
  for (const receipt of kept) {
    const key = keyOf(receipt.configuration.id, receipt.snapshot_version);
    const report: ExportedReceipt = {
      model_version: receipt.configuration.model_version,
      snapshot_version: receipt.snapshot_version,
      entry_hash: receipt.entry_hash,
      problem: "its entry is not in the export",
      erased_at: null,
    };
    receipts.set(key, [...receipts.get(key) ?? [], report]);
  }
  const ids = new Map(kept.map((one) => [one.entry_hash, one.transaction_id]));
  const erased = new Set<string>();
  let runs = 0;
  let isComplete = false;
  for await (const part of parts) {
    isComplete = part.type === "end" && part.runs === runs;
    if (part.type === "decision") {
      const { kind, configuration_id, snapshot_version } = part.decision;
      if (kind === "erase") erased.add(keyOf(String(configuration_id), numberOf(snapshot_version)));
    }
    if (part.type !== "run") continue;
    runs++;
    const exported = part.run;
    const { entry } = exported;
    const configuration = String(entry.configuration_id);
    const version = numberOf(entry.snapshot_version);
    const chain = chains.get(configuration) ?? newChain(configuration, exported, version);
    chains.set(configuration, chain);
    const { hash, problem } = await findProblem(exported, chain, version);
    if (problem !== null && chain.problem === null) {
      chain.problem = problem;
      chain.first_broken_version = version;
    }
    chain.entries++;
    chain.last_version = version;
    chain.head_hash = String(entry.entry_hash);
    const key = keyOf(configuration, version);
    if (wanted.has(key)) hashes.set(key, hash);
    for (const receipt of receipts.get(key) ?? []) {
      receipt.erased_at = typeof entry.erased_at === "string" ? entry.erased_at : null;
      receipt.problem = receipt.entry_hash !== hash
        ? `the export has another entry, which hashes to ${hash}`
        : ids.get(receipt.entry_hash) === entry.id
        ? null
        : `the export has another transaction_id (${entry.id})`;
    }
  }
  for (const chain of chains.values()) {
    const [undecided] = chain.erasedVersions.filter((version) =>
      !erased.has(keyOf(chain.configuration_id, version))
    );
    if (undecided === undefined || chain.problem !== null) continue;
    chain.problem = "what it said about people is gone, and no decision erased it";
    chain.first_broken_version = undecided;
  }
  const problemOf = ({ configuration, version, entryHash }: CheckpointHead): string | null => {
    const hash = hashes.get(keyOf(configuration, version));
    if (hash === undefined) return "its entry is not in the export";
    return hash === entryHash ? null : `the export has another entry, which hashes to ${hash}`;
  };
  return {
    chains: [...chains.values()],
    receipts: [...receipts.values()].flat(),
    problemOf,
    isComplete,
  };
}

function newChain(id: string, { entry }: ExportedEntry, version: number): ExportedChain {
  return {
    configuration_id: id,
    name: configurationName(entry),
    entries: 0,
    first_version: version,
    last_version: 0,
    head_hash: "",
    gaps: 0,
    first_broken_version: null,
    problem: null,
    erasedVersions: [],
    pruned: 0,
  };
}

/** What is wrong with an entry after the last one of its chain; null when nothing is. */
async function findProblem(
  { entry, items, differingColumn }: ExportedEntry,
  chain: ExportedChain,
  version: number,
): Promise<{ hash: string; problem: string | null }> {
  const { hash, person } = await checkEntry(entry);
  const digest = entry.items_digest ?? null;
  if (person === "erased") chain.erasedVersions.push(version);
  if (items === null && digest !== null) chain.pruned++;
  const derived = await derivedProblem(entry);
  const problem = (): string | Promise<string | null> | null => {
    if (hash !== entry.entry_hash) {
      return `its content was changed: it hashes to ${hash}, and not to ${entry.entry_hash}`;
    }
    if (version <= chain.last_version) return `it stands after version ${chain.last_version}`;
    if (version === 1 && (entry.previous_hash ?? null) !== null) {
      return "it is the first, and names one before it";
    }
    if (version > chain.last_version + 1) chain.gaps++;
    else if (version > 1 && entry.previous_hash !== chain.head_hash) {
      return `it does not follow version ${chain.last_version}, whose hash is ${chain.head_hash}`;
    }
    if (person === "broken") return "what it says about people was changed";
    if (derived !== null) return `what is shown was changed: ${derived}`;
    if (differingColumn !== undefined) {
      return `what is shown was changed: column ${differingColumn} is not what its ledger column says`;
    }
    if (items === null || items === undefined) return null;
    return itemsDigest(items).then((found) =>
      found === digest ? null : "its items were changed: they have another digest"
    );
  };
  return { hash, problem: await problem() };
}

function keyOf(configuration: string, version: number): string {
  return `${configuration}/${version}`;
}

function numberOf(value: unknown): number {
  return value instanceof NumberText ? Number(value.text) : Number(value);
}
