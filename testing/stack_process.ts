import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalEnv, readLocalEnv } from "../stack/local_env.ts";
import { copyDatabaseTemplate } from "./database_template.ts";
import { freePort } from "./postgres_server.ts";
import { pipeLines, type ProcessOutput } from "./process_output.ts";

/** `deno task start` in a process of its own. */
export interface StackProcess {
  env: LocalEnv;
  port: number;
  dataDirectory: string;
  output: ProcessOutput;
  /** Posts a result, or text as it is, with the stack's own token unless another is given. */
  post(body: unknown, token?: string): Promise<Response>;
  /** Calls an SQL function with the secret key. */
  rpc(name: string, args?: Record<string, unknown>): Promise<Response>;
  /** Sends a signal and waits for the end; resolves with the exit code. */
  stop(signal?: Deno.Signal): Promise<number>;
}

/** How the process is started. */
export interface StackProcessOptions {
  dataDirectory: string;
  port?: number;
  args?: string[];
  /** Whether it builds and serves the dashboard (default false). */
  dashboard?: boolean;
  /** Whether it makes its database itself, as the first start does: that takes seconds (default false). */
  isFirstStart?: boolean;
  env?: Record<string, string>;
}

/** Starts the local stack, and resolves when it serves. */
export async function startStackProcess(options: StackProcessOptions): Promise<StackProcess> {
  const port = options.port ?? freePort();
  if (!options.isFirstStart && !options.args?.includes("--database-url")) {
    await copyDatabaseTemplate(join(options.dataDirectory, "postgres"));
  }
  const process = spawnStart(
    [
      "--data-dir",
      options.dataDirectory,
      "--port",
      String(port),
      ...options.dashboard ? [] : ["--no-dashboard"],
      ...options.args ?? [],
    ],
    options.env,
  );
  const output = pipeLines(process.stdout);
  const errors = pipeLines(process.stderr);
  try {
    await output.waitFor("Press Ctrl-C");
  } catch (error) {
    await errors.done;
    throw new Error(`${(error as Error).message}\n${errors.lines.join("\n")}`);
  }
  const env = await readLocalEnv(options.dataDirectory) as LocalEnv;
  return {
    env,
    post: (body, token = env.INGEST_TOKEN) =>
      fetch(env.INGEST_URL, {
        method: "POST",
        headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    rpc: (name, args = {}) =>
      fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { "apikey": env.SUPABASE_SECRET_KEY, "Content-Type": "application/json" },
        body: JSON.stringify(args),
      }),
    port,
    dataDirectory: options.dataDirectory,
    output,
    async stop(signal = "SIGINT") {
      process.kill(signal);
      const { code } = await process.status;
      await Promise.all([output.done, errors.done]);
      return code;
    },
  };
}

const START_MS = 30_000;

/**
 * Runs `start` until it ends by itself: for what it says when it cannot start. One that does
 * start is ended after 30 s.
 */
export async function runStart(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stderr: string }> {
  const process = spawnStart(args, env);
  const deadline = setTimeout(() => process.kill("SIGKILL"), START_MS);
  const [{ code }, stderr] = await Promise.all([
    process.status,
    new Response(process.stderr).text(),
    process.stdout.cancel(),
  ]);
  clearTimeout(deadline);
  return { code, stderr };
}

function spawnStart(args: string[], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      fileURLToPath(new URL("../scripts/start/start.ts", import.meta.url)),
      ...args,
    ],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
