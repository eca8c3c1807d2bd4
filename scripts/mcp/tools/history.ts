import * as z from "zod";
import { configurationName } from "../../cli/listed_configuration.ts";
import { counted } from "../../cli/counted.ts";
import { metricPointer } from "../../cli/metric_pointer.ts";
import { renderTable } from "../../cli/table.ts";
import { UserError } from "../../cli/user_error.ts";
import { plainNumber } from "../../compare/numbers.ts";
import { answer, bounded, cutSchema, MAX_ROWS } from "../answer.ts";
import { describeChangeOfLevel } from "../describe_change_of_level.ts";
import type { LedgerConfiguration, Policy, SeriesDocument } from "../documents.ts";
import {
  describeUnknownSeries,
  findConfiguration,
  readConfigurations,
  seriesName,
} from "../find_run.ts";
import { inertText, quoted } from "../inert.ts";
import type { Ledger } from "../ledger.ts";
import {
  changesOfLevel,
  type MeasuredRun,
  readMetricHistory,
  unknownMetric,
} from "../metric_history.ts";
import { policiesFor } from "../policies.ts";
import {
  answeredConfiguration,
  changePointSchema,
  configurationSchema,
  RUN_FORMS,
} from "../schemas.ts";
import { readTime } from "../times.ts";

const DEFAULT_LIMIT = 20;

export const HISTORY_INPUT = {
  of: z.string().min(1).max(1000).describe(
    `Whose history: ${RUN_FORMS}, which is the history over its models and prompts`,
  ),
  metric: z.string().min(1).max(1000).default("f1").describe(
    "A JSON pointer into the metrics, such as /latency_ms, or a name such as f1",
  ),
  limit: z.number().int().min(1).max(MAX_ROWS).default(DEFAULT_LIMIT).describe(
    "How many runs at most, the newest",
  ),
  since: z.string().optional().describe(
    "Only runs and changes measured at or after this date or time, such as 2026-01-31",
  ),
};

const startSchema = z.object({
  configuration_id: z.string(),
  snapshot_version: z.number().int(),
  measured_at: z.string(),
  what: z.enum(["model_version", "prompt_version", "variant"]),
  from: z.string(),
  to: z.string(),
});

export const HISTORY_OUTPUT = {
  series: z.string().nullable(),
  metric: z.string(),
  better: z.enum(["higher", "lower"]).nullable(),
  configurations: z.array(configurationSchema),
  runs: z.array(z.object({
    configuration_id: z.string(),
    snapshot_version: z.number().int(),
    measured_at: z.string(),
    commit_sha: z.string(),
    value: z.number(),
  })).describe("Published and not void; newest first"),
  change_points: z.array(changePointSchema).describe(
    "Where the newest 1,000 runs changed for longer, beyond what the policies allow; newest first",
  ),
  starts: z.array(startSchema).describe(
    "Of a series, first runs of a configuration and how it differs from the one before; newest first",
  ),
  cut: cutSchema,
};

interface History {
  runs: MeasuredRun[];
  /** The one whose policies say what is worth a word. */
  configuration: LedgerConfiguration;
  series: string | null;
  better: "higher" | "lower" | null;
  starts: z.infer<typeof startSchema>[];
}

