// A project that has stored runs takes the newer migrations, and everything is there for its old
// runs, too.
import assert from "node:assert/strict";
import { applyMigrations } from "../../stack/migrations.ts";
import { openTestDatabase } from "../../testing/embedded_database.ts";

// The last one of the first release.
const BEFORE_JUDGING = "20261125030100";

Deno.test("migrations after the first release keep and serve what was stored before", async () => {
  const database = await openTestDatabase(BEFORE_JUDGING);
  const one = async (sql: string) =>
    Object.values((await database.pool.query(sql)).rows[0] as Record<string, unknown>)[0];
  const store = (run: number, f1: number) =>
    one(`select public.upsert_benchmark_result('0123abc', null, 'm', null, 'd', null, 'p', 'local',
      'run-${run}', null, '{"f1": ${f1}}', null, null, null)`);
  const runs = 130;
  for (let run = 1; run <= runs; run++) await store(run, run === 40 ? 0.1 : 0.9);
  const heads = "select array_agg(head_hash) from public.verify_ledger()";
  const before = await one(heads);

  assert.ok((await applyMigrations(database.pool)).length >= 5);
  assert.deepEqual(await one(heads), before);
  assert.equal(await one("select bool_and(is_intact) from public.verify_ledger()"), true);
  assert.equal(
    Number(await one("select count(*) from public.benchmark_trend_buckets where size = 64")),
    2,
  );
  assert.equal(
    Number(
      await one(
        "select min(value) from public.get_trend(public.find_configuration('m', 'd', 'p', 'local'), '/f1', null, null, 10)",
      ),
    ),
    0.1,
  );

  await store(runs + 1, 0.5);
  assert.equal(
    await one("select array_agg(snapshot_version) from public.benchmark_regressions") + "",
    String(runs + 1),
    "the next run is judged against one stored before the upgrade",
  );
  assert.equal(
    await store(1, 0.9),
    await one(
      "select id from public.benchmark_transactions where run_id = 'run-1'",
    ),
    "an old run sent again is the old entry",
  );
  await database.close();
});
