import assert from "node:assert/strict";
import { RESULT } from "../../../../testing/test_app.ts";
import { PUSH_CLAIMS } from "../../../../testing/oidc_issuer.ts";
import { github } from "../principal/issuers/github.ts";
import type { Principal } from "../principal/principal.ts";
import { type Issue, ProblemError } from "../problem/problem.ts";
import { parseJsonDocument } from "../request/json_document.ts";
import { toStoredResults } from "./stored_result.ts";
import { validatePayload } from "./validate_payload.ts";

const SHA = PUSH_CLAIMS.sha;
const TOKEN: Principal = { method: "ingest-token", tokenId: "a", secretHash: "b" };
const { commit_sha: _, ...BARE } = RESULT;

/** A job whose token has these claims beside those of a push to main; run 9001, attempt 1. */
const job = (claims: Record<string, unknown> = {}) =>
  github.toPrincipal("https://i", { ...PUSH_CLAIMS, jti: "j", ...claims });
const afterAnother = job({ event_name: "workflow_run" });

async function store(body: unknown, principal: Principal = TOKEN) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const document = await parseJsonDocument(new TextEncoder().encode(text));
  return (await toStoredResults(validatePayload(document).results, principal))[0]!.fields;
}

async function factsOf(body: unknown, principal: Principal) {
  const { commit_sha, branch_name, run_id, run_attempt, claimed } = await store(body, principal);
  return [commit_sha, branch_name, run_id, run_attempt, claimed];
}

async function refused(body: unknown, principal: Principal = TOKEN): Promise<Issue[]> {
  try {
    await store(body, principal);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.errors!;
  }
  assert.fail("it was accepted");
}

Deno.test("toStoredResults() takes facts from the job where the body says nothing", async () => {
  assert.deepEqual(await factsOf(BARE, job()), [SHA, "main", "9001", 1, []]);
  const pull = job({
    event_name: "pull_request",
    ref: "refs/pull/7/merge",
    head_ref: "me/feature",
  });
  const stored = await store(BARE, pull);
  assert.equal(stored.branch_name, "7/merge", "and not a branch named after a person");
  assert.ok(!JSON.stringify(stored).includes("octocat"), "who started it, the principal says");
});

Deno.test("toStoredResults() takes a body that says the same in other words for the job's", async () => {
  const same = {
    ...BARE,
    commit_sha: "0123456789ABCDEF",
    branch_name: "refs/heads/main",
    run_id: 9001,
    run_attempt: "1",
    triggered_by: "octocat",
  };
  assert.deepEqual(await factsOf(same, job()), [SHA, "main", "9001", 1, []]);
  assert.deepEqual(
    await factsOf({ ...BARE, branch_name: "main" }, job()),
    [SHA, "main", "9001", 1, []],
  );
});

Deno.test("toStoredResults() stores what the body says was measured, as claimed", async () => {
  for (const event_name of ["push", "schedule", "workflow_dispatch", "pull_request"]) {
    assert.deepEqual(
      await factsOf(
        { ...BARE, commit_sha: "fffffff", branch_name: "dev", run_id: "7", run_attempt: 3 },
        job({ event_name }),
      ),
      ["fffffff", "dev", "7", 3, ["commit_sha", "branch_name", "run_id", "run_attempt"]],
    );
  }
  assert.deepEqual(
    await factsOf({ ...BARE, run_attempt: 3 }, job()),
    [SHA, "main", "9001", 3, ["run_attempt"]],
  );
});

Deno.test("toStoredResults() does not give another run the attempt of the job", async () => {
  const [, , run, attempt, claimed] = await factsOf({ ...BARE, run_id: "7" }, job());
  assert.deepEqual([run, attempt, claimed], ["7", undefined, ["run_id"]]);
  assert.deepEqual(
    (await factsOf({ ...BARE, run_id: "7", run_attempt: 1 }, job())).at(-1),
    ["run_id", "run_attempt"],
    "the same number, and not the job's",
  );
});

Deno.test("toStoredResults() takes nobody's word for who started a job", async () => {
  const [issue] = await refused({ ...BARE, triggered_by: "mallory" }, job());
  assert.equal(issue!.pointer, "/triggered_by");
  assert.match(issue!.message, /contradicts the token/);
});

Deno.test("toStoredResults() takes neither commit nor branch from a job after another workflow", async () => {
  const [issue] = await refused(BARE, afterAnother);
  assert.equal(issue!.pointer, "/commit_sha");
  assert.match(issue!.message, /head_sha/);
  assert.deepEqual(
    await factsOf({ ...BARE, commit_sha: "fffffff" }, afterAnother),
    ["fffffff", undefined, "9001", 1, ["commit_sha"]],
  );
  assert.deepEqual(
    await factsOf({ ...BARE, commit_sha: SHA, branch_name: "main" }, afterAnother),
    [SHA, "main", "9001", 1, ["branch_name"]],
    "a fork has a main, too",
  );
});

