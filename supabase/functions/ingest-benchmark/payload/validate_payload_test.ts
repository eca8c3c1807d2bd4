import assert from "node:assert/strict";
import { RESULT } from "../../../../testing/test_app.ts";
import { type Issue, ProblemError } from "../problem/problem.ts";
import { parseJsonDocument } from "../request/json_document.ts";
import { validatePayload } from "./validate_payload.ts";

async function issuesOf(body: unknown): Promise<Issue[]> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    validatePayload(await parseJsonDocument(new TextEncoder().encode(text)));
    return [];
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "validation_failed");
    return error.errors!;
  }
}

Deno.test("validatePayload() accepts one result and a batch", async () => {
  assert.deepEqual(await issuesOf(RESULT), []);
  assert.deepEqual(await issuesOf({ results: [RESULT, RESULT] }), []);
});

Deno.test("validatePayload() accepts every optional field", async () => {
  assert.deepEqual(
    await issuesOf({
      ...RESULT,
      model_provider: "acme",
      branch_name: "main",
      run_id: "1",
      run_attempt: 2,
      triggered_by: "me",
      dataset_size: 0,
      duration_seconds: 1.5,
      error_count: 0,
      success_count: 3,
      tags: ["a"],
      notes: "line\nline",
      timestamp: "2026-01-31T12:00:00.5+01:00",
      domain_breakdown: { a: 1 },
      aggregated_categories: {},
      category_metrics: { x: { f1: 0.1 } },
      metrics: { f1: null, constructor: 1, nested: [{ a: null }], "": "" },
    }),
    [],
  );
});

Deno.test("validatePayload() names every fault at once, with its pointer", async () => {
  const cases: [unknown, string, RegExp][] = [
    [{ ...RESULT, model_version: undefined }, "/model_version", /is required/],
    [{ ...RESULT, model_version: "" }, "/model_version", /must not be empty/],
    [{ ...RESULT, model_version: "x".repeat(201) }, "/model_version", /at most 200.*has 201/],
    [{ ...RESULT, model_version: "a\nb" }, "/model_version", /control characters/],
    [{ ...RESULT, model_version: "a\u202eb" }, "/model_version", /control characters/],
    [{ ...RESULT, model_version: 5 }, "/model_version", /expected string/],
    [{ ...RESULT, environment: "moon" }, "/environment", /github-actions/],
    [{ ...RESULT, commit_sha: "xyz" }, "/commit_sha", /7 to 64 hexadecimal/],
    [{ ...RESULT, metrics: undefined }, "/metrics", /is required/],
    [{ ...RESULT, metrics: [] }, "/metrics", /expected object/],
    [{ ...RESULT, metrics: { f1: 91 } }, "/metrics/f1", /a fraction, not a percentage.*91/],
    [{ ...RESULT, metrics: { f1: -0.1 } }, "/metrics/f1", /negative/],
    [{ ...RESULT, metrics: { f1: "0.9" } }, "/metrics/f1", /expected number/],
    [{ ...RESULT, metrics: { latency_ms: -1 } }, "/metrics/latency_ms", /negative/],
    [{ ...RESULT, modle_version: "x" }, "/modle_version", /did you mean "model_version"/],
    [{ ...RESULT, f1: 0.5 }, "/f1", /put it under metrics/],
    [{ ...RESULT, timestamp: "2026-01-31 12:00" }, "/timestamp", /ISO 8601/],
    [{ ...RESULT, dataset_size: 1.5 }, "/dataset_size", /int/],
    [{ ...RESULT, tags: ["a", "a\tb"] }, "/tags/1", /control characters/],
    [{ results: [] }, "/results", />=1|too small/i],
    [{ results: [RESULT, { ...RESULT, commit_sha: "x" }] }, "/results/1/commit_sha", /hexadecimal/],
    [{ results: [RESULT], extra: 1 }, "/extra", /unknown field/],
    [[], "", /JSON object/],
    ["null", "", /JSON object/],
    ['"text"', "", /JSON object/],
    [`{"model_version":"m","model_version":"m"}`, "/model_version", /twice/],
  ];
  for (const [body, pointer, message] of cases) {
    const issues = await issuesOf(body);
    const issue = issues.find((candidate) =>
      candidate.pointer === pointer && message.test(candidate.message)
    );
    assert.ok(issue, `${JSON.stringify(body)} gives ${JSON.stringify(issues)}`);
  }
  const all = await issuesOf({ metrics: { f1: 2, recall: -1 }, typo: 1 });
  assert.deepEqual(all.map((issue) => issue.pointer).sort(), [
    "/dataset_version",
    "/metrics/f1",
    "/metrics/recall",
    "/model_version",
    "/prompt_version",
    "/typo",
  ]);
});

Deno.test("validatePayload() counts characters as Postgres does", async () => {
  assert.deepEqual(await issuesOf({ ...RESULT, model_version: "😀".repeat(200) }), []);
  assert.equal((await issuesOf({ ...RESULT, model_version: "😀".repeat(201) })).length, 1);
});

Deno.test("validatePayload() takes at most 100 results", async () => {
  assert.deepEqual(await issuesOf({ results: Array(100).fill(RESULT) }), []);
  assert.equal((await issuesOf({ results: Array(101).fill(RESULT) }))[0]!.pointer, "/results");
});
