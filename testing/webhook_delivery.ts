import type {
  Delivery,
  RecoveryDocument,
  RegressionDocument,
  ToldEvent,
  ToldRun,
} from "../supabase/functions/ingest-benchmark/webhooks/delivery.ts";

/** A run in an event, attested by a token of GitHub. */
export function toldRun(changes: Partial<ToldRun> = {}): ToldRun {
  return {
    configuration: {
      id: "962f50c2-0000-8000-a000-000000000000",
      model_version: "model-1",
      dataset_version: "data-1",
      prompt_version: "prompt-1",
      environment: "github-actions",
      variant: "",
    },
    series: null,
    snapshot_version: 3,
    transaction_id: "8de94d58-b9b9-466b-be97-e1bc31b88c18",
    commit_sha: "0123456789abcdef0123456789abcdef01234567",
    branch_name: "main",
    run_id: "9001",
    created_at: "2026-11-25T04:22:54.411000Z",
    measured_at: null,
    provenance: {
      issuer: "https://token.actions.githubusercontent.com",
      attested: { commit_sha: "0123456789abcdef0123456789abcdef01234567" },
      claims: { repository: "octo-org/bench" },
    },
    ...changes,
  };
}

/** A regression of F1 from 0.89 to 0.8. */
export function regression(changes: Partial<RegressionDocument> = {}): RegressionDocument {
  return {
    change: "opened",
    regression_id: "11111111-1111-4111-8111-111111111111",
    metric: "/f1",
    label: "F1",
    unit: null,
    severity: "fail",
    better: "higher",
    reference_value: 0.89,
    opened_version: 3,
    value: 0.8,
    told_value: null,
    told_version: null,
    run: toldRun(),
    decision: null,
    judgement: {
      metric: "/f1",
      better: "higher",
      limit_kind: "absolute",
      limit: 0.05,
      severity: "fail",
      policy_confidence: 0.95,
      from: 0.89,
      to: 0.8,
      change: -0.09,
      method: "none",
      caveat: null,
      n: null,
      reference_version: 2,
      is_named: false,
      reference_configuration_id: null,
      verdict: "worse",
      metrics: null,
      is_ratio: false,
      estimate: null,
      margin: null,
      degrees: null,
    },
    previous: { snapshot_version: 2, commit_sha: "0123abc" },
    references: null,
    ...changes,
  };
}

/** Its end. */
export function recovery(changes: Partial<RecoveryDocument> = {}): RecoveryDocument {
  const { judgement: _judgement, previous: _previous, references: _references, ...told } =
    regression();
  const { told_version: _version, ...shared } = told;
  return {
    ...shared,
    change: "recovered",
    how: "run",
    value: 0.88,
    told_value: 0.8,
    ...changes,
  };
}

/** An event for a webhook. */
export function delivery(told: ToldEvent, changes: Partial<Delivery> = {}): Delivery {
  return {
    ...told,
    id: 1,
    lease: "22222222-2222-4222-8222-222222222222",
    attempt: 1,
    event_id: "33333333-3333-4333-8333-333333333333",
    created_at: "2026-11-25T04:22:54.500000Z",
    webhook_id: 1,
    url: "https://example.com/hook",
    format: "standard",
    allows_private: false,
    dashboard_url: "https://bench.example/page/?theme=dark",
    secret: `whsec_${"A".repeat(43)}=`,
    ...changes,
  } as Delivery;
}
