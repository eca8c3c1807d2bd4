import type pg from "pg";

const SAMPLE_MS = 20;
const CONNECT_MS = 5000;
// USER_HZ, which Linux gives programs on every architecture that Deno runs on.
const TICKS_A_SECOND = 100;

/** Whether the CPU time of the server's processes can be read: it has to run here. */
export function canReadBackends(): boolean {
  return Deno.build.os === "linux" && !Deno.env.get("DATABASE_URL");
}

/** CPU seconds of the backends that serve pgbench, from when it starts until it ends. */
export interface BackendWatch {
  stop(): number;
}

/**
 * Watches the backends of a running pgbench. They end with it, so what they have used is read all
 * the time: what is missed in the end is less than 20 ms each.
 *
 * @param pool On the database that pgbench uses.
 * @param clients How many connections it makes.
 */
export async function watchBackends(pool: pg.Pool, clients: number): Promise<BackendWatch> {
  const ticks = new Map<number, number>();
  for (const pid of await findBackends(pool, clients)) ticks.set(pid, 0);
  const sample = () => {
    for (const pid of ticks.keys()) {
      const used = readTicks(pid);
      if (used !== null) ticks.set(pid, used);
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return [...ticks.values()].reduce((a, b) => a + b, 0) / TICKS_A_SECOND;
    },
  };
}

async function findBackends(pool: pg.Pool, clients: number): Promise<number[]> {
  const deadline = performance.now() + CONNECT_MS;
  while (performance.now() < deadline) {
    const { rows } = await pool.query(
      "select pid from pg_stat_activity where datname = current_database() and application_name = 'pgbench'",
    );
    if (rows.length === clients) return rows.map((row) => row.pid);
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  throw new Error(`pgbench did not make ${clients} connections.`);
}

/** utime and stime of a process; null when it is gone. See proc(5). */
function readTicks(pid: number): number | null {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name of the program may hold spaces and brackets: what follows the last one is fields.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return null;
  }
}
