import { PGlite } from "@electric-sql/pglite";
import { pgtap } from "@electric-sql/pglite-pgtap";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import pg from "pg";
import { databaseTemplate } from "./database_template.ts";

/** An embedded database in memory, migrated. */
export interface TestDatabase {
  pool: pg.Pool;
  pglite: PGlite;
  close(): Promise<void>;
}

/** Makes a migrated database in memory, with pgTAP at hand. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const pglite = await PGlite.create({
    extensions: { pgtap },
    loadDataDir: new Blob([await Deno.readFile(await databaseTemplate())]),
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