Deno.test("toStoredResults() calls everything of an ingest token claimed", async () => {
  const facts = { branch_name: "main", run_id: "1", run_attempt: 2, triggered_by: "me" };
  const stored = await store({ ...facts, ...RESULT });
  assert.deepEqual(stored.claimed, [
    "commit_sha",
    "branch_name",
    "run_id",
    "run_attempt",
    "triggered_by",
  ]);
  assert.equal(stored.triggered_by, "me");
  assert.deepEqual((await store(RESULT)).claimed, ["commit_sha"]);
  assert.match((await refused(BARE))[0]!.message, /is required/);
});

Deno.test("toStoredResults() gives each result its place in the body", async () => {
  const results = async (body: unknown) => {
    const document = await parseJsonDocument(new TextEncoder().encode(JSON.stringify(body)));
    return await toStoredResults(validatePayload(document).results, TOKEN);
  };
  assert.deepEqual((await results(RESULT)).map(({ pointer }) => pointer), [""]);
  assert.deepEqual(
    (await results({ results: [RESULT, RESULT] })).map(({ pointer }) => pointer),
    ["/results/0", "/results/1"],
  );
  const error = await results({ results: [RESULT, BARE] }).catch((error) => error);
  assert.equal(error.errors[0].pointer, "/results/1/commit_sha");
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
    "variant",
    "series",
    "candidate",
  ];
  const nulls = Object.fromEntries(fields.map((field) => [field, null]));
  const empty = { ...RESULT, variant: "", tags: [], candidate: false };
  for (const same of [{ ...RESULT, ...nulls }, empty]) {
    assert.equal(JSON.stringify(await store(same)), JSON.stringify(await store(RESULT)));
  }
  assert.equal((await refused({ ...RESULT, commit_sha: null }))[0]!.pointer, "/commit_sha");
});

Deno.test("toStoredResults() leaves out scores that are null, and no other null", async () => {
  const metrics = { f1: 0.5, precision: null, mine: null, deep: { recall: null } };
  assert.deepEqual(
    (await store({ ...RESULT, metrics })).metrics,
    { f1: 0.5, mine: null, deep: { recall: null } },
  );
});

Deno.test("toStoredResults() passes on variant, series and candidate", async () => {
  const { variant, series, candidate } = await store({
    ...RESULT,
    variant: "seed 7",
    series: "bill-auditor",
    candidate: true,
  });
  assert.deepEqual([variant, series, candidate], ["seed 7", "bill-auditor", true]);
});

Deno.test("toStoredResults() passes on items as columns, and the metrics that they give", async () => {
  const { environment: _environment, ...result } = RESULT;
  const items = [
    { id: "bill-7", group: "a", tp: 3, fp: 0, fn: 1, latency_ms: 420.5, "a/~": true },
    { id: 12, epoch: 2, tp: 1, fp: 1, fn: 0, latency_ms: 379.5, "a/~": false },
  ];
  const sent = { ...result, metrics: { f1: 0.8, precision: null, mine: null }, items };
  const stored = await store(sent);
  assert.deepEqual(stored, {
    model_version: "model-1",
    dataset_version: "data-1",
    prompt_version: "prompt-1",
    commit_sha: "0123abc",
    claimed: ["commit_sha"],
    metrics: { f1: 0.8, mine: null, "a/~": 0.5, latency_ms: 400, precision: 0.8, recall: 0.8 },
    items: {
      ids: ["12", "bill-7"],
      epochs: [2, 1],
      groups: [null, "a"],
      scores: {
        "a/~": [false, true],
        fn: [0, 1],
        fp: [1, 0],
        latency_ms: [379.5, 420.5],
        tp: [1, 3],
      },
    },
    computed: ["/a~1~0", "/latency_ms", "/precision", "/recall"],
  });
  const other = items.toReversed().map((item) =>
    Object.fromEntries(Object.entries(item).reverse())
  );
  assert.equal(JSON.stringify(await store({ ...sent, items: other })), JSON.stringify(stored));
});

Deno.test("toStoredResults() says nothing of items and metrics that there are not", async () => {
  const bare = JSON.stringify(await store(RESULT));
  for (const items of [null, []]) {
    assert.equal(JSON.stringify(await store({ ...RESULT, items })), bare);
  }
  const { computed } = await store({ ...RESULT, items: [{ id: 1, f1: 0.85 }] });
  assert.equal(computed, undefined);
});

Deno.test("toStoredResults() computes beside metrics that keep every digit", async () => {
  const text = JSON.stringify({ ...RESULT, items: [{ id: 1, correct: true }] })
    .replace("400", "9007199254740993.25");
  assert.match(
    JSON.stringify((await store(text)).metrics),
    /"latency_ms":900719925474099325e-2.*"accuracy":1/,
  );
});

Deno.test("toStoredResults() passes on what to compare with, read", async () => {
  const { compare_to } = await store({ ...RESULT, compare_to: "model_version=a,variant=b, c@3" });
  assert.deepEqual(compare_to, { model_version: "a", variant: "b, c", snapshot_version: 3 });
  assert.equal((await store({ ...RESULT, compare_to: null })).compare_to, undefined);
});
