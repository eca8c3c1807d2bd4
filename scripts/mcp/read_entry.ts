import { configurationName } from "../cli/listed_configuration.ts";
import { UserError } from "../cli/user_error.ts";
import type { HistoryDocument, LedgerEntry } from "./documents.ts";
import type { FoundRun } from "./find_run.ts";
import { quoted } from "./inert.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The entry of a run: as readers get it, `get_ledger_entry()` being for administrators.
 *
 * @throws {UserError} When there is none.
 */
export async function readEntry(
  ledger: Ledger,
  { configuration, version }: FoundRun,
): Promise<LedgerEntry> {
  const { entries } = await ledger.call<HistoryDocument>("get_dashboard_history", {
    p_configuration_id: configuration.id,
    p_before_version: version + 1,
    p_limit: 1,
  });
  const entry = entries.find((one) => one.snapshot_version === version);
  if (entry === undefined) {
    throw new UserError(
      `There is no version ${version} of ${quoted(configurationName(configuration))}.`,
    );
  }
  return entry;
}
