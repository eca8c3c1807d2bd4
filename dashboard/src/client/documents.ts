import type {
  Reference,
  StoredJudgement,
} from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";

/** A model, dataset, prompt, environment and variant, with its version pointers. */
export interface Configuration {
  id: string;
  model_version: string;
  dataset_version: string;
  prompt_version: string;
  environment: string;
  /** Empty for the configuration without one. */
  variant: string;
  series: string | null;
  /** When its first run was stored. */
  created_at: string;
  last_version: number;
  /** Null until a run is published: there are candidates only. */
  current_version: number | null;
  baseline_version: number | null;
  /** The newest run that may be compared with: current unless another one was checked out. */
  reference_version: number | null;
  void_versions: number[];
}

/** What every view reads: `dashboard_frame()`. */
export interface ViewDocument {
  /** False when the caller may read nothing: then there are no rows, and that means nothing. */
  readable: boolean;
  /** Who may read: members, signed-in, public or nobody. */
  read_access: string;
  /** Changes as soon as anything that is shown may have. */
  cursor: string;
  /** How many metrics of configurations are worse than they should be, and acknowledged by nobody. */
  open_regressions: number;
  /** What metrics are called. */
  catalogue: Metric[];
  configurations: Configuration[];
}

/** What a credential says of its job: not always what was measured. */
export interface Attested {
  commit_sha?: string;
  run_id?: string;
  run_attempt?: number;
}

/** Where an entry came from. */
export interface Origin {
  /** What was measured, as the entry says; as are run and attempt. */
  commit_sha: string;
  run_id: string | null;
  run_attempt: number | null;
  attested: Attested | null;
  /** `OWNER/NAME` that the credential attests, or null. */
  repository: string | null;
  /** Issuer of that credential. */
  issuer: string | null;
}

/** A judgement of a run when it was stored, of the metric that the overview shows. */
export interface HeadJudgement {
  metric: string;
  better: "higher" | "lower";
  verdict: "worse" | "inconclusive" | "not-worse";
  severity: "warn" | "fail";
  limit_kind: "absolute" | "relative";
  limit_value: number;
  from: number;
  method: "paired-items" | "standard-errors" | "history" | "none";
  n: number | null;
  is_ratio: boolean;
  /** Below 0 is worse. */
  estimate: number | null;
  /** Half the interval. */
  margin: number | null;
  from_version: number;
  reference_configuration_id: string;
}

/** A row of the overview. Scores are fractions, latency milliseconds, cost dollars. */
export interface OverviewRun extends Origin {
  configuration_id: string;
  /** Whether another configuration of its series has taken its place. */
  is_replaced: boolean;
  snapshot_version: number;
  published: boolean;
  /** When it was measured: seconds since 1970. */
  at: number;
  branch_name: string | null;
  tags: string[];
  f1: number | null;
  latency_ms: number | null;
  analysis_cost: number | null;
  /** The gravest of its judgements. */
  verdict: HeadJudgement["verdict"] | null;
  /** JSON pointer of the number that a person must see; null when it has none. */
  metric: string | null;
  value: number | null;
  judgement: HeadJudgement | null;
  /**
   * The metric in the last published runs, oldest first, and in every fifth of those before; null
   * where there are too many rows.
   */
  spark: [last: (number | null)[] | null, earlier: (number | null)[] | null] | null;
}

/** `get_dashboard_overview()`. */
export interface OverviewDocument extends ViewDocument {
  /** Open and acknowledged. */
  regressions: OpenRegression[];
  /** The worst first. */
  runs: OverviewRun[];
}

/** A run, or the one it was judged against. */
export interface RunOrigin extends Origin {
  configuration_id: string;
  snapshot_version: number;
  published: boolean;
  /** Stored after one that was measured later: charted, never current. */
  is_backfill: boolean;
  measured_at: string | null;
  created_at: string;
  verdict: HeadJudgement["verdict"] | null;
  branch_name: string | null;
  triggered_by: string | null;
  notes: string | null;
  tags: string[];
  principal: string;
  method: string;
  entry_hash: string;
}

/** What the policies say of a run beside another one. */
export interface Judged {
  judgements: StoredJudgement[];
  references: Reference[] | null;
}

