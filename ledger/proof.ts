import { canonicalJson, type ExactJson, NumberText } from "./canonical_json.ts";
import { type Checkpoint, CheckpointError, parseCheckpoint } from "./checkpoint.ts";
import { configurationId } from "./derived_columns.ts";
import { checkEntry, hashedPart, type LedgerEntry, type PersonVerdict } from "./entry_hash.ts";
import { type AttestedCheckpoint, findAttestation } from "./attestation.ts";

/** What a proof calls itself. */
const PROOF_FORMAT = "benchmark-proof/v1";
/**
 * The most entries from the one that is proved to the head of a checkpoint. A hash covers the whole
 * entry, so each of them stands in the proof.
 */
export const MAX_PROOF_ENTRIES = 1000;

/** What a proof is made of. */
export interface ProofParts {
  /** As `get_ledger_entry()` has them: the one that is proved, and those to the checkpoint's head. */
  entries: LedgerEntry[];
  /** Text of the checkpoint, or null. */
  checkpoint: string | null;
  /** Attestation bundles of the checkpoint, one a line, or null. */
  attestation: string | null;
  isWithPersonalData: boolean;
}

/** What a proof shows. */
export interface ProofReport {
  /** The entry that is proved. */
  entry: LedgerEntry;
  configurationId: string;
  version: number;
  /** Recomputed. */
  entryHash: string;
  /** What it says about people, beside its commitment; `erased` also when it was left out. */
  person: PersonVerdict;
  /** Entries between it and the head of the checkpoint, that one included. */
  following: number;
  checkpoint: Checkpoint | null;
  attestation: AttestedCheckpoint | null;
}

/** A proof that proves nothing, with the reason. */
export class ProofError extends Error {
  override name = "ProofError";
}

/** The text of a proof: JSON in which every number stands as the ledger has it. */
export function formatProof(parts: ProofParts): string {
  return canonicalJson({
    format: PROOF_FORMAT,
    entries: parts.entries.map((entry, index) =>
      // Of the others, nobody asked who started them.
      hashedPart(entry, index === 0 && parts.isWithPersonalData)
    ),
    checkpoint: parts.checkpoint,
    attestation: parts.attestation,
  }) + "\n";
}

/**
 * Recomputes everything that a proof says: the hash of its entry, the chain to the head of the
 * checkpoint, the checkpoint's own digest, and that the attestation is about that checkpoint. The
 * signature of the attestation is not checked: `gh attestation verify` does.
 *
 * @param proof Parsed by `parseWithNumberText()`.
 * @throws {ProofError} With the first thing that does not hold.
 */
export async function checkProof(proof: ExactJson): Promise<ProofReport> {
  const { entries, checkpoint: text, attestation: bundles } = partsOf(proof);
  const first = entries[0]!;
  const version = versionOf(first);
  const id = await configurationId(first);
  let before: { hash: string; version: number } | null = null;
  let entryHash = "";
  let person: PersonVerdict = "none";
  for (const entry of entries) {
    const found = await checkEntry(entry);
    const own = versionOf(entry);
    const covered = hashedPart(entry, true);
    const uncovered = Object.keys(entry).find((column) => !Object.hasOwn(covered, column));
    if (uncovered !== undefined) {
      throw new ProofError(`version ${own} says ${uncovered}, which its hash does not cover`);
    }
    if (found.person === "broken") {
      throw new ProofError(
        `what version ${own} says about people is not what its commitment covers`,
      );
    }
    if (await configurationId(entry) !== id) {
      throw new ProofError(`version ${own} is of another configuration`);
    }
    if (before === null) {
      entryHash = found.hash;
      person = found.person;
      if ((own === 1) !== ((entry.previous_hash ?? null) === null)) {
        throw new ProofError(
          own === 1
            ? "it is version 1, and names one before it"
            : `it is version ${own}, and names none before it`,
        );
      }
    } else if (own !== before.version + 1) {
      throw new ProofError(`version ${own} stands after version ${before.version}`);
    } else if (entry.previous_hash !== before.hash) {
      throw new ProofError(
        `version ${own} does not follow version ${before.version}: that hashes to ${before.hash}, and it names ${entry.previous_hash}`,
      );
    }
    before = { hash: found.hash, version: own };
  }
  const checkpoint = text === null ? null : await readCheckpoint(text);
  if (checkpoint !== null) checkHead(checkpoint, id, before!);
  else if (entries.length > 1) throw new ProofError("it has entries to a head, and no checkpoint");
  if (bundles !== null && checkpoint === null) {
    throw new ProofError("it has an attestation, and no checkpoint that this is about");
  }
  const attestation = bundles === null ? null : findAttestation(bundles, checkpoint!);
  if (typeof attestation === "string") throw new ProofError(attestation);
  return {
    entry: first,
    configurationId: id,
    version,
    entryHash,
    person,
    following: entries.length - 1,
    checkpoint,
    attestation,
  };
}

function partsOf(proof: ExactJson): {
  entries: LedgerEntry[];
  checkpoint: string | null;
  attestation: string | null;
} {
  if (!isObject(proof) || proof.format !== PROOF_FORMAT) {
    throw new ProofError(`it does not call itself ${PROOF_FORMAT}`);
  }
  const { entries } = proof;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_PROOF_ENTRIES) {
    throw new ProofError(`it must have from 1 to ${MAX_PROOF_ENTRIES} entries`);
  }
  for (const entry of entries) {
    if (!isObject(entry) || !isObject(entry.metrics)) throw new ProofError("an entry is none");
  }
  return {
    entries: entries as LedgerEntry[],
    checkpoint: textOf(proof.checkpoint, "checkpoint"),
    attestation: textOf(proof.attestation, "attestation"),
  };
}

function checkHead(
  checkpoint: Checkpoint,
  id: string,
  last: { hash: string; version: number },
): void {
  const head = checkpoint.heads.get(id);
  if (head === undefined) throw new ProofError("the checkpoint has no head of its configuration");
  if (head.version !== last.version) {
    throw new ProofError(
      `the checkpoint's head is version ${head.version}, and its entries end at version ${last.version}`,
    );
  }
  if (head.entryHash !== last.hash) {
    throw new ProofError(
      `the checkpoint's head, version ${head.version}, has the entry_hash ${head.entryHash}, and its entry hashes to ${last.hash}`,
    );
  }
}

async function readCheckpoint(text: string): Promise<Checkpoint> {
  try {
    return await parseCheckpoint(text);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new ProofError(`its checkpoint is no whole one: ${error.message}`);
  }
}

/** Also of an entry that is not proved yet, and so may say anything. */
function versionOf({ snapshot_version: version }: LedgerEntry): number {
  if (version instanceof NumberText && /^[1-9]\d{0,9}$/.test(version.text)) {
    return Number(version.text);
  }
  throw new ProofError("an entry has no snapshot_version");
}

function textOf(value: ExactJson | undefined, name: string): string | null {
  if (value === null || typeof value === "string") return value;
  throw new ProofError(`its ${name} must be text, or null`);
}

function isObject(value: ExactJson | undefined): value is { [key: string]: ExactJson } {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof NumberText);
}
