import { ProblemError, problems } from "./problem.ts";
import type { ProblemDocument } from "./problem_schema.ts";

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
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...(problem.errors && { errors: problem.errors }),
  };
  const headers = new Headers(problem.headers);
  headers.set("Content-Type", "application/problem+json");
  headers.set("Cache-Control", "no-store");
  if (status === 401) headers.set("WWW-Authenticate", challenge(problem));
  return new Response(JSON.stringify(body), { status, headers });
}

/** The Bearer challenge of RFC 6750 section 3: an error attribute only if a credential was sent. */
function challenge(problem: ProblemError): string {
  const realm = 'Bearer realm="ingest-benchmark"';
  return problem.code === "missing_credential" ? realm : `${realm}, error="invalid_token"`;
}
