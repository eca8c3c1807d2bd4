import type pg from "pg";
import { median } from "./median.ts";

const READS = 21;

/** Milliseconds that reading the F1 history of a configuration takes, as 500 points. */
export async function measureTrend(pool: pg.Pool, model: string): Promise<number> {
  const times: number[] = [];
  for (let read = 0; read < READS; read++) {
    const startedAt = performance.now();
    await pool.query(
      "select * from public.get_trend(public.find_configuration($1, 'bench-data-1', 'bench-prompt-1', 'local'))",
      [model],
    );
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
