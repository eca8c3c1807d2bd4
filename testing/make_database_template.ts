// Writes a migrated database as a tar file: see database_template.ts.
import { PGlite } from "@electric-sql/pglite";
import { pgtap } from "@electric-sql/pglite-pgtap";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";

// What Supabase projects made before 2026 do with every new table and function. The migrations
// must end with the same rights there.
const LEGACY_DEFAULT_PRIVILEGES = `
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;`;

const pglite = await PGlite.create({ extensions: { pgtap } });
const pool = new pg.Pool(createPgConfig(pglite) as pg.PoolConfig);
await createSupabaseRoles(pool);
await pool.query(LEGACY_DEFAULT_PRIVILEGES);
await applyMigrations(pool);
const dump = await pglite.dumpDataDir("none");
await pool.end();
await pglite.close();
await Deno.writeFile(Deno.args[0]!, dump.stream());
