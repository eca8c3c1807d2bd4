import { join } from "node:path";
import { parseEnv } from "node:util";

/** The variables of `local.env`. */
export interface LocalEnv {
  SUPABASE_URL: string;
  SUPABASE_PUBLISHABLE_KEY: string;
  SUPABASE_SECRET_KEY: string;
  /** Signs tokens of users (HS256), so that a signed-in one can be tried. */
  SUPABASE_JWT_SECRET: string;
  INGEST_URL: string;
  INGEST_TOKEN: string;
  /** Only while the dashboard is served. */
  DASHBOARD_URL?: string;
}

/** Where the file is. */
function localEnvPath(dataDirectory: string): string {
  return join(dataDirectory, "local.env");
}

/** Reads `local.env`; an empty object when there is none. */
export async function readLocalEnv(dataDirectory: string): Promise<Partial<LocalEnv>> {
  try {
    const text = await Deno.readTextFile(localEnvPath(dataDirectory));
    return parseEnv(text) as Partial<LocalEnv>;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Writes `local.env`, readable by its owner only: it holds keys. */
export async function writeLocalEnv(dataDirectory: string, env: LocalEnv): Promise<void> {
  const path = localEnvPath(dataDirectory);
  const text = Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join("");
  // The mode only counts for a file that is made: one that is there keeps its own.
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  await Deno.chmod(path, 0o600);
}

/** A random key, of the form that Supabase gives out now. */
export function randomKey(prefix: "sb_publishable_" | "sb_secret_" | "jwt_secret_"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return prefix + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
