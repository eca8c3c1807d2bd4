import type pg from "pg";

const MIGRATIONS = new URL("../supabase/migrations/", import.meta.url);
const ROLES = new URL("./supabase_roles.sql", import.meta.url);
// Any number, as long as nothing else in the database locks it: two stacks that start at once
// on one server must not migrate at once.
const MIGRATION_LOCK = 4_815_162_342;
const BASELINE = "20261125000000";
// Versions of the migrations that checkouts from before 1.0.0 had instead of the baseline.
const EARLIER_VERSION = /^202611250[1-4]\d{4}$/;

/** The database was made by a checkout from before the schema was made anew. */
export class EarlierSchemaError extends Error {
  override name = "EarlierSchemaError";
}

/**
 * Makes a plain Postgres look like a fresh Supabase project: roles and the schema `extensions`.
 * Changes nothing on a database that has them.
 */
export async function createSupabaseRoles(pool: pg.Pool): Promise<void> {
  await pool.query(await Deno.readTextFile(ROLES));
}

/**
 * Applies the migrations that the database does not have yet, each in a transaction, and records
 * them where the Supabase CLI does, so that `supabase db push` goes on from there.
 *
 * @returns The names of those applied now.
 * @throws {EarlierSchemaError} For a database whose schema no migration leads on from.
 */
export async function applyMigrations(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect();
  const applied: string[] = [];
  try {
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query(`
      create schema if not exists supabase_migrations;
      create table if not exists supabase_migrations.schema_migrations (
        version text not null primary key, statements text[], name text);
    `);
    const { rows } = await client.query(
      "select version from supabase_migrations.schema_migrations",
    );
    const present = new Set<string>(rows.map((row) => row.version));
    if (!present.has(BASELINE) && [...present].some((version) => EARLIER_VERSION.test(version))) {
      throw new EarlierSchemaError(
        "it was made by an earlier checkout, and the schema was made anew before 1.0.0",
      );
    }
    for (const { file, version, name } of await listMigrations()) {
      if (present.has(version)) continue;
      const sql = await Deno.readTextFile(new URL(file, MIGRATIONS));
      try {
        await client.query("begin");
        await client.query(sql);
        await client.query(
          "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
          [version, [sql], name],
        );
        await client.query("commit");
      } catch (error) {
        await client.query("rollback");
        throw new Error(`Migration ${file} failed: ${(error as Error).message}`, { cause: error });
      }
      applied.push(file);
    }
  } finally {
    await client.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    client.release();
  }
  return applied;
}

async function listMigrations(): Promise<{ file: string; version: string; name: string }[]> {
  const migrations = [];
  for await (const entry of Deno.readDir(MIGRATIONS)) {
    const [, version, name] = /^(\d+)_(.+)\.sql$/.exec(entry.name) ?? [];
    if (version && name) migrations.push({ file: entry.name, version, name });
  }
  return migrations.sort((a, b) => a.version.localeCompare(b.version));
}
