// The schema has a present (supabase/schemas) and a way there (supabase/migrations): they must be
// the same, and both must work where hosted projects run them: as a role that is no superuser.
import assert from "node:assert/strict";
import pg from "pg";
import { schemaDifference } from "../../scripts/schema/schema_difference.ts";
import { applyMigrations, createSupabaseRoles } from "../../stack/migrations.ts";
import { applySchemas, readSchemas } from "../../scripts/schema/schema_files.ts";
import { NoPostgresError, startPostgresServer } from "../../testing/postgres_server.ts";

const server = await startPostgresServer().catch((error: unknown) => {
  if (error instanceof NoPostgresError) return error;
  throw error;
});
const isMissing = server instanceof NoPostgresError;
Deno.test.afterAll(async () => {
  if (!isMissing) await server.close();
});

function onServer(name: string, run: () => Promise<void>): void {
  const reason = isMissing ? ` (skipped: ${server.message})` : "";
  Deno.test({ name: name + reason, ignore: isMissing, fn: run });
}

async function database(apply: (pool: pg.Pool) => Promise<unknown>): Promise<string> {
  if (isMissing) throw server;
  const url = await server.createDatabase();
  await withPool(url, async (pool) => {
    await createSupabaseRoles(pool);
    await apply(pool);
  });
  return url;
}

async function withPool<T>(url: string, use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url });
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
}

/** What the CLI does not compare: how columns are compressed, and the rows that are shipped. */
async function unseen(url: string): Promise<unknown> {
  return await withPool(url, async (pool) => {
    const compression = await pool.query(`
      select c.oid::regclass::text as table_name, a.attname, a.attcompression
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid
      where a.attcompression <> '' and c.relnamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace)
      order by 1, 2`);
    const tables = await pool.query(`
      select c.oid::regclass::text as name from pg_class as c
      where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace)
      order by 1`);
    const rows: Record<string, unknown[]> = {};
    for (const { name } of tables.rows) {
      const { rows: [row] } = await pool.query(
        `select coalesce(jsonb_agg(to_jsonb(t) - 'created_at' order by t::text), '[]') as rows from ${name} as t`,
      );
      rows[name] = row.rows;
    }
    return { compression: compression.rows, rows };
  });
}

onServer("migrations and schema files make the same database, either way round", async () => {
  const migrated = await database((pool) => applyMigrations(pool));
  const declared = await database(applySchemas);
  assert.equal(await schemaDifference(migrated, declared), "");
  assert.equal(await schemaDifference(declared, migrated), "");
  const there = await unseen(declared);
  assert.deepEqual(await unseen(migrated), there);
  assert.match(JSON.stringify(there), /"attcompression":"l"/, "documents are packed by lz4");
  assert.match(JSON.stringify(there), /"metric":"\/f1"/, "the shipped policies are there");
  // A difference must be seen, or the test sees nothing.
  await withPool(
    declared,
    (pool) => pool.query("alter function public.verify_ledger() set statement_timeout = '1s'"),
  );
  assert.notEqual(await schemaDifference(migrated, declared), "");
});

Deno.test("no function is defined twice", async () => {
  const names = [...(await readSchemas()).matchAll(/^create (?:or replace )?function ([\w.]+)/gm)]
    .map(([, name]) => name);
  assert.ok(names.length > 50);
  assert.deepEqual(names, [...new Set(names)]);
});

onServer(
  "the schema is made and used by a role that is no superuser, without schema auth",
  async () => {
    if (isMissing) throw server;
    const url = await server.createDatabase();
    const { pathname } = new URL(url);
    const role = `owner_${pathname.slice(-12)}`;
    await withPool(url, async (pool) => {
      await createSupabaseRoles(pool);
      const { rows } = await pool.query(
        "select to_regnamespace('auth') as auth, to_regnamespace('vault') as vault",
      );
      assert.deepEqual(rows[0], { auth: null, vault: null });
      await pool.query(`
      create role ${role} login nosuperuser createrole;
      grant anon, authenticated, service_role to ${role};
      alter database "${pathname.slice(1)}" owner to ${role};
      alter schema public owner to ${role};`);
    });
    const own = new URL(url);
    own.username = role;
    await withPool(own.href, async (pool) => {
      await applyMigrations(pool);
      const client = await pool.connect();
      await client.query("set role service_role");
      await client.query(
        "select public.create_ingest_token('00000000000000aa', repeat('ab', 32), 'test', '{local}')",
      );
      const { rows } = await client.query("select public.ingest_benchmark($1, $2) as receipts", [
        { method: "ingest-token", token_id: "00000000000000aa", secret_hash: "ab".repeat(32) },
        JSON.stringify([{
          model_version: "m",
          dataset_version: "d",
          prompt_version: "p",
          commit_sha: "0123abc",
          metrics: { f1: 0.5 },
        }]),
      ]);
      assert.equal(rows[0].receipts[0].published, true);
      const verified = await client.query(
        "select bool_and(is_intact) as intact from public.verify_ledger()",
      );
      assert.equal(verified.rows[0].intact, true);
      await client.query("reset role");
      client.release();
    });
  },
);
