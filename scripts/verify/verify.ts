import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { counted } from "../cli/counted.ts";
import { configurationName } from "../cli/listed_configuration.ts";
import { callFunction, findProject, type Project } from "../cli/project.ts";
import { readText } from "../cli/read_input.ts";
import { userPath } from "../cli/user_directory.ts";
import { UserError } from "../cli/user_error.ts";
import { checkExport, type ExportedChain } from "./check_export.ts";
import {
  checkCheckpoints,
  type CheckpointReport,
  headsOf,
  type KeptCheckpoint,
  readCheckpoints,
} from "./check_checkpoints.ts";
import { checkHead, checkReceipt, type KeptReceipt, readReceipts } from "./check_receipt.ts";
import { readExport } from "./read_export.ts";
import { verifyProof } from "./verify_proof.ts";

const HELP = `
Usage: deno task verify [--receipt FILE]... [--checkpoint FILE]... [--export PATH | --offline] [options]
       deno task verify --proof FILE [--extract DIR]

Recomputes the hash chain of every configuration and names the first entry that does not hold,
pointers such as the current version that no decision explains, and guards that are not what they
should be. Entries whose personal data was erased, or whose items were pruned, are counted: they
hold all the same.
With --receipt it also checks that the entry of a receipt kept outside, such as the one in CI's
log, is still there unchanged; its hash is recomputed here and not in the database. Only that
finds a chain that was rewritten as a whole, or whose end was cut off.
With --checkpoint it checks that the heads of all chains that a witness kept, oldest file first, are
still there: each is recomputed here, and no later checkpoint contradicts an earlier one.
With --export it checks what deno task export wrote, and receipts and checkpoints against that,
without a database: the hash of every entry, its link to the one before, what an entry or a row of a
table says besides, and (of JSON Lines) the digests of items. Verdicts and decisions are in no hash.
With --proof it checks what deno task prove wrote, without database and network, and says what is
proved and what is taken on trust.

Options:
  --checkpoint FILE a checkpoint; again for later ones
  --offline         compare the checkpoints alone, without ledger or export
  --proof FILE      a proof; - reads standard input
  --extract DIR     with --proof: write its checkpoint and attestation there, for gh
  --export PATH     a JSON Lines file, or the directory of a CSV or Parquet export; again for more
  --receipt FILE    receipt, array of receipts or answer to a batch; - reads standard input
  --data-dir DIR    where the local stack's local.env is (default .local)
  --json            print the findings as JSON
  -h, --help        show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY of a hosted project; without them the local stack.

Exit code: 0 intact, 1 broken or not checked, 2 wrong usage.

Examples:
  deno task verify
  deno task verify --receipt receipts.json
  deno task verify --export ledger.jsonl --receipt receipts.json
  deno task verify --checkpoint monday.txt --checkpoint tuesday.txt
  deno task verify --proof proof.json --extract proof
`;

interface ChainReport {
  configuration_id: string | null;
  model_version: string | null;
  dataset_version: string | null;
  prompt_version: string | null;
  environment: string | null;
  entries: number | null;
  head_hash: string | null;
  is_intact: boolean;
  first_broken_version: number | null;
  problem: string | null;
  variant: string | null;
  erased: number | null;
  /** Runs whose items were removed. */
  pruned: number | null;
}

