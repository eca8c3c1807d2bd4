import assert from "node:assert/strict";
import { join } from "node:path";
import { openEmbeddedDatabase } from "../../stack/database.ts";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";

// Two more than are always kept.
const RUNS = 22;

Deno.test("admin items prune removes the items of runs that are old enough", async () => {
  const dataDirectory = await Deno.makeTempDir();
  let stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const results = Array.from({ length: RUNS }, (_, run) => ({
    ...RESULT,
    run_id: `run-${run}`,
    metrics: { pass_rate: 1 },
    items: [{ id: "a", pass_rate: 1 }],
  }));
  const response = await stack.post({ results });
  assert.equal(response.status, 201, await response.text());
  const prune = (...args: string[]) =>
    runScript("admin", ["items", "prune", ...args, "--data-dir", dataDirectory]);

  const young = await prune("--older-than", "1d", "--json");
  assert.equal(young.code, 0, young.stderr);
  assert.deepEqual(JSON.parse(young.stdout), { runs: 0, item_sets: 0, kept: RUNS });

  await stack.stop();
  const database = await openEmbeddedDatabase(join(dataDirectory, "postgres"));
  await database.pool.query(`
    alter table public.benchmark_transactions disable trigger refuse_change;
    update public.benchmark_transactions set created_at = created_at - interval '20 days';`);
  await database.close();
  stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });

  assert.match((await prune("--older-than", "3w")).stdout, /Pruned the items of 0 runs .*22 runs/);
  assert.match(
    (await prune("--older-than", "19d")).stdout,
    /Pruned the items of 2 runs and 0 sets of ids that no run has any more; 20 runs keep their items/,
  );
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("admin items prune takes an age with its unit, and says how", async () => {
  for (const age of ["180", "6mo", "-3d", "0d", "d"]) {
    const { code, stderr } = await runScript("admin", ["items", "prune", `--older-than=${age}`]);
    assert.equal(code, 2, age);
    assert.match(stderr, /such as 180d or 26w: current value is/);
  }
  const without = await runScript("admin", ["items", "prune"]);
  assert.match(without.stderr, /--older-than is required/);
  assert.equal((await runScript("admin", ["items"])).code, 2);
});
