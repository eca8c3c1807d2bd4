import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { readLocalEnv } from "../../stack/local_env.ts";
import { UserError } from "./user_error.ts";

/** A Supabase project, local or hosted, with the key that administers it. */
export interface Project {
  url: string;
  secretKey: string;
}

/**
 * Finds the project: SUPABASE_URL and SUPABASE_SECRET_KEY from the environment, else the local
 * stack's `local.env`.
 *
 * @throws {UserError} When neither is there.
 */
export async function findProject(dataDirectory: string): Promise<Project> {
  const url = Deno.env.get("SUPABASE_URL");
  const secretKey = Deno.env.get("SUPABASE_SECRET_KEY");
  if (url && secretKey) return { url: url.replace(/\/+$/, ""), secretKey };
  if (url || secretKey) {
    throw new UserError(
      `Cannot find the project: set both SUPABASE_URL and SUPABASE_SECRET_KEY; ${
        url ? "SUPABASE_SECRET_KEY" : "SUPABASE_URL"
      } is missing.`,
    );
  }
  const local = await readLocalEnv(dataDirectory);
  if (local.SUPABASE_URL && local.SUPABASE_SECRET_KEY) {
    return { url: local.SUPABASE_URL, secretKey: local.SUPABASE_SECRET_KEY };
  }
  throw new UserError(
    `Cannot find the project: start the local stack (deno task start), or set SUPABASE_URL and SUPABASE_SECRET_KEY. There is no ${dataDirectory}/local.env.`,
  );
}

/**
 * Calls an SQL function of the project.
 *
 * @returns What the function returned.
 * @throws {UserError} With the database's own words when it refuses, or when nothing answers.
 */
export async function callFunction<Result>(
  project: Project,
  name: string,
  args: Record<string, unknown> = {},
): Promise<Result> {
  const { data, error } = await createProjectClient(project).rpc(name, args);
  if (error) {
    throw new UserError(
      error.code
        ? `${name} failed: ${error.message} (${error.code})`
        : `Cannot reach ${project.url}: ${error.message}`,
    );
  }
  return data as Result;
}

/**
 * Calls an SQL function of the project, and returns what it answered as text. Not through
 * supabase-js, which parses numbers as doubles: the ledger has numbers of more digits.
 *
 * @throws {UserError} With the database's own words when it refuses, or when nothing answers.
 */
export async function callFunctionText(
  project: Project,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${project.url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers: { "apikey": project.secretKey, "Content-Type": "application/json" },
      body: JSON.stringify(args),
    });
    text = await response.text();
  } catch (error) {
    throw new UserError(`Cannot reach ${project.url}: ${(error as Error).message}`);
  }
  if (!response.ok) throw new UserError(`${name} failed: ${response.status} ${text}`);
  return text;
}

/** A client with the project's secret key. */
export function createProjectClient(project: Project): SupabaseClient {
  return createClient(project.url, project.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}
