import { isProblemCode, ProblemError } from "../problem/problem.ts";

/** An error as PostgREST answers it, and supabase-js passes it on. */
export interface DatabaseError {
  code: string;
  message: string;
  details: string | null;
}

/**
 * Whether the same call may succeed if it is made again at once: the transaction was rolled
 * back because of others. Decided by SQLSTATE, because PostgREST answers most of these with 500.
 */
export function isTransient(error: DatabaseError): boolean {
  return [
    "40001", // serialization_failure
    "40P01", // deadlock_detected
    "55P03", // lock_not_available: lock_timeout
    "57014", // query_canceled: statement_timeout
    "23505", // unique_violation: another request stored the same run first, the retry finds it
  ].includes(error.code);
}

// By class: connection, resources, operator intervention; and PostgREST's own for a pool that
// is exhausted or a database that is down. An empty code is a request that got no answer.
const UNAVAILABLE = /^(|08.*|53.*|57.*|PGRST00[0-3])$/;

/**
 * Turns a database error into the problem that the caller gets. SQL never leaves the log.
 *
 * @param error What the database said.
 * @returns The problem; `internal_error` for what nobody foresaw.
 */
export function toProblem(error: DatabaseError): ProblemError {
  const raised = /^PT\d{3}$/.test(error.code) ? parseDetails(error.details) : undefined;
  if (raised && isProblemCode(raised.code)) {
    return new ProblemError(raised.code, error.message, {
      ...(raised.pointer !== undefined && {
        errors: [{ pointer: raised.pointer, message: error.message }],
      }),
    });
  }
  if (UNAVAILABLE.test(error.code) || isTransient(error)) {
    return new ProblemError(
      "database_unavailable",
      "The database is down, busy or too slow. Nothing was stored that a receipt does not confirm: send the same request again, with run_id or Idempotency-Key it is stored once.",
      { cause: error },
    );
  }
  if (/^2[23]/.test(error.code)) {
    return new ProblemError(
      "validation_failed",
      `The database refused a value of the results (SQLSTATE ${error.code}). Nothing was stored.`,
      { cause: error },
    );
  }
  return new ProblemError(
    "internal_error",
    "The database refused the call. Is its schema the one of this function (supabase db push)? The log has the reason under this request_id.",
    { cause: error },
  );
}

function parseDetails(details: string | null): { code?: unknown; pointer?: string } | undefined {
  try {
    return JSON.parse(details ?? "");
  } catch {
    return undefined;
  }
}