/** `get_dashboard_run()`. */
export interface RunDocument extends ViewDocument {
  /** Null when there is no such run. */
  run: RunOrigin | null;
  /** What it was judged against, or the nearest; null for a run that had nothing beside it. */
  reference: RunOrigin | null;
  /** As they were made when it was stored. */
  judged: Judged;
  policies: Record<string, "higher" | "lower">;
  /** From the reference (a) to the run (b). */
  metrics: ComparedMetric[];
  /** JSON text of its ledger document: see `ledger/read_entries.ts`. */
  entry: string | null;
  /** Entry hash of the version before. */
  chain_hash: string | null;
  /** Of its configuration, open and acknowledged. */
  regressions: OpenRegression[];
  /** Newest first. */
  decisions: Decision[];
}

/** A row of a leaderboard. */
export interface LeaderboardRow {
  configuration_id: string;
  model_version: string;
  prompt_version: string;
  variant: string;
  series: string | null;
  snapshot_version: number;
  created_at: string;
  commit_sha: string;
  value: number;
  method: "leader" | "paired-items" | "standard-errors" | "none";
  n: number | null;
  is_ratio: boolean;
  /** Of the difference from the leader; below 0 is worse, whatever the direction. */
  estimate: number | null;
  margin: number | null;
  /** Whether the interval reaches the leader; null where there is none. */
  is_tie: boolean | null;
}

/** `get_dashboard_leaderboard()`. */
export interface LeaderboardDocument extends ViewDocument {
  metrics: string[];
  leaderboard: {
    metric: string;
    better: "higher" | "lower";
    dataset_version: string | null;
    environment: string | null;
    confidence: number;
    rows: LeaderboardRow[];
  };
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
  /** Runs that are not published; empty unless they are asked for. */
  candidates: TrendPoint[];
  regressions: TrendRegression[];
}

/** `get_dashboard_trends()`. */
export interface TrendsDocument extends ViewDocument {
  /** The one that is shown: another than was asked for, where no configuration ever had that. */
  metric: string;
  metrics: string[];
  series: TrendSeries[];
}

/** A run that counts: version, seconds since 1970, value and commit. */
export type HistoryRun = [version: number, at: number, value: number, commit: string];

/** An element of `get_dashboard_metric_history()`: the newest runs of a configuration. */
export interface MetricHistory {
  configuration_id: string;
  /** Oldest first. */
  runs: HistoryRun[];
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
  /** B judged against A by the policies in force; null where either is missing. */
  judgements: Judged | null;
  metrics: ComparedMetric[];
}

/** What a number is: an entry of `benchmark_metrics`. */
export interface Metric {
  metric: string;
  label: string | null;
  unit: string | null;
  better: "higher" | "lower" | null;
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
  /** Another one, where a model or prompt took the place of another in a series. */
  reference_configuration_id: string;
  series: string | null;
  acknowledged_as: "accepted" | "false-positive" | null;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  acknowledged_reason: string | null;
}

/** What the newest published run of a configuration left open. */
export interface InconclusiveMetric {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
  metric: string;
  severity: "warn" | "fail";
  better: "higher" | "lower";
  caveat: string | null;
  method: "paired-items" | "standard-errors" | "history";
  reference_configuration_id: string;
  from_version: number;
  from_value: number;
  to_value: number;
  limit_kind: "absolute" | "relative";
  limit_value: number;
  n: number | null;
  is_ratio: boolean;
  estimate: number | null;
  margin: number | null;
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
  acknowledged: OpenRegression[];
  inconclusive: InconclusiveMetric[];
}

/** What somebody decided about stored runs: `benchmark_decisions`. */
export interface Decision {
  id: number;
  kind:
    | "checkout"
    | "baseline"
    | "void"
    | "unvoid"
    | "erase"
    | "series"
    | "acknowledge"
    | "unacknowledge";
  decided_at: string;
  decided_by: string;
  snapshot_version: number | null;
  from_version: number | null;
  series: string | null;
  /** Of an acknowledgement. */
  metric: string | null;
  resolution: "accepted" | "false-positive" | null;
  reason: string | null;
}

/** `get_dashboard_history()`. */
export interface HistoryDocument extends ViewDocument {
  configuration_id: string | null;
  /** JSON text: see `ledger/read_entries.ts`. */
  entries: string;
  /** Newest first. */
  decisions: Decision[];
  /** Versions that were found worse when they were stored. */
  regressions: number[];
  /** In force for the configuration. */
  policies: { metric: string }[];
}
