import { dirname } from "node:path";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { renderTable } from "../cli/table.ts";
import { type GitFacts, readGitFacts } from "./git_facts.ts";
import { checkWritable } from "../cli/check_writable.ts";
import { inertLine } from "../cli/inert_line.ts";
import { userDirectory, userPath } from "../cli/user_directory.ts";
import { type Batch, batchesOf, problemsOf } from "./batches.ts";
import { checkReachable } from "./check_reachable.ts";
import { conflictsOf, placeOf } from "./conflicts.ts";
import { completeResults, type PreparedResult } from "./complete_result.ts";
import { parseDashboardUrl, runLink } from "./dashboard_link.ts";
import { describeRun } from "./describe_run.ts";
import { FAIL_ON, type Gate, gateProblems } from "./gate.ts";
import type { JudgedRun } from "./judged_run.ts";
import {
  type Attempts,
  type IngestTarget,
  postBatch,
  previewBatch,
  type PushPreview,
  type PushReceipt,
  RefusedError,
} from "./post_results.ts";
import { readResults, type SourcedResult } from "./read_results.ts";
import { readLocalEnv } from "../../stack/local_env.ts";
import { UserError } from "../cli/user_error.ts";

const HELP = `
Usage: deno task push --input FILE [options]

Posts results to the ingest function. Commit, branch and user come from git when neither the
result nor an option names them; every other text and number is sent as it stands in the file. A
document of another shape that deno task convert knows is converted first. Everything is checked
before the first request. What each became goes to standard error: its change, its verdicts, and
where the dashboard shows it.

A result without run id gets one made of its content, file and commit: pushed again, it is stored
once. One of another branch than the checkout's default branch is sent as a candidate; where git does
not know which that is, standard error says so. git is asked in the folder of the first file, else in
yours.

Options:
  --input FILE           a file, a glob such as 'results/*.json', or - for standard input; again for
                         more
  --environment LABEL    where it was measured, such as local or staging; may be left out where the
                         credential may write to one only
  --variant NAME         what else tells it apart: a platform, a seed, a temperature
  --series NAME          what is benchmarked, while models and prompts come and go in it
  --compare-to RUN       compare it with another run than its own: the names that differ, such as
                         model_version=small-2,prompt_version=v3, or the id of a configuration;
                         @12 at the end is a version
  --candidate            store it without ever making it current or a reference
  --publish              do not make it a candidate for its branch's sake; one that says itself that
                         it is a candidate stays one
  --commit-sha SHA       the benchmarked commit
  --branch-name NAME     its branch
  --run-id ID            names the run: the same run and attempt is stored once
  --run-attempt N        its attempt
  --triggered-by NAME    who or what started it
  --duration SECONDS     how long it took
  --tags A,B or A B      tags
  --notes TEXT           a note
  --fail-on VERDICT      exit with 1 if a policy of severity fail finds it worse (default); or, with
                         inconclusive, worse or inconclusive
  --require not-worse    exit with 1 unless every metric with such a policy, and at least one a
                         result, is shown to be no worse
  --no-fail              exit with 0 whatever the verdicts are
  --dry-run              store nothing: say what storing would, against what is stored now, with the
                         same exit code
  --receipts FILE        write the receipts to a file, fit for deno task verify --receipt; also
                         when a later request fails
  --dashboard-url URL    the dashboard, for links (default: the local stack's own)
  --verify               read each entry back and compare its hash
  --data-dir DIR         where the local stack's local.env is (default .local)
  --json                 print the receipts as JSON
  -h, --help             show this

Environment: INGEST_URL and INGEST_TOKEN; without them the local stack. INGEST_MAX_ATTEMPTS (6) and
INGEST_FIRST_DELAY_SECONDS (1): how often a request is sent, and how long to wait. DASHBOARD_URL: as
--dashboard-url.

Exit code: 0 stored, and no worse than the policies allow; 1 refused, not all stored, or stored and
worse (standard error says which; what is worse is stored all the same); 2 wrong usage.

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
      "input": { type: "string", multiple: true },
      "environment": { type: "string" },
      "variant": { type: "string" },
      "series": { type: "string" },
      "compare-to": { type: "string" },
      "candidate": { type: "boolean" },
      "publish": { type: "boolean" },
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
      "no-fail": { type: "boolean", default: false },
      "dashboard-url": { type: "string" },
      "dry-run": { type: "boolean", default: false },
      "receipts": { type: "string" },
      "verify": { type: "boolean", default: false },
      "data-dir": { type: "string", default: ".local" },
      "json": { type: "boolean", default: false },
    },
  });
  if (values.input === undefined) throw new UsageError("--input is required.");
  if (positionals.length > 0 && values.tags === undefined) {
    throw new UsageError(`Unexpected argument ${positionals[0]}.`);
  }
  for (const positional of positionals) {
    if (await Deno.stat(userPath(positional)).then((info) => info.isFile, () => false)) {
      throw new UsageError(
        `${positional} is a file, and would become a tag: put the pattern in quotes, or write --input ${positional}.`,
      );
    }
  }
  const tags = values.tags && [...values.tags.flatMap((list) => list.split(",")), ...positionals];
  const duration = values.duration === undefined ? undefined : Number(values.duration);
  if (duration !== undefined && !/^\d+(\.\d+)?$/.test(values.duration!)) {
    throw new UsageError(`--duration must be seconds: current value is ${values.duration}.`);
  }
  const attempt = values["run-attempt"];
  const runAttempt = attempt === undefined ? undefined : Number(attempt);
  if (runAttempt !== undefined && !Number.isInteger(runAttempt)) {
    throw new UsageError(`--run-attempt must be a number: current value is ${attempt}.`);
  }
  if (values.candidate && values.publish) {
    throw new UsageError("--candidate and --publish exclude each other.");
  }
  if (values["dry-run"] && (values.receipts !== undefined || values.verify)) {
    throw new UsageError(
      "--dry-run stores nothing, so there is no receipt for --receipts or --verify.",
    );
  }
  const gate = gateOf(values["fail-on"], values.require, values["no-fail"]);
  const attempts = readAttempts();
  const given = parseDashboardUrl(values["dashboard-url"], "--dashboard-url") ??
    parseDashboardUrl(Deno.env.get("DASHBOARD_URL"), "DASHBOARD_URL");
  const { dashboardUrl, ...target } = await findTarget(values["data-dir"], given);
  if (values.receipts !== undefined) await checkWritable(userPath(values.receipts));
  const results = await readResults(values.input, note);
  const git = await readGitFacts(directoriesOf(results));
  const prepared = completeResults(
    results,
    {
      environment: values.environment,
      variant: values.variant,
      series: values.series,
      compare_to: values["compare-to"],
      candidate: values.candidate,
      commit_sha: values["commit-sha"],
      branch_name: values["branch-name"],
      run_id: values["run-id"],
      run_attempt: runAttempt,
      triggered_by: values["triggered-by"],
      duration_seconds: duration,
      tags,
      notes: values.notes,
    },
    git,
    values.publish ?? false,
  );
  sayWhatGitSaid(prepared, git);
  const batches = batchesOf(prepared);
  const wrong = [...batches.flatMap(problemsOf), ...conflictsOf(prepared)];
  if (wrong.length > 0) throw new UserError(`Nothing was sent:\n  ${wrong.join("\n  ")}`);

  await checkReachable(target, attempts);
  const places = prepared.map(placeOf);
  if (values["dry-run"]) return await preview(target, batches, places, attempts, gate, values.json);
  const receipts: PushReceipt[] = [];
  const refusal = await collect(receipts, batches, (one) => postBatch(target, one, attempts));
  const isIncomplete = refusal !== null;
  if (values.receipts !== undefined && receipts.length > 0) {
    await Deno.writeTextFile(
      userPath(values.receipts),
      `${JSON.stringify({ results: receipts })}\n`,
    );
  }
  if (values.json && (receipts.length > 0 || !isIncomplete)) {
    console.log(JSON.stringify({ results: receipts }));
  } else if (receipts.length > 0) printReceipts(receipts);
  sayRuns(receipts, places, dashboardUrl);
  if (refusal !== null) {
    printRefusal(refusal);
    if (receipts.length > 0) {
      note(
        `${receipts.length} of ${prepared.length} results were stored; their receipts are above.`,
      );
    }
    if (refusal.mayBeStored || receipts.length > 0) {
      note("Pushing the same files again stores nothing twice.");
    }
    return 1;
  }
  const gateCode = applyGate(receipts, gate);
  const code = values.verify ? await verify(target, receipts) : 0;
  return code || gateCode;
});

/** Says what storing would; stores nothing. */
async function preview(
  target: IngestTarget,
  batches: Batch[],
  places: string[],
  attempts: Attempts,
  gate: Gate,
  isJson: boolean,
): Promise<number> {
  const previews: PushPreview[] = [];
  const refusal = await collect(previews, batches, (one) => previewBatch(target, one, attempts));
  if (refusal !== null) {
    printRefusal(refusal);
    note("Nothing was stored: this was a dry run.");
    return 1;
  }
  const judged = previews.map((one) => ({ ...one, previous: one.current }));
  if (isJson) console.log(JSON.stringify({ results: previews }));
  else {
    console.log(renderTable(previews, [
      ...configurationColumns(previews),
      {
        heading: "AFTER VERSION",
        value: ({ current }) => current === null ? "none" : String(current.snapshot_version),
        align: "right",
      },
      { heading: "", value: ({ published }) => published ? "" : "candidate" },
    ]));
  }
  sayRuns(judged, places);
  note("Nothing was stored: this was a dry run.");
  return applyGate(judged, gate);
}

/** To standard error, where they are seen beside --json, too. */
function sayRuns(runs: JudgedRun[], places: string[], dashboardUrl?: string): void {
  runs.forEach((run, index) => {
    const { configuration, snapshot_version } = run;
    const link = dashboardUrl === undefined || snapshot_version === undefined
      ? undefined
      : runLink(dashboardUrl, { configuration, snapshot_version });
    for (const line of describeRun(places[index]!, run, link)) note(line);
  });
}

function applyGate(runs: JudgedRun[], gate: Gate): number {
  const problems = gateProblems(runs, gate);
  for (const problem of problems) note(`Not passed: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

