import assert from "node:assert/strict";
import { RESULT } from "../../../../testing/test_app.ts";
import type { AttestedFacts } from "../principal/principal.ts";
import { type Issue, ProblemError } from "../problem/problem.ts";
import { parseJsonDocument } from "../request/json_document.ts";
import { toStoredResults } from "./stored_result.ts";
import { validatePayload } from "./validate_payload.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const FACTS: AttestedFacts = {
  commit_sha: SHA,
  branch_name: ["main", "refs/heads/main"],
  run_id: "9",
  run_attempt: 2,
  triggered_by: "octocat",
};

async function store(body: unknown, facts: AttestedFacts = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const document = await parseJsonDocument(new TextEncoder().encode(text));
  return (await toStoredResults(validatePayload(document), facts))[0]!;
}

async function refused(body: unknown, facts: AttestedFacts = {}): Promise<Issue[]> {
  try {
    await store(body, facts);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.errors!;
  }
  assert.fail("it was accepted");
}

Deno.test("toStoredResults() takes facts from the credential", async () => {
  const { commit_sha: _, ...withoutCommit } = RESULT;
  const stored = await store(withoutCommit, FACTS);
  assert.deepEqual(
    [stored.commit_sha, stored.branch_name, stored.run_id, stored.run_attempt, stored.triggered_by],
    [SHA, "main", "9", 2, "octocat"],
  );
});

Deno.test("toStoredResults() takes a body that says the same, shorter or in capitals", async () => {
  const same = {
    ...RESULT,
    commit_sha: "0123456789ABCDEF",
    branch_name: "refs/heads/main",
    run_id: 9,
    run_attempt: "2",
    triggered_by: "octocat",
  };
  const stored = await store(same, FACTS);
  assert.equal(stored.commit_sha, SHA);
  assert.equal(stored.branch_name, "main");
});

Deno.test("toStoredResults() refuses a body that contradicts the token", async () => {
  const changes = {
    commit_sha: "fffffff",
    branch_name: "dev",
    run_id: "10",
    run_attempt: 3,
    triggered_by: "mallory",
  };
  for (const [field, value] of Object.entries(changes)) {
    const [issue] = await refused({ ...RESULT, commit_sha: SHA, [field]: value }, FACTS);
    assert.equal(issue!.pointer, `/${field}`);
    assert.match(issue!.message, /contradicts the token/);
  }
});

Deno.test("toStoredResults() requires a commit that somebody names", async () => {
  const { commit_sha: _, ...withoutCommit } = RESULT;
  assert.match((await refused(withoutCommit))[0]!.message, /is required/);
  const workflowRun = { run_id: "9", run_attempt: 2, triggered_by: "octocat" };
  assert.match((await refused(withoutCommit, workflowRun))[0]!.message, /head_sha/);
  assert.equal((await store(RESULT, workflowRun)).commit_sha, RESULT.commit_sha);
});

Deno.test("toStoredResults() moves metric groups under metrics", async () => {
  const stored = await store({ ...RESULT, category_metrics: { a: 1 }, domain_breakdown: { b: 2 } });
  assert.deepEqual(stored.metrics, {
    ...RESULT.metrics,
    category_metrics: { a: 1 },
    domain_breakdown: { b: 2 },
  });
  assert.ok(!("category_metrics" in stored));
});

Deno.test("toStoredResults() refuses a metric group that metrics has with other content", async () => {
  const twice = (inner: unknown) => ({
    ...RESULT,
    category_metrics: { a: 1, b: 2 },
    metrics: { category_metrics: inner },
  });
  assert.deepEqual((await store(twice({ b: 2, a: 1 }))).metrics.category_metrics, { a: 1, b: 2 });
  assert.equal((await refused(twice({ a: 1 })))[0]!.pointer, "/category_metrics");
});

Deno.test("toStoredResults() keeps every digit of a number", async () => {
  const text = JSON.stringify(RESULT).replace("400", "9007199254740993.25")
    .replace(/}$/, ',"duration_seconds":0.12345678901234567890}');
  const stored = JSON.stringify(await store(text));
  assert.match(stored, /900719925474099325e-2/);
  assert.match(stored, /"duration_seconds":1234567890123456789e-19/);
});

Deno.test("toStoredResults() refuses run_attempt without run_id", async () => {
  assert.equal((await refused({ ...RESULT, run_attempt: 1 }))[0]!.pointer, "/run_attempt");
});

Deno.test("toStoredResults() takes null for a field that is left out", async () => {
  const fields = [
    "branch_name",
    "run_id",
    "run_attempt",
    "tags",
    "notes",
    "timestamp",
    "dataset_size",
    "duration_seconds",
    "category_metrics",
    "triggered_by",
  ];
  const nulls = Object.fromEntries(fields.map((field) => [field, null]));
  assert.equal(
    JSON.stringify(await store({ ...RESULT, ...nulls })),
    JSON.stringify(await store(RESULT)),
  );
  assert.equal((await refused({ ...RESULT, commit_sha: null }))[0]!.pointer, "/commit_sha");
});
