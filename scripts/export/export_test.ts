import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

const READER = fileURLToPath(new URL("../../testing/parquet_reader/", import.meta.url));

Deno.test("export takes the ledger out, and it can be proved and imported without it", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const at = (name: string) => join(dataDirectory, name);
  const script = async (name: string, ...args: string[]) => {
    const needsStack = name !== "verify" || !args.includes("--export");
    return await runScript(name, [...args, ...needsStack ? ["--data-dir", dataDirectory] : []], {
      // Without a database: there is no local.env here.
      cwd: READER,
    });
  };
  const post = async (body: unknown) => {
    const response = await stack.post(body);
    const text = await response.text();
    assert.equal(response.status, 201, text);
    return JSON.parse(text);
  };
  const items = [
    { id: "bill-1", group: "a", tp: 3, fp: 0, fn: 1, correct: true, quality: 0.5 },
    { id: "bill-2", group: null, tp: 2, fp: 0, fn: 0, correct: null, quality: 1e-7 },
  ];
  const { metrics: _, ...named } = RESULT;
  const first = await post(
    JSON.stringify({
      ...named,
      items,
      notes: "ask\u2028Ada",
      triggered_by: "ada",
      series: "s",
      metrics: { own: 7 },
    })
      .replace('"own":7', '"own":1234567890.12345678901234567890'),
  );
  await post({ ...RESULT, timestamp: "2026-02-03T04:05:06.789Z", tags: ["x", 'a "b"'] });
  await post({ ...RESULT, model_version: "=1+1", candidate: true });
  await script(
    "admin",
    "void",
    "--configuration",
    first.configuration.id,
    "--version",
    "2",
    "--reason",
    "broken",
  );
  await Deno.writeTextFile(at("receipt.json"), JSON.stringify(first));

  for (const format of ["jsonl", "csv", "parquet"]) {
    const exported = await script("export", "--output", at(format), "--format", format);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stderr, /Exported 3 runs and 1 decision of 2 configurations/);
  }

  await t.step("each format proves itself, with receipts, and without a database", async () => {
    for (const format of ["jsonl", "csv", "parquet"]) {
      const verified = await script(
        "verify",
        "--export",
        at(format),
        "--receipt",
        at("receipt.json"),
      );
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
      assert.match(
        verified.stdout,
        /^The export is intact: 3 entries in 2 configurations, 0 erased\.$/m,
      );
      assert.match(verified.stdout, /^ok +receipt of model-1, version 1/m);
    }
  });

  await t.step("whatever is changed is found", async () => {
    const lines = (await Deno.readTextFile(at("jsonl"))).trimEnd().split("\n");
    const check = async (changed: string[], expected: RegExp) => {
      await Deno.writeTextFile(at("changed.jsonl"), changed.join("\n"));
      const verified = await script(
        "verify",
        "--export",
        at("changed.jsonl"),
        "--receipt",
        at("receipt.json"),
      );
      assert.equal(verified.code, 1, verified.stdout);
      assert.match(verified.stdout + verified.stderr, expected);
    };
    const run = lines.findIndex((line) => line.includes("bill-1"));
    const change = (from: string, to: string) => {
      assert.ok(lines[run]!.includes(from), from);
      return lines.with(run, lines[run]!.replace(from, to));
    };
    await check(
      change("1234567890.1234567890123456789", "1234567890.1234567890123456788"),
      /content was changed/,
    );
    await check(
      change('"ask\u2028Ada"', '"ask\u2028Eve"'),
      /what it says about people was changed/,
    );
    await check(change('"bill-2"', '"bill-3"'), /its items were changed/);
    await check(change("true, null", "true, false"), /its items were changed/);
    await check(lines.filter((_, index) => index !== run), /its entry is not in the export/);
    await check([...lines, lines[run]!], /it stands after version 2/);
    await check([...lines, "{}"], /is no run of deno task export/);
    await check([...lines, "{"], /line 6: /);
    await check(lines.slice(0, -1), /is not complete: it was cut off/);
    await check(lines.toSpliced(0, 1), /is not complete|not in the export/);
    // What is shown and not hashed, what is there twice, and what nobody decided.
    await check(
      change('"cost_per_analysis": null', '"cost_per_analysis": 0'),
      /cost_per_analysis is not the/,
    );
    await check(
      change('"f1_score": 0.909', '"f1_score": 0.809'),
      /f1_score is not the f1 of its metrics/,
    );
    await check(
      change('"measured_at": null', '"measured_at": "2020-01-01T00:00:00+00:00"'),
      /measured_at is not the time/,
    );
    await check(change('"created_at": "20', '"created_at": "19'), /created_at is not the time/);
    await check(
      change('"configuration_id": "', '"configuration_id": "0'),
      /configuration_id is not that/,
    );
    await check(change('"metrics": {', '"metrics": {"own": 1, '), /\/own is there twice/);
    await check(change('"metrics": {', '"metrics": {"\\u0000": "{}", '), /u0000/);
    await check(
      change('"is_void": false', '"is_void": true').with(
        run,
        lines[run]!.replace(/"(salt|notes|triggered_by)": "[^"]*"/g, '"$1": null')
          .replace('"erased_at": null', '"erased_at": "2026-01-01T00:00:00Z"'),
      ),
      /no decision erased it/,
    );
  });

  await t.step("what a table shows is what is hashed", async () => {
    const runs = await Deno.readTextFile(join(at("csv"), "runs.csv"));
    const changes = {
      ",0.85,": ",0.99,",
      '"model-1"': '"model-2"',
      ",true,false,": ",false,false,",
    };
    for (const [from, to] of Object.entries(changes)) {
      await Deno.mkdir(at("other"), { recursive: true });
      await Deno.copyFile(join(at("csv"), "decisions.csv"), join(at("other"), "decisions.csv"));
      assert.ok(runs.includes(from), from);
      await Deno.writeTextFile(join(at("other"), "runs.csv"), runs.replace(from, to));
      const verified = await script("verify", "--export", at("other"), "--export", at("csv"));
      assert.equal(verified.code, 1, from);
      assert.match(verified.stdout, /what is shown was changed: column \w+ is not what its ledger/);
      assert.match(verified.stdout, /^The export is intact/m, "the other one");
    }
  });

  await t.step("an export that fails leaves what was there", async () => {
    const before = await Deno.readTextFile(at("jsonl"));
    let pages = 0;
    const failing = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname.endsWith("export_runs") && ++pages > 1) return Response.json([]);
        return await fetch(stack.env.SUPABASE_URL + pathname, {
          method: "POST",
          headers: { "apikey": stack.env.SUPABASE_SECRET_KEY, "Content-Type": "application/json" },
          body: await request.text(),
        });
      },
    );
    for (const format of ["jsonl", "csv", "parquet"]) {
      pages = 0;
      const failed = await runScript("export", ["--output", at(format), "--format", format], {
        env: {
          SUPABASE_URL: `http://127.0.0.1:${failing.addr.port}`,
          SUPABASE_SECRET_KEY: stack.env.SUPABASE_SECRET_KEY,
        },
      });
      assert.equal(failed.code, 1);
      assert.match(failed.stderr, /answered without version 1 of configuration/);
      assert.equal((await script("verify", "--export", at(format))).code, 0);
    }
    await failing.shutdown();
    assert.equal(await Deno.readTextFile(at("jsonl")), before);
    const left = await Array.fromAsync(Deno.readDir(at("csv")), ({ name }) => name);
    assert.deepEqual(left.filter((name) => name.endsWith(".part")), []);
  });

  await t.step("CSV has a row a run, item and decision, and no formula", async () => {
    const read = async (name: string) =>
      parse(await Deno.readTextFile(join(at("csv"), name)), { columns: true }) as Record<
        string,
        string
      >[];
    const runs = await read("runs.csv");
    assert.deepEqual(
      runs.map((row) => [row.model_version, row.snapshot_version, row.published, row.is_void]),
      [
        ["'=1+1", "1", "false", "false"],
        ["model-1", "1", "true", "false"],
        ["model-1", "2", "true", "true"],
      ],
    );
    assert.equal(runs[1]!.metrics!.match(/"own": ([\d.]+)/)![1], "1234567890.1234567890123456789");
    assert.equal(runs[1]!.series, "s");
    assert.equal(runs[2]!.tags, '["x", "a \\"b\\""]');
    const rows = await read("items.csv");
    assert.equal(rows.length, 10);
    const values = rows.filter(({ item }) => item === "bill-2").map((
      { score, value },
    ) => [score, value]);
    assert.deepEqual(Object.fromEntries(values), {
      tp: "2",
      fp: "0",
      fn: "0",
      correct: "",
      quality: "1e-7",
    });
    assert.deepEqual((await read("decisions.csv")).map(({ kind, reason }) => [kind, reason]), [
      ["void", "broken"],
    ]);
  });

  await t.step("Parquet is read by another library", async () => {
    const read = async (name: string) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "read_parquet.ts", join(at("parquet"), name)],
        cwd: READER,
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    const runs = await read("runs.parquet");
    assert.deepEqual(
      runs.map((
        row: Record<string, unknown>,
      ) => [row.model_version, row.snapshot_version, row.f1_score, row.published]),
      [["=1+1", 1, 0.85, false], ["model-1", 1, 10 / 11, true], ["model-1", 2, 0.85, true]],
    );
    assert.equal(runs[2].measured_at, Date.UTC(2026, 1, 3, 4, 5, 6, 789));
    assert.match(runs[1].metrics, /1234567890\.1234567890123456789/);
    const rows = await read("items.parquet");
    assert.equal(rows.length, 10);
    assert.deepEqual(
      rows.filter((row: Record<string, unknown>) => row.item === "bill-1").map((
        row: Record<string, unknown>,
      ) => [row.score, row.value, row.is_boolean, row.group]),
      [["fn", 1, false, "a"], ["fp", 0, false, "a"], ["tp", 3, false, "a"], [
        "correct",
        1,
        true,
        "a",
      ], ["quality", 0.5, false, "a"]],
    );
    assert.equal((await read("decisions.parquet"))[0].kind, "void");
  });

  await t.step("filters", async () => {
    const count = async (...args: string[]) => {
      const { code, stdout, stderr } = await script("export", "--output", "-", ...args);
      return code === 0
        ? stdout.split("\n").filter((line) => line.startsWith('{"type": "run"')).length
        : stderr;
    };
    assert.equal(await count(), 3);
    assert.equal(await count("--published"), 2);
    assert.equal(await count("--model", "model-1"), 2);
    assert.equal(await count("--series", "s"), 2);
    assert.equal(await count("--until", "2026-03-01"), 1);
    assert.equal(await count("--since", "2026-03-01", "--environment", "local"), 2);
    assert.equal(await count("--model", "model-1", "--model", "=1+1"), 3);
    assert.match(String(await count("--environment", "mars")), /no configuration matches/);
    assert.match(String(await count("--until", "2020-01-01")), /no run matches/);
    const wrong = [["--format", "x"], ["--format", "csv"]];
    for (const time of ["soon", "2026-02-30", "02/01/2026", "2026-01-01T00:00"]) {
      wrong.push(["--since", time]);
    }
    for (const args of wrong) {
      assert.equal((await script("export", "--output", "-", ...args)).code, 2, args.join());
    }
    assert.equal((await script("export")).code, 2);
  });

  await t.step("what was exported can be imported elsewhere", async () => {
    const elsewhere = await Deno.makeTempDir();
    const other = await startStackProcess({ dataDirectory: elsewhere, args: ["--no-sample"] });
    const imported = await runScript("import", [
      "--data-dir",
      elsewhere,
      "--input",
      at("jsonl"),
      "--json",
    ]);
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stderr, /1 decision not taken over/);
    assert.deepEqual(JSON.parse(imported.stdout).stored, 3);
    const again = await runScript("export", [
      "--data-dir",
      elsewhere,
      "--output",
      at("again.jsonl"),
    ]);
    assert.equal(again.code, 0, again.stderr);
    const facts = async (name: string) =>
      (await Deno.readTextFile(at(name))).trimEnd().split("\n").map((line) => JSON.parse(line))
        .filter(({ type }) => type === "run")
        .map(({ entry, items, series }) => {
          const { model_version, metrics, notes, triggered_by, tags, published, is_void } = entry;
          return {
            model_version,
            metrics,
            notes,
            triggered_by,
            tags,
            published,
            is_void,
            items,
            series,
          };
        })
        .sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    assert.deepEqual(await facts("again.jsonl"), await facts("jsonl"));
    assert.match(await Deno.readTextFile(at("again.jsonl")), /1234567890\.1234567890123456789/);
    await other.stop();
    await Deno.remove(elsewhere, { recursive: true });
  });

  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
