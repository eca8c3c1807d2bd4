import { configurationName, type ListedConfiguration } from "../cli/listed_configuration.ts";
import { callFunction, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import type { Run } from "./run.ts";

/** What of an entry of the ledger says what the run was compared with. */
interface JudgedEntry {
  judgements: { reference_version: number; reference_configuration_id: string | null }[] | null;
  previous_version: number | null;
  nearest_version: number | null;
  nearest_configuration_id: string | null;
}

/**
 * The run that another was judged against when it was stored: the one that most of its judgements
 * name, because a metric that this one lacked was compared with an earlier one; without any, the
 * version before, or the run that was most like it.
 *
 * @throws {UserError} When it was compared with nothing.
 */
export async function judgedAgainst(
  project: Project,
  configurations: ListedConfiguration[],
  run: Run,
): Promise<Run> {
  const { id } = run.configuration;
  const entry = await callFunction<JudgedEntry>(project, "get_ledger_entry", {
    p_configuration_id: id,
    p_snapshot_version: run.version,
  });
  const references = (entry.judgements ?? []).map((judgement) => ({
    id: judgement.reference_configuration_id ?? id,
    version: judgement.reference_version,
  }));
  const found = mostFrequent(references) ??
    (entry.previous_version !== null
      ? { id, version: entry.previous_version }
      : { id: entry.nearest_configuration_id, version: entry.nearest_version });
  const configuration = configurations.find((one) => one.id === found.id);
  if (configuration === undefined || found.version === null) {
    throw new UserError(
      `Version ${run.version} of ${
        configurationName(run.configuration)
      } was compared with nothing when it was stored: name what to compare it with, as in deno task compare A B.`,
    );
  }
  return { configuration, version: found.version };
}

interface Reference {
  id: string;
  version: number;
}

/** The first of those that are named most often. */
function mostFrequent(references: Reference[]): Reference | undefined {
  const count = ({ id, version }: Reference) =>
    references.filter((one) => one.id === id && one.version === version).length;
  return references.toSorted((a, b) => count(b) - count(a))[0];
}
