import {
  type CompareTo,
  parseCompareTo,
} from "../../supabase/functions/ingest-benchmark/payload/compare_to.ts";
import {
  CONFIGURATION_PARTS,
  configurationName,
  listConfigurations,
  type ListedConfiguration,
} from "../cli/listed_configuration.ts";
import { UsageError } from "../cli/command.ts";
import { callFunction, type Project } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { UserError } from "../cli/user_error.ts";
import { judgedAgainst, type JudgedEntry } from "./judged_against.ts";
import { namedBy, type NamedRun, type Run, twoRuns, withVersion } from "./run.ts";

const SERIES = "series:";
/** Candidates beyond it are counted: nobody reads a table of hundreds. */
const SHOWN = 20;

/**
 * Finds the two runs that are meant: b is judged against a.
 *
 * A run without a version is the current one of its configuration, or the newest where nothing was
 * published; that of b is the newest where both name one configuration. Without `textB` the one run
 * is b, and a is what that was judged against when it was stored.
 *
 * @throws {UsageError} When a text does not name a run.
 * @throws {UserError} When there is none, more than one, or both are the same.
 */
export async function findRuns(
  project: Project,
  textA: string,
  textB?: string,
): Promise<{ a: Run; b: Run }> {
  const configurations = await listConfigurations(project);
  const first = await findRun(project, configurations, textA);
  if (textB === undefined) {
    const b = withVersion(first, asItIs);
    return { a: await readJudgedAgainst(project, configurations, b), b };
  }
  return twoRuns(first, await findRun(project, configurations, textB), [textA, textB], asItIs);
}

const asItIs = (name: string) => name;

async function readJudgedAgainst(
  project: Project,
  configurations: ListedConfiguration[],
  run: Run,
): Promise<Run> {
  const entry = await callFunction<JudgedEntry>(project, "get_ledger_entry", {
    p_configuration_id: run.configuration.id,
    p_snapshot_version: run.version,
  });
  const found = judgedAgainst(configurations, entry);
  if (found !== null) return found;
  throw new UserError(
    `Version ${run.version} of ${
      configurationName(run.configuration)
    } was compared with nothing when it was stored: name what to compare it with, as in deno task compare A B.`,
  );
}

async function findRun(
  project: Project,
  configurations: ListedConfiguration[],
  text: string,
): Promise<NamedRun> {
  if (text.startsWith(SERIES)) {
    return await newestOfSeries(project, configurations, text.slice(SERIES.length));
  }
  const named = parseCompareTo(text);
  if (typeof named === "string") {
    throw new UsageError(`${text} names no run: it ${named}; or series:NAME.`);
  }
  return {
    configuration: onlyConfiguration(configurations, named, text),
    version: named.snapshot_version ?? null,
  };
}

function onlyConfiguration(
  configurations: ListedConfiguration[],
  named: CompareTo,
  text: string,
): ListedConfiguration {
  if (configurations.length === 0) throw new UserError("No run is stored yet.");
  const found = namedBy(configurations, named);
  const [only, ...others] = found;
  if (only === undefined) {
    throw new UserError(
      `There is no configuration ${text}. There are:\n${candidates(configurations)}`,
    );
  }
  if (others.length > 0) {
    throw new UserError(
      `${text} names ${found.length} configurations. Say more of its parts (variant= for none), or its id:\n${
        candidates(found)
      }`,
    );
  }
  return only;
}

function candidates(configurations: ListedConfiguration[]): string {
  const table = renderTable(configurations.slice(0, SHOWN), [
    { heading: "ID", value: (row) => row.id },
    ...CONFIGURATION_PARTS.map((part) => ({
      heading: part.toUpperCase(),
      value: (row: ListedConfiguration) => row[part],
    })),
  ]);
  return configurations.length > SHOWN
    ? `${table}\n… and ${configurations.length - SHOWN} more`
    : table;
}

async function newestOfSeries(
  project: Project,
  configurations: ListedConfiguration[],
  series: string,
): Promise<NamedRun> {
  const { runs } = await callFunction<
    { runs: { configuration_id: string; snapshot_version: number }[] }
  >(project, "get_series", { p_series: series, p_limit: 1 });
  const newest = runs.at(-1);
  const configuration = configurations.find(({ id }) => id === newest?.configuration_id);
  if (newest === undefined || configuration === undefined) {
    const names = [...new Set(configurations.flatMap((one) => one.series ?? []))].sort();
    throw new UserError(
      `The series ${series} has no published run. ${
        names.length === 0
          ? "No configuration belongs to a series: deno task admin series set"
          : `There are: ${names.join(", ")}.`
      }`,
    );
  }
  return { configuration, version: newest.snapshot_version };
}
