import assert from "node:assert/strict";
import { startOidcIssuer } from "../../testing/oidc_issuer.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

Deno.test("admin manages who may write and read", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const audience = "benchmarks";
  const issuer = await startOidcIssuer(audience);
  const stack = await startStackProcess({
    dataDirectory,
    args: ["--no-sample"],
    env: { GITHUB_OIDC_ISSUER: issuer.url, INGEST_AUDIENCE: audience },
  });
  const admin = (...args: string[]) => runScript("admin", [...args, "--data-dir", dataDirectory]);
  const post = async (credential: string, environment?: string) => {
    const { environment: _, commit_sha, ...rest } = RESULT;
    const body = { ...rest, ...(environment ? { environment, commit_sha } : {}) };
    const response = await stack.post(body, credential);
    await response.body?.cancel();
    return response.status;
  };

  await t.step("token create shows a token once, list and revoke know its id", async () => {
    const created = await admin(
      "token",
      "create",
      "--name",
      "laptop",
      "--environment",
      "local,staging",
    );
    assert.equal(created.code, 0, created.stderr);
    const token = created.stdout.trim();
    assert.match(token, /^bmk_[0-9a-f]{16}_[0-9a-f]{64}$/);
    assert.equal(await post(token, "staging"), 201);
    assert.equal(await post(token, "production"), 403);
    const listed = await admin("token", "list");
    assert.match(listed.stdout, /laptop +local,staging +active until/);
    assert.ok(!listed.stdout.includes(token.split("_")[2]!));
    const id = token.split("_")[1]!;
    assert.equal((await admin("token", "revoke", id)).code, 0);
    assert.equal(await post(token, "staging"), 401);
    assert.equal((await admin("token", "revoke", id)).code, 1);
  });

  await t.step("trust add lets a repository in, remove keeps it out", async () => {
    assert.equal(await post(await issuer.sign()), 403);
    const ids = ["--repository-id", "1001", "--owner-id", "2002"];
    const added = await admin(
      "trust",
      "add",
      "--repository",
      "octo-org/bench",
      ...ids,
      "--workflow",
      "bench.yml",
      "--ref",
      "main",
      "--json",
    );
    assert.equal(added.code, 0, added.stderr);
    assert.equal(await post(await issuer.sign()), 201);
    assert.equal(
      await post(
        await issuer.sign({
          ref: "refs/heads/dev",
          job_workflow_ref: "octo-org/bench/.github/workflows/bench.yml@refs/heads/dev",
        }),
      ),
      403,
    );
    assert.match(
      (await admin("trust", "list")).stdout,
      /octo-org\/bench +1001 +2002 +\.github\/workflows\/bench\.yml +refs\/heads\/main/,
    );
    const { id } = JSON.parse(added.stdout);
    assert.equal((await admin("trust", "remove", String(id))).code, 0);
    assert.equal(await post(await issuer.sign({ run_id: "2" })), 403);
    assert.equal((await admin("trust", "remove", String(id))).code, 1);
  });

  await t.step("trust add looks ids up at GitHub", async () => {
    const api = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) =>
        new URL(request.url).pathname === "/repos/octo-org/found"
          ? Response.json({ id: 31, owner: { id: 32 } })
          : new Response(null, { status: 404 }),
    );
    const env = { GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}` };
    const add = (repository: string) =>
      runScript("admin", [
        "trust",
        "add",
        "--repository",
        repository,
        "--data-dir",
        dataDirectory,
      ], { env });
    assert.match((await add("octo-org/found")).stdout, /repository_id 31, owner id 32/);
    const missing = await add("octo-org/missing");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /answers 404/);
    await api.shutdown();
  });

  await t.step("public-read opens and closes reading with the publishable key", async () => {
    const read = async () => {
      const response = await fetch(`${stack.env.SUPABASE_URL}/rest/v1/rpc/get_latest_benchmarks`, {
        method: "POST",
        headers: { apikey: stack.env.SUPABASE_PUBLISHABLE_KEY },
        body: "{}",
      });
      return (await response.json()).length;
    };
    assert.equal(await read(), 0);
    assert.equal((await admin("public-read", "on")).code, 0);
    assert.equal(await read(), 2);
    assert.equal((await admin("public-read", "off")).code, 0);
    assert.equal(await read(), 0);
  });

  await t.step("checkout and baseline choose a version", async () => {
    const names = [
      "--model",
      RESULT.model_version,
      "--dataset",
      RESULT.dataset_version,
      "--prompt",
      RESULT.prompt_version,
      "--environment",
      "staging",
    ];
    await (await stack.post({ ...RESULT, environment: "staging" })).body?.cancel();
    const current = async () => {
      const response = await stack.rpc("get_snapshot_history", {
        p_model_version: RESULT.model_version,
        p_dataset_version: RESULT.dataset_version,
        p_prompt_version: RESULT.prompt_version,
        p_environment: "staging",
      });
      const history: { snapshot_version: number; is_current: boolean; is_baseline: boolean }[] =
        await response.json();
      return [history.find((row) => row.is_current)!, history.find((row) => row.is_baseline)]
        .map((row) => row?.snapshot_version ?? null);
    };
    assert.deepEqual(await current(), [2, null]);
    assert.equal((await admin("checkout", ...names, "--version", "1")).code, 0);
    assert.equal((await admin("baseline", ...names, "--version", "2")).code, 0);
    assert.deepEqual(await current(), [1, 2]);
    assert.equal((await admin("baseline", ...names, "--version", "none")).code, 0);
    assert.deepEqual(await current(), [1, null]);
    const missing = await admin("checkout", ...names, "--version", "9");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /version 9 not found/);
    assert.equal((await admin("baseline", "--version", "1")).code, 2);
  });

  await t.step("policy set, list and remove decide what a receipt lists", async () => {
    const names = ["--model", "policy-model", "--dataset", "data-1", "--prompt", "prompt-1"];
    const run = async (latency_ms: number) => {
      const response = await stack.post({
        ...RESULT,
        model_version: "policy-model",
        metrics: { latency_ms },
      });
      return (await response.json()).regressions;
    };
    assert.deepEqual(await run(100), []);
    const limit = ["policy", "set", "--metric", "latency_ms", "--better", "lower", "--limit"];
    const set = await admin(...limit, "10%", "--severity", "warn");
    assert.match(set.stdout, /Policy \d+ is in force/);
    assert.equal((await run(111))[0].severity, "warn");
    const wider = await admin(
      ...limit,
      "500",
      ...names,
      "--environment",
      "local",
      "--severity",
      "warn",
    );
    assert.equal(wider.code, 0, wider.stderr);
    assert.deepEqual(await run(300), []);
    const listed = await admin("policy", "list");
    assert.match(listed.stdout, /\/latency_ms +lower +10% +warn +all/);
    assert.match(listed.stdout, /\/latency_ms +lower +500 +warn +configuration /);
    const rows: { id: number; metric: string }[] = JSON.parse(
      (await admin("policy", "list", "--json")).stdout,
    );
    for (const { id, metric } of rows) {
      if (metric === "/latency_ms") {
        assert.equal((await admin("policy", "remove", String(id))).code, 0);
      }
    }
    assert.deepEqual(await run(9000), []);
    assert.equal((await admin("policy", "remove", "999")).code, 1);
  });

  await t.step("wrong usage has exit code 2", async () => {
    for (
      const args of [
        [],
        ["trst"],
        ["token", "create"],
        ["token", "create", "--name", "x", "--environment", "moon"],
        ["trust", "add"],
        ["trust", "add", "--repository", "a/b", "--owner-id", "1"],
        ["public-read", "maybe"],
        ["policy", "set", "--metric", "f1", "--better", "up", "--limit", "1"],
        ["policy", "set", "--metric", "f1", "--better", "higher", "--limit", "much"],
        ["policy", "set", "--metric", "f1", "--better", "higher", "--limit", "1", "--prompt", "p"],
        ["token", "create", "--name", "x", "--expires-in", "0"],
      ]
    ) {
      const { code, stderr } = await runScript("admin", args);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, /See --help/);
    }
    assert.equal((await runScript("admin", ["--help"])).code, 0);
  });

  await stack.stop();
  await issuer.close();
  const gone = await admin("token", "list");
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /Cannot reach/);
  await Deno.remove(dataDirectory, { recursive: true });
});
