import { PGlite } from "@electric-sql/pglite";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import pg from "pg";
import { StackError } from "./stack_error.ts";

/** An open database, embedded or a server; either way a node-postgres pool. */
export interface Database {
  pool: pg.Pool;
  /** What it is, for people. */
  description: string;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 20;

/**
 * Opens the embedded Postgres (PGlite) in a directory, which it makes when it is missing.
 * It has one connection: calls wait for each other.
 *
 * @throws {StackError} When the directory holds no database that can be opened.
 */
export async function openEmbeddedDatabase(directory: string): Promise<Database> {
  let pglite: PGlite;
  try {
    pglite = await PGlite.create(directory);
  } catch (error) {
    throw new StackError(
      `Cannot open the database in ${directory}: ${
        firstLine(error)
      }. Choose another --data-dir, or remove this one to start anew.`,
    );
  }
  const pool = new pg.Pool(createPgConfig(pglite) as pg.PoolConfig);
  const version = await pool.query("show server_version");
  return {
    pool,
    description: `embedded Postgres ${
      version.rows[0].server_version.split(" ")[0]
    } in ${directory}`,
    async close() {
      await pool.end();
      await pglite.close();
    },
  };
}

/**
 * Connects to a Postgres server.
 *
 * @param url postgres://user:password@host:port/database
 * @throws {StackError} When it cannot be reached or refuses the login.
 */
export async function openServerDatabase(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A server that goes away must not end the process: not while a connection idles, which the
  // pool reports, and not while it is in use, which the connection reports beside the query.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    const version = await pool.query("show server_version");
    return {
      pool,
      description: `Postgres ${version.rows[0].server_version.split(" ")[0]} at ${
        withoutPassword(url)
      }`,
      close: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw new StackError(
      `Cannot connect to the database at ${withoutPassword(url)}: ${firstLine(error)}.`,
    );
  }
}

function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "the given URL";
  return `${parsed.hostname || "localhost"}:${parsed.port || 5432}${parsed.pathname}`;
}

function firstLine(error: unknown): string {
  const messages = error instanceof AggregateError ? error.errors.map(String) : [String(error)];
  return messages.join("; ").split("\n")[0]!.replace(/^\w*Error: /, "").replace(/\.$/, "");
}
