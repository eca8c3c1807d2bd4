import type { ListedConfiguration } from "../cli/listed_configuration.ts";
import type { Run } from "./run.ts";

/** What of an entry of the ledger says what the run was compared with. */
export interface JudgedEntry {
  configuration_id: string;
  judgements:
    | { reference_version: number | null; reference_configuration_id: string | null }[]
    | null;
  previous_version: number | null;
  nearest_version: number | null;
  nearest_configuration_id: string | null;
}

/**
 * The run that another was judged against when it was stored: the one that most of its judgements
 * name, because a metric that this one lacked was compared with an earlier one; without any, the
 * version before, or the run that was most like it.
 *
 * @returns Null when it was compared with nothing.
 */
export function judgedAgainst<Configuration extends ListedConfiguration>(
  configurations: Configuration[],
  entry: JudgedEntry,
): Run<Configuration> | null {
  const id = entry.configuration_id;
  const references = (entry.judgements ?? []).map((judgement) => ({
    id: judgement.reference_configuration_id ?? id,
    version: judgement.reference_version,
  }));
  const found = mostFrequent(references) ??
    (entry.previous_version !== null
      ? { id, version: entry.previous_version }
      : { id: entry.nearest_configuration_id, version: entry.nearest_version });
  const configuration = configurations.find((one) => one.id === found.id);
  return configuration === undefined || found.version === null
    ? null
    : { configuration, version: found.version };
}

interface Reference {
  id: string;
  version: number | null;
}

/** The first of those that are named most often. */
function mostFrequent(references: Reference[]): Reference | undefined {
  const count = ({ id, version }: Reference) =>
    references.filter((one) => one.id === id && one.version === version).length;
  return references.toSorted((a, b) => count(b) - count(a))[0];
}
