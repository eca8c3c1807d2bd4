import assert from "node:assert/strict";
import { directionOf, judge } from "./direction.ts";

Deno.test("directionOf() knows the usual names, and the measure before the category", () => {
  const cases: [string, "higher" | "lower" | null][] = [
    ["/f1", "higher"],
    ["/issue_f1_score", "higher"],
    ["/json_validity_rate", null],
    ["/latency_ms", "lower"],
    ["/avg_extraction_latency_ms", "lower"],
    ["/analysis_cost", "lower"],
    ["/error_count", "lower"],
    ["/category_f1/arithmetic_error", "higher"],
    ["/domain_breakdown/imaging/recall", "higher"],
    ["/avg_total_tokens", "lower"],
    ["/dataset_size", null],
  ];
  for (const [path, direction] of cases) assert.equal(directionOf(path, {}), direction, path);
});

Deno.test("directionOf() lets a policy decide", () => {
  assert.equal(directionOf("/dataset_size", { "/dataset_size": "higher" }), "higher");
  assert.equal(directionOf("/f1", { "/f1": "lower" }), "lower");
});

Deno.test("judge() is for the better, for the worse, or nothing", () => {
  assert.equal(judge(1, "higher"), 1);
  assert.equal(judge(1, "lower"), -1);
  assert.equal(judge(-1, "lower"), 1);
  assert.equal(judge(0, "higher"), 0);
  assert.equal(judge(null, "higher"), 0);
  assert.equal(judge(1, null), 0);
});
