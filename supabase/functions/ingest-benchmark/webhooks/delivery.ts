import type { Configuration, StoredJudgement } from "../receipt/judgement_document.ts";

/** What the database says of a run in an event. */
export interface ToldRun {
  configuration: Configuration;
  series: string | null;
  snapshot_version: number;
  transaction_id: string;
  commit_sha: string;
  branch_name: string | null;
  run_id: string | null;
  created_at: string;
  measured_at: string | null;
  provenance: {
    issuer?: string;
    attested?: { commit_sha?: string };
    claims?: { repository?: unknown; project_path?: unknown };
  };
}

/** A decision that an event is about. */
export interface Decision {
  kind: "void" | "unvoid" | "acknowledge" | "unacknowledge" | "baseline";
  snapshot_version: number | null;
  reason: string | null;
  resolution: "accepted" | "false-positive" | null;
}

interface ToldMetric {
  regression_id: string;
  metric: string;
  label: string | null;
  unit: string | null;
  severity: "warn" | "fail";
  better: "higher" | "lower";
  /** What the regression was measured from. */
  reference_value: number;
  opened_version: number;
  run: ToldRun;
  decision: Decision | null;
}

/** A regression, as the outbox has it. */
export interface RegressionDocument extends ToldMetric {
  change: "opened" | "worse-still";
  value: number;
  /** What was told before, of one that is worse still. */
  told_value: number | null;
  told_version: number | null;
  judgement: StoredJudgement | null;
  previous: { snapshot_version: number | null; commit_sha: string | null } | null;
  references:
    | { configuration: Configuration; snapshot_version: number; commit_sha: string }[]
    | null;
}

/** What ended a regression: a later run, a decision, a policy that is gone, or a configuration that replaced it. */
export type RecoveryCause = "run" | Decision["kind"] | "policy" | "replaced";

/** The end of a regression, as the outbox has it. */
export interface RecoveryDocument extends ToldMetric {
  change: "recovered";
  how: RecoveryCause;
  value: number | null;
  told_value: number;
}

/** The first published run of a configuration, as the outbox has it. */
export interface FirstRunDocument {
  run: ToldRun;
  /** By JSON pointer; null for a run that has none of the five scores. */
  metrics: Record<string, number> | null;
}

/** A run that is void, or no longer, as the outbox has it. */
export interface VoidDocument {
  change: "void" | "unvoid";
  run: ToldRun;
  decision: Decision;
}

/** What happened. */
export type ToldEvent =
  | { event: "regression"; document: RegressionDocument }
  | { event: "recovery"; document: RecoveryDocument }
  | { event: "first-run"; document: FirstRunDocument }
  | { event: "void"; document: VoidDocument }
  | { event: "test"; document: Record<never, never> };

/** An event for a webhook, claimed to be sent now. */
export type Delivery = ToldEvent & {
  id: number;
  /** Proof of the claim. */
  lease: string;
  /** From 1 on. */
  attempt: number;
  event_id: string;
  created_at: string;
  webhook_id: number;
  url: string;
  format: "standard" | "slack";
  allows_private: boolean;
  dashboard_url: string | null;
  /** Null when somebody removed it from Vault. */
  secret: string | null;
};
