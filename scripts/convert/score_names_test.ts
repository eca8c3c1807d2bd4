import assert from "node:assert/strict";
import { assertAccepted } from "./assert_accepted.ts";
import { arePercentages, nameScores, plainName, type Score, scoreMetrics } from "./score_names.ts";

const metricsOf = (scores: Score[], others: string[] = []) =>
  scoreMetrics(nameScores(scores, others));

Deno.test("nameScores() joins parts to plain names, with standard errors beside them", () => {
  assert.deepEqual(
    metricsOf([
      { parts: ["arc-easy", "acc"], value: 0.5, stderr: 0.01 },
      { parts: ["réponse", "数"], value: -1, stderr: null },
      { parts: ["none"], value: null },
      { parts: ["text"], value: "1" },
      { parts: ["infinite"], value: Infinity, stderr: 1 },
    ]),
    { "arc_easy_acc": 0.5, "arc_easy_acc_stderr": 0.01, "réponse_数": -1 },
  );
});

Deno.test("nameScores() puts no score over another one or a standard error", () => {
  const metrics = metricsOf([
    { parts: ["a-b"], value: 1, stderr: 0.1 },
    { parts: ["a_b"], value: 2 },
    { parts: ["a_b_stderr"], value: 3 },
    { parts: ["c_stderr"], value: 4 },
    { parts: ["c"], value: 5, stderr: 0.5 },
    { parts: ["status"], value: 6 },
  ], ["status"]);
  assert.deepEqual(Object.values(metrics), [1, 0.1, 2, 3, 4, 5, 0.5, 6]);
  assert.ok(!("status" in metrics) && metrics.c_stderr === 4);
});

Deno.test("nameScores() gives a result's own names only to what they mean there", () => {
  const metrics = metricsOf([
    { parts: ["f1"], value: 0.83, scale: "percent", stderr: 0.1 },
    { parts: ["precision"], value: 0.5, scale: "other" },
    { parts: ["recall"], value: 40.5 },
    { parts: ["latency_ms"], value: -1 },
    { parts: ["analysis_cost"], value: 0.25, scale: "other" },
  ]);
  assert.deepEqual(metrics, {
    f1_percent: 0.83,
    f1_percent_stderr: 0.1,
    precision_score: 0.5,
    recall_score: 40.5,
    latency_ms_score: -1,
    analysis_cost: 0.25,
  });
  const names = { model_version: "m", dataset_version: "d", prompt_version: "p" };
  assertAccepted({ ...names, metrics });
  assert.equal(metricsOf([{ parts: ["f1"], value: 1 }]).f1, 1);
});

Deno.test("plainName() makes names that are short enough, and never an item's own key", () => {
  const long = plainName(["x".repeat(300)]);
  assert.ok(long.length <= 190 && long !== plainName(["x".repeat(301)]));
  assert.match(plainName([""]), /^_[0-9a-f]{12}$/);
  assert.deepEqual(["id", "group", "epoch"].map((name) => plainName([name])), [
    "id_score",
    "group_score",
    "epoch_score",
  ]);
});

Deno.test("arePercentages() looks at scores of a kind, not at their spread", () => {
  assert.ok(arePercentages([["f1", 0.83], ["exact", 40.1]]));
  assert.ok(!arePercentages([["f1", 0.83], ["f1_std", 2], ["elo", 1200], ["exact", null]]));
});
