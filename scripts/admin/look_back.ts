import process from "node:process";
import { SingleBar } from "cli-progress";
import { counted } from "../cli/counted.ts";
import {
  CONFIGURATION_PARTS,
  type ConfigurationPart,
  listConfigurations,
} from "../cli/listed_configuration.ts";
import { callFunction, type Project } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { UserError } from "../cli/user_error.ts";

/** What a policy that was just set says of the runs that were stored before it. */
export interface LookBack {
  /** How many configurations it counts for. */
  configurations: number;
  /** How many of their newest runs were looked at. */
  runs: number;
  /** How many of those have the metric. */
  with_metric: number;
  /** How many of those are worse than what came before, whether or not it was mended since. */
  worse: number;
  /** Configurations that are worse now, the one that has been for longest first. */
  open: OpenConfiguration[];
}

/** A configuration that is worse now, and since when. */
export type OpenConfiguration = Record<ConfigurationPart, string> & Since & {
  configuration_id: string;
};

interface Since {
  since_version: number;
  since_commit: string;
  since_at: string;
}

interface Replay extends Pick<LookBack, "runs" | "with_metric" | "worse"> {
  open: Since | null;
}

/**
 * Judges the stored runs by a policy that was just set, one configuration after the other.
 *
 * @throws {UserError} When a call fails. Doing it again goes on: what is judged stays so.
 */
export async function lookBack(project: Project, policyId: number): Promise<LookBack> {
  const found: LookBack = { configurations: 0, runs: 0, with_metric: 0, worse: 0, open: [] };
  const bar = new SingleBar({
    format: "Looking back {bar} {value}/{total}",
    stream: process.stderr,
  });
  try {
    const scope = await callFunction<string[]>(project, "list_policy_scope", {
      p_policy_id: policyId,
    });
    const names = new Map((await listConfigurations(project)).map((one) => [one.id, one]));
    bar.start(scope.length, 0);
    for (const id of scope) {
      const replay = await callFunction<Replay>(project, "replay_policy", {
        p_policy_id: policyId,
        p_configuration_id: id,
      });
      found.configurations++;
      found.runs += replay.runs;
      found.with_metric += replay.with_metric;
      found.worse += replay.worse;
      if (replay.open !== null) {
        const { model_version, dataset_version, prompt_version, environment, variant } = names
          .get(id)!;
        found.open.push({
          configuration_id: id,
          model_version,
          dataset_version,
          prompt_version,
          environment,
          variant,
          ...replay.open,
        });
      }
      bar.increment();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `Policy ${policyId} is in force, but looking back at stored runs stopped: ${error.message}. The same command again goes on with it; with --no-replay only runs to come are judged.`,
    );
  } finally {
    bar.stop();
  }
  found.open.sort((a, b) => Date.parse(a.since_at) - Date.parse(b.since_at));
  return found;
}

/** What {@link lookBack} found, in words and as a table. */
export function describeLookBack({ worse, open }: LookBack): string {
  const [first] = open;
  if (first === undefined) {
    return worse === 0
      ? "Nothing that is stored is worse by this."
      : `Nothing is worse by this any more; ${counted(worse, "earlier run")} ${
        worse === 1 ? "was" : "were"
      }.`;
  }
  const hasVariant = open.some((row) => row.variant !== "");
  const parts = CONFIGURATION_PARTS.filter((part) => part !== "variant" || hasVariant);
  const table = renderTable(open, [
    ...parts.map((part) => ({
      heading: part.replace("_version", "").toUpperCase(),
      value: (row: OpenConfiguration) => row[part],
    })),
    { heading: "SINCE VERSION", value: (row) => String(row.since_version), align: "right" },
    { heading: "COMMIT", value: (row) => row.since_commit.slice(0, 7) },
    { heading: "DATE", value: (row) => dateOf(row) },
  ]);
  const since = `since ${first.since_commit.slice(0, 7)} (${dateOf(first)})`;
  return open.length === 1
    ? `1 configuration is worse by this, ${since}:\n${table}`
    : `${open.length} configurations are worse by this, the first ${since}:\n${table}`;
}

function dateOf({ since_at }: OpenConfiguration): string {
  return since_at.slice(0, 10);
}
