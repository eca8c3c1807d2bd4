import assert from "node:assert/strict";
import { RESULT, startTestApp } from "../../../testing/test_app.ts";

const { commit_sha: _commit, environment: _environment, ...BARE } = RESULT;

/** Jobs that differ from a push to main. */
const FEATURE = { ref: "refs/heads/feature" };
const PULL_REQUEST = { event_name: "pull_request", ref: "refs/pull/7/merge", head_ref: "feature" };
const QUEUE = { event_name: "merge_group", ref: "refs/heads/gh-readonly-queue/main/pr-7-abc" };
const AFTER = { event_name: "workflow_run" };

async function startWithRule(rule: { ref?: string; allowsCandidates?: boolean } = { ref: "main" }) {
  const test = await startTestApp();
  await test.trust({ environments: ["github-actions"], ...rule });
  let run = 0;
  const sign = (claims: Record<string, unknown>) =>
    test.issuer.sign({ run_id: String(++run), ...claims });
  const post = async (
    metrics: Record<string, unknown>,
    claims: Record<string, unknown> = {},
    body: Record<string, unknown> = {},
  ) => {
    const response = await test.post({ ...BARE, metrics, ...body }, await sign(claims));
    return { status: response.status, ...await response.json() };
  };
  const current = async () => {
    const { rows } = await test.database.pool.query(
      "select current_version from public.benchmark_configurations",
    );
    return rows[0].current_version;
  };
  return { test, post, sign, current };
}

Deno.test("a candidate neither becomes current nor hides a drop on main", async () => {
  const { test, post, current } = await startWithRule();
  assert.equal((await post({ f1: 0.9 })).published, true);
  const candidate = await post({ f1: 0.5 }, FEATURE);
  assert.deepEqual([candidate.status, candidate.published], [201, false]);
  assert.equal(candidate.previous.snapshot_version, 1);
  assert.equal(await current(), 1);
  const worse = await post({ f1: 0.8 });
  assert.deepEqual(
    [worse.previous.snapshot_version, worse.previous.deltas.f1, worse.regressions[0].from],
    [1, -0.1, 0.9],
  );
  assert.equal(await current(), 3);
  await test.close();
});

Deno.test("a run without the metric does not hide a drop", async () => {
  const { test, post } = await startWithRule();
  await post({ f1: 0.9 });
  await post({ latency_ms: 1 });
  const [regression] = (await post({ f1: 0.5 })).regressions;
  assert.deepEqual([regression.from_version, regression.from, regression.to], [1, 0.9, 0.5]);
  await test.close();
});

Deno.test("pull requests, merge queues and whoever says so are candidates", async () => {
  const { test, post, sign, current } = await startWithRule({});
  for (const claims of [PULL_REQUEST, QUEUE]) {
    const receipt = await post({ f1: 0.5 }, claims);
    assert.deepEqual([receipt.status, receipt.published], [201, false], claims.event_name);
  }
  assert.equal((await post({ f1: 0.5 }, {}, { candidate: true })).published, false);
  assert.equal(await current(), null);
  const head = "abcdef0123456789abcdef0123456789abcdef01";
  const own = await post({ f1: 0.5 }, PULL_REQUEST, { commit_sha: head, branch_name: "feature" });
  assert.equal(own.status, 201, "a pull request's own head commit");
  assert.deepEqual(own.provenance.claimed, ["commit_sha", "branch_name"]);
  const preview = await test.preview({ ...BARE, commit_sha: head }, await sign(PULL_REQUEST));
  assert.equal(preview.status, 200);
  assert.equal((await preview.json()).published, false);
  await test.close();
});

Deno.test("after another workflow, the branch that was measured decides", async () => {
  const { test, post } = await startWithRule();
  const commit_sha = "abcdef0";
  const published = async (body: Record<string, unknown>) =>
    (await post({ f1: 0.5 }, AFTER, { commit_sha, ...body })).published;
  assert.equal(await published({}), false);
  assert.equal(await published({ branch_name: "feature" }), false);
  assert.equal(await published({ branch_name: "main" }), true);
  assert.equal(await published({ branch_name: "refs/heads/main" }), true);
  await test.close();
});

Deno.test("a rule without candidates refuses them, and lets them compare", async () => {
  const { test, post, sign } = await startWithRule({ ref: "main", allowsCandidates: false });
  assert.equal((await post({ f1: 0.9 })).status, 201);
  const refused = await post({ f1: 0.5 }, FEATURE);
  assert.equal(refused.status, 403);
  assert.match(refused.detail, /refs\/heads\/feature/);
  assert.equal((await test.preview(BARE, await sign(FEATURE))).status, 200);
  await test.close();
});
