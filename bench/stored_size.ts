import type pg from "pg";
import { type BenchDatabase, TOKEN } from "./bench_database.ts";
import { metricsDocument, resultDocument } from "./documents.ts";
import { originalCall } from "./original_system.ts";
import type { BenchRow } from "./row.ts";

const RUNS = 2000;
const CONFIGURATIONS = 10;

/** Measures what a run takes on disk, tables and indexes, against the original system. */
export async function measureStoredSize(
  { pool }: BenchDatabase,
  progress: (message: string) => void,
): Promise<BenchRow[]> {
  progress("Measuring bytes a run");
  const results = JSON.stringify([resultDocument("MODEL")]);
  const ours = await bytesARun(pool, "public", (n) => ({
    text: "select public.ingest_benchmark($1, $2)",
    values: [JSON.stringify(TOKEN), results.replace("MODEL", `size-${n % CONFIGURATIONS}`)],
  }));
  const document = JSON.stringify(metricsDocument());
  const original = await bytesARun(pool, "original", (n) => ({
    text: originalCall("$1::text", "$2::jsonb"),
    values: [`size-${n % CONFIGURATIONS}`, document],
  }));
  return [
    { what: "bytes a run of the original's two tables", value: String(original), ratio: "1.00" },
    {
      what: "bytes a run of this schema",
      value: String(ours),
      ratio: (ours / original).toFixed(2),
    },
  ];
}

async function bytesARun(
  pool: pg.Pool,
  schema: string,
  call: (n: number) => pg.QueryConfig,
): Promise<number> {
  const before = await sizeOf(pool, schema);
  for (let n = 0; n < RUNS; n++) await pool.query(call(n));
  return Math.round((await sizeOf(pool, schema) - before) / RUNS);
}

async function sizeOf(pool: pg.Pool, schema: string): Promise<number> {
  const { rows: [{ bytes }] } = await pool.query(
    `
    select sum(pg_total_relation_size(c.oid))::float8 as bytes
    from pg_class as c
    where c.relnamespace = $1::regnamespace and c.relkind = 'r' and c.relname like 'benchmark\\_%'`,
    [schema],
  );
  return bytes;
}
