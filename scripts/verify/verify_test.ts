import assert from "node:assert/strict";
import { join } from "node:path";
import { openEmbeddedDatabase } from "../../stack/database.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

Deno.test("verify finds what was changed behind the guards, and what only a receipt can tell", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  let stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const post = async (changes: Record<string, unknown>) =>
    await (await stack.post({ ...RESULT, ...changes })).json();
  const receipts: Record<string, unknown>[] = [];
  for (const n of [1, 2, 3]) {
    receipts.push(
      await post({
        notes: `run ${n} é😀"\\`,
        tags: ["a"],
        timestamp: "2026-01-31T12:00:00.123456+05:45",
        duration_seconds: 1.5,
        metrics: { f1: n / 10, nested: [{ bb: 1e21, a: 1e-7, "ß": null }] },
      }),
    );
  }
  const file = join(dataDirectory, "receipts.json");
  await Deno.writeTextFile(file, JSON.stringify({ results: receipts }));
  const verify = (...args: string[]) => runScript("verify", ["--data-dir", dataDirectory, ...args]);
  /** Changes rows as somebody with the rights of the owner can, while the stack is down. */
  const tamper = async (sql: string) => {
    await stack.stop();
    const database = await openEmbeddedDatabase(join(dataDirectory, "postgres"));
    await database.pool.query(sql);
    await database.close();
    stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  };

  await t.step("an untouched ledger and its receipts hold", async () => {
    const { code, stdout } = await verify("--receipt", file);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /intact: 3 entries in 1 configurations/);
    assert.equal(stdout.match(/^ok/gm)?.length, 3);
  });
  await t.step("one receipt on standard input holds", async () => {
    const { code } = await runScript("verify", ["--data-dir", dataDirectory, "--receipt", "-"], {
      stdin: JSON.stringify(receipts[0]),
    });
    assert.equal(code, 0);
  });
  await t.step("a receipt that says otherwise does not", async () => {
    const forged = { ...receipts[0], entry_hash: "0".repeat(64) };
    const { code, stdout } = await runScript("verify", [
      "--data-dir",
      dataDirectory,
      "--receipt",
      "-",
    ], { stdin: JSON.stringify(forged) });
    assert.equal(code, 1);
    assert.match(stdout, /another entry_hash/);
  });
  await t.step("what is no receipt is refused", async () => {
    assert.equal((await verify("--receipt", join(dataDirectory, "local.env"))).code, 1);
    assert.equal((await verify("--receipt", join(dataDirectory, "missing"))).code, 1);
    assert.equal((await verify("--typo")).code, 2);
  });

  await t.step("a changed entry is named", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      update public.benchmark_transactions set notes = 'better' where snapshot_version = 2;
      alter table public.benchmark_transactions enable always trigger refuse_change;`);
    const { code, stdout } = await verify("--receipt", file, "--json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout);
    assert.equal(report.chains[0].first_broken_version, 2);
    assert.deepEqual(report.receipts.map((r: { problem: string | null }) => r.problem === null), [
      true,
      false,
      true,
    ]);
    assert.match(report.receipts[1].problem, /content of the entry was changed/);
  });
  await t.step("a chain rewritten as a whole is found by the receipts alone", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      do $$
      declare
        v_entry public.benchmark_transactions;
        v_before bytea;
      begin
        for v_entry in select * from public.benchmark_transactions order by snapshot_version loop
          v_entry.previous_hash := v_before;
          v_before := benchmark_private.entry_hash(v_entry);
          update public.benchmark_transactions set previous_hash = v_entry.previous_hash, entry_hash = v_before
          where snapshot_version = v_entry.snapshot_version;
        end loop;
      end $$;
      alter table public.benchmark_transactions enable always trigger refuse_change;`);
    assert.equal((await verify()).code, 0, "the ledger by itself looks intact");
    const { code, stdout } = await verify("--receipt", file);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /BROKEN {2}receipt of model-1, version 2: the ledger has another entry_hash/,
    );
  });
  await t.step("a tail cut off with its counter is found by the receipts alone", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      alter table public.benchmark_snapshot_versions disable trigger refuse_removal;
      delete from public.benchmark_snapshot_versions where snapshot_version = 3;
      delete from public.benchmark_transactions where snapshot_version = 3;
      update public.benchmark_configurations set last_version = 2, current_version = 2;
      alter table public.benchmark_transactions enable always trigger refuse_change;
      alter table public.benchmark_snapshot_versions enable always trigger refuse_removal;`);
    assert.equal((await verify()).code, 0, "the ledger by itself looks intact");
    assert.match(
      (await verify("--receipt", file)).stdout,
      /version 3: the entry is not in the ledger/,
    );
  });
  await t.step("a disabled guard is named", async () => {
    await tamper("alter table public.benchmark_transactions disable trigger refuse_change");
    const { code, stdout } = await verify();
    assert.equal(code, 1);
    assert.match(stdout, /BROKEN {2}guard: refuse_change on benchmark_transactions/);
  });
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
