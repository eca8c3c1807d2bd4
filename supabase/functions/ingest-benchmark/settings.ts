import { isSecureUrl } from "./secure_url.ts";

/** What the function reads from its environment. */
export interface Settings {
  /** Exactly the `iss` of the tokens. */
  issuer: string;
  /** `aud` of the tokens. */
  audience: string;
  /** The function's own public URL. */
  publicUrl: string;
  /** Requests a minute and principal; 0 is no limit. */
  rateLimit: number;
}

const FUNCTION_PATH = "/functions/v1/ingest-benchmark";
/** GitHub's own, unlike that of a GitHub Enterprise Server. */
export const DEFAULT_ISSUER = "https://token.actions.githubusercontent.com";
// A CI matrix posts tens of results a minute; a loop that went wrong, thousands.
const DEFAULT_RATE_LIMIT = 6000;

/**
 * Reads the settings.
 *
 * @param get Looks up one variable.
 * @throws {Error} When a variable is missing or would make the function insecure. The function
 * must not start then.
 */
export function readSettings(get: (name: string) => string | undefined): Settings {
  const supabaseUrl = get("SUPABASE_URL");
  if (!supabaseUrl) throw new Error("Cannot start: SUPABASE_URL is not set.");
  // Not the origin of request.url, which is not the public one on the hosted platform. Where
  // Supabase runs in containers, SUPABASE_URL is an address inside, and this one is set beside it.
  const publicOrigin = get("SUPABASE_PUBLIC_URL") || supabaseUrl;
  const publicUrl = publicOrigin.replace(/\/+$/, "") + FUNCTION_PATH;
  const issuer = get("GITHUB_OIDC_ISSUER") || DEFAULT_ISSUER;
  if (!isSecureUrl(issuer)) {
    throw new Error(
      `Cannot start: GITHUB_OIDC_ISSUER must be an https URL, or http on loopback: current value is ${issuer}.`,
    );
  }
  const rateLimit = Number(get("INGEST_RATE_LIMIT") || DEFAULT_RATE_LIMIT);
  if (!Number.isInteger(rateLimit) || rateLimit < 0) {
    throw new Error(
      `Cannot start: INGEST_RATE_LIMIT must be a whole number of requests a minute, 0 for no limit: current value is ${
        get("INGEST_RATE_LIMIT")
      }.`,
    );
  }
  return {
    issuer,
    audience: get("INGEST_AUDIENCE") || publicUrl,
    publicUrl,
    rateLimit,
  };
}
