import { type Checkpoint, CHECKPOINT_FORMAT, CHECKPOINT_PREDICATE } from "./checkpoint.ts";

/** What an attestation bundle says of a checkpoint; who signed it, `gh attestation verify` says. */
export interface AttestedCheckpoint {
  /** The line of the bundle, as `gh` takes it. */
  bundle: string;
  /** What the predicate says besides the digest. */
  time: string;
  count: number;
}

interface Statement {
  subject?: { digest?: { sha256?: unknown } }[];
  predicateType?: unknown;
  predicate?: { format?: unknown; time?: unknown; count?: unknown };
}

/**
 * Finds the attestation of a checkpoint among Sigstore bundles (JSON, one a line, as
 * `actions/attest` and `gh attestation download` write them).
 *
 * @returns What is attested, or why none of them is about this checkpoint.
 */
export function findAttestation(
  bundles: string,
  checkpoint: Checkpoint,
): AttestedCheckpoint | string {
  const lines = bundles.split("\n").filter((line) => line.trim() !== "");
  let problem = "its attestation is empty";
  for (const bundle of lines) {
    const statement = statementOf(bundle);
    if (statement === null) {
      problem = "its attestation is no Sigstore bundle with an in-toto statement";
    } else if (statement.predicateType !== CHECKPOINT_PREDICATE) {
      problem = `its attestation is not of type ${CHECKPOINT_PREDICATE}`;
    } else if (!isAbout(statement, checkpoint.digest)) {
      problem =
        `its attestation is about another file than the checkpoint, whose SHA-256 is ${checkpoint.digest}`;
    } else {
      const { format, time, count } = statement.predicate ?? {};
      if (
        format === CHECKPOINT_FORMAT && time === checkpoint.time && count === checkpoint.heads.size
      ) return { bundle, time, count };
      problem = "its attestation names another time or count than the checkpoint has";
    }
  }
  return problem;
}

function isAbout({ subject }: Statement, digest: string): boolean {
  return Array.isArray(subject) && subject.some((one) => one?.digest?.sha256 === digest);
}

function statementOf(bundle: string): Statement | null {
  try {
    const { payload, payloadType } = JSON.parse(bundle).dsseEnvelope;
    if (payloadType !== "application/vnd.in-toto+json") return null;
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const statement = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof statement === "object" ? statement : null;
  } catch {
    return null;
  }
}
