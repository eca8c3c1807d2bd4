import assert from "node:assert/strict";
import { join } from "node:path";
import { startFaultProxy } from "../../testing/fault_proxy.ts";
import { reasonToSkip } from "../../testing/required_tools.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

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
    });
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
      await git("init", "--initial-branch", "feature");
      await git("commit", "--allow-empty", "--message", "x");
      await git("config", "user.name", "Ada");
      const file = await write("a.json", bare);
      const pushed = await runScript("push", [
        "--data-dir",
        dataDirectory,
        "--input",
        file,
        "--environment",
        "local",
        "--verify",
        "--json",
      ], { cwd: repository });
      assert.equal(pushed.code, 0, pushed.stderr);
      assert.match(pushed.stderr, /Verified: 1 of 1/);
      const stored = JSON.parse(await entry(JSON.parse(pushed.stdout).results[0]));
      assert.deepEqual(
        [stored.commit_sha, stored.branch_name, stored.triggered_by],
        [await git("rev-parse", "HEAD"), "feature", "Ada"],
      );
      await Deno.remove(repository, { recursive: true });
    },
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

  await t.step("says what got worse", async () => {
    const options = ["--environment", "local", "--commit-sha", "0123abc"];
    const push1 = async (f1: number) =>
      await push([
        "--input",
        await write("worse.json", { ...bare, model_version: "worse", metrics: { f1 } }),
        ...options,
      ]);
    assert.doesNotMatch((await push1(0.9)).stderr, /Regression/);
    const pushed = await push1(0.7);
    assert.equal(pushed.code, 0, "it is stored all the same");
    assert.match(
      pushed.stderr,
      /Regression \(fail\): worse \/f1 went from 0\.9 in version 1 to 0\.7\./,
    );
  });

  await t.step("a glob pushes several, and a lost response stores nothing twice", async () => {
    await write("g1.json", { ...RESULT, model_version: "g1" });
    await write("g2.json", {
      results: [{ ...RESULT, model_version: "g2" }, { ...RESULT, model_version: "g3" }],
    });
    proxy.faults = [503, "reset", "lost-response"];
    proxy.requests = 0;
    const pushed = await push(["--input", join(dataDirectory, "g*.json"), "--json"], {
      INGEST_URL: proxy.url,
      INGEST_TOKEN: stack.env.INGEST_TOKEN,
    });
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

  await t.step("a refusal names the file and the place, and is not repeated", async () => {
    const bad = await write("bad.json", { ...RESULT, typo: 1, metrics: { f1: 91 } });
    proxy.requests = 0;
    const refused = await push(["--input", bad], {
      INGEST_URL: proxy.url,
      INGEST_TOKEN: stack.env.INGEST_TOKEN,
    });
    assert.equal(refused.code, 1);
    assert.equal(proxy.requests, 1);
    assert.match(refused.stderr, /bad\.json \/metrics\/f1: must be a fraction/);
    assert.match(refused.stderr, /bad\.json \/typo: is an unknown field/);
    assert.ok(!refused.stderr.includes(stack.env.INGEST_TOKEN));
  });

  await t.step("a server that stays away is said after some attempts", async () => {
    const file = await write("a.json", RESULT);
    proxy.faults = Array(6).fill(503);
    const down = await push(["--input", file], {
      INGEST_URL: proxy.url,
      INGEST_TOKEN: stack.env.INGEST_TOKEN,
    });
    assert.equal(down.code, 1);
    assert.match(down.stderr, /Refused \(503\)/);
  });

  await t.step("wrong usage has exit code 2, what cannot be read 1", async () => {
    assert.equal((await push([])).code, 2);
    assert.equal((await push(["--input", "x", "y"])).code, 2);
    assert.equal((await push(["--input", "x", "--duration", "long"])).code, 2);
    assert.equal((await push(["--input", "nothing/*.json"])).code, 1);
    assert.equal((await push(["--input", "-"], {}, "[1]")).code, 1);
    assert.equal((await push(["--input", "-"], {}, '{"results":[]}')).code, 1);
    const doubled = JSON.stringify(RESULT).replace("{", '{"notes":"a","notes":"b",');
    const refused = await push(["--input", "-"], {}, doubled);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Cannot take -: \/notes is there twice: a key must be unique/);
    assert.equal((await push(["--help"])).code, 0);
  });

  await proxy.close();
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
