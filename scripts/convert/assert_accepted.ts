import { validatePayload } from "../../supabase/functions/ingest-benchmark/payload/validate_payload.ts";

/**
 * For tests: asserts that the function takes what a converter made.
 *
 * @throws {ProblemError} With what is wrong.
 */
export function assertAccepted(converted: Record<string, unknown>): void {
  const text = JSON.stringify(converted);
  validatePayload({ text, value: JSON.parse(text) });
}
