import { join } from "node:path";
import type pg from "pg";
import { UserError } from "../scripts/cli/user_error.ts";
import { binaryDirectories } from "../testing/postgres_server.ts";
import { canReadBackends, watchBackends } from "./backend_cpu.ts";

/** Where pgbench is. */
export async function findPgbench(): Promise<string> {
  for (const directory of await binaryDirectories()) {
    const path = join(directory, "pgbench");
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new UserError("Cannot measure: pgbench is not installed (Debian: postgresql-15).");
}

/** One measurement. */
export interface PgbenchRun {
  pgbench: string;
  url: string;
  /** On the same database. */
  pool: pg.Pool;
  /** A pgbench script; `:name` is a variable, `:client_id` the number of the client. */
  script: string;
  /** Text values, passed as parameters of a prepared statement. */
  variables: Record<string, string>;
  clients: number;
  seconds: number;
}

/** What a script reached. */
export interface CallRate {
  perSecond: number;
  /** CPU time of a backend, a call; null where it cannot be read. */
  cpuMicroseconds: number | null;
}

/** Runs a script for some seconds. */
export async function measureCalls(run: PgbenchRun): Promise<CallRate> {
  const script = await Deno.makeTempFile({ suffix: ".sql" });
  await Deno.writeTextFile(script, run.script);
  const child = new Deno.Command(run.pgbench, {
    args: [
      "--no-vacuum",
      "--protocol=prepared",
      `--client=${run.clients}`,
      `--jobs=${Math.min(run.clients, 2)}`,
      `--time=${run.seconds}`,
      `--file=${script}`,
      ...Object.entries(run.variables).map(([name, value]) => `--define=${name}=${value}`),
      run.url,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = child.output();
  const watch = canReadBackends()
    ? await watchBackends(run.pool, run.clients).catch(() => null)
    : null;
  const { success, stdout, stderr } = await ended;
  const cpuSeconds = watch?.stop();
  await Deno.remove(script);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const report = decode(stdout);
  const perSecond = /^tps = ([\d.]+)/m.exec(report)?.[1];
  const calls = /transactions actually processed: (\d+)/.exec(report)?.[1];
  const failed = /number of failed transactions: ([1-9]\d*)/.exec(report);
  if (!success || perSecond === undefined || failed) {
    throw new Error(`pgbench failed: ${decode(stderr).split("\n").slice(-4).join(" ")}`);
  }
  return {
    perSecond: Number(perSecond),
    cpuMicroseconds: cpuSeconds === undefined ? null : cpuSeconds * 1e6 / Number(calls),
  };
}
