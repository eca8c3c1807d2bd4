import { canonicalJson } from "../../ledger/canonical_json.ts";
import { cellOf, type ExportedDecision, type ExportedRun } from "./exported_run.ts";

/** What a column holds, by the names that Parquet has for it. */
export type ColumnType = "STRING" | "DOUBLE" | "INT32" | "INT64" | "BOOLEAN" | "TIMESTAMP";

/** A cell; a TIMESTAMP is ISO 8601 text here. */
export type Cell = string | number | boolean | null;

/** A table of an export. */
export interface Table<Row> {
  name: string;
  columns: Record<string, ColumnType>;
  /** The rows of what is exported, in the order of the columns. */
  rowsOf(row: Row): Cell[][];
}

const RUN_COLUMNS: Record<string, ColumnType> = {
  configuration_id: "STRING",
  snapshot_version: "INT32",
  id: "STRING",
  created_at: "TIMESTAMP",
  measured_at: "TIMESTAMP",
  model_version: "STRING",
  model_provider: "STRING",
  dataset_version: "STRING",
  dataset_size: "INT64",
  prompt_version: "STRING",
  environment: "STRING",
  variant: "STRING",
  commit_sha: "STRING",
  branch_name: "STRING",
  run_id: "STRING",
  run_attempt: "INT32",
  triggered_by: "STRING",
  published: "BOOLEAN",
  is_void: "BOOLEAN",
  is_backfill: "BOOLEAN",
  verdict: "STRING",
  f1_score: "DOUBLE",
  precision_score: "DOUBLE",
  recall_score: "DOUBLE",
  latency_ms: "DOUBLE",
  cost_per_analysis: "DOUBLE",
  duration_seconds: "DOUBLE",
  error_count: "INT64",
  success_count: "INT64",
  tags: "STRING",
  notes: "STRING",
  entry_hash: "STRING",
};

/** A row a run. `metrics` and `ledger` are JSON with every digit; together they prove the row. */
export const RUNS: Table<ExportedRun> = {
  name: "runs",
  columns: { ...RUN_COLUMNS, series: "STRING", metrics: "STRING", ledger: "STRING" },
  rowsOf({ entry, series }) {
    const { metrics, ...ledger } = entry;
    return [[
      ...Object.keys(RUN_COLUMNS).map((name) => cellOf(entry[name])),
      series,
      canonicalJson(metrics!),
      canonicalJson(ledger),
    ]];
  },
};

/** A row an item, epoch and score. True and false are 1 and 0. */
export const ITEMS: Table<ExportedRun> = {
  name: "items",
  columns: {
    configuration_id: "STRING",
    snapshot_version: "INT32",
    item: "STRING",
    epoch: "INT32",
    group: "STRING",
    score: "STRING",
    value: "DOUBLE",
    is_boolean: "BOOLEAN",
  },
  rowsOf({ entry, items }) {
    if (items === null) return [];
    const run = [cellOf(entry.configuration_id), cellOf(entry.snapshot_version)];
    return Object.entries(items.scores).flatMap(([score, values]) => {
      const isBoolean = values.some((value) => typeof value === "boolean");
      return values.map((value, index): Cell[] => [
        ...run,
        items.ids[index]!,
        items.epochs?.[index] ?? null,
        items.groups?.[index] ?? null,
        score,
        value === null ? null : Number(value),
        isBoolean,
      ]);
    });
  },
};

const DECISION_COLUMNS: Record<string, ColumnType> = {
  configuration_id: "STRING",
  id: "INT64",
  decided_at: "TIMESTAMP",
  decided_by: "STRING",
  kind: "STRING",
  snapshot_version: "INT32",
  from_version: "INT32",
  last_version: "INT32",
  series: "STRING",
  metric: "STRING",
  resolution: "STRING",
  reason: "STRING",
};

/** A row a decision: who, when, why. */
export const DECISIONS: Table<ExportedDecision> = {
  name: "decisions",
  columns: DECISION_COLUMNS,
  rowsOf: ({ decision }) => [Object.keys(DECISION_COLUMNS).map((name) => cellOf(decision[name]))],
};
