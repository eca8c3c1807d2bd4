/**
 * Every way a request can fail, in one table: code → status, title and whether the same request
 * may succeed later. No handler names a status of its own.
 */
export const problems = {
  body_not_utf8: { status: 400, title: "The body is not UTF-8", retryable: false },
  body_not_json: { status: 400, title: "The body is not JSON", retryable: false },
  body_incomplete: { status: 400, title: "The body ended early", retryable: true },
  invalid_idempotency_key: {
    status: 400,
    title: "The Idempotency-Key is malformed",
    retryable: false,
  },
  missing_credential: { status: 401, title: "A credential is required", retryable: false },
  invalid_credential: { status: 401, title: "The credential is not valid", retryable: false },
  token_expired: { status: 401, title: "The token has expired", retryable: false },
  token_revoked: { status: 401, title: "The token was revoked", retryable: false },
  untrusted_repository: { status: 403, title: "No trust rule matches", retryable: false },
  claim_mismatch: { status: 403, title: "A claim of the token is not trusted", retryable: false },
  event_refused: { status: 403, title: "The workflow's event is refused", retryable: false },
  unknown_token: { status: 403, title: "No ingest token matches", retryable: false },
  environment_not_allowed: {
    status: 403,
    title: "The credential may not write this environment",
    retryable: false,
  },
  not_found: { status: 404, title: "There is nothing here", retryable: false },
  method_not_allowed: { status: 405, title: "The method is not allowed", retryable: false },
  run_conflict: {
    status: 409,
    title: "The run has other content already",
    retryable: false,
  },
  idempotency_key_conflict: {
    status: 409,
    title: "The Idempotency-Key was used for other content",
    retryable: false,
  },
  body_too_large: { status: 413, title: "The body is too large", retryable: false },
  unsupported_media_type: {
    status: 415,
    title: "The body must be application/json in UTF-8",
    retryable: false,
  },
  validation_failed: { status: 422, title: "The request is not valid", retryable: false },
  too_many_requests: { status: 429, title: "Too many requests", retryable: true },
  internal_error: { status: 500, title: "Something went wrong here", retryable: false },
  database_unavailable: { status: 503, title: "The database does not answer", retryable: true },
  key_set_unavailable: {
    status: 503,
    title: "The issuer's keys cannot be fetched",
    retryable: true,
  },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

/** The closed union of codes; a caller can switch over it. */
export type ProblemCode = keyof typeof problems;

/** The most issues that one answer lists; of more it says how many. */
export const MAX_ISSUES = 100;
/** Characters after which a pointer or a message of an {@link Issue} is cut. */
export const MAX_ISSUE_LENGTH = 200;

/** One thing wrong in the request: a JSON pointer (RFC 6901) into the body, and a sentence. */
export interface Issue {
  pointer: string;
  message: string;
}

/** Options of {@link ProblemError}. */
export interface ProblemOptions {
  /** What is wrong in the body. */
  errors?: Issue[];
  /** Seconds until a retry makes sense; set on every retryable problem. */
  retryAfter?: number;
  /** Further response headers. */
  headers?: Record<string, string>;
  /** What happened below. For the log, never for the response. */
  cause?: unknown;
}

const DEFAULT_RETRY_AFTER_SECONDS = 2;

/**
 * The one error class of the function: thrown anywhere, answered as `application/problem+json`.
 *
 * @example
 * ```ts
 * throw new ProblemError("body_not_utf8", "The body is not valid UTF-8.");
 * ```
 */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors: Issue[] | undefined;
  readonly headers: Record<string, string>;

  /**
   * @param code A key of {@link problems}.
   * @param detail What is wrong and what to do, for the caller. Must not hold a token or a key.
   */
  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = "ProblemError";
    this.code = code;
    this.errors = options.errors;
    this.headers = { ...options.headers };
    if (problems[code].retryable) {
      this.headers["Retry-After"] = String(
        Math.max(1, Math.ceil(options.retryAfter ?? DEFAULT_RETRY_AFTER_SECONDS)),
      );
    }
  }
}

/** Whether a string is one of the codes of {@link problems}. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === "string" && Object.hasOwn(problems, code);
}
