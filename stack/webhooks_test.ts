import assert from "node:assert/strict";
import { type StackProcess, startStackProcess } from "../testing/stack_process.ts";
import { RESULT } from "../testing/test_app.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../testing/webhook_receiver.ts";

const ENV = {
  INGEST_WEBHOOK_DELAYS: `0,${Array(14).fill("0.2").join(",")}`,
  INGEST_WEBHOOK_TIMEOUT: "1",
};
const EVENTS = ["regression", "recovery", "first-run", "void"];

async function addWebhook(
  stack: StackProcess,
  receiver: WebhookReceiver,
  more: Record<string, unknown> = {},
): Promise<number> {
  const response = await stack.rpc("create_webhook", {
    p_url: receiver.url,
    p_events: EVENTS,
    p_secret: receiver.secret,
    p_allows_private: true,
    ...more,
  });
  assert.equal(response.status, 200);
  return await response.json();
}

async function post(stack: StackProcess, model_version: string, f1: number): Promise<void> {
  const response = await stack.post({ ...RESULT, model_version, metrics: { f1 } });
  assert.equal(response.status, 201, await response.text());
}

/** What was taken of a model, in order. */
function told(receiver: WebhookReceiver, model: string): string[] {
  return receiver.accepted()
    .filter(({ data }) => data.run?.configuration.model_version === model)
    .map(({ type, data }) => data.change ? `${type} ${data.change}` : type);
}

const HISTORY = [0.9, 0.8, 0.8, 0.7, 0.9];
const TOLD = ["first-run", "regression opened", "regression worse-still", "recovery recovered"];

