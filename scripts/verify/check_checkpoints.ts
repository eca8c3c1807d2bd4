import {
  type Checkpoint,
  CheckpointError,
  type CheckpointHead,
  contradiction,
  parseCheckpoint,
} from "../../ledger/checkpoint.ts";
import { readText } from "../cli/read_input.ts";
import { userPath } from "../cli/user_directory.ts";

/** A file that was kept: the checkpoint in it, or why it is none. */
export interface KeptCheckpoint {
  file: string;
  checkpoint: Checkpoint | null;
  problem: string | null;
}

/** What became of the heads of a checkpoint. */
export interface CheckpointReport {
  file: string;
  time: string | null;
  /** How many heads it has. */
  heads: number;
  /** SHA-256 of the file, which an attestation is about. */
  sha256: string | null;
  /** The first head that does not hold; null for what is wrong with the whole. */
  configuration_id: string | null;
  snapshot_version: number | null;
  problem: string | null;
}

/** Says what a ledger or an export has otherwise than a head, or null. */
export type CheckHead = (head: CheckpointHead) => Promise<string | null>;

// Heads asked for at once: a project answers many at a time, and need not answer all.
const AT_ONCE = 8;

/** Reads checkpoints, the oldest first; one that is none is a finding like any other. */
export async function readCheckpoints(files: string[]): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  for (const file of files) {
    const text = await readText(userPath(file), (sentence) => console.error(sentence));
    try {
      kept.push({ file, checkpoint: await parseCheckpoint(text), problem: null });
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      kept.push({ file, checkpoint: null, problem: `it is no whole checkpoint: ${error.message}` });
    }
  }
  return kept;
}

/** The heads of all checkpoints, each once: what does not move is in each of them. */
export function headsOf(kept: KeptCheckpoint[]): CheckpointHead[] {
  const heads = kept.flatMap(({ checkpoint }) => [...checkpoint?.heads.values() ?? []]);
  return [...new Map(heads.map((head) => [keyOf(head), head])).values()];
}

/**
 * Holds each checkpoint against the one before it, and every head against what there is now.
 *
 * @param checkHead Asks the ledger or an export; without it, the checkpoints alone are compared.
 */
export async function checkCheckpoints(
  kept: KeptCheckpoint[],
  checkHead?: CheckHead,
): Promise<CheckpointReport[]> {
  const problems = checkHead === undefined
    ? new Map<string, string>()
    : await findProblems(headsOf(kept), checkHead);
  const reports: CheckpointReport[] = [];
  let before: KeptCheckpoint | undefined;
  for (const one of kept) {
    const { file, checkpoint, problem } = one;
    const report: CheckpointReport = {
      file,
      time: checkpoint?.time ?? null,
      heads: checkpoint?.heads.size ?? 0,
      sha256: checkpoint?.digest ?? null,
      configuration_id: null,
      snapshot_version: null,
      problem,
    };
    reports.push(report);
    if (checkpoint === null) continue;
    const lost = [...checkpoint.heads.values()].find((head) => problems.has(keyOf(head)));
    const broken = before?.checkpoint ? contradiction(before.checkpoint, checkpoint) : null;
    if (lost !== undefined) {
      report.configuration_id = lost.configuration;
      report.snapshot_version = lost.version;
      report.problem = problems.get(keyOf(lost))!;
    } else if (broken !== null) {
      report.configuration_id = broken.configuration;
      report.snapshot_version = broken.version;
      report.problem = `${broken.problem} (compared with ${before!.file})`;
    }
    before = one;
  }
  return reports;
}

async function findProblems(
  heads: CheckpointHead[],
  checkHead: CheckHead,
): Promise<Map<string, string>> {
  const problems = new Map<string, string>();
  for (let first = 0; first < heads.length; first += AT_ONCE) {
    await Promise.all(
      heads.slice(first, first + AT_ONCE).map(async (head) => {
        const problem = await checkHead(head);
        if (problem !== null) problems.set(keyOf(head), problem);
      }),
    );
  }
  return problems;
}

function keyOf({ configuration, version, entryHash }: CheckpointHead): string {
  return `${configuration}/${version}/${entryHash}`;
}
