/** A model, dataset, prompt and environment, with its version pointers. */
export interface Configuration {
  id: string;
  model_version: string;
  dataset_version: string;
  prompt_version: string;
  environment: string;
  last_version: number;
  current_version: number;
  baseline_version: number | null;
}

/** What every view reads: `get_dashboard_frame()`. */
export interface ViewDocument {
  /** False when the caller may read nothing: then there are no rows, and that means nothing. */
  readable: boolean;
  /** Changes as soon as anything that is shown may have. */
  cursor: string;
  configurations: Configuration[];
}

/** Where an entry came from. */
export interface Origin {
  commit_sha: string;
  run_id: string | null;
  run_attempt: number | null;
  /** `OWNER/NAME` that the credential attests, or null. */
  repository: string | null;
  /** Issuer of that credential. */
  issuer: string | null;
}

/** A current snapshot. Scores are fractions, latency milliseconds, cost dollars. */
export interface CurrentSnapshot extends Origin {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
  f1: number | null;
  precision: number | null;
  recall: number | null;
  latency_ms: number | null;
  analysis_cost: number | null;
  branch_name: string | null;
  tags: string[];
}

/** `get_dashboard_current()`. */
export interface CurrentDocument extends ViewDocument {
  snapshots: CurrentSnapshot[];
}

/** Version, seconds since 1970, value, commit, and of how many runs it is the only one looked at. */
export type TrendPoint = [
  version: number,
  at: number,
  value: number,
  commit: string,
  every: number,
];

/** A run that was found worse when it was stored. */
export interface TrendRegression {
  snapshot_version: number;
  at: number;
  from_version: number;
  from: number;
  to: number;
  severity: "warn" | "fail";
}

/** The history of one configuration. */
export interface TrendSeries {
  configuration_id: string;
  baseline: { snapshot_version: number; value: number | null } | null;
  points: TrendPoint[];
  regressions: TrendRegression[];
}

/** `get_dashboard_trends()`. */
export interface TrendsDocument extends ViewDocument {
  metrics: string[];
  series: TrendSeries[];
}

/** An element of `get_dashboard_change_points()`. */
export interface ChangePoint {
  configuration_id: string;
  snapshot_version: number;
  at: number;
  commit_sha: string;
  level_before: number;
  level_after: number;
  p_value: number;
}

/** One side of a comparison. */
export interface ComparedSnapshot {
  configuration_id: string | null;
  snapshot_version: number | null;
  created_at: string | null;
  commit_sha: string | null;
}

/** A number of two snapshots, by its JSON pointer. */
export interface ComparedMetric {
  path: string;
  a: number | null;
  b: number | null;
  delta: number | null;
  percent: number | null;
}

/** `get_dashboard_comparison()`. */
export interface ComparisonDocument extends ViewDocument {
  a: ComparedSnapshot;
  b: ComparedSnapshot;
  directions: Record<string, "higher" | "lower">;
  metrics: ComparedMetric[];
}

/** Something that is worse now than it should be. */
export interface OpenRegression {
  configuration_id: string;
  metric: string;
  better: "higher" | "lower";
  severity: "warn" | "fail";
  reference_version: number;
  is_baseline: boolean;
  reference_value: number;
  current_version: number;
  current_value: number;
  limit_kind: "absolute" | "relative";
  limit_value: number;
  since_version: number;
  since_commit: string;
  since_at: string;
}

/** A policy of `benchmark_policies`. */
export interface Policy {
  id: number;
  metric: string;
  better: "higher" | "lower";
  limit_kind: "absolute" | "relative";
  limit_value: number;
  severity: "warn" | "fail";
  model_version: string | null;
  configuration_id: string | null;
}

/** `get_dashboard_regressions()`. */
export interface RegressionsDocument extends ViewDocument {
  policies: Policy[];
  regressions: OpenRegression[];
}

/** `get_dashboard_history()`. */
export interface HistoryDocument extends ViewDocument {
  configuration_id: string | null;
  /** JSON text: see `ledger/read_entries.ts`. */
  entries: string;
  /** Versions that were found worse when they were stored. */
  regressions: number[];
}
