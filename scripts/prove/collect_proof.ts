import { type Checkpoint, CheckpointError, parseCheckpoint } from "../../ledger/checkpoint.ts";
import { findAttestation } from "../../ledger/attestation.ts";
import { parseWithNumberText } from "../../ledger/canonical_json.ts";
import type { LedgerEntry } from "../../ledger/entry_hash.ts";
import {
  checkProof,
  formatProof,
  MAX_PROOF_ENTRIES,
  ProofError,
  type ProofParts,
} from "../../ledger/proof.ts";
import type { Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import { fetchEntry } from "../verify/check_receipt.ts";

/** A file that was kept. */
export interface KeptFile {
  file: string;
  text: string;
}

/** What is to be proved, by what. */
export interface ProofRequest {
  configuration: string;
  version: number;
  checkpoints: KeptFile[];
  /** Sigstore bundles, JSON, one a line. */
  bundles: KeptFile[];
  isWithPersonalData: boolean;
}

/** What a proof is made of, and a sentence about it. */
export interface CollectedProof {
  parts: ProofParts;
  summary: string;
}

/**
 * Takes out of the ledger what proves an entry. What comes out was checked: a proof that does not hold
 * is not written.
 *
 * @throws {UserError} When there is no such entry, no checkpoint has it, the way to its head is too
 * long, or the ledger does not hold.
 */
export async function collectProof(
  project: Project,
  request: ProofRequest,
): Promise<CollectedProof> {
  const { configuration, version, isWithPersonalData } = request;
  const chosen = request.checkpoints.length === 0 ? null : await chooseCheckpoint(request);
  const last = chosen === null ? version : chosen.checkpoint.heads.get(configuration)!.version;
  if (last - version >= MAX_PROOF_ENTRIES) {
    throw new UserError(
      `${chosen!.file} has version ${last} as the head, ${
        last - version
      } versions after version ${version}: a proof has at most ${MAX_PROOF_ENTRIES} entries. Give a checkpoint that was made sooner after it.`,
    );
  }
  const entries: LedgerEntry[] = [];
  for (let next = version; next <= last; next++) {
    const entry = await fetchEntry(project, configuration, next);
    if (entry === null) {
      throw new UserError(`The ledger has no version ${next} of configuration ${configuration}.`);
    }
    entries.push(entry);
  }
  const attestation = chosen === null ? null : chooseAttestation(request.bundles, chosen);
  const parts = { entries, checkpoint: chosen?.text ?? null, attestation, isWithPersonalData };
  try {
    const { entryHash } = await checkProof(parseWithNumberText(formatProof(parts)));
    if (entryHash !== entries[0]!.entry_hash) {
      throw new ProofError(
        `its content hashes to ${entryHash}, and the ledger says ${entries[0]!.entry_hash}`,
      );
    }
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new UserError(
      `Nothing was written, because it would prove nothing: ${error.message}. deno task verify says more.`,
    );
  }
  return { parts, summary: summaryOf(chosen, attestation) };
}

interface ChosenCheckpoint extends KeptFile {
  checkpoint: Checkpoint;
}

/** The oldest that has the entry: the way to its head is the shortest. */
async function chooseCheckpoint(
  { checkpoints, configuration, version }: ProofRequest,
): Promise<ChosenCheckpoint> {
  const read: ChosenCheckpoint[] = [];
  for (const { file, text } of checkpoints) {
    try {
      read.push({ file, text, checkpoint: await parseCheckpoint(text) });
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      throw new UserError(`${file} is no whole checkpoint: ${error.message}.`);
    }
  }
  read.sort((a, b) => a.checkpoint.time < b.checkpoint.time ? -1 : 1);
  const versionOf = ({ checkpoint }: ChosenCheckpoint) =>
    checkpoint.heads.get(configuration)?.version ?? 0;
  const chosen = read.find((one) => versionOf(one) >= version);
  if (chosen !== undefined) return chosen;
  const newest = read.at(-1)!;
  throw new UserError(
    `No checkpoint has version ${version} of configuration ${configuration}: the newest, of ${newest.checkpoint.time}, ${
      versionOf(newest) === 0 ? "has none" : `ends at version ${versionOf(newest)}`
    }. Give one that was made after the entry was stored.`,
  );
}

function chooseAttestation(bundles: KeptFile[], chosen: ChosenCheckpoint): string | null {
  if (bundles.length === 0) return null;
  const found = findAttestation(bundles.map(({ text }) => text).join("\n"), chosen.checkpoint);
  if (typeof found !== "string") return found.bundle;
  throw new UserError(`No bundle attests ${chosen.file}: ${found}.`);
}

function summaryOf(chosen: ChosenCheckpoint | null, attestation: string | null): string {
  if (chosen === null) {
    return "Without a checkpoint, its entry_hash must be compared with a receipt.";
  }
  return `It ends at the head of ${chosen.file}, of ${chosen.checkpoint.time}, ${
    attestation === null ? "without" : "with"
  } attestation.`;
}
