import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { renderTable } from "../cli/table.ts";
import { readGitFacts } from "./git_facts.ts";
import { type IngestTarget, postResults, type PushReceipt, RefusedError } from "./post_results.ts";
import { readResults, type SourcedResult } from "./read_results.ts";
import { FAIL_ON, type Gate, gateProblems, verdictLines } from "./verdicts.ts";
import { readLocalEnv } from "../../stack/local_env.ts";
import { UserError } from "../cli/user_error.ts";

const HELP = `
Usage: deno task push --input FILE [options]

Posts results to the ingest function. Commit, branch and user come from git when neither the
result nor an option names them. A document of another shape that deno task convert knows is
converted first. The verdicts, a sentence each, go to standard error.

Options:
  --input FILE           a file, a glob such as 'results/*.json', or - for standard input
  --environment LABEL    where it was measured, such as local or staging
  --variant NAME         what else tells it apart: a platform, a seed, a temperature
  --series NAME          what is benchmarked, while models and prompts come and go in it
  --compare-to RUN       compare it with another run than its own: the names that differ, such as
                         model_version=small-2,prompt_version=v3, or the id of a configuration;
                         @12 at the end is a version
  --candidate            store it without ever making it current or a reference
  --commit-sha SHA       the benchmarked commit
  --branch-name NAME     its branch
  --run-id ID            names the run: pushed again, it is stored once
  --run-attempt N        its attempt
  --triggered-by NAME    who or what started it
  --duration SECONDS     how long it took
  --tags A,B or A B      tags
  --notes TEXT           a note
  --fail-on VERDICT      exit with 3 if a policy of severity fail finds it worse; or, with
                         inconclusive, worse or inconclusive
  --require not-worse    exit with 3 unless every metric with such a policy, and at least one a
                         result, is shown to be no worse
  --verify               read each entry back and compare its hash
  --data-dir DIR         where the local stack's local.env is (default .local)
  --json                 print the receipts as JSON
  -h, --help             show this

Environment: INGEST_URL and INGEST_TOKEN; without them the local stack.

Exit code: 0 done, 1 refused by the server, 2 wrong usage, 3 stored, but not as good as --fail-on or
--require want it.

Examples:
  deno task push --input result.json --environment local --verify
  deno task push --input 'results/*.json' --environment staging --run-id nightly-42 --tags nightly
  deno task push --input new.json --compare-to prompt_version=v3 --require not-worse
`;

