import { parseOptions, runCommand } from "../cli/command.ts";
import { counted } from "../cli/counted.ts";
import { callFunction, findProject, type Project } from "../cli/project.ts";
import { readText } from "../cli/read_input.ts";
import { checkReceipt, readReceipts } from "./check_receipt.ts";

const HELP = `
Usage: deno task verify [--receipt FILE]... [options]

Recomputes the hash chain of every configuration and names the first entry that does not hold,
pointers such as the current version that no decision explains, and guards that are not what they
should be. Entries whose personal data was erased, or whose items were pruned, are counted: they
hold all the same.
With --receipt it also checks that the entry of a receipt kept outside, such as the one in CI's
log, is still there unchanged; its hash is recomputed here and not in the database. Only that
finds a chain that was rewritten as a whole, or whose end was cut off.

Options:
  --receipt FILE    receipt, array of receipts or answer to a batch; - reads standard input
  --data-dir DIR    where the local stack's local.env is (default .local)
  --json            print the findings as JSON
  -h, --help        show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY of a hosted project; without them the local stack.

Exit code: 0 intact, 1 broken or not checked, 2 wrong usage.

Examples:
  deno task verify
  deno task verify --receipt receipts.json
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
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  const project = await findProject(values["data-dir"]);
  const chains = await callFunction<ChainReport[]>(project, "verify_ledger");
  const receipts = await checkReceipts(project, values.receipt);
  const isIntact = chains.every((chain) => chain.is_intact) &&
    receipts.every((receipt) => receipt.problem === null);
  if (values.json) console.log(JSON.stringify({ is_intact: isIntact, chains, receipts }));
  else printReport(chains, receipts);
  return isIntact ? 0 : 1;
});

async function checkReceipts(project: Project, files: string[]): Promise<ReceiptReport[]> {
  const reports = [];
  for (const file of files) {
    for (const receipt of readReceipts(await readText(file, (sentence) => console.error(sentence)), file)) {
      const { problem, erasedAt } = await checkReceipt(project, receipt);
      reports.push({
        model_version: receipt.configuration.model_version,
        snapshot_version: receipt.snapshot_version,
        entry_hash: receipt.entry_hash,
        problem,
        erased_at: erasedAt,
      });
    }
  }
  return reports;
}

function printReport(chains: ChainReport[], receipts: ReceiptReport[]): void {
  const configurations = chains.filter((chain) => chain.configuration_id !== null);
  const broken = chains.filter((chain) => !chain.is_intact);
  for (const chain of broken) {
    console.log(`BROKEN  ${nameOf(chain)}: ${chain.problem}`);
  }
  for (const receipt of receipts) {
    const verdict = receipt.problem === null ? "ok    " : "BROKEN";
    console.log(
      `${verdict}  receipt of ${receipt.model_version}, version ${receipt.snapshot_version}: ${
        receipt.problem ?? receipt.entry_hash
      }${receipt.erased_at === null ? "" : `, personal data erased on ${receipt.erased_at}`}`,
    );
  }
  const total = (column: "entries" | "erased" | "pruned") =>
    configurations.reduce((sum, chain) => sum + (chain[column] ?? 0), 0);
  const extent = `${total("entries")} entries in ${configurations.length} configurations, ${
    total("erased")
  } erased`;
  console.log(
    broken.length === 0
      ? `The ledger is intact: ${extent}.`
      : `The ledger is broken in ${broken.length} places: ${extent}.`,
  );
  const pruned = total("pruned");
  if (pruned > 0) {
    console.log(
      `Items of ${counted(pruned, "run")} pruned${
        broken.length === 0 ? "; their digests hold." : "."
      }`,
    );
  }
}

function nameOf(chain: ChainReport): string {
  if (chain.configuration_id === null) return "guard";
  const { model_version, dataset_version, prompt_version, environment, variant } = chain;
  const name = model_version === null
    ? `configuration ${chain.configuration_id}`
    : [model_version, dataset_version, prompt_version, environment, variant].filter(Boolean)
      .join(" / ");
  // A pointer belongs to no one version.
  return chain.first_broken_version === null
    ? name
    : `${name}, version ${chain.first_broken_version}`;
}
