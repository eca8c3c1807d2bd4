import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";
import { hostileDatabase, READER_FUNCTIONS } from "../supabase/tests/reader_functions.ts";
import type { PostgresServer } from "../testing/postgres_server.ts";

/** How long a reader can make the database work with one call. */
export interface ReaderMeasurement {
  name: string;
  bound: string;
  /** The longest of three calls; a call is cancelled after half a second, as PostgREST does it. */
  milliseconds: number;
  isCancelled: boolean;
}

/**
 * Calls every function that anon and authenticated may execute where reading is as dear as it can
 * be made: a thousand configurations, a long history, documents of a megabyte.
 */
export async function measureReaders(
  server: PostgresServer,
  runs: number,
): Promise<ReaderMeasurement[]> {
  const pool = new pg.Pool({ connectionString: await server.createDatabase(), max: 1 });
  await createSupabaseRoles(pool);
  await applyMigrations(pool);
  await pool.query(hostileDatabase(1000, runs));
  await pool.query("analyze");
  // Kept: a pool drops a connection after an error, and with it the timeout.
  const client = await pool.connect();
  await client.query("set role authenticated");
  await client.query("set statement_timeout = '500ms'");
  const measurements = [];
  for (const [name, { bound, call }] of Object.entries(READER_FUNCTIONS)) {
    let milliseconds = 0;
    let isCancelled = false;
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now();
      try {
        await client.query(call);
      } catch (error) {
        if ((error as pg.DatabaseError).code !== "57014") throw error;
        isCancelled = true;
      }
      milliseconds = Math.max(milliseconds, performance.now() - startedAt);
    }
    measurements.push({ name, bound, milliseconds, isCancelled });
  }
  client.release(true);
  await pool.end();
  return measurements;
}