Deno.test("each event arrives once and in the order of its regression, whatever the receiver does", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"], env: ENV });
  const receiver = await startWebhookReceiver();
  const inside = await startWebhookReceiver();
  await addWebhook(stack, receiver);

  const arrivesOnce = async (model: string) => {
    const first = receiver.requests.length;
    for (const f1 of HISTORY) await post(stack, model, f1);
    await receiver.waitFor(() => told(receiver, model).length >= TOLD.length, `All of ${model}`);
    const ofModel = receiver.requests.slice(first);
    assert.deepEqual(told(receiver, model).filter((one) => one !== "first-run"), TOLD.slice(1));
    assert.deepEqual(told(receiver, model).toSorted(), TOLD.toSorted());
    const ids = receiver.accepted().map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.deepEqual(new Set(ofModel.map(({ id }) => id)).size, TOLD.length);
    assert.deepEqual(receiver.faults, []);
  };

  await t.step("answers 204", () => arrivesOnce("fine"));
  await t.step("answers 500", async () => {
    receiver.answers = [500, 500, 500, 500, 500];
    await arrivesOnce("500");
  });
  await t.step("is silent longer than it may", async () => {
    receiver.answers = ["silence", "silence"];
    await arrivesOnce("silent");
  });
  await t.step("ends connections", async () => {
    receiver.answers = ["reset", "reset", "reset"];
    await arrivesOnce("reset");
  });
  await t.step("sends elsewhere, where nobody goes", async () => {
    const elsewhere = { status: 302, headers: { Location: inside.url } };
    receiver.answers = [elsewhere, elsewhere];
    await arrivesOnce("302");
    assert.deepEqual(inside.requests, []);
  });
  await t.step("says 429 and when to come again", async () => {
    const busy = { status: 429, headers: { "Retry-After": "1" } };
    receiver.answers = [busy];
    const times: Record<string, number> = {};
    const first = receiver.requests.length;
    await post(stack, "429", 0.9);
    await receiver.waitFor(() => receiver.requests.length > first, "The first attempt");
    times.first = performance.now();
    await receiver.waitFor(() => told(receiver, "429").length === 1, "The second attempt");
    assert.ok(performance.now() - times.first >= 900, "a second is waited");
  });
  await t.step("is down for a while", async () => {
    await receiver.down();
    for (const f1 of HISTORY) await post(stack, "down", f1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await receiver.up();
    await receiver.waitFor(() => told(receiver, "down").length >= TOLD.length, "All of down");
    assert.deepEqual(told(receiver, "down").filter((one) => one !== "first-run"), TOLD.slice(1));
  });
  await t.step("says that it is gone, and hears nothing any more", async () => {
    const gone = await startWebhookReceiver();
    gone.always = 410;
    const id = await addWebhook(stack, gone);
    await post(stack, "gone", 0.9);
    await gone.waitFor(() => gone.requests.length === 1, "The one request");
    await receiver.waitFor(() => told(receiver, "gone").length === 1, "The other webhook");
    await post(stack, "gone", 0.5);
    await receiver.waitFor(() => told(receiver, "gone").length === 2, "The other webhook");
    const webhooks = await (await stack.rpc("list_webhooks")).json();
    assert.notEqual(webhooks.find((one: { id: number }) => one.id === id).disabled_at, null);
    assert.equal(gone.requests.length, 1);
    await gone.close();
  });
  await t.step("is inside, which it must be allowed to be", async () => {
    const id = await addWebhook(stack, inside, { p_allows_private: false });
    await post(stack, "inside", 0.9);
    await receiver.waitFor(() => told(receiver, "inside").length === 1, "The other webhook");
    let delivery: { attempts: number; error: string };
    do {
      [delivery] = await (await stack.rpc("list_webhook_deliveries", { p_webhook_id: id })).json();
    } while (delivery!.attempts === 0 || delivery!.error === null);
    assert.match(delivery!.error, /^127\.0\.0\.1 is no address of the public Internet/);
    assert.deepEqual(inside.requests, []);
    assert.equal((await stack.rpc("remove_webhook", { p_id: id })).status, 200);
  });
  await t.step("a scheduler asks for what is due, with a credential", async () => {
    const ask = async (token: string) => {
      const response = await fetch(`${stack.env.INGEST_URL}/webhooks/deliver`, {
        method: "POST",
        headers: { "Authorization": `Bearer ${token}` },
      });
      return [response.status, await response.json()] as const;
    };
    const [status, report] = await ask(stack.env.INGEST_TOKEN);
    assert.equal(status, 200);
    assert.deepEqual(report, { delivered: 0, failed: 0, given_up: 0, next_in_seconds: null });
    const [refused, problem] = await ask(`bmk_${"0".repeat(16)}_${"0".repeat(64)}`);
    assert.deepEqual([refused, problem.code], [403, "unknown_token"]);
  });
  await t.step("what is sent again tells nothing", async () => {
    const before = receiver.requests.length;
    const run = { ...RESULT, model_version: "again", run_id: "1" };
    assert.equal((await stack.post(run)).status, 201);
    await receiver.waitFor(() => told(receiver, "again").length === 1, "The first run");
    assert.equal((await stack.post(run)).status, 200);
    await post(stack, "after", 0.9);
    await receiver.waitFor(() => told(receiver, "after").length === 1, "What came after it");
    assert.equal(receiver.requests.length, before + 2);
  });

  assert.deepEqual(receiver.faults, []);
  assert.equal(await stack.stop(), 0);
  const output = stack.output.lines.join("\n");
  assert.ok(
    !output.includes(receiver.secret) && !output.includes(receiver.url),
    "neither is logged",
  );
  await receiver.close();
  await inside.close();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("what was committed is delivered after kill -9, with nobody asking for it", async () => {
  const dataDirectory = await Deno.makeTempDir();
  const options = { dataDirectory, args: ["--no-sample"], env: ENV };
  const first = await startStackProcess(options);
  const receiver = await startWebhookReceiver();
  await addWebhook(first, receiver);
  await receiver.down();
  for (const f1 of HISTORY) await post(first, "waiting", f1);
  await receiver.up();
  receiver.always = "silence";
  await post(first, "in the air", 0.9);
  await receiver.waitFor(() => receiver.requests.length > 0, "A request that is not answered");
  assert.equal(await first.stop("SIGKILL"), 137);

  receiver.always = 204;
  const second = await startStackProcess(options);
  await receiver.waitFor(
    () => told(receiver, "waiting").length + told(receiver, "in the air").length > TOLD.length,
    "All of it",
  );
  assert.deepEqual(told(receiver, "waiting").filter((one) => one !== "first-run"), TOLD.slice(1));
  assert.deepEqual(told(receiver, "in the air"), ["first-run"]);
  const ids = receiver.accepted().map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  assert.deepEqual(receiver.faults, []);
  await second.stop();
  await receiver.close();
  await Deno.remove(dataDirectory, { recursive: true });
});
