import assert from "node:assert/strict";
import {
  judgementDocument,
  type StoredJudgement,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { judgementTable } from "./judgement_table.ts";

const CONFIGURATION = {
  id: "8de94d58-b9b9-466b-be97-e1bc31b88c18",
  model_version: "model-1",
  dataset_version: "data-1",
  prompt_version: "prompt-1",
  environment: "local",
  variant: "",
};

/** The row of a judgement, cells parted by two spaces. */
function row(stored: Partial<StoredJudgement>): string {
  const judgement = judgementDocument({
    metric: "/f1",
    better: "higher",
    limit_kind: "absolute",
    limit: 0.05,
    severity: "fail",
    policy_confidence: 0.95,
    from: 0.91,
    to: 0.85,
    change: -0.06,
    method: "paired-items",
    caveat: null,
    n: 48,
    reference_version: 1,
    reference_configuration_id: null,
    verdict: "inconclusive",
    metrics: 1,
    is_named: false,
    is_ratio: false,
    estimate: -0.06,
    margin: 0.0712345,
    degrees: 47,
    ...stored,
  }, {
    configuration: CONFIGURATION,
    previous: { snapshot_version: 1, commit_sha: "0123abc" },
    references: null,
  });
  return judgementTable([judgement]).split("\n")[1]!.trim().replace(/ {2,}/g, "  ");
}

Deno.test("judgementTable() has a change, its interval, and what both stand on", () => {
  assert.equal(
    row({}),
    "/f1  0.91  0.85  ▼ −0.06  −0.131 to +0.0112  ? inconclusive  0.05, fail  48 items, 95 %",
  );
  assert.match(row({ verdict: "worse" }), /✗ worse/);
  assert.match(row({ metrics: 3 }), /48 items, 98\.3333 %$/);
});

Deno.test("judgementTable() has intervals in the direction of the metric", () => {
  const slower: Partial<StoredJudgement> = {
    metric: "/latency_ms",
    better: "lower",
    limit_kind: "relative",
    limit: 0.2,
    severity: "warn",
    from: 400,
    to: 600,
    change: 200,
    estimate: -200,
    margin: 100,
  };
  assert.equal(
    row({ ...slower, method: "history", n: 20, degrees: 7.4 }),
    "/latency_ms  400  600  ▲ +200  +100 to +300  ? inconclusive  20 %, warn  20 earlier runs, 95 %",
  );
  assert.match(
    row({ ...slower, is_ratio: true, estimate: -Math.log(1.5), margin: Math.log(1.25) }),
    /▲ \+200 {2}\+20 % to \+87\.5 % /,
  );
  assert.match(row({ method: "standard-errors", n: null }), /standard errors, 95 %$/);
});

Deno.test("judgementTable() has no interval where there is none", () => {
  assert.equal(
    row({
      method: "none",
      n: null,
      metrics: null,
      estimate: null,
      margin: null,
      verdict: "not-worse",
    }),
    "/f1  0.91  0.85  ▼ −0.06  –  ✓ not worse  0.05, fail  the limit alone",
  );
});
