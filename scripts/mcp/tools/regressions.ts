import * as z from "zod";
import { configurationName } from "../../cli/listed_configuration.ts";
import { counted } from "../../cli/counted.ts";
import { percentage, plainNumber } from "../../compare/numbers.ts";
import { answer, bounded, cutSchema } from "../answer.ts";
import type {
  InconclusiveState,
  LedgerConfiguration,
  RegressionsDocument,
  RegressionState,
} from "../documents.ts";
import { filterConfigurations, filterShape } from "../filter.ts";
import { quoted } from "../inert.ts";
import type { Ledger } from "../ledger.ts";
import { answeredConfiguration, configurationSchema } from "../schemas.ts";
import { readSnapshots } from "../read_snapshots.ts";
import { readTime } from "../times.ts";

export const REGRESSIONS_INPUT = {
  since: z.string().optional().describe(
    "Only what became worse, or was left open, by a run measured at or after this date or time, such as 2026-01-31 for a Saturday",
  ),
  ...filterShape,
};

/** What is worse now, in an answer. */
export const stateSchema = z.object({
  configuration: configurationSchema,
  metric: z.string(),
  severity: z.enum(["warn", "fail"]),
  better: z.enum(["higher", "lower"]),
  reference: z.object({
    configuration_id: z.string(),
    snapshot_version: z.number().int(),
    value: z.number(),
    is_baseline: z.boolean(),
  }).describe("What it is worse than"),
  current_version: z.number().int(),
  current_value: z.number(),
  change: z.number(),
  limit: z.number(),
  limit_kind: z.enum(["absolute", "relative"]),
  since: z.object({
    snapshot_version: z.number().int(),
    commit_sha: z.string(),
    measured_at: z.string(),
    stored_at: z.string(),
  }).describe("The first run of those that are all worse"),
  acknowledged: z.object({
    as: z.string(),
    by: z.string(),
    at: z.string(),
    reason: z.string(),
  }).nullable(),
});

/** See {@link stateSchema}. */
export type State = z.infer<typeof stateSchema>;

const inconclusiveSchema = z.object({
  configuration: configurationSchema,
  snapshot_version: z.number().int(),
  measured_at: z.string(),
  stored_at: z.string(),
  metric: z.string(),
  severity: z.enum(["warn", "fail"]),
  better: z.enum(["higher", "lower"]),
  from_version: z.number().int(),
  from: z.number(),
  to: z.number(),
  change: z.number(),
  limit: z.number(),
  limit_kind: z.enum(["absolute", "relative"]),
  method: z.string(),
  reason: z.string().nullable().describe("Why, where the evidence says; the tool why has more"),
});

/** See {@link inconclusiveSchema}. */
type Inconclusive = z.infer<typeof inconclusiveSchema>;

export const REGRESSIONS_OUTPUT = {
  as_of: z.string(),
  since: z.string().nullable(),
  open: z.array(stateSchema).describe("Worse now, and acknowledged by nobody; failing ones first"),
  acknowledged: z.array(stateSchema).describe("Worse now, and accepted by somebody"),
  inconclusive: z.array(inconclusiveSchema).describe(
    "What the newest run of a configuration left open: neither worse nor proved to be no worse",
  ),
  older: z.number().int().describe("Open regressions that began before since"),
  cut: cutSchema,
};

/** What is worse now, and since when. */
export async function regressions(
  ledger: Ledger,
  input: z.infer<z.ZodObject<typeof REGRESSIONS_INPUT>>,
) {
  const { since, ...filter } = input;
  const start = since === undefined ? -Infinity : readTime(since).getTime();
  const document = await ledger.call<RegressionsDocument>("get_dashboard_regressions");
  const found = new Map(
    filterConfigurations(document.configurations, filter).map((one) => [one.id, one]),
  );
  const isFound = (one: { configuration_id: string }) => found.has(one.configuration_id);
  const isNew = (at: string) => Date.parse(at) >= start;
  const open = document.regressions.filter(isFound);
  const states = (list: RegressionState[]) =>
    readStates(ledger, list.filter((one) => isFound(one) && isNew(one.since_at)), found);
  const fresh = (await states(document.regressions)).filter((one) => isNew(one.since.measured_at));
  const acknowledged = (await states(document.acknowledged))
    .filter((one) => isNew(one.since.measured_at));
  const inconclusive = (await readInconclusive(
    ledger,
    document.inconclusive.filter((one) => isFound(one) && isNew(one.created_at)),
    found,
  )).filter((one) => isNew(one.measured_at));
  const data = bounded(
    {
      as_of: new Date().toISOString(),
      since: since === undefined ? null : new Date(start).toISOString(),
      open: fresh,
      acknowledged,
      inconclusive,
      older: open.length - fresh.length,
    },
    ["open", "acknowledged", "inconclusive"],
  );
  const range = since === undefined ? "" : ` since ${data.since}`;
  return answer(data, [
    `${counted(fresh.length, "open regression")}${range}${
      data.older > 0 ? `; ${data.older} more began before` : ""
    }. Now it is ${data.as_of}.`,
    ...data.open.map(describeState),
    data.acknowledged.length > 0 ? `Acknowledged${range}:` : "",
    ...data.acknowledged.map(describeState),
    data.inconclusive.length > 0 ? `Inconclusive in the newest runs${range}:` : "",
    ...data.inconclusive.map(describeInconclusive),
    fresh.length > 0 ? "The tool why has the evidence of one." : "",
  ]);
}

