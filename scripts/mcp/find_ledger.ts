import { readLocalEnv } from "../../stack/local_env.ts";
import { UserError } from "../cli/user_error.ts";

/** Where the ledger is, and what it is read with. */
export interface LedgerAccess {
  url: string;
  /** The publishable or the secret key. */
  apiKey: string;
  /** Of somebody who is signed in, beside the publishable key. */
  accessToken?: string;
}

/**
 * Finds the ledger. The publishable key comes before the secret one, which bypasses row security:
 * who has both in the environment reads with the one that can only read.
 *
 * @param environment What the variables are taken from.
 * @throws {UserError} When neither the environment nor a local stack has what it takes.
 */
export async function findLedger(
  dataDirectory: string,
  environment: { get(name: string): string | undefined } = Deno.env,
): Promise<LedgerAccess> {
  const url = environment.get("SUPABASE_URL");
  const publishableKey = environment.get("SUPABASE_PUBLISHABLE_KEY");
  const secretKey = environment.get("SUPABASE_SECRET_KEY");
  const accessToken = environment.get("SUPABASE_ACCESS_TOKEN");
  if (url && publishableKey) {
    return {
      url: withoutSlash(url),
      apiKey: publishableKey,
      ...(accessToken && { accessToken }),
    };
  }
  if (accessToken) {
    throw new UserError(
      "SUPABASE_ACCESS_TOKEN counts beside SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY: set both, or leave it out.",
    );
  }
  if (url && secretKey) return { url: withoutSlash(url), apiKey: secretKey };
  if (url || publishableKey || secretKey) {
    throw new UserError(
      `Cannot find the ledger: set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY (or SUPABASE_SECRET_KEY); ${
        url ? "the key" : "SUPABASE_URL"
      } is missing.`,
    );
  }
  const local = await readLocalEnv(dataDirectory);
  if (local.SUPABASE_URL && local.SUPABASE_SECRET_KEY) {
    return { url: local.SUPABASE_URL, apiKey: local.SUPABASE_SECRET_KEY };
  }
  throw new UserError(
    `Cannot find the ledger: set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY, or start the local stack (deno task start). There is no ${dataDirectory}/local.env.`,
  );
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