function note(sentence: string): void {
  console.error(inertLine(sentence));
}

/** Where the results are, and where the person is: git may know of the one and not of the other. */
function directoriesOf(results: SourcedResult[]): string[] {
  const first = results.find(({ source }) => source !== "-");
  return [...first === undefined ? [] : [dirname(first.source)], userDirectory()];
}

/** Collects the answers to batch after batch; returns what kept it from the rest. */
async function collect<Answer>(
  answers: Answer[],
  batches: Batch[],
  send: (batch: Batch) => Promise<Answer[]>,
): Promise<RefusedError | null> {
  try {
    for (const batch of batches) answers.push(...await send(batch));
    return null;
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
}

function readAttempts(): Attempts {
  const most = Number(Deno.env.get("INGEST_MAX_ATTEMPTS") ?? 6);
  const seconds = Number(Deno.env.get("INGEST_FIRST_DELAY_SECONDS") ?? 1);
  if (!Number.isInteger(most) || most < 1) {
    throw new UsageError("INGEST_MAX_ATTEMPTS must be a number from 1 on.");
  }
  if (!(seconds >= 0)) {
    throw new UsageError("INGEST_FIRST_DELAY_SECONDS must be a number from 0 on.");
  }
  return { most, firstDelayMs: seconds * 1000, onRetry: note };
}

/** Once a reason, because a push may have thousands of results. */
function sayWhatGitSaid(prepared: PreparedResult[], git: GitFacts): void {
  const usesCommit = prepared.some(({ isCommitOfGit }) => isCommitOfGit);
  if (usesCommit && git.directory !== undefined) {
    note(
      `Commit ${git.commitSha!.slice(0, 12)}${
        git.branchName === undefined ? "" : ` on ${git.branchName}`
      }, as git says in ${git.directory}.`,
    );
  }
  const branches = new Set(prepared.flatMap(({ unknownBranch }) => unknownBranch ?? []));
  for (const branch of branches) {
    note(
      `${branch} is sent as it is: git does not say which branch is the default one. --candidate keeps it from becoming current.`,
    );
  }
  const because = prepared.map(({ candidateBecause }) => candidateBecause);
  for (const reason of new Set(because)) {
    if (reason === undefined) continue;
    const count = because.filter((one) => one === reason).length;
    note(
      `${count} of ${prepared.length} sent as candidate: ${reason}. Candidates never become current; --publish overrides.`,
    );
  }
}

function gateOf(
  failOn: string | undefined,
  require: string | undefined,
  passesAll: boolean,
): Gate {
  if (passesAll && (failOn !== undefined || require !== undefined)) {
    throw new UsageError("--no-fail excludes --fail-on and --require.");
  }
  const verdict = FAIL_ON.find((one) => one === failOn);
  if (failOn !== verdict) {
    throw new UsageError(`--fail-on must be ${FAIL_ON.join(" or ")}: current value is ${failOn}.`);
  }
  if (require !== undefined && require !== "not-worse") {
    throw new UsageError(`--require must be not-worse: current value is ${require}.`);
  }
  return {
    failOn: passesAll ? undefined : verdict ?? "worse",
    requiresNotWorse: require !== undefined,
  };
}

/** Where results go, and where they are shown, when that is known. */
async function findTarget(
  dataDirectory: string,
  dashboardUrl: string | undefined,
): Promise<IngestTarget & { dashboardUrl: string | undefined }> {
  const url = Deno.env.get("INGEST_URL");
  const token = Deno.env.get("INGEST_TOKEN");
  if (url && token) return { url, token, dashboardUrl };
  const local = await readLocalEnv(dataDirectory);
  if (!url && !token && local.INGEST_URL && local.INGEST_TOKEN) {
    return {
      url: local.INGEST_URL,
      token: local.INGEST_TOKEN,
      dashboardUrl: dashboardUrl ?? local.DASHBOARD_URL,
    };
  }
  if (url || token) {
    throw new UserError(
      `Cannot push: set both INGEST_URL and INGEST_TOKEN; ${
        url ? "INGEST_TOKEN" : "INGEST_URL"
      } is missing.`,
    );
  }
  throw new UserError(
    `Cannot push: set INGEST_URL and INGEST_TOKEN, or start the local stack (deno task start). There is no ${dataDirectory}/local.env.`,
  );
}

function printReceipts(receipts: PushReceipt[]): void {
  console.log(renderTable(receipts, [
    ...configurationColumns(receipts),
    { heading: "VERSION", value: (receipt) => String(receipt.snapshot_version), align: "right" },
    { heading: "TRANSACTION", value: (receipt) => receipt.transaction_id },
    { heading: "ENTRY HASH", value: (receipt) => receipt.entry_hash },
    { heading: "", value: stateOf },
  ]));
}

/** The names by which the rows differ: of what is the same in all, only the model is shown. */
function configurationColumns<Row extends Pick<PushReceipt, "configuration">>(rows: Row[]) {
  const columns = [
    ["MODEL", "model_version"],
    ["DATASET", "dataset_version"],
    ["PROMPT", "prompt_version"],
    ["ENVIRONMENT", "environment"],
    ["VARIANT", "variant"],
  ] as const;
  return columns
    .filter(([, name]) =>
      name === "model_version" ||
      (name === "variant" && rows.some(({ configuration }) => configuration.variant !== "")) ||
      new Set(rows.map(({ configuration }) => configuration[name])).size > 1
    )
    .map(([heading, name]) => ({
      heading,
      value: ({ configuration }: Row) => inertLine(configuration[name]),
    }));
}

function stateOf({ published, replayed }: PushReceipt): string {
  return [published ? "" : "candidate", replayed ? "stored before" : ""].filter(Boolean)
    .join(", ");
}

function printRefusal(error: RefusedError): void {
  note(`Refused: ${error.message}`);
  for (const issue of error.issues) note(`  ${issue}`);
}

/** Fetches every receipt anew: the entry must be there with the same hash. */
async function verify(target: IngestTarget, receipts: PushReceipt[]): Promise<number> {
  for (const receipt of receipts) {
    const { configuration, snapshot_version } = receipt;
    const url = `${target.url}/receipts/${configuration.id}/${snapshot_version}`;
    const stored = await fetch(url, {
      headers: { "Authorization": `Bearer ${target.token}` },
      redirect: "manual",
    }).then((response) => response.json(), () => null).catch(() => null);
    const { entry_hash: hash, detail } = Object(stored);
    if (hash !== receipt.entry_hash) {
      note(
        `Version ${snapshot_version} of ${configuration.model_version} is not as it was acknowledged: ${
          typeof hash === "string" ? `its hash is ${hash}` : detail ?? `${url} gives no receipt`
        }`,
      );
      return 1;
    }
  }
  note(
    `Verified: ${receipts.length} of ${receipts.length} entries are stored as acknowledged.`,
  );
  return 0;
}