interface ReceiptReport {
  model_version: string;
  snapshot_version: number;
  entry_hash: string;
  problem: string | null;
  erased_at: string | null;
}

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "receipt": { type: "string", multiple: true, default: [] },
      "export": { type: "string", multiple: true, default: [] },
      "checkpoint": { type: "string", multiple: true, default: [] },
      "offline": { type: "boolean", default: false },
      "proof": { type: "string" },
      "extract": { type: "string" },
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  if (values.extract !== undefined && values.proof === undefined) {
    throw new UsageError("--extract needs --proof: only a proof has something to be extracted.");
  }
  const asked = [values.receipt, values.export, values.checkpoint].some((files) =>
    files.length > 0
  );
  if (values.proof !== undefined) {
    if (asked || values.offline) {
      throw new UsageError("--proof is checked by itself: leave out what else is to be checked.");
    }
    return await verifyProof(values.proof, values.extract, values.json);
  }
  if (values.offline) {
    if (values.checkpoint.length === 0) throw new UsageError("--offline needs --checkpoint.");
    if (values.receipt.length > 0 || values.export.length > 0) {
      throw new UsageError(
        "--offline compares checkpoints alone: leave out --receipt and --export.",
      );
    }
    return await compareCheckpoints(values.checkpoint, values.json);
  }
  const kept = await readKept(values.receipt);
  const keptCheckpoints = await readCheckpoints(values.checkpoint);
  if (values.export.length > 0) {
    return await verifyExports(values.export, kept, keptCheckpoints, values.json);
  }
  const project = await findProject(values["data-dir"]);
  const chains = await callFunction<ChainReport[]>(project, "verify_ledger");
  const receipts = await checkReceipts(project, kept);
  const checkpoints = await checkCheckpoints(keptCheckpoints, (head) => checkHead(project, head));
  const isIntact = chains.every((chain) => chain.is_intact) &&
    [...receipts, ...checkpoints].every(({ problem }) => problem === null);
  if (values.json) {
    console.log(JSON.stringify({ is_intact: isIntact, chains, receipts, checkpoints }));
  } else printReport(chains, receipts, checkpoints);
  return isIntact ? 0 : 1;
});

async function compareCheckpoints(files: string[], isJson: boolean): Promise<number> {
  const checkpoints = await checkCheckpoints(await readCheckpoints(files));
  const isIntact = checkpoints.every(({ problem }) => problem === null);
  if (isJson) console.log(JSON.stringify({ is_intact: isIntact, checkpoints }));
  else {
    printCheckpoints(checkpoints);
    if (isIntact) {
      console.log(
        "The checkpoints do not contradict each other. The ledger was not asked whether it still has them.",
      );
    }
  }
  return isIntact ? 0 : 1;
}

async function readKept(files: string[]): Promise<KeptReceipt[]> {
  const kept: KeptReceipt[] = [];
  for (const file of files) {
    kept.push(
      ...readReceipts(await readText(userPath(file), (sentence) => console.error(sentence)), file),
    );
  }
  return kept;
}

async function verifyExports(
  paths: string[],
  kept: KeptReceipt[],
  keptCheckpoints: KeptCheckpoint[],
  isJson: boolean,
): Promise<number> {
  let isIntact = true;
  for (const path of paths) {
    const { problemOf, ...report } = await checkExport(
      readExport(userPath(path)),
      kept,
      headsOf(keptCheckpoints),
    );
    const checkpoints = await checkCheckpoints(
      keptCheckpoints,
      (head) => Promise.resolve(problemOf(head)),
    );
    if (report.chains.length === 0) throw new UserError(`${path} has no run.`);
    const broken = report.chains.filter((chain) => chain.problem !== null);
    const isWhole = report.isComplete && broken.length === 0 &&
      [...report.receipts, ...checkpoints].every(({ problem }) => problem === null);
    isIntact &&= isWhole;
    if (isJson) {
      console.log(JSON.stringify({ is_intact: isWhole, ...report, checkpoints }));
      continue;
    }
    for (const { name, first_broken_version, problem } of broken) {
      console.log(`BROKEN  ${name}, version ${first_broken_version}: ${problem}`);
    }
    if (!report.isComplete) console.log(`BROKEN  ${path} is not complete: it was cut off.`);
    printReceipts(report.receipts);
    printCheckpoints(checkpoints);
    printExtent(
      report.chains,
      broken.length + (report.isComplete ? 0 : 1),
      countOfProblems([...report.receipts, ...checkpoints]),
    );
  }
  return isIntact ? 0 : 1;
}

function countOfProblems(reports: { problem: string | null }[]): number {
  return reports.filter(({ problem }) => problem !== null).length;
}

