import { join } from "node:path";
import { pipeLines } from "./process_output.ts";

/** A real Postgres server for tests. */
export interface PostgresServer {
  /** URL of a fresh, empty database on it. */
  createDatabase(): Promise<string>;
  /**
   * Ends a server that this process started at once, without a checkpoint, as a crash would, and
   * starts it again on its data. Not there for a server that somebody else started.
   */
  crash?(): Promise<void>;
  /** Ends a server that this process started; leaves another one as it is. */
  close(): Promise<void>;
}

/** Why there is no server; tests that need one are skipped with it. */
export class NoPostgresError extends Error {
  override name = "NoPostgresError";
}

/**
 * A real Postgres: the one in `DATABASE_URL`, else one that is started in a temporary directory
 * from installed binaries, on loopback.
 *
 * @param settings Further server settings, such as `max_connections=50`.
 * @throws {NoPostgresError} When no binaries are there or none of them starts.
 */
export async function startPostgresServer(settings: string[] = []): Promise<PostgresServer> {
  const given = Deno.env.get("DATABASE_URL");
  if (given) return serverAt(given, async () => {});
  const reasons: string[] = [];
  for (const directory of await binaryDirectories()) {
    try {
      return await startFrom(directory, settings);
    } catch (error) {
      // Next one: binaries can be there and broken, when their libraries are of another version.
      reasons.push(`${directory}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  throw new NoPostgresError(
    reasons.length === 0
      ? "DATABASE_URL is not set, and no Postgres is installed (looked in pg_config --bindir and /usr/lib/postgresql/*/bin)"
      : `DATABASE_URL is not set, and no installed Postgres starts (${reasons.join("; ")})`,
  );
}

/** Where installed Postgres binaries are, the most likely first. */
export async function binaryDirectories(): Promise<string[]> {
  const found: string[] = [];
  try {
    const { stdout } = await new Deno.Command("pg_config", { args: ["--bindir"] }).output();
    found.push(new TextDecoder().decode(stdout).trim());
  } catch {
    // pg_config comes with the development files; many machines lack it
  }
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map((entry) => entry.name);
    versions.sort((a, b) => Number(b) - Number(a));
    found.push(...versions.map((version) => `/usr/lib/postgresql/${version}/bin`));
  } catch {
    // not Debian
  }
  const usable = [...new Set(found)].filter((directory) => {
    try {
      return Deno.statSync(join(directory, "initdb")).isFile;
    } catch {
      return false;
    }
  });
  return usable;
}

async function startFrom(binaries: string, settings: string[]): Promise<PostgresServer> {
  const directory = await Deno.makeTempDir({ prefix: "benchmark-postgres-" });
  const owner = serverUser();
  if (owner) await Deno.chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const remove = () => Deno.remove(directory, { recursive: true });
  const initdb = await new Deno.Command(join(binaries, "initdb"), {
    args: ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
    ...owner,
    cwd: directory,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!initdb.success) {
    await remove();
    throw new Error(new TextDecoder().decode(initdb.stderr).trim() || "initdb failed");
  }
  const port = freePort();
  const start = async () => {
    const process = new Deno.Command(join(binaries, "postgres"), {
      args: [
        "-D",
        data,
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        `port=${port}`,
        "-c",
        `unix_socket_directories=${directory}`,
        ...settings.flatMap((setting) => ["-c", setting]),
      ],
      ...owner,
      cwd: directory,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const output = pipeLines(process.stderr);
    try {
      await output.waitFor("ready to accept connections");
    } catch {
      await process.status;
      await remove();
      throw new Error(output.lines.at(-1) ?? "the server did not start");
    }
    return async (signal: Deno.Signal) => {
      process.kill(signal);
      await process.status;
      await output.done;
    };
  };
  let stop = await start();
  return {
    ...await serverAt(`postgres://postgres@127.0.0.1:${port}/postgres`, async () => {
      await stop("SIGINT"); // fast shutdown
      await remove();
    }),
    async crash() {
      await stop("SIGQUIT"); // immediate shutdown: recovery at the next start
      stop = await start();
    },
  };
}

async function serverAt(url: string, close: () => Promise<void>): Promise<PostgresServer> {
  const { default: pg } = await import("pg");
  return {
    async createDatabase() {
      const name = `benchmark_test_${crypto.randomUUID().replaceAll("-", "")}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    close,
  };
}

/** A server refuses to run as root: then it runs as postgres, or as nobody. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const users = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ??
    users.find(([name]) => name === "nobody");
  return { uid: Number(user?.[2] ?? 65534), gid: Number(user?.[3] ?? 65534) };
}

/** A port that is free now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
