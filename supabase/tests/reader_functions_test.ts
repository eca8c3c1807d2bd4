// What anon and authenticated may execute is on a list with its bound; a new function is not on it
// by itself. Each is called at its bounds where reading is as dear as it can be made.
import assert from "node:assert/strict";
import { openTestDatabase } from "../../testing/embedded_database.ts";
import { hostileDatabase, READER_FUNCTIONS } from "./reader_functions.ts";

const database = await openTestDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("every function that a reader may execute is on the list", async () => {
  const { rows } = await database.pool.query(`
    select p.pronamespace::regnamespace || '.' || p.proname as name
    from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace)
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
      and (has_function_privilege('anon', p.oid, 'execute')
        or has_function_privilege('authenticated', p.oid, 'execute'))
    order by 1`);
  assert.deepEqual(rows.map((row) => row.name), Object.keys(READER_FUNCTIONS).sort());
});

Deno.test("each of them answers at its bounds, and is as small as its bound says", async () => {
  await database.pool.query(hostileDatabase(50, 200));
  const client = await database.pool.connect();
  await client.query("set role authenticated");
  for (const [name, { call }] of Object.entries(READER_FUNCTIONS)) {
    const { rows } = await client.query(call);
    const bytes = JSON.stringify(rows).length;
    assert.ok(bytes < 8_000_000, `${name}: ${bytes} bytes`);
  }
  await client.query("reset role");
  client.release();
});

Deno.test("to anon, where reading is not public, none of them shows or reads anything", async () => {
  const client = await database.pool.connect();
  await client.query("set role anon");
  for (const [name, { call }] of Object.entries(READER_FUNCTIONS)) {
    const { rows } = await client.query(call);
    assert.doesNotMatch(JSON.stringify(rows), /"big"|0123abc/, name);
  }
  await client.query("reset role");
  client.release();
});
