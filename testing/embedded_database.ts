import { PGlite } from "@electric-sql/pglite";
import { pgtap } from "@electric-sql/pglite-pgtap";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";

/** An embedded database in memory, migrated. */
export interface TestDatabase {
  pool: pg.Pool;
  pglite: PGlite;
  close(): Promise<void>;
}

// What Supabase projects made before 2026 do with every new table and function. The migrations
// must end with the same rights there.
const LEGACY_DEFAULT_PRIVILEGES = `
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;`;

/**
 * Makes a migrated database in memory, with pgTAP at hand: a copy of one that is kept in the folder for
 * temporary files, because making one takes seconds, and the tests make a hundred.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const pglite = await PGlite.create({
    extensions: { pgtap },
    loadDataDir: new Blob([await readTemplate()]),
  });
  const pool = new pg.Pool(createPgConfig(pglite) as pg.PoolConfig);
  return {
    pool,
    pglite,
    async close() {
      await pool.end();
      await pglite.close();
    },
  };
}

async function readTemplate(): Promise<Uint8Array<ArrayBuffer>> {
  const prefix = "benchmark-test-database-";
  const directory = tmpdir();
  const name = `${prefix}${await digestOfSources()}.tar`;
  const kept = await Deno.readFile(join(directory, name)).catch(() => null);
  if (kept !== null) return kept;

  const made = await makeTemplate();
  // Moved in at once: another process may read it, or make it, too.
  const aside = await Deno.makeTempFile({ dir: directory });
  await Deno.writeFile(aside, made);
  await Deno.rename(aside, join(directory, name));
  for (const { name: other } of Deno.readDirSync(directory)) {
    if (!other.startsWith(prefix) || other === name) continue;
    await Deno.remove(join(directory, other)).catch(() => {}); // of other sources, or gone already
  }
  return made;
}

async function makeTemplate(): Promise<Uint8Array<ArrayBuffer>> {
  const pglite = await PGlite.create({ extensions: { pgtap } });
  const pool = new pg.Pool(createPgConfig(pglite) as pg.PoolConfig);
  await createSupabaseRoles(pool);
  await pool.query(LEGACY_DEFAULT_PRIVILEGES);
  await applyMigrations(pool);
  const dump = await pglite.dumpDataDir("none");
  await pool.end();
  await pglite.close();
  return new Uint8Array(await dump.arrayBuffer());
}

/** Of all that a template is made of: the migrations, what applies them, and the packages. */
async function digestOfSources(): Promise<string> {
  const project = new URL("../", import.meta.url);
  const migrations = [...Deno.readDirSync(new URL("supabase/migrations/", project))]
    .map(({ name }) => `supabase/migrations/${name}`).toSorted();
  const others = ["stack/migrations.ts", "stack/supabase_roles.sql", "deno.lock"];
  const hash = createHash("sha256").update(await Deno.readTextFile(new URL(import.meta.url)));
  for (const path of [...migrations, ...others]) {
    hash.update(`\n${path}\n`).update(await Deno.readTextFile(new URL(path, project)));
  }
  return hash.digest("hex").slice(0, 16);
}
