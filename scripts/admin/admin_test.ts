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
    return await answer(stack.post(body, credential));
  };
  /** The status of a refusal; of a stored run whether it is published. */
  const answer = async (responding: Promise<Response>): Promise<number | boolean> => {
    const response = await responding;
    const { published } = await response.json();
    return response.ok ? published : response.status;
  };
  const names = (environment: string) => [
    "--model",
    RESULT.model_version,
    "--dataset",
    RESULT.dataset_version,
    "--prompt",
    RESULT.prompt_version,
    "--environment",
    environment,
  ];
  const configurations = async (): Promise<Record<string, unknown>[]> =>
    await (await stack.rpc("list_configurations")).json();

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
    assert.equal(await post(token, "staging"), true);
    assert.equal(await post(token, "production"), 403);
    const listed = await admin("token", "list");
    assert.match(listed.stdout, /laptop +local,staging +active until/);
    assert.ok(!listed.stdout.includes(token.split("_")[2]!));
    const id = token.split("_")[1]!;
    assert.equal((await admin("token", "revoke", id)).code, 0);
    assert.equal(await post(token, "staging"), 401);
    assert.equal((await admin("token", "revoke", id)).code, 1);
  });

  const trust = (...options: string[]) =>
    runScript("admin", [
      "trust",
      "add",
      "--repository",
      "octo-org/bench",
      "--repository-id",
      "1001",
      "--owner-id",
      "2002",
      ...options,
      "--data-dir",
      dataDirectory,
    ], { env: { GITHUB_OIDC_ISSUER: issuer.url } });
  const dev = (run_id: string) =>
    issuer.sign({
      run_id,
      ref: "refs/heads/dev",
      job_workflow_ref: "octo-org/bench/.github/workflows/bench.yml@refs/heads/dev",
    });

  await t.step("trust add lets a repository in, remove keeps it out", async () => {
    assert.equal(await post(await issuer.sign()), 403);
    const added = await trust("--workflow", "bench.yml", "--ref", "main", "--json");
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stderr, /--ref main means branches \(refs\/heads\/main\)/);
    assert.equal(await post(await issuer.sign()), true);
    assert.equal(await post(await dev("2")), false, "another branch's run is a candidate");
    const { stdout } = await admin("trust", "list");
    assert.match(
      stdout,
      /octo-org\/bench +1001 +2002 +\.github\/workflows\/bench\.yml +refs\/heads\/main +stored/,
    );
    assert.ok(stdout.includes(issuer.url));
    const { id } = JSON.parse(added.stdout);
    assert.equal((await admin("trust", "remove", String(id))).code, 0);
    assert.equal(await post(await issuer.sign({ run_id: "3" })), 403);
    assert.equal((await admin("trust", "remove", String(id))).code, 1);
  });

  await t.step("trust add can refuse candidates, publish any ref, trust one issuer", async () => {
    const cases: [string[], RegExp, number | boolean][] = [
      [["--ref", "main", "--no-candidates"], /refs\/heads\/main are published, .* refused/, 403],
      [["--ref", "main"], /those of other refs are candidates/, false],
      [["--any-ref", "--environment", "nightly-gpu"], /nightly-gpu\. Runs of any ref/, true],
      [["--any-ref", "--issuer", "https://github.example.com/_services/token"], /any ref/, 403],
    ];
    for (const [index, [options, message, expected]] of cases.entries()) {
      const added = await trust(...options);
      assert.equal(added.code, 0, added.stderr);
      assert.match(added.stdout, message);
      assert.equal(await post(await dev(`1${index}`)), expected, options.join(" "));
      const [rule] = JSON.parse((await admin("trust", "list", "--json")).stdout);
      assert.equal((await admin("trust", "remove", String(rule.id))).code, 0);
    }
    const unsaid = await trust();
    assert.equal(unsaid.code, 2);
    assert.match(unsaid.stderr, /--ref or --any-ref is required .* which branch is the default/);
  });

  await t.step("trust add looks ids and default branch up at GitHub", async () => {
    const api = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) =>
        new URL(request.url).pathname === "/repos/octo-org/found"
          ? Response.json({ id: 31, owner: { id: 32 }, default_branch: "trunk" })
          : new Response(null, { status: 404 }),
    );
    const env = { GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}` };
    const add = (repository: string, ...options: string[]) =>
      runScript("admin", [
        "trust",
        "add",
        "--repository",
        repository,
        ...options,
        "--data-dir",
        dataDirectory,
      ], { env });
    assert.match(
      (await add("octo-org/found")).stdout,
      /repository_id 31, owner id 32\).*Runs of refs\/heads\/trunk are published/,
    );
    assert.match(
      (await add("octo-org/found", "--ref", "v*")).stderr,
      /means branches \(refs\/heads\/v\*\); for tags write refs\/tags\/v\*/,
    );
    const rules: { issuer: string; ref_pattern: string }[] = JSON.parse(
      (await admin("trust", "list", "--json")).stdout,
    );
    assert.deepEqual(rules.map((rule) => rule.ref_pattern), ["refs/heads/trunk", "refs/heads/v*"]);
    assert.equal(rules[0]!.issuer, "https://token.actions.githubusercontent.com");
    const missing = await add("octo-org/missing");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /answers 404/);
    // Ids of github.com mean another repository on a server of one's own.
    const server = [
      "--repository",
      "octo-org/found",
      "--issuer",
      "https://git.example/_services/token",
    ];
    const elsewhere = await admin("trust", "add", ...server);
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /is not github\.com's: give --repository-id.*GITHUB_API_URL/);
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
    assert.equal(await read(), 3);
    assert.equal((await admin("public-read", "off")).code, 0);
    assert.equal(await read(), 0);
  });

  await t.step("checkout and baseline choose a version", async () => {
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
    assert.equal((await admin("checkout", ...names("staging"), "--version", "1")).code, 0);
    assert.equal((await admin("baseline", ...names("staging"), "--version", "2")).code, 0);
    assert.deepEqual(await current(), [1, 2]);
    assert.equal((await admin("baseline", ...names("staging"), "--version", "none")).code, 0);
    assert.deepEqual(await current(), [1, null]);
    const missing = await admin("checkout", ...names("staging"), "--version", "9");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /version 9 not found/);
    assert.equal((await admin("baseline", "--version", "1")).code, 2);

    for (const f1 of [0.5, 0.6]) {
      const variant = { ...RESULT, environment: "staging", variant: "seed 7", metrics: { f1 } };
      assert.equal(await answer(stack.post(variant)), true);
    }
    const named = [...names("staging"), "--variant", "seed 7"];
    assert.equal((await admin("checkout", ...named, "--version", "1")).code, 0);
    assert.equal((await admin("baseline", ...named, "--version", "2")).code, 0);
    const found = (await configurations()).find((row) => row.variant === "seed 7")!;
    assert.deepEqual([found.current_version, found.baseline_version], [1, 2]);
    assert.deepEqual(await current(), [1, null], "the one without a variant is another");
  });

  await t.step("void takes a run out, and --undo back in", async () => {
    const run = { ...RESULT, model_version: "void-model" };
    for (const run_id of ["1", "2"]) {
      assert.equal(await answer(stack.post({ ...run, run_id })), true);
    }
    const state = async () => {
      const row = (await configurations()).find((one) => one.model_version === "void-model")!;
      return [row.current_version, row.void_versions];
    };
    const { id } = (await configurations()).find((one) => one.model_version === "void-model")!;
    const reason = ["--version", "2", "--reason", "broken harness"];
    const voided = await admin("void", "--configuration", String(id), ...reason);
    assert.equal(voided.code, 0, voided.stderr);
    assert.deepEqual(await state(), [1, [2]]);
    const again = await admin("void", "--configuration", String(id), ...reason);
    assert.match(again.stdout, /was already void/);
    const byName = [...names("local"), "--model", "void-model"];
    assert.equal((await admin("void", ...byName, ...reason, "--undo")).code, 0);
    assert.deepEqual(await state(), [2, []]);
    assert.equal((await admin("void", ...byName, "--version", "9", "--reason", "x")).code, 1);
  });

  await t.step("series set puts a configuration into a series", async () => {
    const run = { ...RESULT, model_version: "series-model" };
    assert.equal(await answer(stack.post({ ...run, series: "auditor" })), true);
    assert.equal(await answer(stack.post({ ...run, series: "other" })), 422);
    const byName = [...names("local"), "--model", "series-model"];
    const set = await admin("series", "set", ...byName, "--series", "other", "--reason", "renamed");
    assert.equal(set.code, 0, set.stderr);
    assert.equal(await answer(stack.post({ ...run, series: "other" })), true);
    const series = async () =>
      (await configurations()).find((one) => one.model_version === "series-model")!;
    assert.equal((await series()).series, "other");
    const { id } = await series();
    assert.equal(
      (await admin("series", "set", "--configuration", String(id), "--none")).code,
      0,
    );
    assert.equal((await series()).series, null);
  });

  await t.step("erase removes what is about people, of one run or of a person", async () => {
    const ids: string[] = [];
    for (const triggered_by of ["Ada", "ada", "ada", "bob"]) {
      const response = await stack.post({
        ...RESULT,
        model_version: "personal",
        triggered_by,
        notes: `${ids.length}`,
      });
      ids.push((await response.json()).transaction_id);
    }
    const triggeredBy = async () => {
      const { id } = (await configurations()).find((one) => one.model_version === "personal")!;
      const entries = [1, 2, 3, 4].map(async (version) => {
        const entry = await stack.rpc("get_ledger_entry", {
          p_configuration_id: id,
          p_snapshot_version: version,
        });
        const { triggered_by, notes, salt } = await entry.json();
        return triggered_by ?? notes ?? salt;
      });
      return await Promise.all(entries);
    };
    const reason = ["--reason", "asked for"];
    const one = await admin("erase", "--transaction", ids[2]!, ...reason, "--yes");
    assert.equal(one.code, 0, one.stderr);
    assert.match(one.stdout, /what 1 entry said/);
    assert.deepEqual(await triggeredBy(), ["Ada", "ada", null, "bob"]);
    const unasked = await admin("erase", "--person", "ADA", ...reason);
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /give --yes/);
    assert.deepEqual(await triggeredBy(), ["Ada", "ada", null, "bob"]);
    const person = await admin("erase", "--person", "ADA", ...reason, "--yes", "--json");
    assert.deepEqual(JSON.parse(person.stdout), { erased: 2 });
    assert.match(person.stderr, /Notes are not searched/);
    assert.deepEqual(await triggeredBy(), [null, null, null, "bob"]);
    for (const gone of [["--person", "ada"], ["--transaction", ids[0]!]]) {
      assert.equal((await admin("erase", ...gone, ...reason, "--yes")).code, 1);
    }
    assert.equal((await runScript("verify", ["--data-dir", dataDirectory])).code, 0);
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
    assert.match(
      listed.stdout,
      /\/latency_ms +lower +10% +warn +95% +by name +\/latency_ms_stderr +all/,
    );
    assert.match(listed.stdout, /\/latency_ms +lower +500 +warn +95% .* configuration /);
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
        ["token", "create", "--name", "x", "--environment", "Moon"],
        ["token", "create", "--name", "x", "--environment", "-moon"],
        ["trust", "add"],
        ["trust", "add", "--repository", "a/b", "--owner-id", "1"],
        ["trust", "add", "--repository", "a/b", "--ref", "main", "--any-ref"],
        ["trust", "add", "--repository", "a/b", "--issuer", "http://example.com"],
        ["public-read", "maybe"],
        ["series", "get"],
        ["series", "set", "--configuration", crypto.randomUUID()],
        ["series", "set", "--configuration", "x", "--none"],
        ["series", "set", "--model", "m", "--none"],
        ["void", "--configuration", crypto.randomUUID(), "--version", "1"],
        ["void", "--configuration", crypto.randomUUID(), "--reason", "x"],
        ["void", "--configuration", crypto.randomUUID(), "--model", "m", "--version", "1"],
        ["erase", "--yes", "--reason", "x"],
        ["erase", "--person", "a", "--transaction", crypto.randomUUID(), "--reason", "x", "--yes"],
        ["erase", "--transaction", "1", "--reason", "x", "--yes"],
        ["erase", "--person", "a", "--yes"],
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
  });

  await stack.stop();
  await issuer.close();
  const gone = await admin("token", "list");
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /Cannot reach/);
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("admin --help says which entries name a person", async () => {
  const { code, stdout } = await runScript("admin", ["--help"]);
  assert.equal(code, 0);
  const [person] = /erase --person[^]*?--yes/.exec(stdout) ?? [""];
  assert.match(
    person.replace(/\s+/g, " "),
    /every entry that LOGIN triggered, or whose head branch is LOGIN or begins with LOGIN- or LOGIN\/.*notes are not searched/,
  );
});