/** The runs of a configuration or series for a metric, with its change points. */
export async function history(
  ledger: Ledger,
  input: z.infer<z.ZodObject<typeof HISTORY_INPUT>>,
) {
  const since = input.since === undefined ? -Infinity : readTime(input.since).getTime();
  const metric = metricPointer(input.metric);
  const shownMetric = inertText(metric);
  const [configurations, policies] = await Promise.all([
    readConfigurations(ledger),
    ledger.call<Policy[]>("list_regression_policies"),
  ]);
  const series = seriesName(input.of);
  const found = series === null
    ? await ofConfiguration(ledger, configurations, policies, input.of, metric)
    : await ofSeries(ledger, configurations, series, metric);
  const isWanted = (one: { measured_at: string }) => Date.parse(one.measured_at) >= since;
  const runs = found.runs.filter(isWanted).reverse();
  const changes = changesOfLevel(found.runs, policies, found.configuration, metric)
    .filter(isWanted).reverse();
  const shown = runs.slice(0, input.limit);
  const starts = found.starts.filter(isWanted).reverse();
  const named = new Set(
    [...shown, ...changes, ...starts].map(({ configuration_id }) => configuration_id),
  );
  const data = bounded(
    {
      series: series === null ? null : inertText(series),
      metric: shownMetric,
      better: found.better,
      configurations: configurations.filter(({ id }) => named.has(id)).map(answeredConfiguration),
      runs: shown,
      change_points: changes.map((change) => ({ metric: shownMetric, ...change })),
      starts,
    },
    ["runs", "change_points", "starts", "configurations"],
    { runs: runs.length },
  );
  const last = found.runs.at(-1)!;
  return answer(data, [
    `${shownMetric} of ${describeSubject(found)}: ${counted(runs.length, "run")}${
      input.since === undefined ? "" : ` since ${input.since}`
    }${runs.length > shown.length ? `, the newest ${shown.length} shown` : ""}. ${
      found.better === null ? "" : `Better is ${found.better}. `
    }The newest run has ${plainNumber(last.value)} (version ${last.snapshot_version}, ${
      last.measured_at.slice(0, 10)
    }).`,
    ...data.change_points.map(describeChangeOfLevel),
    data.change_points.length === 0 ? "No lasting change of level or trend is found." : "",
    ...data.starts.map(({ what, from, to, measured_at }) =>
      `${measured_at.slice(0, 10)}: ${what} ${quoted(from)} → ${quoted(to)}`
    ),
    runTable(data.runs, series === null ? null : data.configurations),
  ]);
}

async function ofConfiguration(
  ledger: Ledger,
  configurations: LedgerConfiguration[],
  policies: Policy[],
  text: string,
  metric: string,
): Promise<History> {
  const { configuration } = findConfiguration(configurations, text);
  const runs = await readMetricHistory(ledger, configuration.id, metric);
  if (runs.length === 0) throw await unknownMetric(ledger, configuration.id, metric);
  const better = policiesFor(policies, configuration, metric)[0]?.better ?? null;
  return { runs, configuration, series: null, better, starts: [] };
}

async function ofSeries(
  ledger: Ledger,
  configurations: LedgerConfiguration[],
  series: string,
  metric: string,
): Promise<History> {
  const document = await ledger.call<SeriesDocument>("get_series", {
    p_series: series,
    p_metric: metric,
    p_limit: 1000,
  });
  const newest = document.runs.at(-1);
  if (newest === undefined) throw new UserError(describeUnknownSeries(configurations, series));
  const runs = document.runs.flatMap(({ at, value, ...run }) =>
    value === null ? [] : [{ ...run, measured_at: new Date(at).toISOString(), value }]
  );
  if (runs.length === 0) throw await unknownMetric(ledger, newest.configuration_id, metric);
  const starts = document.changes.flatMap((change) =>
    (["model_version", "prompt_version", "variant"] as const).flatMap((what) => {
      const [from, to] = change[what] ?? [];
      return from === undefined || to === undefined ? [] : [{
        configuration_id: change.configuration_id,
        snapshot_version: change.snapshot_version,
        measured_at: new Date(change.at).toISOString(),
        what,
        from,
        to,
      }];
    })
  );
  const configuration = configurations.find(({ id }) => id === newest.configuration_id)!;
  return {
    runs: runs.map(({ configuration_id, snapshot_version, measured_at, commit_sha, value }) => ({
      configuration_id,
      snapshot_version,
      measured_at,
      commit_sha,
      value,
    })),
    configuration,
    series,
    better: document.better,
    starts,
  };
}

function describeSubject({ series, configuration }: History): string {
  return series === null
    ? quoted(configurationName(configuration))
    : `series ${quoted(series)} on ${
      quoted(`${configuration.dataset_version} / ${configuration.environment}`)
    }`;
}

function runTable(
  runs: MeasuredRun[],
  configurations: { id: string; model_version: string; prompt_version: string }[] | null,
): string {
  if (runs.length === 0) return "";
  const names = new Map(configurations?.map((one) => [one.id, one]));
  return renderTable(runs, [
    { heading: "VERSION", value: (run) => String(run.snapshot_version), align: "right" },
    { heading: "MEASURED", value: (run) => run.measured_at.slice(0, 16) + "Z" },
    { heading: "COMMIT", value: (run) => run.commit_sha.slice(0, 7) },
    { heading: "VALUE", value: (run) => plainNumber(run.value), align: "right" },
    ...configurations === null
      ? []
      : (["model_version", "prompt_version"] as const).map((part) => ({
        heading: part.toUpperCase(),
        value: (run: MeasuredRun) => names.get(run.configuration_id)?.[part] ?? "",
      })),
  ]);
}
