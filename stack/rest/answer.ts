/** An answer as PostgREST would give it. */
export interface RestAnswer {
  status: number;
  /** JSON text, or null for no content. */
  body: string | null;
  /** Beside those that every answer has. */
  headers?: Record<string, string>;
}

/** What is wrong with a request, in the words and with the status of PostgREST. */
export class RestError extends Error {
  override name = "RestError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: string | null = null,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

/**
 * What PostgREST can do and the local stack cannot.
 *
 * @param what Starts the sentence, in the singular: `A cast`.
 */
export function needsSupabase(what: string): RestError {
  return new RestError(
    501,
    "LOCAL_STACK",
    `${what} needs \`supabase start\`: the local stack only reads columns of one table or view, and calls functions.`,
  );
}

/** The body of an error has PostgREST's four members, whatever is known of them. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  details: string | null | undefined,
  hint: string | null = null,
): RestAnswer {
  return { status, body: JSON.stringify({ code, details: details ?? null, hint, message }) };
}

/** What PostgREST cuts an answer at: `max_rows` in supabase/config.toml, as on hosted projects. */
export const MAX_ROWS = 1_000;