/** One sentence: what follows from itself may still not be what somebody was shown before. */
function verdictOf(what: string, broken: number, kept: number): string {
  if (broken + kept === 0) return `${what} is intact`;
  if (broken === 0) {
    return `${what} is not what was kept of it, though its hashes follow from each other: ${
      counted(kept, "difference")
    }`;
  }
  return `${what} is broken in ${counted(broken + kept, "place")}`;
}

function printExtent(chains: ExportedChain[], broken: number, kept: number): void {
  const total = (column: "entries" | "pruned" | "gaps") =>
    chains.reduce((sum, chain) => sum + chain[column], 0);
  const erased = chains.reduce((sum, chain) => sum + chain.erasedVersions.length, 0);
  const extent = `${counted(total("entries"), "entry", "entries")} in ${
    counted(chains.length, "configuration")
  }, ${erased} erased`;
  console.log(`${verdictOf("The export", broken, kept)}: ${extent}.`);
  if (total("gaps") > 0) {
    console.log(
      `${
        counted(total("gaps"), "gap")
      } between the versions, where nothing proves the link: was it filtered?`,
    );
  }
  if (total("pruned") > 0) {
    console.log(`Items of ${counted(total("pruned"), "run")} are not in it; their digests are.`);
  }
}

async function checkReceipts(project: Project, kept: KeptReceipt[]): Promise<ReceiptReport[]> {
  const reports = [];
  for (const receipt of kept) {
    const { problem, erasedAt } = await checkReceipt(project, receipt);
    reports.push({
      model_version: receipt.configuration.model_version,
      snapshot_version: receipt.snapshot_version,
      entry_hash: receipt.entry_hash,
      problem,
      erased_at: erasedAt,
    });
  }
  return reports;
}

function printReport(
  chains: ChainReport[],
  receipts: ReceiptReport[],
  checkpoints: CheckpointReport[],
): void {
  const configurations = chains.filter((chain) => chain.configuration_id !== null);
  const broken = chains.filter((chain) => !chain.is_intact);
  for (const chain of broken) {
    console.log(`BROKEN  ${nameOf(chain)}: ${chain.problem}`);
  }
  printReceipts(receipts);
  printCheckpoints(checkpoints);
  const total = (column: "entries" | "erased" | "pruned") =>
    configurations.reduce((sum, chain) => sum + (chain[column] ?? 0), 0);
  const extent = `${total("entries")} entries in ${configurations.length} configurations, ${
    total("erased")
  } erased`;
  const kept = countOfProblems([...receipts, ...checkpoints]);
  console.log(`${verdictOf("The ledger", broken.length, kept)}: ${extent}.`);
  const pruned = total("pruned");
  if (pruned > 0) {
    console.log(
      `Items of ${counted(pruned, "run")} pruned${
        broken.length === 0 ? "; their digests hold." : "."
      }`,
    );
  }
}

function printReceipts(receipts: ReceiptReport[]): void {
  for (const receipt of receipts) {
    const verdict = receipt.problem === null ? "ok    " : "BROKEN";
    console.log(
      `${verdict}  receipt of ${receipt.model_version}, version ${receipt.snapshot_version}: ${
        receipt.problem ?? receipt.entry_hash
      }${receipt.erased_at === null ? "" : `, personal data erased on ${receipt.erased_at}`}`,
    );
  }
}

function printCheckpoints(checkpoints: CheckpointReport[]): void {
  for (const one of checkpoints) {
    const name = `checkpoint ${one.file}${one.time === null ? "" : ` of ${one.time}`}`;
    const where = one.configuration_id === null
      ? ""
      : `version ${one.snapshot_version} of configuration ${one.configuration_id}: `;
    console.log(
      one.problem === null
        ? `ok      ${name}: ${counted(one.heads, "chain")}, SHA-256 ${one.sha256}`
        : `BROKEN  ${name}: ${where}${one.problem}`,
    );
  }
}

function nameOf(chain: ChainReport): string {
  if (chain.configuration_id === null) return "guard";
  const name = chain.model_version === null
    ? `configuration ${chain.configuration_id}`
    : configurationName(chain);
  // A pointer belongs to no one version.
  return chain.first_broken_version === null
    ? name
    : `${name}, version ${chain.first_broken_version}`;
}
