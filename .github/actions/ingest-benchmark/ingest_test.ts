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
import {
  type Answer,
  json,
  receiptOf,
  receiptsWith,
  startStandInServer,
} from "./stand_in_server.ts";

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
    assert.match(step.summary, /\| model-a \| d \| github-actions \| 1 \| 0\.85 \| 0\.9 \|/);
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
    assert.match(
      step.summary,
      /\| model-policy \| f1 \| ✗ worse \| 0\.9 \| 0\.8 \| – \| the limit alone \| version 1 \|/,
    );
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
      assert.match(step.summary, /\*\*Regressions\*\*/);
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
    assert.match(step.summary, /against \d+ \| 0\.1 \(▼ 0\.5 \*\*worse\*\*\)/);
    assert.match(step.summary, /Nothing was stored/);
    await job.run({ url, files, "github-token": "ghs_x" }, env);
    assert.equal(comments.length, 2);
    assert.match(comments[1]!.body, /^<!-- ingest-benchmark -->\n### Benchmark results/);
    assert.equal(await stored(), before);
    // Or it is stored as a candidate, and the next run is compared with what was there before it.
    const candidate = await job.run({ url, files, mode: "ingest" }, env);
    assert.equal(candidate.code, 0, candidate.log);
    assert.match(candidate.summary, /\| \d+ \(candidate\) \| 0\.1 \(▼ 0\.5 \*\*worse\*\*\)/);
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

Deno.test({
  name: "the action against a stand-in for the function" + skip,
  ignore: skip !== "",
  fn: standsUpToServers,
});

const bytes = (text: string) => new TextEncoder().encode(text);
const HEAD = '"model_version":"m","dataset_version":"d","prompt_version":"p"';
const TEXT = `{${HEAD},"metrics":{"f1":0.5}}`;

async function standsUpToServers(t: Deno.TestContext): Promise<void> {
  const server = await startStandInServer();
  let tokens = 0;
  const job = await startGitHubJob({ sign: () => Promise.resolve(`header.claims.${++tokens}`) });
  const inputs = { url: server.url, files: "results/*.json" };
  const none = { ACTIONS_ID_TOKEN_REQUEST_URL: "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "" };
  const directory = join(job.directory, "results");

  /** Runs the action on files and nothing else. */
  const run = async (
    files: Record<string, string | Uint8Array>,
    more: Record<string, string> = {},
    env: Record<string, string> = {},
  ) => {
    await Deno.remove(directory, { recursive: true }).catch(() => {});
    await Deno.mkdir(directory);
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        join(directory, name),
        typeof content === "string" ? bytes(content) : content,
      );
    }
    server.requests = [];
    const step = await job.run({ ...inputs, ...more }, env);
    server.answers = [];
    assertNoCommands(step);
    return step;
  };

  await t.step(
    "a batch arrives as the bytes of its file, with what it lacks in front",
    async () => {
      const results = [
        `{ "model_version" : "m\\u0041\\/é😀", "metrics":{"big":12345678901234567890 ,"e":1e400,\r\n "x":-0.0,"d":1.10}}`,
        `{}`,
        `{\n\t"metrics": {"a": [ ], "{\\"]": "},{" , "n": [[-1.5E+10, 0.12345678901234567891]]}\n}`,
      ];
      const step = await run({
        "a.json": ` {"results" :\n[ ${results.join(" ,\n ")} ] }\n`,
        "b.json": results[2]!,
      }, { environment: "local", variant: 'a "b" é' });
      assert.equal(step.code, 0, step.log);
      const head = String.raw`{"environment":"local","variant":"a \"b\" é"`;
      const sent = [...results, results[2]!]
        .map((text) => text === "{}" ? head + "}" : head + "," + text.slice(1));
      assert.equal(server.requests[0]!.body, `{"results":[${sent}]}`);
    },
  );

  await t.step("random documents arrive digit for digit, whatever awk is there", async () => {
    const random = [...randomDocuments(149), String.raw`{"\\":"\\"}`];
    for (const awk of await installedAwks()) {
      const step = await run(
        {
          "a.json": `{"results":[${random.slice(0, 100)}]}`,
          "b.json": `{"results":[${random.slice(100)}]}`,
        },
        {},
        { PATH: `${awk.path}:${Deno.env.get("PATH")}` },
      );
      assert.equal(step.code, 0, awk.name + step.log);
      assert.equal(
        server.requests.map(({ body }) => body.slice('{"results":['.length, -2)).join(","),
        random.join(","),
        awk.name,
      );
      const broken = await run({ "a.json": TEXT.replace("0.5", "[0.5,\n NaN]") }, {}, {
        PATH: `${awk.path}:${Deno.env.get("PATH")}`,
      });
      assert.match(broken.log, /\/metrics\/f1\/1 is NaN, .*\(line 2, column 2\)/, awk.name);
    }
  });

  await t.step("what is no JSON in UTF-8 is refused by name, and nothing is sent", async () => {
    const inBatch = (bad: string) => `{"results":[${TEXT},\n${TEXT.replace("0.5", bad)}]}`;
    const cases: [string | Uint8Array, RegExp][] = [
      [
        inBatch("NaN"),
        /bad\.json: result 2, \/metrics\/f1 is NaN, which JSON does not have.*\(line 2, column 81\)/,
      ],
      [inBatch("-Infinity"), /result 2, \/metrics\/f1 is -Infinity, which JSON does not have/],
      [inBatch("01"), /result 2, \/metrics\/f1 is 01, which is not JSON/],
      [inBatch('"\\x"'), /result 2, \/metrics\/f1: a string holds a backslash/],
      [inBatch('"a\nb"'), /result 2, \/metrics\/f1: a string holds a line break/],
      [
        inBatch("0.5,"),
        /result 2, \/metrics\/f1: a closing bracket stands where a key is expected/,
      ],
      [inBatch("[".repeat(64)), /result 2, \/metrics\/f1.* must not be nested deeper than 64/],
      [inBatch("0.5").slice(0, -2), /bad\.json: result 2: it ends before it is complete/],
      [TEXT + '"', /not a JSON object.*after its end there is more/],
      [TEXT + '\n"', /not a JSON object.*after its end there is more/],
      [`${TEXT}\n${TEXT}`, /after its end there is more: several results belong into/],
      [`[${TEXT}]`, /it is an array/],
      ["", /it is empty/],
      ['"x"', /it is no object/],
      ["{", /bad\.json is not a JSON object/],
      ['{"results":[]}', /bad\.json has no result/],
      ['{"results":null}', /\/results must be an array/],
      ['{"results":[1]}', /bad\.json: result 1 must be a JSON object/],
      [`{"results":[${TEXT}],"notes":"x"}`, /\/notes stands beside results/],
      [`{"notes":"x","results":[${TEXT}]}`, /\/results must stand alone/],
      [
        Uint8Array.from(bytes(TEXT.replace('"m"', '"mé"')), (byte) => byte).filter((byte) =>
          byte !== 0xc3
        ),
        /\/model_version: it is not UTF-8 but, perhaps, Latin-1/,
      ],
      [
        Uint8Array.from([0xff, 0xfe, ...[...TEXT].flatMap((c) => [c.charCodeAt(0), 0])]),
        /bad\.json is UTF-16/,
      ],
      [Uint8Array.from([...TEXT].flatMap((c) => [0, c.charCodeAt(0)])), /bad\.json is UTF-16/],
      [Uint8Array.from([0x1f, 0x8b, 8, 0]), /compressed \(gzip\)/],
      [TEXT + "\0", /NUL bytes/],
      [TEXT.replace("0.5", `"${"x".repeat(1_050_000)}"`), /result 1 has 105\d+ bytes/],
    ];
    for (const [content, message] of cases) {
      const step = await run({ "bad.json": content, "good.json": TEXT, "later.json": "{" });
      assert.equal(step.code, 1, String(message));
      const errors = step.log.split("\n").filter((line) => /^::error file=/.test(line));
      const [error, ...others] = errors.filter((line) => line.includes("file=results/bad.json::"));
      assert.match(error ?? "", message);
      assert.deepEqual(others, []);
      assert.match(errors.join("\n"), /file=results\/later\.json/, "all files are looked at");
      assert.equal(server.requests.length, 0);
    }
  });

  await t.step("a byte order mark is taken off, and said", async () => {
    const step = await run({ "a.json": "\ufeff" + TEXT + "\r\n" });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests[0]!.body, `{"results":[${TEXT}]}`);
    assert.match(step.log, /^::notice file=results\/a\.json::.*byte order mark/m);
  });

  await t.step("null is left out: it is filled in where it stands", async () => {
    const nulls =
      `{"environment" : null,"tags":null, "\\u0063ommit_sha":null,"metrics":{"environment":null}}`;
    await run({ "a.json": nulls, "b.json": '{"environment":"staging","commit_sha":"0123abc"}' }, {
      "environment": "local",
      "commit-sha": SHA,
    });
    assert.equal(
      server.requests[0]!.body,
      `{"results":[${
        nulls.replace("null", '"local"').replace('sha":null', `sha":"${SHA}"`)
      },{"environment":"staging","commit_sha":"0123abc"}]}`,
    );
  });

  await t.step("under workflow_run it says which run was measured", async () => {
    const measured = {
      id: 777,
      run_attempt: 2,
      event: "push",
      head_sha: "c".repeat(40),
      head_branch: "release/1.x",
      head_repository: { id: 1, full_name: "octo-org/bench" },
    };
    const sent = async (change: Record<string, unknown>, text = "{}", more = {}) => {
      job.event = { workflow_run: { ...measured, ...change }, repository: { id: 1 } };
      const step = await run({ "a.json": text }, more, { GITHUB_EVENT_NAME: "workflow_run" });
      assert.equal(step.code, 0, step.log);
      return server.requests[0]!.results[0];
    };
    const facts = {
      commit_sha: measured.head_sha,
      branch_name: "release/1.x",
      run_id: "777",
      run_attempt: 2,
    };
    const candidate = { ...facts, candidate: true };
    assert.deepEqual(await sent({}), facts);
    assert.deepEqual(await sent({ event: "pull_request" }), candidate);
    assert.deepEqual(await sent({ event: "pull_request_target" }), candidate);
    assert.deepEqual(await sent({ event: "pull_request_review" }), candidate);
    assert.deepEqual(await sent({ event: "merge_group" }), candidate);
    const queue = "gh-readonly-queue/main/pr-7-abc";
    for (
      const [head_branch, input] of [[queue], [`refs/heads/${queue}`], [queue, "main"], [
        "main",
        queue,
      ]]
    ) {
      assert.deepEqual(
        await sent({ head_branch }, "{}", input === undefined ? {} : { "branch-name": input }),
        { ...candidate, branch_name: input ?? head_branch },
      );
    }
    assert.deepEqual(
      await sent({ event: "workflow_dispatch", head_branch: "refs/pull/7/merge" }),
      { ...candidate, branch_name: "refs/pull/7/merge" },
    );
    assert.deepEqual(
      await sent({ head_branch: "fix/gh-readonly-queue/" }),
      { ...facts, branch_name: "fix/gh-readonly-queue/" },
    );
    assert.deepEqual(
      await sent({ head_repository: { id: 2, full_name: "octo-org/bench" } }),
      candidate,
    );
    assert.deepEqual(await sent({ head_repository: { full_name: "mallory/bench" } }), candidate);
    assert.deepEqual(await sent({ head_repository: null }), candidate, "a fork that is gone");
    assert.deepEqual(await sent({ event: "pull_request" }, '{"candidate":false}'), candidate);
    const { run_attempt: _, ...own } = { ...facts, run_id: "5" };
    assert.deepEqual(await sent({}, '{"run_id":"5"}'), own, "not another run's attempt");
    assert.deepEqual(await sent({}, '{"run_attempt":null,"run_id":5}'), {
      ...own,
      run_id: 5,
      run_attempt: null,
    });
    assert.deepEqual(await sent({}, '{"run_id":null}', { "run-id": "9", "run-attempt": "3" }), {
      ...facts,
      run_id: "9",
      run_attempt: 3,
    });
    assert.deepEqual(await sent({}, "{}", { "run-id": "9" }), { ...own, run_id: "9" });
    assert.deepEqual(
      await sent({}, '{"candidate":false,"branch_name":"main"}'),
      { ...candidate, branch_name: "main" },
      "a run of one branch cannot pass for another's",
    );
    assert.deepEqual(await sent({}, '{"branch_name":"refs/heads/release/1.x"}'), {
      ...facts,
      branch_name: "refs/heads/release/1.x",
    });
    job.event = undefined;
  });

  await t.step("a pull request claims its head, other events nothing", async () => {
    job.event = { pull_request: { number: 7, head: { sha: "d".repeat(40) } } };
    const event = async (name: string, more = {}) => {
      await run({ "a.json": TEXT }, more, { GITHUB_EVENT_NAME: name });
      const { path, results: [{ commit_sha, branch_name, run_id, candidate }] } = server
        .requests[0]!;
      return [path.includes("dry_run=true"), commit_sha, branch_name ?? run_id, candidate];
    };
    assert.deepEqual(await event("pull_request"), [true, "d".repeat(40), undefined, undefined]);
    job.event = { merge_group: { head_sha: "e".repeat(40) } };
    assert.deepEqual(await event("merge_group"), [true, undefined, undefined, undefined]);
    assert.deepEqual(await event("merge_group", { mode: "ingest", candidate: "true" }), [
      false,
      undefined,
      undefined,
      true,
    ]);
    assert.deepEqual(await event("schedule"), [false, undefined, undefined, undefined]);
    job.event = undefined;
  });

  await t.step("an answer that is not one receipt a result is an error", async () => {
    const cases: [Answer, RegExp][] = [
      [
        (response) => void response.writeHead(201).end(),
        /not with what it should: it is not one JSON document/,
      ],
      [(response) => void response.writeHead(201).end("<html>"), /not JSON/],
      [json(201, { results: [] }), /0 receipts for 2 results/],
      [json(201, [1]), /no array of results/],
      [json(201, { results: [1, 2] }), /receipt 1 is no object/],
      [receiptsWith({ transaction_id: "x" }), /transaction_id that is no UUID/],
      [receiptsWith({ snapshot_version: "1" }), /snapshot_version/],
      [receiptsWith({ snapshot_version: 1.5 }), /snapshot_version/],
      [
        receiptsWith({ entry_hash: "a".repeat(64) + "\n::add-mask::results" }),
        /entry_hash that is not 64/,
      ],
      [receiptsWith({ entry_hash: "a".repeat(64) + "\n" }), /entry_hash that is not 64/],
      [json(204, {}), /HTTP 204/],
      [(response) => void response.writeHead(302, { Location: "/" }).end(), /HTTP 302/],
    ];
    for (const [answer, message] of cases) {
      server.answers = Array(6).fill(answer);
      const step = await run({ "a.json": TEXT, "b.json": TEXT });
      assert.equal(step.code, 1, String(message));
      assert.match(step.log, message);
      assert.equal(step.outputs["transaction-ids"], "[]");
      assert.equal(step.outputs.receipts, undefined);
      assert.equal(step.summary, "");
    }
    server.answers = [receiptsWith({})];
    const stored = await run({ "a.json": TEXT }, { mode: "compare" });
    assert.match(stored.log, /does not say dry_run: true/);
    assert.equal(stored.code, 1);
  });

  await t.step("half an answer is asked for again", async () => {
    const half = (declared: boolean): Answer => (response, request) => {
      const text = JSON.stringify({ results: request.results.map((result) => receiptOf(result)) });
      response.writeHead(201, {
        Connection: "close",
        ...declared && { "Content-Length": text.length },
      });
      response.write(
        text.slice(0, text.length / 2),
        () => declared ? response.socket!.destroy() : response.end(),
      );
    };
    server.answers = [half(true), half(false)];
    const step = await run({ "a.json": TEXT });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests.length, 3);
    assert.match(step.log, /Attempt 1 of 6 got no whole answer \(\(18\)/);
  });

  await t.step("an answer without end is cut off", async () => {
    const endless = (headers: Record<string, string>): Answer => (response) => {
      response.writeHead(201, headers);
      const chunk = new Uint8Array(1 << 20).fill(32);
      let left = 3 << 10;
      const more = () => {
        while (left-- > 0 && !response.destroyed) {
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    };
    for (const headers of [{}, { "Content-Length": String(3 * 2 ** 30) }]) {
      server.answers = [endless(headers as Record<string, string>)];
      const step = await run({ "a.json": TEXT });
      assert.equal(step.code, 1);
      assert.match(step.log, /an answer of more than 32768 kB/);
      assert.equal(server.requests.length, 1);
    }
  });

  await t.step("the server cannot make the job wait for hours", async () => {
    for (const after of ["9999", "99999999999999999999", "0000000000061", "08"]) {
      server.answers = [
        (response) => void response.writeHead(429, { "Retry-After": after }).end("{}"),
      ];
      // A sleep that says how long.
      const bin = await Deno.makeTempDir({ dir: job.directory });
      await Deno.writeTextFile(join(bin, "sleep"), '#!/bin/sh\necho "slept $1"\n', { mode: 0o755 });
      const step = await run({ "a.json": TEXT }, {}, {
        INGEST_FIRST_DELAY_SECONDS: "1",
        PATH: `${bin}:${Deno.env.get("PATH")}`,
      });
      assert.equal(step.code, 0, step.log);
      assert.match(step.log, after === "08" ? /^slept 8$/m : /^slept 60$/m);
    }
  });

  await t.step("a URL is one URL", async () => {
    const step = await run({ "a.json": TEXT }, { url: server.url + "/[1-3]/{a,b}" });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests.length, 1);
    assert.equal((await run({ "a.json": TEXT }, { url: server.url + " x" })).code, 1);
  });

  await t.step("what a server says is shown and does nothing", async () => {
    const evil =
      "x\r\n::add-mask::results\n##[add-mask]results\x1b[2J%0A::set-output name=a::b\u2028::error::y";
    server.answers = [json(422, {
      detail: evil,
      errors: [
        { pointer: "/results/08/metrics/f1", message: evil },
        { pointer: evil, message: "second" },
        { pointer: "/results/99999999999999999999", message: "third" },
        { pointer: 7, message: { a: 1 } },
        "fourth",
      ],
    })];
    const nine = `{"results":[${Array(9).fill(TEXT)}]}`;
    const step = await run({ "results.json": nine });
    assert.equal(step.code, 1);
    assert.match(
      step.log,
      /^::error file=results\/results\.json::results\/results\.json: result 9, \/metrics\/f1 x /m,
    );
    assert.match(step.log, /second$/m);
    server.answers = [json(403, { detail: evil })];
    assert.match(
      (await run({ "a.json": TEXT })).log,
      /^::error file=results\/a\.json::x.*\(HTTP 403\)$/m,
    );
    const { transaction_id: _, ...receipt } = receiptOf({ model_version: evil });
    server.answers = [receiptsWith({
      ...receipt,
      previous: { snapshot_version: evil, deltas: { f1: evil } },
      nearest: {
        configuration: evil,
        snapshot_version: evil,
        deltas: { [evil]: evil, f1: [evil] },
      },
      judgements: [{}, 7, {
        metric: evil,
        verdict: evil,
        severity: evil,
        summary: evil,
        reference: evil,
        from: evil,
        to: [evil],
        flipped: {
          worse: evil,
          items: [{ id: evil, change: "worse", from: { [evil]: evil } }, evil],
        },
        evidence: { method: evil, n: evil, interval: [evil, evil], confidence: evil },
      }, {
        verdict: "worse",
        reference: { configuration: { model_version: evil }, snapshot_version: evil },
        from: 1e308,
        evidence: { interval: [1e-320, -1e308], scale: "ratio", confidence: 1e308 },
        flipped: evil,
      }],
      provenance: evil,
    })];
    const stored = await run({ "a.json": TEXT });
    assert.equal(stored.code, 0, stored.log);
    // A head and a result, a head and three verdicts, their sentences, and the nearest run.
    const lines = stored.summary.split("\n").filter((line) => /^(\||- )/.test(line));
    assert.equal(lines.length, 3 + 5 + 3 + 1);
    for (const row of lines.slice(3, 8)) assert.equal(row.match(/(?<!\\)\|/g)!.length, 9, row);
  });

  const judgement = (change: Record<string, unknown> = {}, evidence = {}) => ({
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
  /** Runs the action on a result that the function answers with judgements. */
  const judged = (judgements: unknown, more: Record<string, string> = {}) => {
    server.answers = [receiptsWith({ judgements })];
    return run({ "a.json": TEXT }, more);
  };
  const policy = { "fail-on-regression": "policy" };
  const inconclusive = judgement({ verdict: "inconclusive" });
  const notWorse = judgement({ verdict: "not-worse" });

  await t.step("names are inert in summary and comment", async () => {
    const DANGEROUS =
      /@team|#1|evil\.example\/|(?<!\\)`code|<img|https:\/\/evil|www\.evil|(?<!\\)!\[|gh-1|:tada:/;
    const names = [
      "@team",
      "\\@team",
      "#1",
      "https://evil.example",
      "www.evil.example",
      "`code` ``two",
      "a|b",
      "<img src=x>",
      "&lt;",
      "line\nbreak",
      "![x](y)",
      "gh-12",
      ":tada:",
    ];
    server.answers = [receiptsWith({ previous: { snapshot_version: 3, deltas: { f1: 0.1 } } })];
    const step = await run({
      "a.json": JSON.stringify({
        results: names.map((name) => ({
          model_version: name,
          dataset_version: name,
          prompt_version: "p",
          variant: name,
          metrics: { f1: 0.5 },
        })),
      }),
    });
    assert.equal(step.code, 0, step.log);
    const rows = step.summary.split("\n").filter((line) => line.startsWith("| "));
    assert.equal(rows.length, names.length + 2);
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)!.length, 13, row);
    assert.doesNotMatch(step.summary, DANGEROUS);
    const [summary] = (await judged(names.map((name) =>
      judgement({
        metric: name,
        summary: name,
        reference: { configuration: { model_version: name }, snapshot_version: 1 },
        flipped: { items: [{ id: name, change: "worse", from: { [name]: name } }] },
      })
    ))).summary.split("Each entry hash");
    assert.doesNotMatch(summary!, DANGEROUS);
    assert.equal(
      summary!.split("\n").filter((line) => /^\| m/.test(line)).length,
      names.length + 1,
    );
    assert.match(step.summary, /\| @\u200bteam \|/);
    assert.match(step.summary, /\| \\\\@\u200bteam \|/);
    assert.match(step.summary, /\| &amp;lt; \|/);
  });

  await t.step("series and compare_to are put in where results name none", async () => {
    const own = '{"series":"own","compare_to":"model_version=a@1"}';
    const nulls = '{"series":null,"compare_to":null}';
    await run({ "a.json": `{"results":[{},${own},${nulls}]}` }, {
      "series": "auditor",
      "compare-to": 'variant=a "b",prompt_version=v=3@2',
    });
    const filled = { series: "auditor", compare_to: 'variant=a "b",prompt_version=v=3@2' };
    assert.deepEqual(server.requests[0]!.results, [filled, JSON.parse(own), filled]);
    await run({ "a.json": "{}" });
    assert.equal(server.requests[0]!.body, '{"results":[{}]}');
  });

  await t.step("verdicts are a table and a sentence each", async () => {
    const slower = judgement(
      { metric: "/latency_ms", better: "lower", severity: "warn", from: 400, to: 608 },
      { method: "history", n: 20, scale: "ratio", interval: [-0.76, -0.31] },
    );
    const changed = { change: "worse", newly_failing: true, from: { tp: 1, fn: 0 } };
    const flipped = {
      worse: 12,
      better: 3,
      items: [
        { ...changed, id: "bill|7", to: { tp: 0, fn: 1 } },
        { ...changed, id: "8", to: { tp: 0, fn: 0 } },
        { ...changed, id: "9", newly_failing: false, to: { tp: 1, fn: 2.5 } },
        { ...changed, id: "10", change: "better" },
      ],
    };
    const step = await judged([notWorse, slower, { ...inconclusive, flipped }]);
    assert.equal(step.code, 0, step.log);
    const rows = step.summary.split("\n").filter((line) => /^\| m \| [fl]/.test(line));
    assert.deepEqual(rows, [
      "| m | latency\\_ms | ✗ worse (warning) | 400 | 608 | +31 % to +76 % (98.3 %) | 20 runs | p2, version 3 |",
      "| m | f1 | ? inconclusive | 0.91235 | 0.86 | −0.11 to +0.00412 (98.3 %) | 48 items | p2, version 3 |",
      "| m | f1 | ✓ not worse | 0.91235 | 0.86 | −0.11 to +0.00412 (98.3 %) | 48 items | p2, version 3 |",
    ]);
    const says = "m: f1 −0.052 says the function. Compared with p2, version 3.";
    assert.ok(step.summary.includes(
      `**Inconclusive**\n\n- ? ${says} 12 items got worse, 3 better. Newly failing items: bill\\|7 (tp 1 → 0, fn 0 → 1), 8 (tp 1 → 0). Worse: 9 (fn 0 → 2.5).\n`,
    ));
    assert.ok(step.summary.includes(`**Not worse**\n\n- ✓ ${says}\n`));
    assert.equal(step.log.match(/^::warning::m: f1 −0\.052 says the function\./gm)!.length, 2);
    assert.doesNotMatch(step.log, /^::error/m);
    const wide = judgement({}, { method: "standard-errors", n: null, interval: null });
    assert.match(
      (await judged([wide])).summary,
      /\| ✗ worse \| 0\.91235 \| 0\.86 \| – \| standard errors \| p2, version 3 \|/,
    );
  });

  await t.step("a first run says which run is nearest", async () => {
    const nearest = {
      ...judgement().reference,
      deltas: { precision: null, f1: 0.01, latency_ms: -12.345, recall: 0 },
    };
    server.answers = [receiptsWith({ nearest })];
    const step = await run({ "a.json": TEXT });
    assert.ok(step.summary.includes(
      "- m: first run of this configuration; nearest is p2, version 3, unjudged: f1 +0.01, latency\\_ms −12.3, recall ±0.",
    ));
    assert.doesNotMatch(step.summary, /Verdict/);
  });

  await t.step("with policy, only what is worse fails, or what is inconclusive, too", async () => {
    const warns = { severity: "warn" };
    const cases: [unknown[], Record<string, string>, number, string][] = [
      [[judgement()], policy, 1, "true"],
      [[judgement()], {}, 0, "false"],
      [[judgement(warns)], policy, 0, "false"],
      [[inconclusive], policy, 0, "false"],
      [[inconclusive], { ...policy, "fail-on": "worse" }, 0, "false"],
      [[inconclusive], { ...policy, "fail-on": "inconclusive" }, 1, "false"],
      [[judgement()], { ...policy, "fail-on": "inconclusive" }, 1, "true"],
      [[{ ...inconclusive, ...warns }], { ...policy, "fail-on": "inconclusive" }, 0, "false"],
      [[notWorse], { ...policy, "fail-on": "inconclusive" }, 0, "false"],
    ];
    for (const [judgements, more, code, regressed] of cases) {
      const step = await judged(judgements, more);
      const name = JSON.stringify([judgements, more]);
      assert.equal(step.code, code, name + step.log);
      assert.equal(step.outputs.regressed, regressed, name);
      assert.equal(/^::error::m: f1 −0\.052 says/m.test(step.log), code === 1, name);
    }
    assert.match((await judged([inconclusive], policy)).log, /^::warning::m: f1 −0\.052 says/m);
    const alone = await judged([inconclusive], { "fail-on": "inconclusive" });
    assert.match(
      alone.log,
      /^::error::Input fail-on: inconclusive needs fail-on-regression: policy/m,
    );
    assert.equal(server.requests.length, 0);
  });

  await t.step("with require: not-worse, everything must be shown", async () => {
    const require = { require: "not-worse" };
    const unproven = judgement({ verdict: "not-worse" }, { method: "none", n: null });
    const warns = { severity: "warn" };
    const cases: [unknown, RegExp | null][] = [
      [[notWorse], null],
      [[notWorse, judgement(warns)], null],
      [[notWorse, inconclusive], /^::error::m: f1 −0\.052 says/m],
      [[notWorse, judgement()], /^::error::m: f1 −0\.052 says/m],
      [[unproven], /^::error::.*require: not-worse wants more than the limit: items,/m],
      [[judgement({ verdict: "not-worse" }, { method: "guess" })], /wants more than the limit/],
      [[judgement({ verdict: "fine" })], /^::error::m: f1 −0\.052 says/m],
      [[], /^::error::m: require: not-worse is not met: no metric with a policy of severity fail/m],
      [[{ ...notWorse, ...warns }], /require: not-worse is not met/],
      [undefined, /require: not-worse is not met/],
      ["not-worse", /require: not-worse is not met/],
    ];
    for (const [judgements, message] of cases) {
      const step = await judged(judgements, require);
      assert.equal(step.code, message === null ? 0 : 1, JSON.stringify(judgements) + step.log);
      if (message === null) assert.doesNotMatch(step.log, /^::error/m);
      else assert.match(step.log, message);
    }
    // Of several results, each.
    server.answers = [(response, request) => {
      const results = request.results.map((result, index) => ({
        ...receiptOf(result),
        judgements: index === 0 ? [notWorse] : [],
      }));
      return json(201, { results })(response, request);
    }];
    const step = await run({ "a.json": TEXT, "b.json": TEXT.replace('"m"', '"other"') }, require);
    assert.equal(step.code, 1);
    assert.match(
      step.summary,
      /shown to be no worse\*\*\n\n- other: require: not-worse is not met/,
    );
    const preview = await run({ "a.json": TEXT }, { ...require, mode: "compare" });
    assert.equal(preview.code, 1, "of what is only compared, too");
  });

  await t.step("a server cannot make the report take for ever, or hide a failure", async () => {
    const dear = judgement({
      verdict: "not-worse",
      summary: "*".repeat(1_000),
      metric: "@".repeat(1_000),
      flipped: {
        items: Array(10).fill({
          id: "|".repeat(200),
          change: "worse",
          from: { ["_".repeat(200)]: "*".repeat(200) },
        }),
      },
    });
    const startedAt = Date.now();
    const step = await judged([...Array(3_000).fill(dear), judgement()], policy);
    assert.ok(Date.now() - startedAt < 30_000, "in half a minute");
    assert.equal(step.code, 1);
    assert.equal(step.log.match(/^::error::/gm)!.length, 1);
    assert.match(step.summary, /… and \d+ more\./);
    const many = await judged(Array(10_001).fill({}));
    assert.match(many.log, /receipt 1 has more than 10000 judgements/);
    const failing = await judged(Array(250).fill(judgement()), policy);
    assert.equal(failing.log.match(/^::error::m: /gm)!.length, 100);
    assert.match(failing.log, /^::error::… and 150 more\.$/m);
  });

  await t.step("variants and candidates are told apart in the table", async () => {
    const step = await run({
      "a.json": `{${HEAD},"metrics":{"f1":0.5},"variant":"seed 7"}`,
      "b.json": TEXT,
    }, { candidate: "true" });
    assert.match(step.summary, /\| Environment \| Variant \| Version \|/);
    assert.match(
      step.summary,
      /\| m \| d \| github-actions \| seed 7 \| 1 \(candidate\) \| 0\.5 \|/,
    );
    assert.match(step.summary, /\| m \| d \| github-actions \| +\| 1 \(candidate\) \| 0\.5 \|/);
    const plain = await run({ "b.json": TEXT });
    assert.match(plain.summary, /\| m \| d \| github-actions \| 1 \| 0\.5 \|/);
    assert.match(
      (await run({ "b.json": TEXT }, { mode: "compare", candidate: "true" })).summary,
      /\| candidate, new \|/,
    );
  });

  await t.step(
    "what was stored before a request failed is reported, and the place kept",
    async () => {
      // jq does not take the last one, which is why the function refuses it.
      const last = TEXT.replace('"m"', '"\\ud800"');
      assert.notEqual(last, TEXT);
      const many = `{"results":[${[...Array(100).fill(TEXT), last]}]}`;
      server.answers = [
        "right",
        json(422, {
          errors: [{ pointer: "/results/0/metrics/f1", message: "must be a fraction" }],
        }),
      ];
      const step = await run({ "results.json": many });
      assert.equal(step.code, 1);
      assert.match(
        step.log,
        /::results\/results\.json: result 101, \/metrics\/f1 must be a fraction$/m,
      );
      assert.match(step.log, /^::error::100 of 101 results were stored; their receipts are above/m);
      assert.equal(JSON.parse(step.outputs["transaction-ids"]!).length, 100);
      const receipts = JSON.parse(await Deno.readTextFile(step.outputs.receipts!));
      assert.equal(receipts.results.length, 100);
      assert.ok(step.log.includes(JSON.stringify(receipts.results[99])), "in the log, too");
      assert.match(step.summary, /only the first 100 of 101 results/);
    },
  );

  await t.step("a request that got no answer may have been stored: that is said", async () => {
    server.answers = Array(2).fill((response: { socket: { destroy(): void } }) =>
      response.socket.destroy()
    );
    const step = await run({ "a.json": TEXT }, {}, { INGEST_MAX_ATTEMPTS: "2" });
    assert.equal(step.code, 1);
    assert.equal(server.requests.length, 2);
    assert.match(step.log, /not known/);
  });

  await t.step("no credential is an error, but not on a pull request from a fork", async () => {
    const pull = (full_name: string | null) => ({
      pull_request: { number: 1, head: { sha: SHA, repo: full_name && { full_name } } },
    });
    const code = async (event: string, payload: unknown, more = {}) => {
      job.event = payload;
      const step = await run({ "a.json": TEXT }, more, { ...none, GITHUB_EVENT_NAME: event });
      assert.equal(step.outputs.skipped ?? "false", step.code === 0 ? "true" : "false");
      assert.match(step.log, /^::(notice|error)::No credential/m);
      return step.code;
    };
    assert.equal(await code("push", {}), 1);
    assert.equal(await code("schedule", {}), 1);
    assert.equal(await code("pull_request", pull("octo-org/bench")), 1);
    assert.equal(await code("pull_request", pull("mallory/bench")), 0);
    assert.equal(await code("pull_request", pull(null)), 0);
    assert.equal(
      await code("pull_request", pull("mallory/bench"), { "on-missing-credential": "fail" }),
      1,
    );
    assert.equal(await code("push", {}, { "on-missing-credential": "skip" }), 0);
    job.event = undefined;
  });

  await t.step("a token is a token and nothing more", async () => {
    const pasted = await run({ "a.json": TEXT }, { token: "bmk_a_b\n" }, none);
    assert.equal(pasted.code, 0, pasted.log);
    assert.equal(server.requests[0]!.headers.authorization, "Bearer bmk_a_b");
    const evil = await run({ "a.json": TEXT }, { token: "x\nX-Evil: 1%" }, none);
    assert.equal(evil.code, 1);
    assert.equal(server.requests.length, 0);
  });

  await t.step("files are sent once, and a pattern without any is said", async () => {
    const step = await run({ "a.json": TEXT }, {
      files: "results/*.json\r\nresults/a.json\nnothing/*.json",
    });
    assert.equal(step.code, 0, step.log);
    assert.equal(server.requests[0]!.results.length, 1);
    assert.match(step.log, /^::warning::No file matches nothing/m);
  });

  await t.step("only the job's own comment is edited, on whatever page it is", async () => {
    const marker = "<!-- ingest-benchmark -->\n";
    const bot = { login: "github-actions[bot]", type: "Bot" };
    const strangers = [
      { id: 1, body: marker, user: { login: "mallory", type: "User" } },
      { id: 2, body: marker, user: { login: "github-actions[bot]", type: "User" } },
      { id: 3, body: marker, user: { login: "evil[bot]", type: "Bot" } },
      { id: 4, body: marker, user: null },
      { id: 5, body: null, user: bot },
      { id: 6, body: `quoted: ${marker}`, user: bot },
    ];
    const filler = Array.from(
      { length: 100 - strangers.length },
      (_, n) => ({ id: 100 + n, body: "hello", user: bot }),
    );
    let comments = [...strangers, ...filler, { id: 7, body: marker, user: bot }];
    const writes: [string, string, string][] = [];
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method !== "GET") {
        writes.push([request.method, pathname, (await request.json()).body]);
        return Response.json({});
      }
      const page = Number(searchParams.get("page")) - 1;
      return Response.json(comments.slice(page * 100, page * 100 + 100));
    });
    job.event = { pull_request: { number: 7, head: { sha: SHA } } };
    const env = {
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}`,
    };
    const comment = (files: Record<string, string>, more = {}) =>
      run(files, { "github-token": "ghs_x", ...more }, env);
    assert.equal((await comment({ "a.json": TEXT })).code, 0);
    comments = comments.slice(0, -1);
    assert.equal((await comment({ "a.json": TEXT }, { mode: "ingest" })).code, 0);
    const long = JSON.stringify({
      results: Array(100).fill({
        model_version: "@".repeat(200),
        dataset_version: "@".repeat(200),
        metrics: {},
      }),
    });
    assert.equal((await comment({ "a.json": long })).code, 0);
    assert.deepEqual(writes.map(([method, path]) => [method, path]), [
      ["PATCH", "/repos/octo-org/bench/issues/comments/7"],
      ["POST", "/repos/octo-org/bench/issues/7/comments"],
      ["POST", "/repos/octo-org/bench/issues/7/comments"],
    ]);
    assert.ok(writes[0]![2].startsWith(`${marker}### Benchmark results`));
    assert.ok(writes[2]![2].length < 65_536, "GitHub refuses a longer one");
    assert.match(writes[2]![2], /… and \d+ more\./);
    job.event = undefined;
    await api.shutdown();
  });

  /** GitHub's API: comments and check runs, each with the status that it answers. */
  const gitHub = (statuses: { checks?: number; comments?: number } = {}) => {
    const bot = { login: "github-actions[bot]", type: "Bot" };
    const state = {
      // deno-lint-ignore no-explicit-any
      checks: [] as any[],
      paths: [] as string[],
      comments: [] as { id: number; body: string; user: unknown }[],
      writes: 0,
    };
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname } = new URL(request.url);
      assert.equal(request.headers.get("authorization"), "Bearer ghs_x");
      if (pathname.endsWith("/check-runs")) {
        state.paths.push(`${request.method} ${pathname}`);
        state.checks.push(await request.json());
        return Response.json({ message: "m" }, { status: statuses.checks ?? 201 });
      }
      if (statuses.comments !== undefined) {
        return Response.json({ message: "m" }, { status: statuses.comments });
      }
      if (request.method === "GET") return Response.json(state.comments);
      const { body } = await request.json();
      state.writes++;
      if (request.method === "PATCH") state.comments[0]!.body = body;
      else state.comments.push({ id: 1, body, user: bot });
      return Response.json({}, { status: request.method === "PATCH" ? 200 : 201 });
    });
    const env = { GITHUB_SHA: SHA, GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}` };
    return { state, env, close: () => api.shutdown() };
  };
  const checked = { check: "true", comment: "never", "github-token": "ghs_x" };

  await t.step("a check is made at once, and fails only when the step does", async () => {
    const github = gitHub();
    const cases: [unknown[], Record<string, string>, string, string][] = [
      [[notWorse], policy, "success", "0 worse, 0 inconclusive, 1 not worse"],
      [[judgement()], policy, "failure", "1 worse, 0 inconclusive, 0 not worse"],
      [[judgement()], {}, "neutral", "1 worse, 0 inconclusive, 0 not worse"],
      [[judgement({ severity: "warn" }), notWorse], policy, "neutral", "1 worse, 0 inc"],
      [[inconclusive, notWorse], policy, "neutral", "0 worse, 1 inconclusive, 1 not worse"],
      [[inconclusive], { ...policy, "fail-on": "inconclusive" }, "failure", "0 worse, 1 inc"],
      [[inconclusive], { require: "not-worse" }, "failure", "0 worse, 1 inconclusive"],
      [[], {}, "neutral", "Nothing to compare with"],
      [[], { require: "not-worse" }, "failure", "Nothing to compare with"],
    ];
    for (const [judgements, more, conclusion, title] of cases) {
      server.answers = [receiptsWith({ judgements })];
      const step = await run({ "a.json": TEXT }, { ...checked, ...more }, github.env);
      const name = JSON.stringify([judgements, more]);
      assert.equal(step.code, conclusion === "failure" ? 1 : 0, name + step.log);
      const check = github.state.checks.at(-1)!;
      assert.equal(check.conclusion, conclusion, name);
      assert.ok(check.output.title.startsWith(title), check.output.title);
      assert.equal(check.status, "completed");
      assert.equal(check.head_sha, SHA);
      assert.equal(check.name, "Benchmarks (persist)");
      assert.equal(check.details_url, "https://github.com/octo-org/bench/actions/runs/9001");
      assert.match(check.output.text, /^### Benchmark results/);
    }
    assert.equal(github.state.checks.length, cases.length);
    assert.deepEqual([...new Set(github.state.paths)], ["POST /repos/octo-org/bench/check-runs"]);
    const worse = github.state.checks[1]!.output;
    assert.match(worse.summary, /^The gate fails\.\n\n- ✗ m: f1 −0\.052 says the function\./);
    assert.match(worse.text, /\| m \| f1 \| ✗ worse \|.*\| p2, version 3 \|/);
    assert.deepEqual(worse.annotations, [{
      path: "results/a.json",
      start_line: 1,
      end_line: 1,
      annotation_level: "failure",
      title: "Worse",
      message: "m: f1 −0.052 says the function. Compared with p2, version 3.",
    }]);
    assert.equal(github.state.checks[2]!.output.annotations[0].annotation_level, "warning");
    await github.close();
  });

  await t.step("limits of the input, and a request that failed, are in the check", async () => {
    const github = gitHub();
    const previous = { snapshot_version: 3, deltas: { f1: -0.1 } };
    server.answers = [receiptsWith({ previous })];
    const limits = { ...checked, "fail-on-regression": "f1=0.05" };
    assert.equal((await run({ "a.json": TEXT }, limits, github.env)).code, 1);
    assert.equal(github.state.checks[0]!.conclusion, "failure");
    assert.equal(github.state.checks[0]!.output.title, "1 worse, 0 inconclusive, 0 not worse");
    assert.match(
      github.state.checks[0]!.output.annotations[0].message,
      /^m: f1 is worse by 0\.1 than/,
    );
    server.answers = [receiptsWith({ previous, judgements: [judgement()] })];
    await run({ "a.json": TEXT }, limits, github.env);
    assert.equal(github.state.checks[1]!.output.title, "1 worse, 0 inconclusive, 0 not worse");
    server.answers = [receiptsWith({ previous: { snapshot_version: 3, deltas: { f1: 0 } } })];
    await run({ "a.json": TEXT }, limits, github.env);
    assert.equal(github.state.checks[2]!.conclusion, "success");
    server.answers = [json(422, { detail: "no" })];
    assert.equal((await run({ "a.json": TEXT }, checked, github.env)).code, 1);
    assert.equal(github.state.checks[3]!.conclusion, "failure");
    assert.equal(github.state.checks[3]!.output.title, "0 of 1 results");
    assert.match(
      github.state.checks[3]!.output.summary,
      /Stored are only the first 0 of 1 results/,
    );
    await github.close();
  });

  await t.step("the check is on the commit that people see", async () => {
    const github = gitHub();
    const [head, group, measured] = ["a", "b", "c"].map((digit) => digit.repeat(40));
    const shaOf = async (name: string, event: unknown) => {
      job.event = event;
      const step = await run({ "a.json": TEXT }, { ...checked, comment: "always" }, {
        ...github.env,
        GITHUB_EVENT_NAME: name,
      });
      assert.equal(step.code, 0, step.log);
      job.event = undefined;
      return github.state.checks.at(-1)!.head_sha;
    };
    assert.equal(await shaOf("pull_request", { pull_request: { head: { sha: head } } }), head);
    assert.equal(await shaOf("merge_group", { merge_group: { head_sha: group } }), group);
    assert.equal(server.requests.at(-1)!.path.endsWith("?dry_run=true"), true);
    assert.equal(await shaOf("workflow_run", { workflow_run: { head_sha: measured } }), measured);
    assert.equal(await shaOf("push", { after: head }), SHA);
    assert.equal(github.state.writes, 0, "a merge group has no comment");
    const none = await run({ "a.json": TEXT }, checked, { ...github.env, GITHUB_SHA: "" });
    assert.equal(none.code, 0);
    assert.match(
      none.log,
      /^::warning::There is no check: neither the event nor GITHUB_SHA names/m,
    );
    await run({ "a.json": TEXT }, { ...checked, "check-name": "Gate: linux" }, github.env);
    assert.equal(github.state.checks.at(-1)!.name, "Gate: linux");
    await github.close();
  });

  await t.step("a check fits, shows 50 annotations, and its names are inert", async () => {
    const github = gitHub();
    const names = ["@team", "#1", "https://evil.example", "a|b`c", "<img src=x>", "line\nbreak"];
    server.answers = [receiptsWith({
      judgements: [
        ...names.map((name) => judgement({ metric: name, summary: name })),
        ...Array(500).fill(judgement({ summary: "@".repeat(1_000) })),
      ],
    })];
    const step = await run({ "a\nb.json": TEXT }, { ...checked, ...policy }, github.env);
    assert.equal(step.code, 1);
    const { output } = github.state.checks[0]!;
    for (const part of [output.summary, output.text]) assert.ok(part.length < 65_535);
    assert.equal(output.annotations.length, 50);
    assert.match(output.summary, /Annotations are shown for the first 50 of 506\.$/);
    assert.doesNotMatch(JSON.stringify(output), /@team|#1\b|https:\/\/evil/);
    assert.doesNotMatch(output.summary + output.text, /<img/);
    assert.ok(JSON.stringify(github.state.checks[0]).length < 1_000_000);
    for (const { path } of output.annotations) assert.equal(path, "results/a b.json");
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, { ...checked, files: join(directory, "*.json") }, {
      ...github.env,
      GITHUB_WORKSPACE: job.directory,
    });
    assert.equal(github.state.checks[1]!.output.annotations[0].path, "results/a.json");
    server.answers = [receiptsWith({ judgements: [judgement()] })];
    await run({ "a.json": TEXT }, { ...checked, files: join(directory, "*.json") }, github.env);
    assert.equal(github.state.checks[2]!.output.annotations[0].path, ".github");
    await github.close();
  });

  await t.step(
    "what GitHub refuses fails nothing, loses no receipt, and names the permission",
    async () => {
      job.event = { pull_request: { number: 7, head: { sha: SHA } } };
      for (
        const [status, more] of [[403, " Give the job permissions "], [404, " Give the job"], [
          422,
          "$",
        ], [
          500,
          "$",
        ]] as const
      ) {
        const github = gitHub({ checks: status, comments: status });
        const step = await run({ "a.json": TEXT }, {
          ...checked,
          comment: "always",
          mode: "ingest",
        }, {
          ...github.env,
          GITHUB_EVENT_NAME: "pull_request",
        });
        assert.equal(step.code, 0, step.log);
        assert.ok(step.outputs.receipts);
        const because = `HTTP ${status}\\.${more}`;
        assert.match(
          step.log,
          new RegExp(`^::warning::The check cannot be created: ${because}`, "m"),
        );
        assert.match(
          step.log,
          new RegExp(
            `^::warning::The comments of the pull request cannot be read: ${because}`,
            "m",
          ),
        );
        if (status === 403) {
          assert.match(step.log, /The check.*Give the job permissions checks: write;/);
          assert.match(step.log, /The comments.*Give the job permissions pull-requests: write;/);
        }
        await github.close();
      }
      job.event = undefined;
      const gone = await run({ "a.json": TEXT }, checked, {
        GITHUB_SHA: SHA,
        GITHUB_API_URL: "http://127.0.0.1:9",
        INGEST_MAX_ATTEMPTS: "1",
      });
      assert.equal(gone.code, 0, gone.log);
      assert.match(gone.log, /^::warning::The check cannot be created: no whole answer/m);
      const silent = await run({ "a.json": TEXT }, { check: "true" }, { GITHUB_SHA: SHA });
      assert.equal(silent.code, 0);
      assert.match(silent.log, /^::warning::There is no check: input github-token is empty/m);
    },
  );

  await t.step("on-change, a comment is written when it says something else", async () => {
    const github = gitHub();
    job.event = { pull_request: { number: 7, head: { sha: SHA } } };
    const written = async (judgements: unknown[], comment = "on-change") => {
      const before = github.state.writes;
      server.answers = [receiptsWith({ judgements })];
      const step = await run({ "a.json": TEXT }, {
        comment,
        "github-token": "ghs_x",
        mode: "ingest",
      }, { ...github.env, GITHUB_EVENT_NAME: "pull_request" });
      assert.equal(step.code, 0, step.log);
      return github.state.writes - before;
    };
    assert.equal(await written([notWorse]), 0, "nothing to say yet");
    assert.equal(await written([]), 0);
    assert.equal(await written([inconclusive, notWorse]), 1, "newly inconclusive");
    assert.equal(await written([{ ...inconclusive, to: 0.5 }, notWorse]), 0, "as it was");
    assert.equal(await written([judgement(), notWorse]), 1, "worse");
    assert.equal(await written([judgement(), notWorse]), 1, "still worse");
    assert.equal(await written([notWorse, notWorse]), 1, "not any more: the comment is wrong");
    assert.equal(await written([notWorse, notWorse]), 0, "and then right");
    assert.equal(await written([notWorse, notWorse], "always"), 1);
    assert.equal(await written([notWorse, notWorse], "true"), 1);
    assert.equal(await written([judgement()], "never"), 0);
    assert.equal(await written([judgement()], "false"), 0);
    assert.equal(github.state.comments.length, 1);
    assert.match(github.state.comments[0]!.body, /\n<!-- verdicts [0-9a-f]{64} -->$/);
    job.event = undefined;
    await github.close();
  });

  await job.close();
  await server.close();
}

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

