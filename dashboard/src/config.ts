/** `config.json` beside the page. */
export interface Config {
  /** URL of the Supabase project. */
  url: string;
  /** Its publishable key; never the secret one. */
  publishableKey: string;
  /** Whether the project has Realtime (default true); without, the page asks every few seconds. */
  realtime: boolean;
  /** Of the local stack only: signs the page in. */
  accessToken?: string;
}

/**
 * Reads a configuration.
 *
 * @param value Parsed JSON.
 * @throws {Error} That says which field is wrong and what belongs there.
 */
export function parseConfig(value: unknown): Config {
  const { url, publishableKey, realtime = true, accessToken } = Object(value) as Partial<Config>;
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw new Error("config.json: url must be the URL of your Supabase project.");
  }
  if (typeof publishableKey !== "string" || publishableKey === "") {
    throw new Error("config.json: publishableKey must be the project's publishable key.");
  }
  if (publishableKey.startsWith("sb_secret_")) {
    throw new Error(
      "config.json: publishableKey is a secret key. Everybody can read this file: revoke that key, and put the publishable key here.",
    );
  }
  if (typeof realtime !== "boolean") {
    throw new Error("config.json: realtime must be true or false.");
  }
  return {
    url,
    publishableKey,
    realtime,
    ...(typeof accessToken === "string" && { accessToken }),
  };
}

/**
 * Loads `config.json`.
 *
 * @throws {Error} When it is missing or wrong.
 */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("./config.json", { cache: "no-cache" });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(
      `config.json cannot be read (HTTP ${response.status}). Copy config.example.json to config.json and put in your project's URL and publishable key.`,
    );
  }
  try {
    return parseConfig(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`config.json is not JSON: ${error.message}`);
    throw error;
  }
}
