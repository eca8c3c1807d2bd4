import assert from "node:assert/strict";
import { checkReceipt, type KeptReceipt } from "../scripts/verify/check_receipt.ts";
import { type StackProcess, startStackProcess } from "../testing/stack_process.ts";
import { RESULT } from "../testing/test_app.ts";

const POSTS = 1000;
const WRITERS = 8;

const post = (stack: StackProcess, n: number) =>
  stack.post({ ...RESULT, model_version: `model-${n % 3}`, run_id: String(n) });

/** Posts every number that is left, until all are acknowledged or the stack is gone. */
async function postAll(
  stack: StackProcess,
  receipts: Map<number, KeptReceipt>,
  onReceipt: () => void,
) {
  const left = Array.from({ length: POSTS }, (_, n) => n).filter((n) => !receipts.has(n));
  await Promise.all(Array.from({ length: WRITERS }, async () => {
    for (let n = left.shift(); n !== undefined; n = left.shift()) {
      try {
        const response = await post(stack, n);
        const receipt = await response.json();
        assert.ok(response.ok, JSON.stringify(receipt));
        receipts.set(n, receipt);
        onReceipt();
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return; // the connection is gone
      }
    }
  }));
}

Deno.test("kill -9 in the middle of 1000 posts loses no acknowledged receipt and halves no run", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const args = ["--no-sample"];
  const env = { INGEST_RATE_LIMIT: "0" };
  const first = await startStackProcess({ dataDirectory, args, env });
  const receipts = new Map<number, KeptReceipt>();
  let killed: Promise<number> | undefined;
  await postAll(first, receipts, () => {
    if (receipts.size === 300) killed = first.stop("SIGKILL");
  });
  assert.equal(await killed, 137);
  assert.ok(receipts.size >= 300 && receipts.size < POSTS, `${receipts.size} acknowledged`);

  const second = await startStackProcess({ dataDirectory, args, env });
  const project = { url: second.env.SUPABASE_URL, secretKey: second.env.SUPABASE_SECRET_KEY };
  for (const receipt of receipts.values()) {
    assert.equal((await checkReceipt(project, receipt)).problem, null);
  }
  const acknowledged = new Map(receipts);
  await postAll(second, receipts, () => {});
  assert.equal(receipts.size, POSTS);
  // Whatever was committed and not acknowledged is replayed now, so the versions have no gap.
  for (const model of [0, 1, 2]) {
    const versions = [...receipts].filter(([n]) => n % 3 === model).map(([, r]) =>
      r.snapshot_version
    );
    assert.deepEqual(versions.sort((a, b) => a - b), versions.map((_, index) => index + 1));
  }
  for (const [n, receipt] of acknowledged) {
    const again = await (await post(second, n)).json();
    assert.equal(again.entry_hash, receipt.entry_hash);
  }
  const chains = await (await second.rpc("verify_ledger")).json();
  assert.equal(chains.length, 3);
  assert.ok(
    chains.every((chain: { is_intact: boolean }) => chain.is_intact),
    JSON.stringify(chains),
  );
  await second.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
