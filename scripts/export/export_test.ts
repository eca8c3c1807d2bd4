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
      notes: "ask Ada",
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
    await check(change('"ask Ada"', '"ask Eve"'), /what it says about people was changed/);
    await check(change('"bill-2"', '"bill-3"'), /its items were changed/);
    await check(change("true, null", "true, false"), /its items were changed/);
    await check(lines.filter((_, index) => index !== run), /its entry is not in the export/);
    await check([...lines, lines[run]!], /it stands after version 2/);
    await check([...lines, "{}"], /is no run of deno task export/);
    await check([...lines, "{"], /line 5: /);
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
    assert.match(String(await count("--environment", "mars")), /no configuration matches/);
    for (const args of [["--format", "x"], ["--since", "soon"], ["--format", "csv"]]) {
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
