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
    assert.match(stdout, /intact: 3 entries in 1 configurations, 0 erased/);
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
    assert.match(stdout, /^The ledger is not what was kept of it/m);
  });
  await t.step("what is no receipt is refused", async () => {
    assert.equal((await verify("--receipt", join(dataDirectory, "local.env"))).code, 1);
    assert.equal((await verify("--receipt", join(dataDirectory, "missing"))).code, 1);
    assert.equal((await verify("--typo")).code, 2);
  });

  await t.step("an erased entry holds, and so does its receipt from before", async () => {
    const { configuration, snapshot_version } = receipts[0] as {
      configuration: { id: string };
      snapshot_version: number;
    };
    const erased = await stack.rpc("erase_personal_data", {
      p_configuration_id: configuration.id,
      p_version: snapshot_version,
      p_reason: "asked for",
    });
    assert.equal(await erased.json(), true);
    const { code, stdout } = await verify("--receipt", file);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /intact: 3 entries in 1 configurations, 1 erased/);
    assert.match(
      stdout,
      /^ok {6}receipt of model-1, version 1: [0-9a-f]{64}, personal data erased on \d{4}-\d\d-\d\dT/m,
    );
    assert.match(stdout, /^ok {6}receipt of model-1, version 2: [0-9a-f]{64}$/m);
  });

  await t.step("a current version that no decision explains is named", async () => {
    await tamper("update public.benchmark_configurations set current_version = 1");
    const { code, stdout } = await verify();
    assert.equal(code, 1);
    assert.match(
      stdout,
      /BROKEN {2}model-1 \/ data-1 \/ prompt-1 \/ local: current_version is 1, but runs and decisions say 3/,
    );
  });
  await t.step("a hollow guard, and one that never fires, are named", async () => {
    await tamper(`
      update public.benchmark_configurations set current_version = 3;
      create table public.saved as
        select pg_get_functiondef('benchmark_private.refuse_unless_erased()'::regprocedure) as definition;
      create or replace function benchmark_private.refuse_unless_erased() returns trigger
        language plpgsql set search_path = pg_catalog, pg_temp as $$ begin return new; end $$;
      drop trigger refuse_change on public.benchmark_decisions;
      create trigger refuse_change
        before update or delete or truncate on public.benchmark_decisions
        for each statement when (false)
        execute function benchmark_private.refuse_change('the record is append-only');
      alter table public.benchmark_decisions enable always trigger refuse_change;`);
    const { code, stdout } = await verify();
    assert.equal(code, 1);
    assert.match(
      stdout,
      /BROKEN {2}guard: function refuse_unless_erased\(\): the function has another body/,
    );
    assert.match(
      stdout,
      /BROKEN {2}guard: refuse_change on benchmark_decisions: the trigger is another one: .*WHEN \(false\)/,
    );
    assert.match(stdout, /broken in 2 places/);
    await tamper(`
      do $$ begin execute (select definition from public.saved); end $$;
      drop table public.saved;
      drop trigger refuse_change on public.benchmark_decisions;
      create trigger refuse_change
        before update or delete or truncate on public.benchmark_decisions
        for each statement
        execute function benchmark_private.refuse_change('the record is append-only');
      alter table public.benchmark_decisions enable always trigger refuse_change;`);
    assert.equal((await verify()).code, 0);
  });

  await t.step("changed entries are named", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_change;
      alter table public.benchmark_transactions disable trigger refuse_unless_erased;
      update public.benchmark_transactions set commit_sha = 'fedcba9' where snapshot_version = 2;
      update public.benchmark_transactions set notes = 'better' where snapshot_version = 3;
      alter table public.benchmark_transactions enable always trigger refuse_change;
      alter table public.benchmark_transactions enable always trigger refuse_unless_erased;`);
    const { code, stdout } = await verify("--receipt", file, "--json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout);
    assert.equal(report.chains[0].first_broken_version, 2);
    const [first, second, third] = report.receipts;
    assert.equal(first.problem, null);
    assert.match(second.problem, /content of the entry was changed/);
    assert.match(third.problem, /what the entry says about people was changed/);
  });
  await t.step("personal data that is gone without a decision is named", async () => {
    await tamper(`
      alter table public.benchmark_transactions disable trigger refuse_unless_erased;
      update public.benchmark_transactions
        set notes = null, triggered_by = null, head_ref = null, salt = null where snapshot_version = 3;
      alter table public.benchmark_transactions enable always trigger refuse_unless_erased;`);
    assert.match(
      (await verify("--receipt", file)).stdout,
      /BROKEN {2}receipt of model-1, version 3: .*is gone, and no decision erased it/,
    );
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
          if v_entry.snapshot_version = 3 then
            v_entry.commitment := null;
          end if;
          v_before := benchmark_private.entry_hash(v_entry, v_before);
          update public.benchmark_transactions set commitment = v_entry.commitment, entry_hash = v_before
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
      delete from public.benchmark_transactions where snapshot_version = 3;
      update public.benchmark_configurations set last_version = 2, current_version = 2, reference_version = 2;
      alter table public.benchmark_transactions enable always trigger refuse_change;`);
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

Deno.test("verify says how many runs have lost their items, and that receipts from before hold", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const results = Array.from({ length: 22 }, (_, run) => ({
    ...RESULT,
    run_id: `run-${run}`,
    items: [{ id: "a", passed: true, score: run / 7 }],
  }));
  const response = await stack.post({ results });
  const receipts = await response.text();
  assert.equal(response.status, 201, receipts);
  const verify = (...args: string[]) =>
    runScript("verify", ["--data-dir", dataDirectory, "--receipt", "-", ...args], {
      stdin: receipts,
    });
  assert.doesNotMatch((await verify()).stdout, /pruned/);

  const pruned = await stack.rpc("prune_items", { p_older_than: "0" });
  assert.equal((await pruned.json()).runs, 2);
  const { code, stdout } = await verify();
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /intact: 22 entries .*\.\nItems of 2 runs pruned; their digests hold\.\n$/,
  );
  assert.equal(stdout.match(/^ok/gm)?.length, 22);
  assert.equal(JSON.parse((await verify("--json")).stdout).chains[0].pruned, 2);
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