/** JSON objects that are hard to keep: long numbers, every escape, white space, every plane. */
function randomDocuments(count: number): string[] {
  let seed = 42;
  const below = (n: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  const of = <T>(list: T[]): T => list[below(list.length)]!;
  const space = () => of(["", "", " ", "\n", "\r\n\t"]);
  const digits = (n: number) => Array.from({ length: n }, () => below(10)).join("");
  const number = () =>
    of(["-", ""]) + of(["0", "7" + digits(below(30))]) + of(["", `.${digits(1 + below(30))}`]) +
    of(["", "e5", "E+300", "e-400"]);
  const string = () =>
    `"${
      Array.from({ length: below(8) }, () =>
        of([
          "a",
          '\\"',
          "\\\\",
          "\\n",
          "\\u00e9",
          "é",
          "😀",
          "\u{10ffff}",
          "\u2028",
          "{",
          "]",
          ",",
          ":",
          "\x7f",
        ]))
        .join("")
    }"`;
  const value = (depth: number): string =>
    of(
      depth > 4 ? [number, string] : [
        number,
        string,
        () => of(["true", "false", "null"]),
        () =>
          `[${space()}${
            Array.from({ length: below(4) }, () => value(depth + 1) + space()).join("," + space())
          }]`,
        () => object(depth + 1),
      ],
    )();
  const object = (depth: number): string =>
    `{${space()}${
      Array.from({ length: below(4) }, (_, n) =>
        `"${n}${string().slice(1)}${space()}:${space()}${value(depth)}${space()}`).join(
          "," + space(),
        )
    }}`;
  const documents = Array.from({ length: count }, () => object(0));
  for (const text of documents) JSON.parse(text);
  return documents;
}

/** Directories with an `awk` of each kind that is installed: runners have different ones. */
async function installedAwks(): Promise<{ name: string; path: string }[]> {
  const found = [];
  for (const name of ["mawk", "gawk", "busybox", "original-awk"]) {
    for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
      const target = join(directory, name);
      if (!await Deno.stat(target).then(() => true, () => false)) continue;
      const path = await Deno.makeTempDir();
      await Deno.symlink(target, join(path, "awk"));
      found.push({ name, path });
      break;
    }
  }
  assert.ok(found.length > 0);
  return found;
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