await runCommand(HELP, async (args) => {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true, // more tags, as the original script took them
    options: {
      "input": { type: "string" },
      "environment": { type: "string" },
      "variant": { type: "string" },
      "series": { type: "string" },
      "compare-to": { type: "string" },
      "candidate": { type: "boolean" },
      "commit-sha": { type: "string" },
      "branch-name": { type: "string" },
      "run-id": { type: "string" },
      "run-attempt": { type: "string" },
      "triggered-by": { type: "string" },
      "duration": { type: "string" },
      "tags": { type: "string", multiple: true },
      "notes": { type: "string" },
      "fail-on": { type: "string" },
      "require": { type: "string" },
      "verify": { type: "boolean", default: false },
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  if (values.input === undefined) throw new UsageError("--input is required.");
  if (positionals.length > 0 && values.tags === undefined) {
    throw new UsageError(`Unexpected argument ${positionals[0]}.`);
  }
  const tags = values.tags && [...values.tags.flatMap((list) => list.split(",")), ...positionals];
  const duration = values.duration === undefined ? undefined : Number(values.duration);
  if (duration !== undefined && !(duration >= 0)) {
    throw new UsageError(`--duration must be seconds: current value is ${values.duration}.`);
  }
  const gate = gateOf(values["fail-on"], values.require);
  const target = await findTarget(values["data-dir"]);
  const sourced = await readResults(values.input, (sentence) => console.error(sentence));
  const git = await readGitFacts();
  /** Options win over the result, the result over git. */
  const complete = ({ result }: SourcedResult): Record<string, unknown> =>
    withoutMissing({
      commit_sha: git.commitSha,
      branch_name: git.branchName,
      triggered_by: git.userName,
      ...withoutMissing(result),
      ...withoutMissing({
        environment: values.environment,
        variant: values.variant,
        series: values.series,
        compare_to: values["compare-to"],
        candidate: values.candidate,
        commit_sha: values["commit-sha"],
        branch_name: values["branch-name"],
        run_id: values["run-id"],
        run_attempt: values["run-attempt"],
        triggered_by: values["triggered-by"],
        duration_seconds: duration,
        tags,
        notes: values.notes,
      }),
    });
  const firstDelayMs = Number(Deno.env.get("INGEST_FIRST_DELAY_SECONDS") ?? 1) * 1000;
  try {
    const receipts = await postResults(target, sourced.map(complete), firstDelayMs);
    if (values.json) console.log(JSON.stringify({ results: receipts }));
    else printReceipts(receipts);
    // To standard error, where they are seen beside --json, too.
    for (const line of verdictLines(receipts)) console.error(line);
    const problems = gateProblems(receipts, gate);
    for (const problem of problems) console.error(`Not passed: ${problem}`);
    const code = values.verify ? await verify(target, receipts) : 0;
    return code || (problems.length > 0 ? 3 : 0);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    printRefusal(error, sourced);
    return 1;
  }
});

function gateOf(failOn: string | undefined, require: string | undefined): Gate {
  const verdict = FAIL_ON.find((one) => one === failOn);
  if (failOn !== verdict) {
    throw new UsageError(`--fail-on must be ${FAIL_ON.join(" or ")}: current value is ${failOn}.`);
  }
  if (require !== undefined && require !== "not-worse") {
    throw new UsageError(`--require must be not-worse: current value is ${require}.`);
  }
  return { failOn: verdict, requiresNotWorse: require !== undefined };
}

async function findTarget(dataDirectory: string): Promise<IngestTarget> {
  const url = Deno.env.get("INGEST_URL");
  const token = Deno.env.get("INGEST_TOKEN");
  if (url && token) return { url, token };
  const local = await readLocalEnv(dataDirectory);
  if (!url && !token && local.INGEST_URL && local.INGEST_TOKEN) {
    return { url: local.INGEST_URL, token: local.INGEST_TOKEN };
  }
  throw new UserError(
    `Cannot push: set INGEST_URL and INGEST_TOKEN, or start the local stack (deno task start). There is no ${dataDirectory}/local.env.`,
  );
}

/** Null means left out, as the function takes it. */
function withoutMissing(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null),
  );
}

function printReceipts(receipts: PushReceipt[]): void {
  console.log(renderTable(receipts, [
    { heading: "MODEL", value: (receipt) => receipt.configuration.model_version },
    ...receipts.some(({ configuration }) => configuration.variant !== "")
      ? [{ heading: "VARIANT", value: (receipt: PushReceipt) => receipt.configuration.variant }]
      : [],
    { heading: "VERSION", value: (receipt) => String(receipt.snapshot_version), align: "right" },
    { heading: "TRANSACTION", value: (receipt) => receipt.transaction_id },
    { heading: "ENTRY HASH", value: (receipt) => receipt.entry_hash },
    { heading: "", value: stateOf },
  ]));
}

function stateOf({ published, replayed }: PushReceipt): string {
  return [published ? "" : "candidate", replayed ? "stored before" : ""].filter(Boolean)
    .join(", ");
}

function printRefusal(error: RefusedError, sourced: SourcedResult[]): void {
  console.error(`Refused${error.status > 0 ? ` (${error.status})` : ""}: ${error.message}`);
  for (const { pointer, message } of error.errors) {
    const [, index, rest] = /^\/results\/(\d+)(.*)$/.exec(pointer) ?? [, "0", pointer];
    const source = sourced[error.firstIndex + Number(index)]?.source ?? "-";
    console.error(`  ${source}${rest ? ` ${rest}` : ""}: ${message}`);
  }
}

/** Fetches every receipt anew: the entry must be there with the same hash. */
async function verify(target: IngestTarget, receipts: PushReceipt[]): Promise<number> {
  for (const receipt of receipts) {
    const { configuration, snapshot_version } = receipt;
    const response = await fetch(
      `${target.url}/receipts/${configuration.id}/${snapshot_version}`,
      { headers: { "Authorization": `Bearer ${target.token}` } },
    );
    const stored = await response.json();
    if (!response.ok || stored.entry_hash !== receipt.entry_hash) {
      console.error(
        `Version ${snapshot_version} of ${configuration.model_version} is not as it was acknowledged: ${
          response.ok ? `its hash is ${stored.entry_hash}` : stored.detail
        }`,
      );
      return 1;
    }
  }
  console.error(
    `Verified: ${receipts.length} of ${receipts.length} entries are stored as acknowledged.`,
  );
  return 0;
}
