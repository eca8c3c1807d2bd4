import { isSecureUrl } from "./secure_url.ts";
import { DEFAULT_DELAYS } from "./webhooks/retry_delay.ts";

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
  /** Seconds before each attempt to deliver an event to a webhook, the first among them. */
  webhookDelays: readonly number[];
  /** Seconds that a webhook has to answer. */
  webhookTimeout: number;
}

const FUNCTION_PATH = "/functions/v1/ingest-benchmark";
/** GitHub's own, unlike that of a GitHub Enterprise Server. */
export const DEFAULT_ISSUER = "https://token.actions.githubusercontent.com";
// A CI matrix posts tens of results a minute; a loop that went wrong, thousands.
const DEFAULT_RATE_LIMIT = 6000;
const DEFAULT_WEBHOOK_TIMEOUT = 15;

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
    webhookDelays: readWebhookDelays(get("INGEST_WEBHOOK_DELAYS")),
    webhookTimeout: readWebhookTimeout(get("INGEST_WEBHOOK_TIMEOUT")),
  };
}

function readWebhookDelays(text: string | undefined): readonly number[] {
  if (!text) return DEFAULT_DELAYS;
  const delays = text.split(",").map((delay) => delay.trim() === "" ? NaN : Number(delay));
  if (delays.length > 50 || !delays.every((delay) => delay >= 0 && delay <= 2_592_000)) {
    throw new Error(
      `Cannot start: INGEST_WEBHOOK_DELAYS must be up to 50 numbers of seconds before each attempt, such as 0,5,300: current value is ${text}.`,
    );
  }
  return delays;
}

function readWebhookTimeout(text: string | undefined): number {
  const seconds = Number(text || DEFAULT_WEBHOOK_TIMEOUT);
  // A claim lasts four of them, and a request 150 seconds.
  if (!(seconds > 0 && seconds <= 30)) {
    throw new Error(
      `Cannot start: INGEST_WEBHOOK_TIMEOUT must be a number of seconds up to 30: current value is ${text}.`,
    );
  }
  return seconds;
}
