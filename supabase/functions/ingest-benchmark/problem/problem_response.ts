import { shorten } from "../shorten.ts";
import { type Issue, MAX_ISSUE_LENGTH, MAX_ISSUES, ProblemError, problems } from "./problem.ts";
import type { ProblemDocument } from "./problem_schema.ts";

/** No refusal is longer, whatever was sent. */
export const MAX_PROBLEM_BYTES = 65_536;
const MAX_DETAIL_LENGTH = 2_000;

/**
 * Answers an error as `application/problem+json` (RFC 9457).
 *
 * An error that is not a {@link ProblemError} becomes `internal_error` without its message:
 * it may hold SQL, a stack or a key.
 */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem = error instanceof ProblemError ? error : new ProblemError(
    "internal_error",
    "The request failed for a reason that is not yours. The log has it under this request_id.",
    { cause: error },
  );
  const { status, title } = problems[problem.code];
  const body: ProblemDocument = {
    type: `urn:benchmark-ingest:problem:${problem.code.replaceAll("_", "-")}`,
    title,
    status,
    detail: shorten(problem.message, MAX_DETAIL_LENGTH),
    code: problem.code,
    request_id: requestId,
    ...(problem.errors && { errors: [] }),
  };
  if (problem.errors) {
    body.errors = withinBytes(problem.errors, MAX_PROBLEM_BYTES - byteLength(body));
  }
  const headers = new Headers(problem.headers);
  headers.set("Content-Type", "application/problem+json");
  headers.set("Cache-Control", "no-store");
  if (status === 401) headers.set("WWW-Authenticate", challenge(problem));
  return new Response(JSON.stringify(body), { status, headers });
}

/** The first issues, shortened; as many as fit: a character has up to six bytes as JSON. */
function withinBytes(issues: Issue[], bytes: number): Issue[] {
  const kept: Issue[] = [];
  for (const { pointer, message } of issues.slice(0, MAX_ISSUES)) {
    const issue = {
      pointer: shorten(pointer, MAX_ISSUE_LENGTH),
      message: shorten(message, MAX_ISSUE_LENGTH),
    };
    bytes -= byteLength(issue) + 1; // and the comma
    if (bytes < 0) break;
    kept.push(issue);
  }
  return kept;
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

/** The Bearer challenge of RFC 6750 section 3: an error attribute only if a credential was sent. */
function challenge(problem: ProblemError): string {
  const realm = 'Bearer realm="ingest-benchmark"';
  return problem.code === "missing_credential" ? realm : `${realm}, error="invalid_token"`;
}
