import { formatProof } from "../../ledger/proof.ts";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { checkWritable } from "../cli/check_writable.ts";
import { counted } from "../cli/counted.ts";
import { isId } from "../cli/is_id.ts";
import { findProject } from "../cli/project.ts";
import { readText } from "../cli/read_input.ts";
import { userPath } from "../cli/user_directory.ts";
import { versionNumber } from "../cli/version_number.ts";
import { collectProof, type KeptFile } from "./collect_proof.ts";

const HELP = `
Usage: deno task prove --configuration ID --version N [--checkpoint FILE]... --output FILE [options]

Writes one file that shows what an entry of the ledger says, for somebody who has neither the
database nor an account: deno task verify --proof FILE recomputes it, with nothing but the file.

In it are the entry with all that its hash covers (who stored it, claims, metrics, the digest of its
items), and with --checkpoint the entries from there to the head that the checkpoint names, and the
checkpoint itself. A hash covers a whole entry: so the runs between are in it, too, but not what they
say about people. Of several checkpoints the oldest that has the entry makes the shortest file.

Options:
  --configuration ID       the configuration, as deno task admin and receipts name it
  --version N              its version
  --checkpoint FILE        a checkpoint that a witness kept; again for others
  --bundle FILE            the attestation of that checkpoint, as the workflow kept it; again for others
  --without-personal-data  leave out triggered_by, notes and head_ref; the hash is proved all the same
  --output FILE            where the proof goes
  --data-dir DIR           where the local stack's local.env is (default .local)
  -h, --help               show this

Environment: SUPABASE_URL and SUPABASE_SECRET_KEY of a hosted project; without them the local stack.

Exit code: 0 done, 1 failed, 2 wrong usage.

Example:
  deno task prove --configuration 962f50c2-9e0f-8d27-a3a6-3d2e4c8c9f10 --version 42 \\
    --checkpoint checkpoint.txt --bundle attestation.json --without-personal-data --output proof.json
`;

await runCommand(HELP, async (args) => {
  const { values } = parseOptions({
    args,
    options: {
      "configuration": { type: "string" },
      "version": { type: "string" },
      "checkpoint": { type: "string", multiple: true, default: [] },
      "bundle": { type: "string", multiple: true, default: [] },
      "without-personal-data": { type: "boolean", default: false },
      "output": { type: "string" },
      "data-dir": { type: "string", default: ".local" },
    },
  });
  const { output } = values;
  const configuration = values.configuration?.toLowerCase();
  if (configuration === undefined || !isId(configuration)) {
    throw new UsageError("--configuration must be the id of a configuration, as receipts have it.");
  }
  const version = versionNumber(values.version);
  if (output === undefined) throw new UsageError("--output is required.");
  if (values.bundle.length > 0 && values.checkpoint.length === 0) {
    throw new UsageError("--bundle needs --checkpoint: it is about one.");
  }
  const checkpoints = await readFiles(values.checkpoint);
  const bundles = await readFiles(values.bundle);
  const project = await findProject(values["data-dir"]);
  const { parts, summary } = await collectProof(project, {
    configuration,
    version,
    checkpoints,
    bundles,
    isWithPersonalData: !values["without-personal-data"],
  });
  const path = userPath(output);
  await checkWritable(path);
  await Deno.writeTextFile(path, formatProof(parts));
  console.error(
    `Wrote ${output}: ${
      counted(parts.entries.length, "entry", "entries")
    }. ${summary} deno task verify --proof ${output} checks it.`,
  );
  return 0;
});

async function readFiles(files: string[]): Promise<KeptFile[]> {
  return await Promise.all(files.map(async (file) => ({
    file,
    text: await readText(userPath(file), (sentence) => console.error(sentence)),
  })));
}
