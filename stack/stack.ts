import { join, resolve } from "node:path";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { DEFAULT_ENVIRONMENTS } from "../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { generateIngestToken } from "../supabase/functions/ingest-benchmark/principal/ingest_token.ts";
import type { Deliveries } from "../supabase/functions/ingest-benchmark/webhooks/deliveries.ts";
import { buildDashboard, DASHBOARD_FILES } from "./dashboard/build_dashboard.ts";
import { createDashboardHandler } from "./dashboard/serve_dashboard.ts";
import { openDataDirectory } from "./data_directory.ts";
import { type Database, openEmbeddedDatabase, openServerDatabase } from "./database.ts";
import { createGateway } from "./gateway.ts";
import { type LocalEnv, randomKey, readLocalEnv, writeLocalEnv } from "./local_env.ts";
import { applyMigrations, createSupabaseRoles, EarlierSchemaError } from "./migrations.ts";
import { PAGE_USER, signSession } from "./session_token.ts";
import { StackError } from "./stack_error.ts";

/** How the local stack is started. */
export interface StackOptions {
  port: number;
  dataDirectory: string;
  /** A real Postgres instead of the embedded one. */
  databaseUrl?: string;
  /** Whether to build and serve the dashboard. */
  dashboard: boolean;
}

/** A running local stack. */
export interface Stack {
  env: LocalEnv;
  database: Database;
  /** Has the secret key. */
  client: SupabaseClient;
  /** Names of the migrations that this start applied. */
  migrated: string[];
  /** Whether the dashboard is served; false also when it could not be built. */
  hasDashboard: boolean;
  close(): Promise<void>;
}

const HOSTNAME = "127.0.0.1";
// The page is asked to be opened again after that; it need not be for a day's work.
const PAGE_SESSION = "7d";

/**
 * Starts database, gateway and edge function in this process, and writes `local.env`.
 *
 * Sets the variables that the edge function reads, which it does once: one stack a process.
 *
 * @throws {StackError} For a port in use, a data directory or a database that cannot be used.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  checkPort(options.port);
  const dataDirectory = resolve(options.dataDirectory);
  const built = options.dashboard ? buildDashboard() : Promise.resolve(false);
  const releaseDirectory = await openDataDirectory(dataDirectory);
  const database = options.databaseUrl === undefined
    ? await openEmbeddedDatabase(join(dataDirectory, "postgres"))
    : await openServerDatabase(options.databaseUrl);
  const migrated = await prepareDatabase(database);

  const url = `http://${HOSTNAME}:${options.port}`;
  const earlier = await readLocalEnv(dataDirectory);
  const env: LocalEnv = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: earlier.SUPABASE_PUBLISHABLE_KEY ?? randomKey("sb_publishable_"),
    SUPABASE_SECRET_KEY: earlier.SUPABASE_SECRET_KEY ?? randomKey("sb_secret_"),
    SUPABASE_JWT_SECRET: earlier.SUPABASE_JWT_SECRET ?? randomKey("jwt_secret_"),
    INGEST_URL: `${url}/functions/v1/ingest-benchmark`,
    INGEST_TOKEN: earlier.INGEST_TOKEN ?? "",
  };
  const { fetch: ingest, deliveries } = await loadFunction(env);
  const hasDashboard = await built;
  const server = Deno.serve(
    { hostname: HOSTNAME, port: options.port, onListen() {} },
    createGateway({
      pool: database.pool,
      publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
      secretKey: env.SUPABASE_SECRET_KEY,
      jwtSecret: env.SUPABASE_JWT_SECRET,
      ingest,
      ...(hasDashboard && {
        dashboard: createDashboardHandler(DASHBOARD_FILES, url, async () => ({
          url,
          publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
          realtime: false,
          accessToken: await signSession(env.SUPABASE_JWT_SECRET, PAGE_USER, PAGE_SESSION),
        })),
      }),
    }),
  );
  const client = createClient(url, env.SUPABASE_SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  env.INGEST_TOKEN = await usableToken(client, env.INGEST_TOKEN);
  if (hasDashboard) env.DASHBOARD_URL = `${url}/`;
  await client.rpc("add_reader", { p_user_id: PAGE_USER.id, p_email: PAGE_USER.email })
    .throwOnError();
  await writeLocalEnv(dataDirectory, env);
  // What the last stack had no time to send; there is no scheduler here that would ask for it.
  deliveries.wake();

  return {
    env,
    database,
    client,
    migrated,
    hasDashboard,
    async close() {
      // They say through the gateway what came of them.
      await deliveries.close();
      await server.shutdown();
      await database.close();
      releaseDirectory();
    },
  };
}

/** @returns The names of the migrations that were applied. */
async function prepareDatabase(database: Database): Promise<string[]> {
  try {
    await createSupabaseRoles(database.pool);
    return await applyMigrations(database.pool);
  } catch (error) {
    await database.close();
    if (error instanceof EarlierSchemaError) {
      throw new StackError(
        `Cannot use the database, ${database.description}: ${error.message}. Choose another --data-dir or --database-url, or remove that one.`,
      );
    }
    throw new StackError(
      `Cannot prepare the database, ${database.description}: ${
        (error as Error).message
      }. Nothing of a migration that failed is kept.`,
    );
  }
}

/** Before the seconds that the database takes: a port in use should be said at once. */
function checkPort(port: number): void {
  try {
    Deno.listen({ hostname: HOSTNAME, port }).close();
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "it is in use"
      : (error as Error).message;
    throw new StackError(`Cannot listen on ${HOSTNAME}:${port}: ${reason}. Choose another --port.`);
  }
}

/** The real edge function, with the environment that the hosted platform would give it. */
async function loadFunction(env: LocalEnv): Promise<{
  fetch: (request: Request) => Promise<Response>;
  deliveries: Deliveries;
}> {
  Deno.env.set("SUPABASE_URL", env.SUPABASE_URL);
  Deno.env.delete("SUPABASE_PUBLIC_URL"); // of another project, if it is set at all
  Deno.env.set("SUPABASE_SECRET_KEYS", JSON.stringify({ default: env.SUPABASE_SECRET_KEY }));
  Deno.env.set(
    "SUPABASE_PUBLISHABLE_KEYS",
    JSON.stringify({ default: env.SUPABASE_PUBLISHABLE_KEY }),
  );
  try {
    const { default: handler, deliveries } = await import(
      "../supabase/functions/ingest-benchmark/index.ts"
    );
    return { fetch: handler.fetch, deliveries };
  } catch (error) {
    throw new StackError((error as Error).message);
  }
}

/** The token of the last start if the database still takes it, else a new one. */
async function usableToken(client: SupabaseClient, token: string): Promise<string> {
  const id = /^bmk_([0-9a-f]{16})_/.exec(token)?.[1];
  const { data: tokens } = await client.rpc("list_ingest_tokens").throwOnError();
  const known = tokens.find((row: { id: string }) => row.id === id);
  if (known && known.revoked_at === null && known.expires_at === null) return token;
  const created = await generateIngestToken();
  await client.rpc("create_ingest_token", {
    p_id: created.id,
    p_secret_hash: created.secretHash,
    p_name: "local stack",
    p_environments: [...DEFAULT_ENVIRONMENTS],
  }).throwOnError();
  return created.token;
}
