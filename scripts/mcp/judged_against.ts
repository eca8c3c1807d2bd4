import type { LedgerConfiguration, LedgerEntry } from "./documents.ts";
import type { FoundRun } from "./find_run.ts";

/**
 * The run that another was judged against when it was stored, as `deno task compare` finds it: the
 * one that most of its judgements name, else the version before, else the run most like it.
 *
 * @returns Null when it was compared with nothing.
 */
export function judgedAgainst(
  configurations: LedgerConfiguration[],
  entry: LedgerEntry,
): FoundRun | null {
  const id = entry.configuration_id;
  const references = (entry.judgements ?? []).map((judgement) => ({
    id: judgement.reference_configuration_id ?? id,
    version: judgement.reference_version as number | null,
  }));
  const count = (reference: (typeof references)[number]) =>
    references.filter((one) => one.id === reference.id && one.version === reference.version)
      .length;
  const found = references.toSorted((a, b) => count(b) - count(a))[0] ??
    (entry.previous_version !== null
      ? { id, version: entry.previous_version }
      : { id: entry.nearest_configuration_id, version: entry.nearest_version });
  const configuration = configurations.find((one) => one.id === found.id);
  return configuration === undefined || found.version === null
    ? null
    : { configuration, version: found.version };
}
