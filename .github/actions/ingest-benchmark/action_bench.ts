import assert from "node:assert/strict";
import { join } from "node:path";
import { type GitHubJob, startGitHubJob, type StepResult } from "../../../testing/github_job.ts";
import { receiptsWith, type StandInServer, startStandInServer } from "./stand_in_server.ts";

/** The commit of a job. */
export const SHA = "0123456789abcdef0123456789abcdef01234567";
/** The names of a result, as JSON. */
export const HEAD = '"model_version":"m","dataset_version":"d","prompt_version":"p"';
/** A result, as JSON. */
export const TEXT = `{${HEAD},"metrics":{"f1":0.5}}`;

/** A job, and a stand-in for the function that it sends to. */
export interface ActionBench {
  job: GitHubJob;
  server: StandInServer;
  /** Where the files of a run are. */
  directory: string;
  /** Runs the action on files and nothing else, with an ingest token unless `inputs` say otherwise. */
  run(
    files: Record<string, string | Uint8Array>,
    inputs?: Record<string, string>,
    env?: Record<string, string>,
  ): Promise<StepResult>;
  /** Runs it on a result that the function answers with judgements. */
  judged(judgements: unknown, inputs?: Record<string, string>): Promise<StepResult>;
  close(): Promise<void>;
}

/** Starts a bench, on loopback. */
export async function startActionBench(): Promise<ActionBench> {
  const server = await startStandInServer();
  let tokens = 0;
  const job = await startGitHubJob({ sign: () => Promise.resolve(`header.claims.${++tokens}`) });
  const directory = join(job.directory, "results");
  const bench: ActionBench = {
    job,
    server,
    directory,
    async run(files, inputs = {}, env = {}) {
      await Deno.remove(directory, { recursive: true }).catch(() => {});
      await Deno.mkdir(directory);
      for (const [name, content] of Object.entries(files)) {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await Deno.writeFile(join(directory, name), bytes);
      }
      server.requests = [];
      // Without a token it asks for one, which takes a third of a run.
      const given = { url: server.url, files: "results/*.json", token: "bmk_a_b", ...inputs };
      const step = await job.run(given, env);
      server.answers = [];
      assertNoCommands(step);
      return step;
    },
    judged(judgements, inputs) {
      server.answers = [receiptsWith({ judgements })];
      return bench.run({ "a.json": TEXT }, inputs);
    },
    async close() {
      await job.close();
      await server.close();
    },
  };
  return bench;
}

// Most of a run is processes that start, one after the other.
const LANES = Math.min(4, navigator.hardwareConcurrency + 1);

/** Checks each of many cases on a bench that no other case has meanwhile, several at once. */
export async function forEachCase<T>(
  cases: readonly T[],
  check: (bench: ActionBench, one: T) => Promise<void>,
): Promise<void> {
  const left = [...cases];
  const lane = async () => {
    const bench = await startActionBench();
    try {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await check(bench, one);
    } finally {
      left.length = 0;
      await bench.close();
    }
  };
  const lanes = await Promise.allSettled(
    Array.from({ length: Math.min(LANES, cases.length) }, lane),
  );
  for (const done of lanes) if (done.status === "rejected") throw done.reason;
}

/** A judgement as receipts have it, with something else in it. */
export const judgement = (change: Record<string, unknown> = {}, evidence = {}) => ({
  metric: "/f1",
  verdict: "worse",
  summary: "f1 −0.052 says the function.",
  reason: null,
  reference: {
    configuration: { model_version: "m", prompt_version: "p2", variant: "" },
    snapshot_version: 3,
    commit_sha: SHA,
  },
  from: 0.9123456,
  to: 0.86,
  change: -0.0523456,
  better: "higher",
  limit: 0.05,
  limit_kind: "absolute",
  severity: "fail",
  ...change,
  evidence: {
    method: "paired-items",
    n: 48,
    scale: "difference",
    confidence: 0.983333333333,
    estimate: -0.052,
    interval: [-0.11, 0.00412345],
    p_value: 0.04,
    smallest_change_shown: 0.08,
    items_needed: 180,
    ...evidence,
  },
});
/** See {@link judgement}. */
export const inconclusive = judgement({ verdict: "inconclusive" });
/** See {@link judgement}. */
export const notWorse = judgement({ verdict: "not-worse" });
/** The input that lets policies fail the step. */
export const policy = { "fail-on-regression": "policy" };

/** No line of the log is a command that the action does not mean, and none stands in a summary. */
function assertNoCommands({ log, summary, outputs }: StepResult): void {
  for (const line of log.split(/\r\n|\r|\n/)) {
    assert.ok(!line.includes("##["), line);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /\x1b/);
    if (!line.trimStart().startsWith("::")) continue;
    assert.match(
      line,
      /^::(add-mask::(header\.claims\.\d+|bmk_a_b)$|(error|warning|notice)( file=[^:]*)?::)/,
    );
  }
  assert.doesNotMatch(summary, /^\s*::/m);
  for (const name of Object.keys(outputs)) {
    assert.ok(
      ["skipped", "regressed", "receipts", "transaction-ids", "snapshot-versions"].includes(name),
      name,
    );
  }
}
