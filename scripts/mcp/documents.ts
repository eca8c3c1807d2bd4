import type { ListedConfiguration } from "../cli/listed_configuration.ts";
import type { ComparedNumber } from "../compare/read_comparison.ts";
import type {
  Reference,
  StoredJudgement,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";

/** A configuration with its pointers, as `list_configurations()` has it. */
export interface LedgerConfiguration extends ListedConfiguration {
  baseline_version: number | null;
  /** The newest run that may be compared with. */
  reference_version: number | null;
}

/** What every view of the ledger has besides its own. */
export interface Frame {
  /** False when the caller may read nothing: that there are no rows means nothing then. */
  readable: boolean;
  /** Who may read: public, members and the like. */
  read_access?: string;
  configurations: LedgerConfiguration[];
}

/** A current snapshot of `get_dashboard_current()`. */
export interface CurrentSnapshot {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
  f1: number | null;
  precision: number | null;
  recall: number | null;
  latency_ms: number | null;
  analysis_cost: number | null;
  commit_sha: string;
  branch_name: string | null;
}

/** A row of `get_snapshot_page()`, as far as it is asked for. */
export interface SnapshotRow {
  snapshot_version: number;
  created_at: string;
  measured_at: string | null;
  metrics?: Record<string, unknown>;
}

/** An element of `get_dashboard_metric_history()`, oldest run first. */
export interface MetricHistory {
  configuration_id: string;
  /** Seconds since 1970. */
  runs: [version: number, at: number, value: number, commit: string][];
}

/** `get_series()`. */
export interface SeriesDocument {
  metric: string;
  better: "higher" | "lower";
  dataset_version: string | null;
  environment: string | null;
  runs: {
    configuration_id: string;
    snapshot_version: number;
    at: string;
    commit_sha: string;
    value: number | null;
  }[];
  changes: {
    configuration_id: string;
    snapshot_version: number;
    at: string;
    model_version: [string, string] | null;
    prompt_version: [string, string] | null;
    variant: [string, string] | null;
  }[];
}

/** A policy in force, of `list_regression_policies()`. */
export interface Policy {
  id: number;
  metric: string;
  better: "higher" | "lower";
  limit_kind: "absolute" | "relative";
  limit_value: number;
  severity: "warn" | "fail";
  confidence: number;
  model_version: string | null;
  configuration_id: string | null;
}

/** What is worse now, of `get_dashboard_regressions()`. */
export interface RegressionState {
  configuration_id: string;
  metric: string;
  better: "higher" | "lower";
  severity: "warn" | "fail";
  reference_configuration_id: string;
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
  acknowledged_as: string | null;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  acknowledged_reason: string | null;
}

/** What the newest published run of a configuration left open. */
export interface InconclusiveState {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
  metric: string;
  severity: "warn" | "fail";
  better: "higher" | "lower";
  caveat: string | null;
  method: string;
  from_version: number;
  reference_configuration_id: string;
  from_value: number;
  to_value: number;
  limit_kind: "absolute" | "relative";
  limit_value: number;
}

/** `get_dashboard_regressions()`. */
export interface RegressionsDocument extends Frame {
  policies: Policy[];
  regressions: RegressionState[];
  acknowledged: RegressionState[];
  inconclusive: InconclusiveState[];
}

/** `get_dashboard_comparison()`. */
export interface ComparisonAnswer extends Frame {
  a: ComparedSnapshot;
  b: ComparedSnapshot;
  judgements: { judgements: StoredJudgement[]; references: Reference[] | null } | null;
  metrics: ComparedNumber[];
}

interface ComparedSnapshot {
  snapshot_version: number | null;
  commit_sha: string;
  created_at: string;
}

/** A judgement as an entry of the ledger has it: the policy by its id. */
export interface EntryJudgement {
  policy_id: number;
  method: StoredJudgement["method"];
  verdict: StoredJudgement["verdict"];
  estimate: number | null;
  margin: number | null;
  degrees: number | null;
  reference_version: number;
  reference_configuration_id: string | null;
  n: number | null;
  metrics: number | null;
  is_ratio: boolean;
  is_named: boolean;
  caveat: string | null;
  from_value: number;
}

/** An entry of the ledger, of `get_dashboard_history()`, as far as it is read here. */
export interface LedgerEntry {
  configuration_id: string;
  snapshot_version: number;
  created_at: string;
  measured_at: string | null;
  commit_sha: string;
  branch_name: string | null;
  model_version: string;
  model_provider: string | null;
  dataset_version: string;
  dataset_size: number | null;
  prompt_version: string;
  environment: string;
  variant: string;
  published: boolean;
  previous_version: number | null;
  nearest_version: number | null;
  nearest_configuration_id: string | null;
  judgements: EntryJudgement[] | null;
  metrics: Record<string, unknown>;
  provenance: {
    issuer?: string;
    attested?: { commit_sha?: string };
    claims?: { repository?: string };
  };
}

/** `get_dashboard_history()`, its entries parsed. */
export interface HistoryDocument extends Frame {
  entries: LedgerEntry[];
}
