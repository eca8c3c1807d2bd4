import assert from "node:assert/strict";
import { join } from "node:path";
import { startFaultProxy } from "../../../testing/fault_proxy.ts";
import { startGitHubJob, type StepResult } from "../../../testing/github_job.ts";
import { startOidcIssuer } from "../../../testing/oidc_issuer.ts";
import { freePort } from "../../../testing/postgres_server.ts";
import { reasonToSkip } from "../../../testing/required_tools.ts";
import { runScript } from "../../../testing/run_script.ts";
import { startStackProcess } from "../../../testing/stack_process.ts";
import { trustRepository } from "../../../testing/trust_repository.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";

function result(model: string, metrics: Record<string, unknown> = {}) {
  return {
    model_version: model,
    dataset_version: "d",
    prompt_version: "p",
    metrics: {
      precision: 0.9,
      recall: 0.8,
      f1: 0.85,
      latency_ms: 400,
      analysis_cost: 0.01,
      ...metrics,
    },
  };
}

const skip = await reasonToSkip("bash", "curl", "jq");

Deno.test({
  name: "the action posts results from a job" + skip,
  ignore: skip !== "",
  fn: postsResults,
});

async function postsResults(t: Deno.TestContext): Promise<void> {
  const dataDirectory = await Deno.makeTempDir();
  const port = freePort();
  const url = `http://127.0.0.1:${port}/functions/v1/ingest-benchmark`;
  const issuer = await startOidcIssuer(url);
  const stack = await startStackProcess({
    dataDirectory,
    port,
    args: ["--no-sample"],
    env: { GITHUB_OIDC_ISSUER: issuer.url, INGEST_RATE_LIMIT: "0" },
  });
  await trustRepository(dataDirectory, issuer);
  const job = await startGitHubJob(issuer);
  const proxy = await startFaultProxy(url);
  let run = 100;
  /** Every step is a run of its own, unless it says otherwise. */
  const nextRun = () => job.claims = { run_id: String(++run) };
  const write = async (name: string, content: unknown) => {
    await Deno.mkdir(join(job.directory, "results"), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(join(job.directory, "results", name), text);
  };
  const clear = () => Deno.remove(join(job.directory, "results"), { recursive: true });
  const stored = async (): Promise<number> => {
    const { stdout } = await runScript("verify", ["--json", "--data-dir", dataDirectory]);
    const { chains, is_intact } = JSON.parse(stdout);
    assert.ok(is_intact);
    return chains.reduce((sum: number, chain: { entries: number }) => sum + chain.entries, 0);
  };
  const files = "results/*.json";

  await t.step("with nothing but url and files", async () => {
    nextRun();
    await write("a.json", result("model-a"));
    await write("b.json", result("model-b"));
    const step = await job.run({ url, files });
    assert.equal(step.code, 0, step.log);
    assert.deepEqual(job.audiences, [url]);
    assert.equal(JSON.parse(step.outputs["transaction-ids"]!).length, 2);
    assert.equal(step.outputs["snapshot-versions"], "[1,1]");
    assert.equal(step.outputs.skipped, "false");
    assert.equal(step.outputs.regressed, "false");
    assert.match(
      step.summary,
      /^### Benchmarks: nothing to compare with\n\n2 runs stored\. Prompt \*\*p\*\*/,
    );
    assert.match(step.summary, /\| model-a \| 1 \| 0\.85 \| 0\.9 \|/);
    assert.match(
      step.summary,
      new RegExp(`\\[\`0123456\`\\]\\(https://github\\.com/octo-org/bench/commit/${SHA}\\)`),
    );
    assert.match(step.summary, /`[0-9a-f]{64}`/);
    assert.match(step.log, /^::add-mask::/m);
    const verified = await runScript("verify", [
      "--receipt",
      step.outputs.receipts!,
      "--data-dir",
      dataDirectory,
    ]);
    assert.equal(verified.code, 0, verified.stdout);
  });

  await t.step("the same run again stores nothing", async () => {
    const before = await stored();
    const step = await job.run({ url, files });
    assert.equal(step.code, 0, step.log);
    assert.match(step.summary, /1 \(stored before\)/);
    assert.equal(await stored(), before);
  });

  await t.step("changes have an arrow that knows which direction is better", async () => {
    nextRun();
    await write("a.json", result("model-a", { f1: 0.75, latency_ms: 300 }));
    const step = await job.run({ url, files, "fail-on-regression": "off" });
    assert.equal(step.code, 0, step.log);
    assert.match(step.summary, /0\.75 \(▼ 0\.1 \*\*worse\*\*\)/);
    assert.match(step.summary, /300 \(▼ 100 better\)/);
    assert.match(step.summary, /0\.9 \(=\)/);
  });

  await t.step("with policy, what the receipt calls a failure fails", async () => {
    nextRun();
    await write("a.json", result("model-policy", { f1: 0.9 }));
    assert.equal((await job.run({ url, files, "fail-on-regression": "policy" })).code, 0);
    nextRun();
    await write("a.json", result("model-policy", { f1: 0.8 }));
    const step = await job.run({ url, files, "fail-on-regression": "policy" });
    assert.equal(step.code, 1);
    assert.match(
      step.log,
      /::error::model-policy: f1 −0\.1: beyond the limit of 0\.05, .*\. Compared with version 1\.$/m,
    );
    assert.match(step.summary, /^### Benchmarks: 1 worse, \d+ fine$/m);
    assert.match(step.summary, /\| \*\*✗\u00a0f1 worse\*\* \| 0\.9 → 0\.8 \(−0\.1\) \|/);
    await clear();
    await write("a.json", result("model-a", { f1: 0.75 }));
    await write("b.json", result("model-b"));
  });

  await t.step(
    "a regression beyond the limit fails, after it was stored and reported",
    async () => {
      nextRun();
      await write("a.json", result("model-a", { f1: 0.6 }));
      const step = await job.run({ url, files, "fail-on-regression": "f1=0.05" });
      assert.equal(step.code, 1);
      assert.equal(step.outputs.regressed, "true");
      assert.match(
        step.log,
        /::error::model-a: f1 is worse by 0\.15 than version 2; the limit is 0\.05/,
      );
      assert.match(
        step.log,
        /::warning::model-a: f1 −0\.15: beyond the limit of 0\.05, .*\. Compared with version 2\.$/m,
      );
      assert.match(step.summary, /\*\*Fails this step\*\*\n\n- model-a: f1 is worse by 0\.15/);
      nextRun();
      assert.equal(
        (await job.run({ url, files, "fail-on-regression": "latency_ms=500,f1=0.2" })).code,
        0,
      );
    },
  );

  await t.step(
    "connection errors, 429 and 503 are repeated, and nothing is stored twice",
    async () => {
      nextRun();
      const before = await stored();
      proxy.faults = [503, "reset", 429, 502, "lost-response"];
      proxy.requests = 0;
      const step = await job.run({ url: proxy.url, audience: url, files });
      assert.equal(step.code, 0, step.log);
      assert.equal(proxy.requests, 6);
      assert.match(step.summary, /stored before/);
      assert.equal(await stored(), before + 2);
    },
  );

  await t.step("it gives up after some attempts, and never repeats another refusal", async () => {
    nextRun();
    proxy.faults = Array(6).fill(503);
    proxy.requests = 0;
    const down = await job.run({ url: proxy.url, audience: url, files });
    assert.equal(down.code, 1);
    assert.equal(proxy.requests, 6);
    assert.match(down.log, /::error file=results\/a\.json::.*HTTP 503/);
    proxy.faults = [500];
    proxy.requests = 0;
    assert.equal((await job.run({ url: proxy.url, audience: url, files })).code, 1);
    assert.equal(proxy.requests, 1);
  });

  await t.step("errors are annotations on their file, all of them", async () => {
    nextRun();
    await write("a.json", { ...result("model-a"), typo: 1, metrics: { f1: 91 } });
    const step = await job.run({ url, files });
    assert.equal(step.code, 1);
    assert.match(step.log, /::error file=results\/a\.json::\/metrics\/f1 must be a fraction/);
    assert.match(step.log, /::error file=results\/a\.json::\/typo is an unknown field/);
    await write("a.json", "{");
    assert.match(
      (await job.run({ url, files })).log,
      /::error file=results\/a\.json::.*not a JSON object/,
    );
    await clear();
  });

  await t.step("file names and values with spaces, quotes and line breaks are data", async () => {
    nextRun();
    const nasty = [
      `a b.json`,
      `c"d'.json`,
      "e\nf::error::g.json",
      "$(touch pwned).json",
      "-n.json",
      "`h`.json",
    ];
    for (const [index, name] of nasty.entries()) {
      await write(name, result(`<img onerror>|$(id) \`x\` ${index}`));
    }
    const step = await job.run({ url, files });
    assert.equal(step.code, 0, step.log);
    assert.equal(JSON.parse(step.outputs["snapshot-versions"]!).length, nasty.length);
    assert.ok(!step.summary.includes("<img"));
    assert.match(step.summary, /&lt;img onerror&gt;\\\|\$\(id\) \\`x\\` 0/);
    assert.deepEqual(
      [...Deno.readDirSync(job.directory)].filter((entry) => entry.name === "pwned"),
      [],
    );
    await clear();
    await write("e\nf::error::g.json", { typo: 1 });
    const refused = await job.run({ url, files });
    assert.equal(refused.code, 1);
    assert.ok(!/^f::error/m.test(refused.log), "a name cannot start a workflow command");
    await clear();
  });

  await t.step(
    "numbers keep every digit, labels and commits are put in where they lack",
    async () => {
      nextRun();
      await write(
        "big.json",
        JSON.stringify(result("big")).replace("400", "12345678901234567890.5"),
      );
      await write(
        "empty-line.json",
        `\n  ${JSON.stringify({ ...result("label"), environment: "github-actions" })}`,
      );
      const step = await job.run({ url, files, environment: "github-actions", "commit-sha": SHA });
      assert.equal(step.code, 0, step.log);
      const receipts = JSON.parse(await Deno.readTextFile(step.outputs.receipts!));
      const response = await stack.rpc("get_ledger_entry", {
        p_configuration_id: receipts.results[0].configuration.id,
        p_snapshot_version: 1,
      });
      assert.match(await response.text(), /12345678901234567890\.5/);
      await clear();
    },
  );

  await t.step(
    "a number that no double holds is refused by the function, and not changed",
    async () => {
      nextRun();
      await write(
        "a.json",
        JSON.stringify({ results: [result("a"), result("b")] }).replace("400", "1e400"),
      );
      const step = await job.run({ url, files });
      assert.equal(step.code, 1);
      assert.match(
        step.log,
        /::results\/a\.json: result 1, \/metrics\/latency_ms is beyond the range of a double: 1e400$/m,
      );
      await clear();
    },
  );

  await t.step("more than 100 results are sent as several batches", async () => {
    nextRun();
    await write("many.json", {
      results: Array.from({ length: 130 }, (_, n) => result(`many-${n}`)),
    });
    proxy.requests = 0;
    const step = await job.run({ url: proxy.url, audience: url, files });
    assert.equal(step.code, 0, step.log);
    assert.equal(proxy.requests, 2);
    assert.equal(JSON.parse(step.outputs["snapshot-versions"]!).length, 130);
    await clear();
  });

  await t.step("a pull request compares, stores nothing, and keeps one comment", async () => {
    await write("a.json", result("model-a", { f1: 0.1 }));
    const user = { login: "github-actions[bot]", type: "Bot" };
    const comments: { id: number; body: string; user: unknown }[] = [{
      id: 1,
      body: "hello",
      user,
    }];
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const path = new URL(request.url).pathname;
      if (request.method === "GET") return Response.json(comments);
      const { body } = await request.json();
      const id = Number(/comments\/(\d+)$/.exec(path)?.[1] ?? comments.length + 1);
      const known = comments.find((comment) => comment.id === id);
      if (known) known.body = body;
      else comments.push({ id, body, user });
      return Response.json({ id }, { status: known ? 200 : 201 });
    });
    job.event = { pull_request: { number: 7, head: { sha: "c".repeat(40) } } };
    job.claims = {
      event_name: "pull_request",
      ref: "refs/pull/7/merge",
      head_ref: "feature",
      run_id: "500",
    };
    const env = {
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}`,
    };
    const before = await stored();
    const step = await job.run({
      url,
      files,
      "github-token": "ghs_x",
      "fail-on-regression": "f1=0.05",
    }, env);
    assert.equal(step.code, 1, step.log);
    assert.match(
      step.summary,
      /^Compared with version \d+, \d metrics judged\. Nothing was stored\./m,
    );
    assert.match(step.summary, /\| \*\*✗\u00a0f1 worse\*\* \| 0\.6 → 0\.1 \(−0\.5\) \|/);
    await job.run({ url, files, "github-token": "ghs_x" }, env);
    assert.equal(comments.length, 2);
    assert.match(
      comments[1]!.body,
      /^<!-- ingest-benchmark -->\n### Benchmarks: 1 worse, \d fine\n/,
    );
    assert.equal(await stored(), before);
    // Or it is stored as a candidate, and the next run is compared with what was there before it.
    const candidate = await job.run({ url, files, mode: "ingest" }, env);
    assert.equal(candidate.code, 0, candidate.log);
    assert.match(candidate.summary, /^Stored as version \d+ \(candidate\), \d metrics judged\./m);
    assert.match(candidate.summary, /\| F1 \| 0\.1 \(▼ 0\.5 \*\*worse\*\*\) \|/);
    assert.match(candidate.summary, /\/commit\/c{40}\)/, "the head, and not the merge commit");
    assert.equal(await stored(), before + 1);
    job.event = undefined;
    await api.shutdown();
  });

  await t.step(
    "a persist job that runs again stores nothing, and claims what was measured",
    async () => {
      job.event = {
        workflow_run: {
          id: 777,
          run_attempt: 1,
          event: "push",
          head_sha: "c".repeat(40),
          head_branch: "main",
          head_repository: { id: 1, full_name: "octo-org/bench" },
        },
        repository: { id: 1 },
      };
      await clear();
      await write("a.json", { ...result("persisted"), commit_sha: null, environment: null });
      const before = await stored();
      const env = { GITHUB_EVENT_NAME: "workflow_run" };
      const receiptsOf = async (step: StepResult) =>
        JSON.parse(await Deno.readTextFile(step.outputs.receipts!)).results;
      job.claims = { event_name: "workflow_run", run_id: "600" };
      const step = await job.run({ url, files, environment: "github-actions" }, env);
      assert.equal(step.code, 0, step.log);
      const [receipt] = await receiptsOf(step);
      assert.equal(receipt.published, true, "measured on the branch of the rule");
      assert.deepEqual(
        receipt.provenance.claimed,
        ["commit_sha", "branch_name", "run_id", "run_attempt"],
      );
      job.claims = { event_name: "workflow_run", run_id: "600", run_attempt: "2" };
      const again = await job.run({ url, files, environment: "github-actions" }, env);
      assert.match(again.summary, /1 \(stored before\)/, again.log);
      assert.equal(await stored(), before + 1);

      Object.assign((job.event as { workflow_run: object }).workflow_run, {
        id: 778,
        event: "pull_request",
      });
      job.claims = { event_name: "workflow_run", run_id: "601" };
      const pull = await job.run({ url, files, environment: "github-actions" }, env);
      assert.equal((await receiptsOf(pull))[0].published, false);
      job.event = undefined;
    },
  );

  await t.step("an ingest token works without OIDC, and a retry of it is safe", async () => {
    const none = { ACTIONS_ID_TOKEN_REQUEST_URL: "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" };
    await write("a.json", { ...result("by-token"), environment: "staging", commit_sha: SHA });
    const before = await stored();
    proxy.faults = ["lost-response"];
    const step = await job.run({ url: proxy.url, files, token: stack.env.INGEST_TOKEN }, none);
    assert.equal(step.code, 0, step.log);
    assert.equal(await stored(), before + 1);
    assert.ok(!step.log.replace(/^::add-mask::.*$/gm, "").includes(stack.env.INGEST_TOKEN));
  });

  await t.step("wrong inputs are said", async () => {
    await Deno.writeTextFile(join(job.directory, "empty.json"), '{"results":[]}');
    for (
      const inputs of [
        { url: "x", files },
        { url, files: "nothing/*.json" },
        { url, files: "empty.json" },
        { url, files, mode: "both" },
        { url, files, "fail-on-regression": "f1" },
        { url, files, "fail-on": "warn" },
        { url, files, "require": "worse" },
        { url, files, comment: "sometimes" },
        { url, files, check: "yes" },
        { url, files, "check-name": "a\nb" },
        ...[
          "bench.example",
          "http://bench.example/",
          "ftp://bench.example/",
          "https://ada@bench.example/",
          "https://bench.example/a b",
          "https://bench.example/)[x](https://evil.example",
          "http://127.0.0.1.evil.example/",
          "javascript:alert(1)",
        ].map((dashboard) => ({ url, files, "dashboard-url": dashboard })),
      ]
    ) {
      const step = await job.run(inputs);
      assert.equal(step.code, 1);
      assert.match(step.log, /^::error::/m);
    }
  });

  await job.close();
  await proxy.close();
  await stack.stop();
  await issuer.close();
  await Deno.remove(dataDirectory, { recursive: true });
}

const skipShellcheck = await reasonToSkip("shellcheck");

Deno.test({
  name: "the action's scripts are clean under shellcheck" + skipShellcheck,
  ignore: skipShellcheck !== "",
  async fn() {
    const directory = new URL("./", import.meta.url);
    const scripts = ["ingest.sh", "comment.sh", "check.sh"].map((name) =>
      new URL(name, directory).pathname
    );
    const { success, stdout } = await new Deno.Command("shellcheck", {
      args: ["-x", "--source-path=SCRIPTDIR", ...scripts],
    }).output();
    assert.ok(success, new TextDecoder().decode(stdout));
  },
});
