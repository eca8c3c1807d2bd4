import assert from "node:assert/strict";
import type { StoredJudgement } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { judgedMetrics } from "./metric_verdicts.ts";

const CONFIGURATION = {
  id: "c",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const REFERENCES = [{ configuration: CONFIGURATION, snapshot_version: 1, commit_sha: "0123abc" }];

function judgement(metric: string, changes: Partial<StoredJudgement>): StoredJudgement {
  return {
    metric,
    better: "higher",
    limit_kind: "absolute",
    limit: 0.05,
    severity: "fail",
    policy_confidence: 0.95,
    from: 0.8,
    to: 0.8,
    change: 0,
    method: "history",
    caveat: null,
    n: 20,
    reference_version: 1,
    is_named: false,
    reference_configuration_id: null,
    verdict: "not-worse",
    metrics: 1,
    is_ratio: false,
    estimate: 0,
    margin: 0.01,
    degrees: null,
    ...changes,
  };
}

const number = (path: string) => ({ path, a: 0.8, b: 0.7, delta: -0.1, percent: -12.5 });

Deno.test("judgedMetrics() puts what is worse first, and what nobody judges last", () => {
  const rows = judgedMetrics(
    ["/count", "/noisy", "/up", "/down", "/open"].map(number),
    {
      judgements: [
        judgement("/noisy", {}),
        judgement("/up", { estimate: 0.1 }),
        judgement("/down", { estimate: -0.1, verdict: "worse" }),
        judgement("/open", { estimate: -0.05, verdict: "inconclusive" }),
      ],
      references: REFERENCES,
    },
    CONFIGURATION,
  );
  assert.deepEqual(rows.map(({ path, verdict }) => [path, verdict]), [
    ["/down", "worse"],
    ["/open", "inconclusive"],
    ["/up", "better"],
    ["/noisy", "not worse"],
    ["/count", "not judged"],
  ]);
  assert.equal(rows[4]!.interval, null);
  assert.ok(rows[3]!.interval![0] < 0 && rows[3]!.interval![1] > 0);
});

Deno.test("judgedMetrics() shows an interval in the direction of the metric", () => {
  const [latency] = judgedMetrics([number("/latency_ms")], {
    judgements: [
      judgement("/latency_ms", { better: "lower", estimate: -0.2, margin: 0.1, verdict: "worse" }),
    ],
    references: REFERENCES,
  }, CONFIGURATION);
  const [low, high] = latency!.interval!;
  assert.ok(low > 0 && high > low, "slower is above 0");
});

Deno.test("judgedMetrics(): of two policies of a metric, the graver verdict counts", () => {
  const [row] = judgedMetrics([number("/f1")], {
    judgements: [
      judgement("/f1", { severity: "warn", estimate: -0.1, verdict: "worse" }),
      judgement("/f1", {}),
    ],
    references: REFERENCES,
  }, CONFIGURATION);
  assert.equal(row!.verdict, "worse");
});
