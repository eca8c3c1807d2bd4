import { validatePayload } from "../../supabase/functions/ingest-benchmark/payload/validate_payload.ts";
import { ProblemError } from "../../supabase/functions/ingest-benchmark/problem/problem.ts";
import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import { describePlace } from "../cli/place.ts";
import { UserError } from "../cli/user_error.ts";
import type { SourceDocument } from "./adapter.ts";

/**
 * Checks a document as the function does.
 *
 * @param format The adapter that made it; undefined for one that had the format.
 * @param hasDetails Whether details may be in the way.
 * @throws {UserError} With what the function would say, and what to do.
 */
export function checkAccepted(
  document: SourceDocument,
  format: string | undefined,
  hasDetails: boolean,
): void {
  const text = JSON.stringify(document);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_BODY_BYTES) {
    throw new UserError(
      `What is posted would have ${bytes} bytes, and may have ${MAX_BODY_BYTES}. ${
        hasDetails
          ? "--details cut shortens long texts and leaves out what is too large, --details drop leaves out all that is no score"
          : "No details are left that could be left out"
      }${"results" in document ? "; a batch can be split" : ""}.`,
    );
  }
  try {
    validatePayload({ text, value: JSON.parse(text) });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const issues = (error.errors ?? []).slice(0, MAX_ISSUES_SHOWN).map(({ pointer, message }) =>
      `${describePlace(pointer)} ${message}${hintFor(pointer, message, hasDetails)}`
    );
    const what = format === undefined
      ? "The document would be refused"
      : `Converted from ${format}, the document would be refused`;
    throw new UserError(`${what}: ${issues.length === 0 ? error.message : issues.join("\n  ")}`);
  }
}

const MAX_ISSUES_SHOWN = 20;
const OPTION_OF: Record<string, string> = {
  model_version: "--model",
  dataset_version: "--dataset-version",
  prompt_version: "--prompt-version",
};

function hintFor(pointer: string, message: string, hasDetails: boolean): string {
  const option = OPTION_OF[pointer.split("/").at(-1)!];
  if (option !== undefined && message === "is required") return `: give it with ${option}`;
  const isBulk = pointer.includes("/metrics") &&
    /nested deeper|at most \d+ numbers|Postgres/.test(message);
  return hasDetails && isBulk ? ": --details drop leaves details out" : "";
}