/**
 * Regressions as answers have them, in their order. When the runs were measured since which it is
 * worse is read besides: nothing was measured after it was stored.
 */
export async function readStates(
  ledger: Ledger,
  states: RegressionState[],
  configurations: Map<string, LedgerConfiguration>,
): Promise<State[]> {
  const read = await readSnapshots(
    ledger,
    states.map(({ configuration_id, since_version, since_at }) => ({
      configuration_id,
      snapshot_version: since_version,
      created_at: since_at,
    })),
  );
  return states.map((state, index) => ({
    configuration: answeredConfiguration(configurations.get(state.configuration_id)!),
    metric: state.metric,
    severity: state.severity,
    better: state.better,
    reference: {
      configuration_id: state.reference_configuration_id,
      snapshot_version: state.reference_version,
      value: state.reference_value,
      is_baseline: state.is_baseline,
    },
    current_version: state.current_version,
    current_value: state.current_value,
    change: state.current_value - state.reference_value,
    limit: state.limit_value,
    limit_kind: state.limit_kind,
    since: {
      snapshot_version: state.since_version,
      commit_sha: state.since_commit,
      measured_at: read[index]!.measured_at,
      stored_at: read[index]!.stored_at,
    },
    acknowledged: state.acknowledged_at === null ? null : {
      as: state.acknowledged_as ?? "",
      by: state.acknowledged_by ?? "",
      at: new Date(state.acknowledged_at).toISOString(),
      reason: state.acknowledged_reason ?? "",
    },
  }));
}

async function readInconclusive(
  ledger: Ledger,
  states: InconclusiveState[],
  configurations: Map<string, LedgerConfiguration>,
): Promise<Inconclusive[]> {
  const read = await readSnapshots(ledger, states);
  return states.map((state, index) => ({
    configuration: answeredConfiguration(configurations.get(state.configuration_id)!),
    snapshot_version: state.snapshot_version,
    measured_at: read[index]!.measured_at,
    stored_at: read[index]!.stored_at,
    metric: state.metric,
    severity: state.severity,
    better: state.better,
    from_version: state.from_version,
    from: state.from_value,
    to: state.to_value,
    change: state.to_value - state.from_value,
    limit: state.limit_value,
    limit_kind: state.limit_kind,
    method: state.method,
    reason: state.caveat,
  }));
}

/** A regression as people read it. */
export function describeState(state: State): string {
  const { configuration, metric, reference, since, acknowledged } = state;
  const seen = acknowledged === null
    ? ""
    : ` Acknowledged as ${quoted(acknowledged.as)} by ${quoted(acknowledged.by)}: ${
      quoted(acknowledged.reason)
    }.`;
  return `${state.severity}: ${metric} of ${
    quoted(configurationName(configuration))
  } (${configuration.id}) was ${plainNumber(reference.value)} in ${
    reference.is_baseline ? "the baseline, " : ""
  }version ${reference.snapshot_version}${
    reference.configuration_id === configuration.id ? "" : ` of ${reference.configuration_id}`
  }, and is ${plainNumber(state.current_value)} in version ${state.current_version} (limit ${
    describeLimit(state)
  }); worse since version ${since.snapshot_version}, commit ${quoted(since.commit_sha)}, measured ${
    since.measured_at.slice(0, 16)
  }Z.${seen}`;
}

function describeInconclusive(state: Inconclusive): string {
  const { configuration, metric, from, to, snapshot_version, reason } = state;
  return `${state.severity}: ${metric} of ${
    quoted(configurationName(configuration))
  } (${configuration.id}) went from ${plainNumber(from)} to ${
    plainNumber(to)
  } in version ${snapshot_version} (limit ${describeLimit(state)})${
    reason === null ? "" : `: ${reason}`
  }.`;
}

function describeLimit({ limit, limit_kind }: { limit: number; limit_kind: string }): string {
  return limit_kind === "relative" ? percentage(limit) : plainNumber(limit);
}
