import { sha256Hex } from "./sha256.ts";

/** An entry as a checkpoint names it. */
export interface CheckpointHead {
  /** Id of the configuration whose chain it ends. */
  configuration: string;
  version: number;
  /** In hex. */
  entryHash: string;
}

/** The last entries of all chains at a time. */
export interface Checkpoint {
  /** ISO 8601 in UTC with six decimals, so that texts are in the order of the times. */
  time: string;
  /** By configuration, in the order of the ids. */
  heads: Map<string, CheckpointHead>;
  /** SHA-256 of the whole text, in hex: what an attestation is about. */
  digest: string;
}

/** What a later checkpoint, or a ledger, says otherwise than a checkpoint. */
export interface CheckpointProblem {
  configuration: string | null;
  version: number | null;
  problem: string;
}

/** A text that is no checkpoint, with what is wrong. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

/** First line of every page. */
export const CHECKPOINT_FORMAT = "benchmark-checkpoint/v1";
/** Type of the predicate under which a checkpoint is attested: {format, time, count}. */
export const CHECKPOINT_PREDICATE = "urn:benchmark-ledger:checkpoint:v1";

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const HEADER: [key: string, value: RegExp][] = [
  ["time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/],
  ["after", new RegExp(`^(-|${ID})$`)],
  ["next", new RegExp(`^(-|${ID})$`)],
  ["count", /^(0|[1-9]\d{0,8})$/],
  ["sha256", /^[0-9a-f]{64}$/],
];
const LINE = new RegExp(`^(${ID}) ([1-9]\\d{0,9}) ([0-9a-f]{64})$`);

/**
 * Reads a checkpoint: the pages that `get_checkpoint()` gives, one after the other, from the first
 * to the last.
 *
 * @throws {CheckpointError} For what is none: a header or line of another form, a digest or count
 * that is not that of the lines, ids out of order, pages of several times, missing or doubled.
 */
export async function parseCheckpoint(text: string): Promise<Checkpoint> {
  const lines = text.split("\n");
  // What follows the last line break.
  if (lines.pop() !== "") throw new CheckpointError("its last line has no end: it was cut off");
  const heads = new Map<string, CheckpointHead>();
  let position = 0;
  let time: string | null = null;
  let next = "-";
  while (position < lines.length || time === null) {
    const where = `line ${position + 1}`;
    if (lines[position] !== CHECKPOINT_FORMAT) {
      throw new CheckpointError(`${where} is not ${CHECKPOINT_FORMAT}`);
    }
    const header = readHeader(lines, position + 1);
    const body = lines.slice(position + HEADER.length + 2);
    const kept = body.slice(0, Number(header.count));
    if (kept.length < Number(header.count)) {
      throw new CheckpointError(
        `the page at ${where} has ${kept.length} lines and not ${header.count}: it was cut off`,
      );
    }
    if (time !== null && next === "-") {
      throw new CheckpointError(`${where}: a page follows the last one`);
    }
    if (time !== null && header.time !== time) {
      throw new CheckpointError(`the page at ${where} is of ${header.time}, the first of ${time}`);
    }
    if (header.after !== next) {
      throw new CheckpointError(
        `the page at ${where} comes after ${header.after}, and not after ${next}: a page is missing or doubled`,
      );
    }
    addHeads(heads, kept, position + HEADER.length + 3, header);
    if (await sha256Hex(kept.map((line) => `${line}\n`).join("")) !== header.sha256) {
      throw new CheckpointError(
        `the lines of the page at ${where} have another SHA-256 than its header says: they were changed`,
      );
    }
    position += HEADER.length + 2 + kept.length;
    time = header.time!;
    next = header.next!;
  }
  if (next !== "-") throw new CheckpointError(`the page after ${next} is missing: it was cut off`);
  return { time, heads, digest: await sha256Hex(text) };
}

function readHeader(lines: string[], start: number): Record<string, string> {
  const header: Record<string, string> = {};
  for (const [index, [key, form]] of HEADER.entries()) {
    const line = lines[start + index] ?? "";
    const value = line.slice(key.length + 1);
    if (!line.startsWith(`${key} `) || !form.test(value)) {
      throw new CheckpointError(`line ${start + index + 1} is not the ${key} of a header`);
    }
    header[key] = value;
  }
  if (lines[start + HEADER.length] !== "") {
    throw new CheckpointError(`line ${start + HEADER.length + 1} is not empty: it ends a header`);
  }
  return header;
}

function addHeads(
  heads: Map<string, CheckpointHead>,
  lines: string[],
  first: number,
  { after, next }: Record<string, string>,
): void {
  let before = after === "-" ? "" : after!;
  for (const [index, line] of lines.entries()) {
    const [, configuration, version, entryHash] = LINE.exec(line) ?? [];
    const where = `line ${first + index}`;
    if (configuration === undefined) {
      throw new CheckpointError(`${where} is not a configuration, a version and an entry_hash`);
    }
    if (configuration <= before || (next !== "-" && configuration > next!)) {
      throw new CheckpointError(`${where} is not in the order of the ids`);
    }
    before = configuration;
    heads.set(configuration, { configuration, version: Number(version), entryHash: entryHash! });
  }
}

/**
 * Holds a checkpoint against a later one: no chain is gone, none is shorter, and a version that is
 * the last in both has one hash. Two of the same time are the same, as `get_checkpoint()` gives it
 * again.
 *
 * @returns The first contradiction, or null. That a longer chain still has the entry of the earlier
 * one, only the ledger or an export says, or the later ledger asked for the earlier time.
 */
export function contradiction(earlier: Checkpoint, later: Checkpoint): CheckpointProblem | null {
  if (later.time < earlier.time) {
    return problemOf(
      null,
      `its time ${later.time} is before ${earlier.time}: give the oldest first`,
    );
  }
  const isSameTime = later.time === earlier.time;
  for (const head of earlier.heads.values()) {
    const now = later.heads.get(head.configuration);
    if (now === undefined) return problemOf(head, "the configuration is gone");
    if (now.version < head.version) {
      return problemOf(head, `its chain ends at version ${now.version}: the end was cut off`);
    }
    if (now.version === head.version && now.entryHash !== head.entryHash) {
      return problemOf(
        head,
        `its entry_hash was ${head.entryHash}, and is ${now.entryHash}: it was rewritten`,
      );
    }
    if (isSameTime && now.version > head.version) {
      return problemOf(
        head,
        `at the same time the last version is ${now.version}: it was rewritten, stored in a transaction that stayed open, or the clock was set back`,
      );
    }
  }
  if (!isSameTime) return null;
  const added = [...later.heads.values()].find((head) => !earlier.heads.has(head.configuration));
  return added === undefined
    ? null
    : problemOf(added, "it was not there at the same time before: it was put in later");
}

function problemOf(head: CheckpointHead | null, problem: string): CheckpointProblem {
  return {
    configuration: head?.configuration ?? null,
    version: head?.version ?? null,
    problem,
  };
}
