import type { SupabaseClient } from "@supabase/supabase-js";
import { toStoredResults } from "../../supabase/functions/ingest-benchmark/payload/stored_result.ts";
import { validatePayload } from "../../supabase/functions/ingest-benchmark/payload/validate_payload.ts";
import type { Principal } from "../../supabase/functions/ingest-benchmark/principal/principal.ts";
import { ProblemError } from "../../supabase/functions/ingest-benchmark/problem/problem.ts";
import type { Receipt } from "../../supabase/functions/ingest-benchmark/receipt/receipt_schema.ts";
import { createSupabaseStore } from "../../supabase/functions/ingest-benchmark/store/supabase_store.ts";
import { UserError } from "../cli/user_error.ts";
import { type Batch, describeIssues } from "../push/batches.ts";
import type { PreparedRun } from "./prepare_runs.ts";

const IMPORT: Principal = { method: "import" };

/**
 * What keeps a batch from being stored, a sentence each: by the function's own checks, before
 * anything is stored.
 */
export async function importProblems(batch: Batch<PreparedRun>): Promise<string[]> {
  try {
    const results = await resultsOf(batch);
    // Whoever imports may write every environment: so each run must name its own.
    return results.flatMap(({ fields }, index) =>
      fields.environment === undefined
        ? [`${batch.results[index]!.source}: /environment is required: give it with --environment`]
        : []
    );
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return describeIssues(batch, error.errors ?? [{ pointer: "", message: error.message }]);
  }
}

/**
 * Stores runs a batch at a time, by the same transaction as what is ingested.
 *
 * @param client With the project's secret key: only who administers it may say what was measured
 * in the past.
 * @param onStored Gets the receipts of each batch.
 * @throws {UserError} When one is refused: what was stored before stays, and importing again goes
 * on behind it.
 */
export async function storeRuns(
  client: SupabaseClient,
  batches: Batch<PreparedRun>[],
  onStored: (receipts: Receipt[]) => void,
): Promise<void> {
  const store = createSupabaseStore(client);
  for (const batch of batches) {
    try {
      onStored(await store.ingest(IMPORT, await resultsOf(batch), null));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const issues = describeIssues(batch, error.errors ?? []);
      const places = issues.length === 0
        ? ` (${batch.results[0]!.source} to ${batch.results.at(-1)!.source})`
        : `\n  ${issues.join("\n  ")}`;
      throw new UserError(`Refused: ${error.message}${places}`);
    }
  }
}

async function resultsOf({ body }: Batch) {
  const payload = validatePayload({ text: body, value: JSON.parse(body) });
  return await toStoredResults(payload.results, IMPORT);
}
