import assert from "node:assert/strict";
import { join } from "node:path";
import { startFaultProxy } from "../../testing/fault_proxy.ts";
import { freePort } from "../../testing/postgres_server.ts";
import { reasonToSkip } from "../../testing/required_tools.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";
import {
  type Answer,
  json,
  receiptsWith,
  startStandInServer,
} from "../../.github/actions/ingest-benchmark/stand_in_server.ts";

const OTHER = {
  id: crypto.randomUUID(),
  model_version: "another",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const JUDGEMENT = {
  metric: "/f1",
  severity: "fail",
  verdict: "worse",
  summary: "s",
  from: 0.9,
  to: 0.8,
  change: -0.1,
  better: "higher",
  limit_kind: "absolute",
  reference: { configuration: OTHER, snapshot_version: 1 },
  evidence: { method: "none", scale: "difference", confidence: null, interval: null },
};

Deno.test("push posts files with what git and the options say", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const proxy = await startFaultProxy(stack.env.INGEST_URL);
  const { environment: _environment, commit_sha: _commit, ...bare } = RESULT;
  const write = async (name: string, content: unknown) => {
    const path = join(dataDirectory, name);
    await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const push = (args: string[], env: Record<string, string> = {}, stdin = "") =>
    runScript("push", ["--data-dir", dataDirectory, ...args], {
      env: { INGEST_FIRST_DELAY_SECONDS: "0", ...env },
      stdin,
      cwd: dataDirectory, // where git knows nothing
    });
  const throughProxy = { INGEST_URL: proxy.url, INGEST_TOKEN: stack.env.INGEST_TOKEN };
  const entry = async (receipt: { configuration: { id: string }; snapshot_version: number }) => {
    const response = await stack.rpc("get_ledger_entry", {
      p_configuration_id: receipt.configuration.id,
      p_snapshot_version: receipt.snapshot_version,
    });
    return await response.text();
  };

  const skipGit = await reasonToSkip("git");
  await t.step({
    name: "commit, branch and user come from git when left out" + skipGit,
    ignore: skipGit !== "",
    async fn() {
      const repository = await Deno.makeTempDir();
      const git = async (...args: string[]) => {
        const identity = ["-c", "user.email=x@example.com", "-c", "user.name=x"];
        const { success, stdout } = await new Deno.Command("git", {
          args: ["-C", repository, ...identity, ...args],
        }).output();
        assert.ok(success);
        return new TextDecoder().decode(stdout).trim();
      };
      await git("init", "--initial-branch", "main");
      await git("commit", "--allow-empty", "--message", "x");
      await git("config", "user.name", "Ada");
      const { run_id: _, ...nameless } = bare as typeof bare & { run_id?: string };
      const pushHere = async (model: string, ...more: string[]) => {
        const file = await write("a.json", { ...nameless, model_version: model });
        const pushed = await runScript("push", [
          ...["--data-dir", dataDirectory, "--input", file, "--environment", "local"],
          ...["--verify", "--json", ...more],
        ], { cwd: repository });
        assert.equal(pushed.code, 0, pushed.stderr);
        assert.match(pushed.stderr, /Verified: 1 of 1/);
        return { stderr: pushed.stderr, receipt: JSON.parse(pushed.stdout).results[0] };
      };
      const first = await pushHere("git");
      const stored = JSON.parse(await entry(first.receipt));
      assert.deepEqual(
        [stored.commit_sha, stored.branch_name, stored.triggered_by, first.receipt.published],
        [await git("rev-parse", "HEAD"), "main", "Ada", true],
      );

      await git("switch", "--create", "feature");
      await git("commit", "--allow-empty", "--message", "y");
      const feature = await pushHere("git");
      assert.match(feature.stderr, /1 of 1 sent as candidate: feature is not the default branch/);
      assert.equal(feature.receipt.published, false);
      assert.equal((await pushHere("git-2", "--publish")).receipt.published, true);
      assert.match(feature.stderr, /^Commit [0-9a-f]{12} on feature, as git says in /m);
      assert.equal(
        (await pushHere("git-3", "--branch-name", "refs/heads/main")).receipt.published,
        true,
      );

      await git("switch", "main");
      await git("branch", "--move", "trunk");
      const unknown = await pushHere("git-6");
      assert.match(unknown.stderr, /^trunk is sent as it is: git does not say which branch is/m);
      assert.equal(unknown.receipt.published, true);
      await git("branch", "--move", "main");
      await git("switch", "feature");

      await git("switch", "--detach");
      assert.equal((await pushHere("git-4")).receipt.published, false);
      await git("switch", "--detach", "main");
      assert.equal((await pushHere("git-5")).receipt.published, true);
      await Deno.remove(repository, { recursive: true });
    },
  });

  await t.step("pushed again it is stored once, and what differs is another run", async () => {
    const args = ["--json", "--environment", "local", "--commit-sha", "0123abc"];
    const again = { ...bare, model_version: "again" };
    const file = await write("again.json", { results: [again, again] });
    const versions = async (...more: string[]) => {
      const pushed = await push(["--input", file, ...args, ...more]);
      assert.equal(pushed.code, 0, pushed.stderr);
      return JSON.parse(pushed.stdout).results.map((
        receipt: { snapshot_version: number; replayed: boolean },
      ) => [receipt.snapshot_version, receipt.replayed]);
    };
    assert.deepEqual(await versions(), [[1, false], [2, false]], "two equal results are two runs");
    assert.deepEqual(await versions(), [[1, true], [2, true]]);
    assert.deepEqual(await versions("--commit-sha", "0123abd"), [[3, false], [4, false]]);
    assert.deepEqual(await versions("--run-id", "7", "--variant", "x"), [[1, false], [1, true]]);
  });

  await t.step("options win, and every digit is kept", async () => {
    const text = JSON.stringify(RESULT).replace("400", "12345678901234567890.5");
    const pushed = await push(
      [
        "--input",
        "-",
        "--environment",
        "staging",
        "--variant",
        "seed 7",
        "--series",
        "auditor",
        "--commit-sha",
        "fedcba9",
        "--branch-name",
        "b",
        "--run-id",
        "r1",
        "--run-attempt",
        "2",
        "--triggered-by",
        "me",
        "--duration",
        "1.5",
        "--tags",
        "x",
        "y",
        "--notes",
        "n",
        "--json",
      ],
      {},
      text,
    );
    assert.equal(pushed.code, 0, pushed.stderr);
    const stored = await entry(JSON.parse(pushed.stdout).results[0]);
    assert.match(stored, /12345678901234567890\.5/);
    const row = JSON.parse(stored);
    assert.equal(JSON.parse(pushed.stdout).results[0].series, "auditor");
    assert.deepEqual(
      [
        row.environment,
        row.variant,
        row.commit_sha,
        row.branch_name,
        row.run_id,
        row.run_attempt,
        row.triggered_by,
        row.duration_seconds,
        row.tags,
        row.notes,
      ],
      ["staging", "seed 7", "fedcba9", "b", "r1", 2, "me", 1.5, ["x", "y"], "n"],
    );
  });

  await t.step(
    "the table says which results are candidates, and variants when there are",
    async () => {
      const file = await write("candidate.json", { ...RESULT, model_version: "candidate" });
      const plain = await push(["--input", file, "--candidate"]);
      assert.equal(plain.code, 0, plain.stderr);
      assert.doesNotMatch(plain.stdout, /VARIANT/);
      assert.match(plain.stdout, /^candidate +1 .* candidate$/m);
      const run = ["--input", file, "--candidate", "--variant", "seed 7", "--run-id", "c1"];
      assert.match((await push(run)).stdout, /^candidate +seed 7 +1 .* candidate$/m);
      assert.match((await push(run)).stdout, /^candidate +seed 7 +1 .* candidate, stored before$/m);
      assert.doesNotMatch((await push(["--input", file])).stdout, / candidate$/m);
    },
  );

  await t.step("says change and verdict, and fails on what is worse", async () => {
    const pushF1 = async (f1: number, ...more: string[]) =>
      await push([
        "--input",
        await write("worse.json", { ...bare, model_version: "worse", metrics: { f1 } }),
        ...["--environment", "local", "--commit-sha", "0123abc", ...more],
      ]);
    const first = await pushF1(0.9);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /worse\.json: worse, version 1\n {2}Not judged: there is no publ/);
    assert.doesNotMatch(first.stderr, /view=run/, "no dashboard is served");
    const failed = await pushF1(0.7, "--verify");
    assert.equal(failed.code, 1);
    assert.match(
      failed.stderr,
      /worse\.json: worse, version 2\n {2}f1 {2}0\.9 → 0\.7 {2}−0\.2 {2}worse than version 1 \(by the limit alone\)\n {4}f1 −0\.2: beyond the limit of 0\.05, with nothing/,
    );
    assert.match(failed.stderr, /^Not passed: worse: f1 is worse\.$/m);
    assert.match(failed.stderr, /^Verified: 1 of 1/m, "it is stored all the same");
    const allowed = await pushF1(0.5, "--no-fail", "--dashboard-url", "https://bench.example");
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.match(allowed.stderr, / worse than version 2 /);
    assert.match(
      allowed.stderr,
      /^ {2}https:\/\/bench\.example\/\?view=run&configuration=[0-9a-f-]{36}&version=3$/m,
    );
    const unproven = await pushF1(0.5, "--run-id", "5", "--require", "not-worse");
    assert.equal(unproven.code, 1, unproven.stderr);
    assert.match(unproven.stderr, /f1 {2}0\.5 → 0\.5 {2}±0 {2}not worse than version 3/);
    assert.match(unproven.stderr, /^Not passed: worse: f1 is within the limit, but nothing/m);
    assert.equal((await pushF1(0.5, "--run-id", "6", "--fail-on", "inconclusive")).code, 0);
    const compared = await pushF1(0.8, "--compare-to", "model_version=worse@1", "--json");
    assert.equal(compared.code, 1, compared.stderr);
    const [{ judgements }] = JSON.parse(compared.stdout).results;
    assert.deepEqual([judgements[0].verdict, judgements[0].reference.snapshot_version], [
      "worse",
      1,
    ]);
  });

  await t.step("the environment may be left out where the token is for one", async () => {
    const file = await write("nowhere.json", { ...bare, model_version: "nowhere" });
    const options = ["--input", file, "--commit-sha", "0123abc", "--json"];
    const several = await push(options);
    assert.equal(several.code, 1);
    assert.match(several.stderr, /environment is required: the credential allows several \(/);
    const created = await runScript("admin", [
      ...["token", "create", "--name", "one", "--environment", "staging"],
      ...["--data-dir", dataDirectory, "--json"],
    ]);
    assert.equal(created.code, 0, created.stderr);
    const { token } = JSON.parse(created.stdout);
    const env = { INGEST_URL: stack.env.INGEST_URL, INGEST_TOKEN: token };
    const pushed = await push(options, env);
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.equal(JSON.parse(pushed.stdout).results[0].configuration.environment, "staging");
  });

  await t.step("a dry run says what storing would, and stores nothing", async () => {
    const result = (f1: number, prompt_version: string) => ({
      ...bare,
      model_version: "dry",
      prompt_version,
      metrics: { f1 },
    });
    const options = ["--environment", "local", "--commit-sha", "0123abc"];
    const file = await write("dry.json", { results: [result(0.9, "p1"), result(0.9, "p2")] });
    const first = await push(["--input", file, ...options, "--dry-run"]);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^MODEL +PROMPT +AFTER VERSION/m);
    assert.match(first.stdout, /^dry +p2 +none/m);
    assert.match(first.stderr, /^Nothing was stored: this was a dry run\.$/m);
    const stored = await push(["--input", file, ...options, "--json"]);
    assert.deepEqual(
      JSON.parse(stored.stdout).results.map((one: { snapshot_version: number }) =>
        one.snapshot_version
      ),
      [1, 1],
    );
    const worse = await write("worse.json", result(0.5, "p1"));
    const dry = await push([
      ...["--input", worse, ...options, "--dry-run", "--json"],
    ]);
    assert.equal(dry.code, 1);
    assert.match(
      dry.stderr,
      /worse\.json: dry, not stored, after version 1\n {2}f1 {2}0\.9 → 0\.5 /,
    );
    assert.match(dry.stderr, /^Not passed: dry: f1 is worse\.$/m);
    const [{ current, judgements }] = JSON.parse(dry.stdout).results;
    assert.deepEqual([current.snapshot_version, judgements[0].verdict], [1, "worse"]);
    const after = await push(["--input", worse, ...options, "--json"]);
    assert.equal(JSON.parse(after.stdout).results[0].snapshot_version, 2);
    const refused = await push(["--input", worse, "--environment", "other", "--dry-run"]);
    assert.equal(refused.code, 1);
    assert.doesNotMatch(refused.stderr, /stores nothing twice/);
    assert.equal((await push(["--input", worse, "--dry-run", "--verify"])).code, 2);
  });

  await t.step("a document that can be converted is, and else it is said how", async () => {
    const aggregated = {
      model_name: "converted",
      issue_f1_score: 0.5,
      issue_precision: 0.5,
      issue_recall: 0.5,
      total_documents: 2,
    };
    const options = ["--environment", "local", "--commit-sha", "0123abc", "--json"];
    const file = await write("aggregated.json", aggregated);
    const pushed = await push(["--input", file, ...options]);
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.match(
      pushed.stderr,
      /aggregated\.json: aggregated-metrics → 1 result: model_version converted/,
    );
    const stored = JSON.parse(await entry(JSON.parse(pushed.stdout).results[0]));
    assert.deepEqual([stored.model_version, stored.metrics.f1], ["converted", 0.5]);
    const { model_name: _, ...nameless } = aggregated;
    const refused = await push(["--input", await write("nameless.json", nameless), ...options]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^Cannot push .*nameless\.json, which is aggregated-metrics: .* names no model.*\nConvert it first: deno task convert --input/,
    );
  });

  await t.step("a glob pushes several, and a lost response stores nothing twice", async () => {
    await write("g1.json", { ...RESULT, model_version: "g1" });
    await write("g2.json", {
      results: [{ ...RESULT, model_version: "g2" }, { ...RESULT, model_version: "g3" }],
    });
    proxy.faults = [503, "reset", "lost-response"];
    proxy.requests = 0;
    const pushed = await push(["--input", join(dataDirectory, "g*.json"), "--json"], throughProxy);
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.equal(proxy.requests, 4);
    const { results } = JSON.parse(pushed.stdout);
    assert.deepEqual(results.map((r: { snapshot_version: number }) => r.snapshot_version), [
      1,
      1,
      1,
    ]);
    assert.ok(results.every((r: { replayed: boolean }) => r.replayed));
  });

  await t.step("what the function would refuse is not sent, and its place is said", async () => {
    const text = JSON.stringify({ ...RESULT, typo: 1, metrics: { f1: 91 } }, null, 2);
    const bad = await write("bad.json", text);
    const batch = await write("batch.json", {
      results: [RESULT, { ...RESULT, metrics: { f1: "0.9" } }],
    });
    proxy.requests = 0;
    const refused = await push(["--input", bad], throughProxy);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Nothing was sent:/);
    assert.match(
      refused.stderr,
      /bad\.json: \/metrics\/f1 must be a fraction.* \(line 8, column 5\)/,
    );
    assert.match(refused.stderr, /bad\.json: \/typo is an unknown field.* \(line 10, column 3\)/);
    assert.match(
      (await push(["--input", batch], throughProxy)).stderr,
      /batch\.json: result 2, \/metrics\/f1 must be .* \(line 1, column \d+\)/,
    );
    assert.match(
      (await push(["--input", batch, "--environment", "UPPER"], throughProxy)).stderr,
      /batch\.json: result 1, \/environment /,
    );
    assert.equal(proxy.requests, 0);
    assert.ok(!refused.stderr.includes(stack.env.INGEST_TOKEN));
  });

  await t.step(
    "what only the server knows is refused with its place, and not repeated",
    async () => {
      const bad = await write("elsewhere.json", {
        results: [RESULT, { ...RESULT, environment: "mars" }],
      });
      proxy.requests = 0;
      const refused = await push(["--input", bad], throughProxy);
      assert.equal(refused.code, 1);
      assert.equal(proxy.requests, 1);
      assert.match(refused.stderr, /^Refused: HTTP 403: .*mars/);
    },
  );

  await t.step("what was stored before a failure is reported, and stored once", async () => {
    const many = Array.from({ length: 101 }, (_, i) => ({ ...RESULT, model_version: `part-${i}` }));
    const file = await write("part.json", { results: many });
    const receipts = join(dataDirectory, "receipts.json");
    proxy.faults = ["none", 503];
    const failed = await push(["--input", file, "--json", "--receipts", receipts], {
      ...throughProxy,
      INGEST_MAX_ATTEMPTS: "1",
    });
    assert.equal(failed.code, 1);
    assert.equal(JSON.parse(failed.stdout).results.length, 100);
    assert.equal(JSON.parse(await Deno.readTextFile(receipts)).results.length, 100);
    assert.match(failed.stderr, /^100 of 101 results were stored; their receipts are above\.$/m);
    assert.match(failed.stderr, /^Pushing the same files again stores nothing twice\.$/m);
    const again = await push(["--input", file, "--json", "--receipts", receipts], throughProxy);
    assert.equal(again.code, 0, again.stderr);
    const { results } = JSON.parse(await Deno.readTextFile(receipts));
    assert.deepEqual(
      results.map((one: { snapshot_version: number; replayed: boolean }) =>
        [one.snapshot_version, one.replayed].join()
      ),
      [...Array(100).fill("1,true"), "1,false"],
    );
  });

  await t.step("a server that stays away is said after some attempts", async () => {
    const file = await write("a.json", RESULT);
    proxy.faults = Array(6).fill(503);
    const down = await push(["--input", file], throughProxy);
    assert.equal(down.code, 1);
    assert.match(down.stderr, /Refused: HTTP 503/);
    assert.equal(down.stderr.match(/^Attempt [1-5] of 6 failed.*HTTP 503/gm)?.length, 5);
    assert.match(down.stderr, /again stores nothing twice/);
  });

  await t.step("a server that takes no connections is said before anything is sent", async () => {
    const file = await write("a.json", RESULT);
    const { code, stderr } = await push(["--input", file], {
      INGEST_URL: `http://127.0.0.1:${freePort()}`,
      INGEST_TOKEN: "bmk_x",
    });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Cannot connect to http:.*: it refuses the connection\. .*deno task start/m,
    );
  });

  await t.step("an answer that is not one receipt a result is an error", async () => {
    const server = await startStandInServer();
    const file = await write("a.json", RESULT);
    const env = { INGEST_URL: server.url, INGEST_TOKEN: "bmk_x", INGEST_MAX_ATTEMPTS: "2" };
    const half: Answer = (response) => {
      response.writeHead(201, { "Content-Type": "application/json" }).end('{"results":[{');
    };
    const wrong: [Answer[], RegExp][] = [
      [[json(201, { results: [] })], /answered with 0 receipts for 1 result\./],
      [[json(201, {})], /answered with what is no receipt: results is not as it must be/],
      [[receiptsWith({ entry_hash: "x\n::add-mask::y" })], /results\.0\.entry_hash is not/],
      [[receiptsWith({ snapshot_version: 0 })], /results\.0\.snapshot_version is not/],
      [[half, half], /gives no whole answer/],
      [[receiptsWith({ configuration: OTHER })], /a receipt of something else than result 1/],
      [[receiptsWith({ judgements: [{ ...JUDGEMENT, severity: "FAIL" }] })], /0\.severity is not/],
      [
        [(response) => void response.writeHead(302, { Location: "/x" }).end()],
        /HTTP 302: .*elsewhere/,
      ],
      [[json(422, "text")], /HTTP 422: no reason given/],
      [[json(403, { detail: 7, errors: "x" })], /HTTP 403: no reason given/],
    ];
    for (const [answers, message] of wrong) {
      server.answers = [...answers];
      const pushed = await push(["--input", file, "--json"], env);
      assert.equal(pushed.code, 1, String(message));
      assert.match(pushed.stderr, message);
      assert.equal(pushed.stdout, "");
      // Never after a refusal that stays one.
      if (answers.length === 1) assert.doesNotMatch(pushed.stderr, /^Attempt/m);
    }
    // A receipt where a preview is expected means that something was stored.
    server.answers = [receiptsWith({})];
    const stored = await push(["--input", file, "--dry-run"], env);
    assert.equal(stored.code, 1);
    assert.match(stored.stderr, /answered with what is no preview: results\.0/);
    server.requests = [];
    server.answers = [half];
    assert.equal((await push(["--input", file], env)).code, 0);
    assert.deepEqual(new Set(server.requests.map(({ body }) => body)).size, 1);
    assert.equal(server.requests.length, 2);
    await server.close();
  });

  await t.step("wrong usage has exit code 2, what cannot be read 1", async () => {
    assert.equal((await push([])).code, 2);
    assert.equal((await push(["--input", "x", "y"])).code, 2);
    const file = await write("tags.json", RESULT);
    assert.match((await push(["--input", file, "--tags", "a", file])).stderr, /would become a tag/);
    assert.match(
      (await push(["--input", file, "--receipts", "nowhere/r.json"])).stderr,
      /^Cannot write .*nowhere/,
    );
    const pair = [RESULT, { ...RESULT, metrics: {} }].map((one) => ({ ...one, run_id: "same" }));
    assert.match(
      (await push(["--input", await write("pair.json", { results: pair })])).stderr,
      /^Nothing was sent:\n.*pair\.json: result 2: differs from .*result 1, which is the same run/,
    );
    assert.equal((await push(["--input", "x", "--duration", "long"])).code, 2);
    assert.equal((await push(["--input", "x", "--fail-on", "warn"])).code, 2);
    assert.equal((await push(["--input", "x", "--require", "worse"])).code, 2);
    assert.equal((await push(["--input", "x", "--no-fail", "--fail-on", "worse"])).code, 2);
    assert.equal((await push(["--input", "x", "--dashboard-url", "bench.example"])).code, 2);
    assert.equal((await push(["--input", "nothing/*.json"])).code, 1);
    assert.equal((await push(["--input", "-"], {}, "[1]")).code, 1);
    assert.equal((await push(["--input", "-"], {}, '{"results":[]}')).code, 1);
    const doubled = JSON.stringify(RESULT).replace("{", '{"notes":"a","notes":"b",');
    const refused = await push(["--input", "-"], {}, doubled);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Cannot take -: \/notes is there twice.* \(line 1, column 14\)/);
    assert.equal((await push(["--help"])).code, 0);
  });

  await proxy.close();
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
