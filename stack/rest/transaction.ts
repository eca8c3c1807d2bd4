import pg from "pg";
import { statusOfSqlstate } from "../postgrest_status.ts";
import { errorAnswer, type RestAnswer, RestError } from "./answer.ts";

/** The roles that a key can stand for. */
export type Role = "anon" | "authenticated" | "service_role";

/** Who calls: what PostgREST sets for the transaction. */
export interface Caller {
  role: Role;
  /** Of the token, for `request.jwt.claims`. */
  claims: Record<string, unknown>;
}

// What the roles of a hosted project inherit from the authenticator.
const DEFAULT_STATEMENT_TIMEOUT = "8s";

/**
 * Gives the work a connection, on which it may begin a transaction, and takes it back without
 * one. What goes wrong is answered as PostgREST does; a connection that broke is thrown away.
 */
export async function withConnection(
  pool: pg.Pool,
  { role }: Caller,
  work: (client: pg.PoolClient) => Promise<RestAnswer>,
): Promise<RestAnswer> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return errorAnswer(503, "PGRST001", "Could not connect with the database", String(error));
  }
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof RestError) {
      await client.query("rollback").catch((failure) => broken = failure);
      return errorAnswer(error.status, error.code, error.message, error.details, error.hint);
    }
    const { code, message, detail, hint } = error as pg.DatabaseError;
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) {
      // No SQLSTATE: the connection broke. It must not go back into the pool.
      broken = error as Error;
      return errorAnswer(503, "PGRST001", "The connection to the database broke", message);
    }
    await client.query("rollback").catch((failure) => broken = failure);
    return errorAnswer(statusOfSqlstate(code, role === "anon"), code, message, detail, hint);
  } finally {
    client.release(broken);
  }
}

/**
 * Begins a transaction of the caller: role, claims and statement timeout end with it.
 *
 * @param settings More of them, each a name that is trusted and a value that is not.
 */
export async function beginAs(
  client: pg.PoolClient,
  { role, claims }: Caller,
  isReadOnly: boolean,
  settings: [string, string][] = [],
): Promise<void> {
  await client.query(`begin ${isReadOnly ? "read only" : "read write"}`);
  await client.query(
    [["statement_timeout", DEFAULT_STATEMENT_TIMEOUT], ...settings]
      .map(([key, value]) => `set local ${key} to ${pg.escapeLiteral(value!)};`).join("") +
      `set local request.jwt.claims to ${pg.escapeLiteral(JSON.stringify(claims))};` +
      `set local role ${role}`,
  );
}
