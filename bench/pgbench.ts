import { join } from "node:path";
import { UserError } from "../scripts/cli/user_error.ts";
import { binaryDirectories } from "../testing/postgres_server.ts";

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
  /** One SQL statement; `:name` is a variable, `:client_id` the number of the client. */
  sql: string;
  /** Text values, passed as parameters of a prepared statement. */
  variables: Record<string, string>;
  clients: number;
  seconds: number;
}

/** Calls a second that a statement reaches. */
export async function callsPerSecond(run: PgbenchRun): Promise<number> {
  const script = await Deno.makeTempFile({ suffix: ".sql" });
  await Deno.writeTextFile(script, run.sql);
  const { success, stdout, stderr } = await new Deno.Command(run.pgbench, {
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
  }).output();
  await Deno.remove(script);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const tps = /^tps = ([\d.]+)/m.exec(decode(stdout))?.[1];
  const failed = /number of failed transactions: ([1-9]\d*)/.exec(decode(stdout));
  if (!success || tps === undefined || failed) {
    throw new Error(`pgbench failed: ${decode(stderr).split("\n").slice(-4).join(" ")}`);
  }
  return Number(tps);
}
