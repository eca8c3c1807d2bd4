import * as z from "zod";
import { CONFIGURATION_PARTS } from "../../cli/listed_configuration.ts";
import { counted } from "../../cli/counted.ts";
import { metricPointer } from "../../cli/metric_pointer.ts";
import { pathOf } from "../../cli/place.ts";
import { type Column, renderTable } from "../../cli/table.ts";
import { UserError } from "../../cli/user_error.ts";
import { NONE, plainNumber } from "../../compare/numbers.ts";
import { answer, bounded, cutSchema, MAX_ROWS } from "../answer.ts";
import type { CurrentSnapshot, Frame } from "../documents.ts";
import { filterConfigurations, filterShape } from "../filter.ts";
import { inertText, quoted } from "../inert.ts";
import type { Ledger } from "../ledger.ts";
import { readSnapshots } from "../read_snapshots.ts";
import { answeredConfiguration, configurationSchema } from "../schemas.ts";

const SCORES = ["f1", "precision", "recall", "latency_ms", "analysis_cost"] as const;

const score = z.number().nullable();

const snapshotSchema = z.object({
  configuration: configurationSchema,
  snapshot_version: z.number().int(),
  commit_sha: z.string(),
  branch_name: z.string().nullable(),
  measured_at: z.string(),
  stored_at: z.string(),
  f1: score,
  precision: score,
  recall: score,
  latency_ms: score,
  analysis_cost: score,
  value: score.describe("The number that metric asks for; null where it is not asked for"),
});

/** See {@link snapshotSchema}. */
type Snapshot = z.infer<typeof snapshotSchema>;

export const CURRENT_INPUT = {
  ...filterShape,
  metric: z.string().min(1).max(1000).optional().describe(
    "One more number of the metrics, beside the five scores: a JSON pointer such as /tokens/output, or a name such as accuracy",
  ),
};

export const CURRENT_OUTPUT = {
  as_of: z.string(),
  metric: z.string().nullable(),
  snapshots: z.array(snapshotSchema).describe("Best F1 first"),
  cut: cutSchema,
};

/** The current snapshots: of each configuration the one that counts now. */
export async function current(
  ledger: Ledger,
  { metric, ...filter }: z.infer<z.ZodObject<typeof CURRENT_INPUT>>,
) {
  const document = await ledger.call<Frame & { snapshots: CurrentSnapshot[] }>(
    "get_dashboard_current",
  );
  const found = new Map(
    filterConfigurations(document.configurations, filter).map((one) => [one.id, one]),
  );
  // As the ledger's own keys are shown: see inert().
  const pointer = metric === undefined ? null : inertText(metricPointer(metric));
  const all = document.snapshots.filter((one) => found.has(one.configuration_id));
  const rows = all.slice(0, MAX_ROWS);
  const read = await readSnapshots(ledger, rows, pointer === null ? null : pathOf(pointer));
  const snapshots = rows.map((row, index): Snapshot => ({
    configuration: answeredConfiguration(found.get(row.configuration_id)!),
    snapshot_version: row.snapshot_version,
    commit_sha: row.commit_sha,
    branch_name: row.branch_name,
    f1: row.f1,
    precision: row.precision,
    recall: row.recall,
    latency_ms: row.latency_ms,
    analysis_cost: row.analysis_cost,
    ...read[index]!,
  }));
  if (pointer !== null && snapshots.length > 0 && snapshots.every(({ value }) => value === null)) {
    throw new UserError(
      `No current snapshot of these has a number ${
        quoted(pointer)
      }: the tool history names the metrics that a configuration has.`,
    );
  }
  const data = bounded(
    { as_of: new Date().toISOString(), metric: pointer, snapshots },
    ["snapshots"],
    { snapshots: all.length },
  );
  return answer(data, [describeCount(all.length, found.size), table(data.snapshots, pointer)]);
}

function describeCount(snapshots: number, configurations: number): string {
  const others = configurations - snapshots;
  return `${counted(snapshots, "current snapshot")}, best F1 first.${
    others > 0 ? ` ${counted(others, "configuration")} with candidates only left out.` : ""
  }`;
}

function table(snapshots: Snapshot[], pointer: string | null): string {
  if (snapshots.length === 0) return "";
  const names = [...CONFIGURATION_PARTS, "series" as const]
    .filter((part) => snapshots.some(({ configuration }) => configuration[part]));
  const scores = SCORES.filter((name) => snapshots.some((one) => one[name] !== null));
  const columns: Column<Snapshot>[] = [
    ...names.map((part): Column<Snapshot> => ({
      heading: part.toUpperCase(),
      value: ({ configuration }) => configuration[part] || NONE,
    })),
    { heading: "VERSION", value: (row) => String(row.snapshot_version), align: "right" },
    { heading: "COMMIT", value: (row) => row.commit_sha.slice(0, 7) },
    { heading: "MEASURED", value: (row) => row.measured_at.slice(0, 16) + "Z" },
    ...scores.map((name): Column<Snapshot> => ({
      heading: name.toUpperCase(),
      value: (row) => plainNumber(row[name]),
      align: "right",
    })),
    ...pointer === null ? [] : [{
      heading: pointer,
      value: (row: Snapshot) => plainNumber(row.value),
      align: "right" as const,
    }],
  ];
  return renderTable(snapshots, columns);
}
