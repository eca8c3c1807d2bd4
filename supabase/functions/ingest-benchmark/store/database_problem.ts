import { shorten } from "../shorten.ts";
import { isProblemCode, type Issue, ProblemError } from "../problem/problem.ts";

/** An error as PostgREST answers it, and supabase-js passes it on. */
export interface DatabaseError {
  code: string;
  message: string;
  details: string | null;
}

const MAX_LOGGED_LENGTH = 500;

/** A cause of a problem for the log: not the details of a database error, which hold rows. */
export function describeCause(cause: unknown): string {
  const { code, message } = cause as Partial<DatabaseError> ?? {};
  const text = message === undefined ? String(cause) : code ? `${code}: ${message}` : message;
  return shorten(text, MAX_LOGGED_LENGTH);
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

/** What the database says of a refusal beside its message, as JSON in DETAIL. */
interface Refusal {
  /** A code of problem.ts, which has its status: what follows PT in the SQLSTATE is PostgREST's. */
  code: string;
  /** Index of the result at fault. */
  result?: number;
  /** JSON pointer into that result. */
  pointer?: string;
  /** Index of a second result, that the first collides with. */
  other?: number;
}

/**
 * Turns a database error into the problem that the caller gets. SQL never leaves the log.
 *
 * @param error What the database said.
 * @param pointers Where each of the results stands in the body.
 * @returns The problem; `internal_error` for what nobody foresaw.
 */
export function toProblem(error: DatabaseError, pointers: string[] = []): ProblemError {
  const refusal = /^PT\d{3}$/.test(error.code) ? parseDetails(error.details) : undefined;
  if (refusal && isProblemCode(refusal.code)) {
    const errors = issuesOf(refusal, error.message, pointers);
    return new ProblemError(refusal.code, error.message, errors.length > 0 ? { errors } : {});
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

function issuesOf(
  { result, pointer, other }: Refusal,
  message: string,
  pointers: string[],
): Issue[] {
  if (result === undefined && pointer === undefined) return [];
  const first = { pointer: `${pointers[result ?? -1] ?? ""}${pointer ?? ""}`, message };
  if (other === undefined) return [first];
  return [first, { pointer: pointers[other] ?? "", message: `collides with ${first.pointer}` }];
}

function parseDetails(details: string | null): Refusal | undefined {
  try {
    return JSON.parse(details ?? "") ?? undefined;
  } catch {
    return undefined;
  }
}
