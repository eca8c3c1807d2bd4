import { join } from "node:path";
import { canonicalJson } from "../../ledger/canonical_json.ts";
import { CHECKPOINT_PREDICATE } from "../../ledger/checkpoint.ts";
import { hashedPart } from "../../ledger/entry_hash.ts";
import { checkProof, ProofError, type ProofReport } from "../../ledger/proof.ts";
import { counted } from "../cli/counted.ts";
import { inertLine } from "../cli/inert_line.ts";
import { configurationName } from "../cli/listed_configuration.ts";
import { readText } from "../cli/read_input.ts";
import { userPath } from "../cli/user_directory.ts";
import { UserError } from "../cli/user_error.ts";
import { parseObject } from "./read_export.ts";

const MAX_SHOWN_METRICS = 2000;

/**
 * Checks what `deno task prove` wrote, with nothing but the file, and says what is proved and what
 * is taken on trust.
 *
 * @param extract Directory that gets the checkpoint and its attestation, for `gh`.
 * @returns The exit code.
 */
export async function verifyProof(
  file: string,
  extract: string | undefined,
  isJson: boolean,
): Promise<number> {
  const text = await readText(userPath(file), (sentence) => console.error(sentence));
  const proof = parseObject(text, file);
  let report: ProofReport;
  try {
    report = await checkProof(proof);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    if (isJson) console.log(JSON.stringify({ is_intact: false, problem: error.message }));
    else console.log(inertLine(`BROKEN  ${file}: ${error.message}`));
    return 1;
  }
  if (extract !== undefined) await writeParts(extract, report, String(proof.checkpoint));
  if (isJson) console.log(toJson(report));
  else for (const line of sentences(report)) console.log(inertLine(line));
  return 0;
}

async function writeParts(
  directory: string,
  { checkpoint, attestation }: ProofReport,
  text: string,
): Promise<void> {
  if (checkpoint === null) throw new UserError("The proof has no checkpoint to extract.");
  const path = userPath(directory);
  try {
    await Deno.mkdir(path, { recursive: true });
    await Deno.writeTextFile(join(path, "checkpoint.txt"), text);
    if (attestation !== null) {
      await Deno.writeTextFile(join(path, "attestation.jsonl"), `${attestation.bundle}\n`);
    }
  } catch (error) {
    throw new UserError(`Cannot write ${directory}: ${(error as Error).message}`);
  }
}

/** As text: JSON.stringify would write other numbers. */
function toJson(report: ProofReport): string {
  const { entry, checkpoint, attestation } = report;
  const facts = {
    is_intact: true,
    problem: null,
    configuration_id: report.configurationId,
    snapshot_version: report.version,
    entry_hash: report.entryHash,
    personal_data: report.person,
    following: report.following,
    checkpoint: checkpoint && { time: checkpoint.time, sha256: checkpoint.digest },
    attested: attestation && { time: attestation.time, count: attestation.count },
  };
  return `${JSON.stringify(facts).slice(0, -1)},"entry":${canonicalJson(hashedPart(entry, true))}}`;
}

function sentences(report: ProofReport): string[] {
  const { entry, checkpoint, attestation } = report;
  const text = (column: string) => canonicalJson(entry[column] ?? null);
  const metrics = text("metrics");
  const lines = [
    `proved  This is version ${report.version} of ${
      configurationName(entry)
    }, whose entry_hash is ${report.entryHash}:`,
    `        commit ${text("commit_sha")}, branch ${text("branch_name")}, run ${text("run_id")}, ${
      entry.published === true ? "published" : "a candidate"
    }, stored at ${storedAt(report)}`,
    `        stored by ${text("principal")}, as ${text("provenance")}`,
    `        metrics ${metrics.slice(0, MAX_SHOWN_METRICS)}${
      metrics.length > MAX_SHOWN_METRICS ? "…" : ""
    }`,
    `proved  ${personSentence(report)}`,
  ];
  if (checkpoint === null) {
    lines.push(
      "trust   Nothing says that the ledger ever had it: compare entry_hash with a receipt or a checkpoint.",
    );
    return [...lines, LIMITS];
  }
  lines.push(
    `proved  ${
      report.following === 0
        ? "It is the head of its chain"
        : `It stands in its chain, ${counted(report.following, "version")} before the head`
    } in the checkpoint of ${checkpoint.time}, whose SHA-256 is ${checkpoint.digest}.`,
  );
  if (attestation === null) {
    lines.push(
      "trust   That a witness made this checkpoint at that time: the proof has no attestation. Compare its SHA-256 with one that you have from somebody else.",
    );
    return [...lines, LIMITS];
  }
  return [
    ...lines,
    "proved  The attestation is about this very checkpoint.",
    "trust   Its signature was not checked here. With --extract DIR, and the repository that you expect for OWNER/REPO:",
    `        gh attestation verify DIR/checkpoint.txt --bundle DIR/attestation.jsonl --repo OWNER/REPO --signer-workflow OWNER/REPO/.github/workflows/witness.yml --predicate-type ${CHECKPOINT_PREDICATE}`,
    LIMITS,
  ];
}

const LIMITS =
  "trust   That what was measured is true, and what the ledger decided later (void, baseline): no hash says that.";

function personSentence({ person }: ProofReport): string {
  switch (person) {
    case "intact":
      return "What it says about people is what its commitment covers.";
    case "none":
      return "It never said anything about people.";
    default:
      return "What it said about people is not in the proof, left out or erased; its commitment is.";
  }
}

function storedAt({ entry }: ProofReport): string {
  const seconds = Number(canonicalJson(entry.created_at_epoch ?? null));
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? "an unknown time" : time.toISOString();
}
