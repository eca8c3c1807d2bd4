import { membersOf } from "../cli/json_members.ts";
import { listConfigurations, type ListedConfiguration } from "../cli/listed_configuration.ts";
import { callFunctionText, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";
import {
  cellOf,
  type ExportedDecision,
  type ExportedRun,
  toExportedDecision,
  toExportedRun,
} from "./exported_run.ts";

/** Which part of the ledger is exported; what is undefined lets everything pass. */
export interface ExportFilter {
  configuration: string[] | undefined;
  model: string[] | undefined;
  dataset: string[] | undefined;
  prompt: string[] | undefined;
  environment: string[] | undefined;
  variant: string[] | undefined;
  series: string[] | undefined;
  /** By the time of measuring, else of storing. */
  since: Date | undefined;
  until: Date | undefined;
  publishedOnly: boolean;
}

const PAGE = 100;

/** The configurations that a filter lets pass. */
export async function listExported(
  project: Project,
  filter: ExportFilter,
): Promise<ListedConfiguration[]> {
  const all = await listConfigurations(project);
  const wanted: [keyof ListedConfiguration, string[] | undefined][] = [
    ["id", filter.configuration],
    ["model_version", filter.model],
    ["dataset_version", filter.dataset],
    ["prompt_version", filter.prompt],
    ["environment", filter.environment],
    ["variant", filter.variant],
    ["series", filter.series],
  ];
  return all.filter((one) =>
    wanted.every(([name, value]) => value === undefined || value.includes(String(one[name])))
  );
}

/**
 * The runs of a configuration that a filter lets pass, in order. A page at a time: neither the
 * database nor this need hold a whole history.
 *
 * @param onPage Gets how many versions were looked at.
 */
export async function* readRuns(
  project: Project,
  { id, series, last_version }: ListedConfiguration,
  filter: ExportFilter,
  onPage: (versions: number) => void,
): AsyncGenerator<ExportedRun> {
  // To the version that was the last at the beginning: a busy ledger never ends.
  for (let after = 0; after < last_version; after += PAGE) {
    const limit = Math.min(PAGE, last_version - after);
    const page = await callFunctionText(project, "export_runs", {
      p_configuration_id: id,
      p_after: after,
      p_limit: limit,
    });
    let version = after;
    for (const { valueStart, end } of membersOf(page)) {
      const run = toExportedRun(page.slice(valueStart, end), series);
      if (cellOf(run.entry.snapshot_version) !== ++version) break;
      if (passes(run, filter)) yield run;
    }
    if (version !== after + limit) {
      throw new UserError(
        `The project answered without version ${
          version + (version > after ? 0 : 1)
        } of configuration ${id}: nothing was exported.`,
      );
    }
    onPage(limit);
  }
}

/** What was decided about a configuration, in order. */
export async function readDecisions(project: Project, id: string): Promise<ExportedDecision[]> {
  const text = await callFunctionText(project, "export_decisions", { p_configuration_id: id });
  return [...membersOf(text)].map(({ valueStart, end }) =>
    toExportedDecision(text.slice(valueStart, end))
  );
}

function passes({ entry }: ExportedRun, { since, until, publishedOnly }: ExportFilter): boolean {
  if (publishedOnly && entry.published !== true) return false;
  const at = Date.parse(String(entry.measured_at ?? entry.created_at));
  return (since === undefined || at >= since.getTime()) &&
    (until === undefined || at <= until.getTime());
}
