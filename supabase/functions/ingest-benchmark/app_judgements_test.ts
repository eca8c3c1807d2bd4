import assert from "node:assert/strict";
import { RESULT, startTestApp } from "../../../testing/test_app.ts";
import { type Receipt, receiptSchema } from "./receipt/receipt_schema.ts";

/** So many items, of which the first few fail. */
const itemsOf = (count: number, failing: number) =>
  Array.from({ length: count }, (_, id) => ({ id, ...(id < failing ? { fn: 1 } : { tp: 1 }) }))
    .map((item) => ({ tp: 0, fp: 0, fn: 0, ...item }));

async function startWithToken() {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  const send = async (body: Record<string, unknown>): Promise<Receipt> => {
    const response = await test.post({ ...RESULT, ...body }, token);
    const receipt = await response.json();
    assert.ok(response.ok, JSON.stringify(receipt));
    return receiptSchema.parse(receipt);
  };
  const preview = async (body: Record<string, unknown>) =>
    await (await test.preview({ ...RESULT, ...body }, token)).json();
  return { test, send, preview };
}

const f1Of = ({ judgements }: Pick<Receipt, "judgements">) =>
  judgements.find(({ metric }) => metric === "/f1")!;

Deno.test("items decide, and the receipt says by how much", async () => {
  const { test, send, preview } = await startWithToken();
  const run = (failing: number, more = {}) => ({
    metrics: {},
    items: itemsOf(200, failing),
    ...more,
  });
  assert.deepEqual((await send(run(10))).judgements, []);

  const receipt = await send(run(80, { run_id: "1" }));
  const { verdict, reason, summary, reference, evidence, from, to } = f1Of(receipt);
  assert.deepEqual([verdict, reason, evidence.method, evidence.n], [
    "worse",
    null,
    "paired-items",
    200,
  ]);
  assert.equal(reference.snapshot_version, 1);
  assert.ok(evidence.interval![0] < evidence.estimate! && evidence.interval![1] < 0);
  assert.ok(Math.abs(evidence.estimate! - (to - from)) < 1e-9);
  assert.ok(evidence.p_value! > 0 && evidence.p_value! < 1e-6);
  assert.ok(evidence.smallest_change_shown! > 0 && evidence.items_needed! > 0);
  assert.match(summary, /^f1 −0\.224 \(.* on 200 items: worse than the limit of 0\.05 allows\.$/);
  assert.deepEqual(receipt.regressions.map(({ metric }) => metric), ["/f1"]);
  const { common, worse, better, items } = f1Of(receipt).flipped!;
  assert.deepEqual([common, worse, better, items.length], [200, 70, 0, 10]);
  assert.deepEqual(items[0], {
    id: "10",
    group: null,
    change: "worse",
    newly_failing: true,
    from: { tp: 1, fp: 0, fn: 0 },
    to: { tp: 0, fp: 0, fn: 1 },
  });
  assert.deepEqual(await send(run(80, { run_id: "1" })), { ...receipt, replayed: true });

  const again = await preview(run(80));
  const repeated = f1Of(again);
  assert.deepEqual([repeated.verdict, again.regressions, repeated.flipped], [
    "not-worse",
    [],
    null,
  ]);
  await test.close();
});

Deno.test("standard errors decide where there are no items", async () => {
  const { test, send } = await startWithToken();
  await send({ metrics: { f1: 0.9, f1_stderr: 0.03 } });
  const noisy = f1Of(await send({ metrics: { f1: 0.84, f1_stderr: 0.03 } }));
  assert.deepEqual([noisy.verdict, noisy.reason], ["inconclusive", "not-proven"]);
  assert.match(noisy.summary, /by the standard errors sent: inconclusive; /);
  await test.close();
});

Deno.test("a run is compared with the one that it names", async () => {
  const { test, send, preview } = await startWithToken();
  const other = await send({ model_version: "small-1", metrics: { f1: 0.9 } });
  await send({ metrics: { f1: 0.5 } });
  const compared = { metrics: { f1: 0.6 }, compare_to: "model_version=small-1@1" };
  for (const answer of [await preview(compared), await send(compared)]) {
    const { verdict, reference } = f1Of(answer);
    assert.equal(verdict, "worse");
    assert.deepEqual(reference, {
      configuration: other.configuration,
      snapshot_version: 1,
      commit_sha: RESULT.commit_sha,
    });
    assert.equal(answer.regressions[0]!.from_version, 1);
  }
  const own = await send({ metrics: { f1: 0.55 }, compare_to: "model_version=model-1@1" });
  assert.deepEqual([own.previous!.snapshot_version, f1Of(own).reference.snapshot_version], [2, 1]);
  await test.close();
});

Deno.test("a first run is shown beside the nearest, and in a series compared with it", async () => {
  const { test, send, preview } = await startWithToken();
  await send({ metrics: { f1: 0.9 }, series: "auditor" });
  const first = await send({ prompt_version: "prompt-2", metrics: { f1: 0.7 } });
  assert.deepEqual([first.judgements, first.regressions], [[], []]);
  assert.equal(first.nearest!.configuration.prompt_version, "prompt-1");
  assert.equal(first.nearest!.deltas.f1, -0.2);
  const next = { prompt_version: "prompt-3", metrics: { f1: 0.7 }, series: "auditor" };
  for (const answer of [await preview(next), await send(next)]) {
    const { verdict, reference } = f1Of(answer);
    assert.deepEqual([verdict, reference.configuration.prompt_version], ["worse", "prompt-1"]);
    assert.equal(answer.nearest, null);
  }
  await test.close();
});
