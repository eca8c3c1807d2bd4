import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";

interface Row {
  snapshot_version: number;
  measured_at: string;
  value: number;
}

Deno.test("import stores a history once, in the order of time", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const write = async (name: string, text: string) => {
    const path = join(dataDirectory, name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const runImport = (...args: string[]) =>
    runScript("import", ["--data-dir", dataDirectory, "--json", ...args], { cwd: dataDirectory });
  const read = async (name: string, args: Record<string, unknown> = {}) =>
    await (await stack.rpc(name, args)).json();
  const configuration = async (model: string) => {
    const all = await read("list_configurations");
    return all.find((one: { model_version: string }) => one.model_version === model);
  };
  const trend = async (model: string, metric = "/f1"): Promise<Row[]> =>
    await read("get_trend", {
      p_configuration_id: (await configuration(model)).id,
      p_metric: metric,
      p_points: 1000,
    });

  const result = (model: string, index: number, more: Record<string, unknown> = {}) => ({
    model_version: model,
    dataset_version: "d",
    prompt_version: "p",
    environment: "local",
    commit_sha: "0123abc",
    timestamp: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString(),
    metrics: { f1: 0.5 + (index % 100) / 1000 },
    ...more,
  });
  const lines = (results: unknown[]) => results.map((one) => JSON.stringify(one)).join("\n");

  await t.step("JSON Lines, killed half way and imported again", async () => {
    const count = 2000;
    const all = Array.from({ length: count }, (_, index) => result(`m${index % 4}`, index));
    // Not in the order of time, and with two equal runs.
    const file = await write("runs.jsonl", lines([...all.toReversed(), all[7]]));
    const first = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", fileURLToPath(new URL("import.ts", import.meta.url))],
        ...["--data-dir", dataDirectory, "--input", file],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const stored = async () =>
      (await read("get_ledger_cursor")).transactions ??
        (await read("list_configurations")).reduce(
          (sum: number, one: { last_version: number }) => sum + one.last_version,
          0,
        );
    while (await stored() < 300) await new Promise((resolve) => setTimeout(resolve, 20));
    first.kill("SIGKILL");
    await first.status;
    const before = await stored();
    assert.ok(before >= 300 && before < count, `killed at ${before}`);
    const again = await runImport("--input", file);
    assert.equal(again.code, 0, again.stderr);
    const said = JSON.parse(again.stdout);
    assert.deepEqual([said.runs, said.configurations], [count + 1, 4]);
    assert.ok(said.stored_before >= before, "what was stored is not stored again");
    assert.equal(await stored(), count + 1);
    assert.equal(JSON.parse((await runImport("--input", file)).stdout).stored, 0);
    const points = await trend("m3");
    assert.equal(points.length, 501);
    assert.deepEqual(points.map((point) => point.snapshot_version), points.map((_, i) => i + 1));
    assert.equal(Date.parse(points[1]!.measured_at), Date.UTC(2026, 0, 1, 7));
  });

  await t.step("what was measured before is charted at its time and never current", async () => {
    const file = (name: string, index: number, f1: number) =>
      write(name, lines([result("late", index, { metrics: { f1 } })]));
    for (const [index, f1] of [[3, 0.9], [1, 0.7], [2, 0.8]] as const) {
      assert.equal((await runImport("--input", await file("late.jsonl", index, f1))).code, 0);
    }
    assert.deepEqual((await trend("late")).map((point) => point.value), [0.7, 0.8, 0.9]);
    assert.equal((await configuration("late")).current_version, 1);
  });

  await t.step("every line is checked before the first is stored", async () => {
    const file = await write(
      "bad.jsonl",
      lines([result("bad", 1), result("bad", 2, { metrics: { f1: 91 } })]),
    );
    const refused = await runImport("--input", file);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^Nothing was stored:\n {2}.*bad\.jsonl line 2: \/metrics\/f1 must/,
    );
    const future = await write("future.jsonl", lines([result("bad", 24 * 365 * 100)]));
    assert.match((await runImport("--input", future)).stderr, /line 1: \/timestamp .*future/);
    const broken = await write("broken.jsonl", `${lines([result("bad", 1)])}\n{"a":NaN}\n`);
    assert.match((await runImport("--input", broken)).stderr, /broken\.jsonl line 2: \/a is NaN/);
    assert.equal(await configuration("bad"), undefined);
    for (const text of ["", "[]", "x"]) {
      assert.equal((await runImport("--input", await write("none.txt", text))).code, 1, text);
    }
    assert.equal((await runImport()).code, 2);
    const nowhere = lines([{ ...result("bad", 1), environment: undefined }]);
    assert.match(
      (await runImport("--input", await write("nowhere.jsonl", nowhere))).stderr,
      /line 1: \/environment is required: give it with --environment/,
    );
    const pair = lines([result("bad", 1, { run_id: "7" }), result("bad", 2, { run_id: "7" })]);
    assert.match(
      (await runImport("--input", await write("pair.jsonl", pair))).stderr,
      /line 2: differs from .*line 1, which is the same run \(7\)/,
    );
    const equal = lines([result("equal", 1), result("equal", 2)]);
    const files = [await write("e1.jsonl", equal), await write("e2.jsonl", `${equal}\n`)];
    const both = await runImport("--input", files[0]!, "--input", files[1]!);
    assert.equal((await configuration("equal")).last_version, 2, both.stderr);
  });

  await t.step("data.js of github-action-benchmark", async () => {
    const entry = (index: number) => ({
      commit: {
        id: `${index}`.repeat(40),
        message: "x",
        timestamp: "2026-01-01T00:00:00Z",
        url: "https://github.com/o/r/commit/1",
        author: { email: "a@example.com", name: "A", username: "a" },
      },
      date: Date.UTC(2026, 1, index),
      tool: "customSmallerIsBetter",
      benches: [{ name: "parse", value: 12.5 + index, unit: "ms", range: "± 1" }],
    });
    const data = {
      lastUpdate: 1,
      repoUrl: "https://github.com/o/r",
      entries: { "Parser": [entry(1), entry(2)] },
    };
    const text = JSON.stringify(data).replace("13.5", "13.12345678901234567890123");
    const file = await write(
      "data.js",
      `// kept by hand\nwindow.BENCHMARK_DATA = ${text}; // until 2026\n`,
    );
    const imported = await runImport("--input", file, "--environment", "github-actions");
    assert.equal(imported.code, 0, imported.stderr);
    const { id, dataset_version } = await configuration("o/r");
    assert.equal(dataset_version, "Parser");
    const stored = await (await stack.rpc("get_ledger_entry", {
      p_configuration_id: id,
      p_snapshot_version: 1,
    })).text();
    assert.match(stored, /13\.12345678901234567890123/);
    const row = JSON.parse(stored);
    assert.equal(row.commit_sha, "1".repeat(40));
    assert.equal(row.metrics.tool, "customSmallerIsBetter");
    assert.equal(row.provenance.method, "import");
    assert.deepEqual(
      (await trend("o/r", "/values/parse/value_ms")).map((point) => point.value)[1],
      14.5,
    );
    assert.doesNotMatch(stored, /a@example\.com/);
  });

  await t.step("the original system's tables", async () => {
    const transactions = await write(
      "transactions.csv",
      [
        "id,created_at,commit_sha,branch_name,model_version,model_provider,dataset_version,dataset_size,prompt_version,environment,run_id,triggered_by,metrics,duration_seconds,tags,notes,extra",
        '11111111-1111-4111-8111-111111111111,2026-01-01 10:00:00.123456+00,0123abc,main,orig,openai,d,48,p,github-actions,77,ada,"{""f1"": 0.80, ""own"": 12345678901234567890}",1.50,"{nightly,""a b""}","line 1\nline 2",x',
        '22222222-2222-4222-8222-222222222222,2026-01-02 10:00:00+00,0123abd,main,orig,,d,,p,github-actions,77,,"{""f1"": 0.90}",,,,',
        '33333333-3333-4333-8333-333333333333,2026-01-03 10:00:00+00,0123abe,main,orig,,d,,p,github-actions,,,"{""f1"": 0.10}",,,,',
      ].join("\n"),
    );
    const snapshots = await write(
      "snapshots.csv",
      [
        "id,transaction_id,snapshot_version,is_active,is_current,is_baseline",
        "a,11111111-1111-4111-8111-111111111111,1,t,f,t",
        "b,22222222-2222-4222-8222-222222222222,2,t,t,f",
        "c,33333333-3333-4333-8333-333333333333,3,f,f,f",
      ].join("\n"),
    );
    const inputs = ["--input", transactions, "--input", snapshots];
    const imported = await runImport(...inputs);
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stderr, /transactions\.csv: not taken over: extra\./);
    assert.deepEqual(JSON.parse(imported.stdout), {
      runs: 3,
      stored: 3,
      stored_before: 0,
      configurations: 1,
      baselines: 1,
      checkouts: 0,
      voided: 1,
    });
    const { id, baseline_version, current_version, void_versions } = await configuration("orig");
    assert.deepEqual([baseline_version, current_version, void_versions], [1, 2, [3]]);
    const stored = await (await stack.rpc("get_ledger_entry", {
      p_configuration_id: id,
      p_snapshot_version: 1,
    })).text();
    assert.match(stored, /12345678901234567890/);
    const row = JSON.parse(stored);
    assert.deepEqual(
      [row.run_id, row.run_attempt, row.tags, row.notes, row.dataset_size, row.duration_seconds],
      ["77", 1, ["nightly", "a b"], "line 1\nline 2", 48, 1.5],
    );
    assert.equal(row.model_provider, "openai");
    const changes = async () => {
      const again = JSON.parse((await runImport(...inputs)).stdout);
      return [again.stored, again.baselines, again.checkouts, again.voided];
    };
    assert.deepEqual(await changes(), [0, 0, 0, 0]);

    // Nothing that was decided or stored since is taken back.
    await read("set_baseline", { p_configuration_id: id, p_version: 2 });
    await read("void_snapshot", {
      p_configuration_id: id,
      p_version: 3,
      p_reason: "it was right",
      p_void: false,
    });
    const newer = {
      ...result("orig", 24 * 40),
      dataset_version: "d",
      environment: "github-actions",
    };
    assert.equal((await runImport("--input", await write("newer.jsonl", lines([newer])))).code, 0);
    assert.deepEqual(await changes(), [0, 0, 0, 0]);
    const now = await configuration("orig");
    assert.deepEqual([now.baseline_version, now.current_version, now.void_versions], [2, 4, []]);
    const twice = await runImport(
      "--input",
      transactions,
      ...inputs.with(
        1,
        await write(
          "again.csv",
          await Deno.readTextFile(transactions),
        ),
      ),
    );
    assert.equal(JSON.parse(twice.stdout).runs, 3, "dumps may overlap");
    const flags = async (text: string) => {
      const file = await write(
        "flags.csv",
        (await Deno.readTextFile(snapshots)).replace(",1,t,", `,1,${text},`),
      );
      return await runImport("--input", transactions, "--input", file, "--dry-run");
    };
    assert.match((await flags("TRUE")).stdout, /3 runs can be imported, 1 of them as void/);
    assert.match((await flags("False")).stdout, /, 2 of them as void/);
    assert.match((await flags("")).stdout, /, 1 of them as void/);
    assert.match(
      (await flags("maybe")).stderr,
      /flags\.csv line 2: is_active must be t or f, it is maybe/,
    );
    for (
      const [from, to] of [['"{nightly,""a b""}"', "a b"], [",48,", ",007,"], [
        "2026-01-01 10",
        "10",
      ]] as const
    ) {
      const file = await write(
        "odd.csv",
        (await Deno.readTextFile(transactions)).replace(from, to),
      );
      const refused = await runImport("--input", file);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^Cannot import .*odd\.csv line \d/m, to);
    }
    const own = join(dataDirectory, "own");
    await runScript("export", ["--data-dir", dataDirectory, "--output", own, "--format", "csv"]);
    assert.match(
      (await runImport("--input", join(own, "runs.csv"))).stderr,
      /import the export as jsonl/,
    );
    const alone = await runImport("--input", snapshots);
    assert.match(alone.stderr, /benchmark_transactions has the runs/);
  });

  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
