import assert from "node:assert/strict";
import { delivery } from "../../../../testing/webhook_delivery.ts";
import { startWebhookReceiver } from "../../../../testing/webhook_receiver.ts";
import { createDeliveries } from "./deliveries.ts";
import type { Claimed, Outbox } from "./outbox.ts";

const receiver = await startWebhookReceiver();
Deno.test.afterAll(() => receiver.close());

const NOTHING: Claimed = { deliveries: [], next_in_seconds: null };
let ids = 0;
const one = (changes = {}) =>
  delivery({ event: "test", document: {} }, {
    url: receiver.url,
    secret: receiver.secret,
    allows_private: true,
    event_id: `event-${++ids}`,
    ...changes,
  });

/** An outbox that gives out what is put into it, then nothing. */
function outboxOf(claims: Claimed[]) {
  const finished: [id: string, status: number | null, retryIn: number | null][] = [];
  const released: string[] = [];
  let asked = 0;
  const outbox: Outbox = {
    claim() {
      asked++;
      return Promise.resolve(claims.shift() ?? NOTHING);
    },
    finish({ event_id }, { status }, retryIn) {
      finished.push([event_id, status, retryIn]);
      return Promise.resolve(
        status === 204 ? "delivered" : retryIn === null ? "given-up" : "pending",
      );
    },
    release({ event_id }) {
      released.push(event_id);
      return Promise.resolve();
    },
  };
  return { outbox, finished, released, asked: () => asked };
}

function start(outbox: Outbox, more = {}) {
  const kept: Promise<void>[] = [];
  const log: Record<string, unknown>[] = [];
  const deliveries = createDeliveries(outbox, {
    delays: [0, 0.1, 0.1],
    timeoutSeconds: 1,
    waitUntil: (work) => kept.push(work),
    log: (line) => log.push(line),
    ...more,
  });
  return { deliveries, kept, log };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("deliver() sends all that is due, and counts what came of it", async () => {
  receiver.answers = [204, 204];
  const { outbox, finished } = outboxOf([
    { deliveries: [one()], next_in_seconds: 0 },
    { deliveries: [one()], next_in_seconds: null },
  ]);
  const { deliveries, log } = start(outbox);
  assert.deepEqual(await deliveries.deliver(), {
    delivered: 2,
    failed: 0,
    given_up: 0,
    next_in_seconds: null,
  });
  assert.deepEqual(finished.map(([, status]) => status), [204, 204]);
  assert.deepEqual(Object.keys(log[0]!), [
    "webhook",
    "event",
    "event_id",
    "attempt",
    "status",
    "error",
    "state",
  ]);
});

Deno.test("deliver() gives up after the last attempt, and sends none that were all cut short", async () => {
  receiver.answers = [500];
  const before = receiver.requests.length;
  const told = { event: "first-run" as const };
  const { outbox, finished } = outboxOf([
    { deliveries: [one({ attempt: 3 }), one({ attempt: 4, ...told })], next_in_seconds: null },
  ]);
  assert.equal((await start(outbox).deliveries.deliver()).given_up, 2);
  assert.deepEqual(finished.map(([, , retryIn]) => retryIn), [null, null]);
  assert.equal(receiver.requests.length, before + 1);
});

Deno.test("wake() sends each by itself: one that hangs keeps nobody waiting", async () => {
  receiver.answers = ["silence", 204, 204];
  const [hung, second, third] = [one(), one(), one()];
  const { outbox, finished } = outboxOf(
    [hung, second, third].map((delivery) => ({ deliveries: [delivery], next_in_seconds: 60 })),
  );
  const { deliveries } = start(outbox);
  deliveries.wake();
  await receiver.waitFor(() => receiver.answers.length === 2, "The one that hangs");
  deliveries.wake();
  await receiver.waitFor(() => receiver.answers.length === 0, "The others");
  await deliveries.close();
  assert.deepEqual(
    finished.map(([id]) => id),
    [second, third, hung].map(({ event_id }) => event_id),
  );
});

Deno.test("deliver() looks again as soon as one has ended", async () => {
  receiver.answers = ["silence", 204, 204];
  const claims = [
    { deliveries: [one(), one()], next_in_seconds: 60 },
    { deliveries: [one()], next_in_seconds: 60 },
  ];
  const { outbox, finished } = outboxOf(claims);
  const third = `event-${ids}`;
  await start(outbox).deliveries.deliver();
  assert.equal(finished.length, 3);
  assert.equal(finished[1]![0], third);
});

Deno.test("deliver() waits a second for Slack, and not for what is tried again later", async () => {
  receiver.answers = [204, 204];
  const { outbox, finished, asked } = outboxOf([
    { deliveries: [one()], next_in_seconds: 60 },
    { deliveries: [], next_in_seconds: 1 },
    { deliveries: [one()], next_in_seconds: 60 },
    { deliveries: [], next_in_seconds: 5 },
  ]);
  const startedAt = performance.now();
  const { next_in_seconds } = await start(outbox).deliveries.deliver();
  assert.ok(performance.now() - startedAt >= 990);
  assert.deepEqual([finished.length, asked(), next_in_seconds], [2, 4, 5]);
});

Deno.test("deliver() writes down what came of the others when the database fails once", async () => {
  receiver.answers = [204, 204];
  const { outbox, finished } = outboxOf([
    { deliveries: [one(), one()], next_in_seconds: 60 },
  ]);
  let isFirst = true;
  const failing: Outbox = {
    ...outbox,
    finish(...args) {
      if (!isFirst) return outbox.finish(...args);
      isFirst = false;
      return Promise.reject(new Error("refused"));
    },
  };
  await assert.rejects(start(failing).deliveries.deliver(), /refused/);
  assert.equal(finished.length, 1);
});

Deno.test("close() does not wait for what is due later", async () => {
  const { outbox } = outboxOf([{ deliveries: [], next_in_seconds: 60 }]);
  const { deliveries } = start({
    ...outbox,
    async claim(...args) {
      await pause(50);
      return await outbox.claim(...args);
    },
  });
  deliveries.wake();
  await pause(10);
  const startedAt = performance.now();
  await deliveries.close();
  assert.ok(performance.now() - startedAt < 1000);
});

Deno.test("close() hands back what was claimed meanwhile", async () => {
  const { outbox, finished, released } = outboxOf([{ deliveries: [one()], next_in_seconds: 60 }]);
  const { deliveries } = start({
    ...outbox,
    async claim(...args) {
      await pause(50);
      return await outbox.claim(...args);
    },
  });
  deliveries.wake();
  await pause(10);
  await deliveries.close();
  assert.deepEqual([finished.length, released.length], [0, 1]);
});

Deno.test("wake() looks again when something is due soon, and no more when nothing is", async () => {
  receiver.answers = [204];
  const { outbox, finished, asked } = outboxOf([
    { deliveries: [], next_in_seconds: 0.1 },
    { deliveries: [one()], next_in_seconds: null },
  ]);
  const { deliveries, kept } = start(outbox);
  deliveries.wake();
  assert.equal(kept.length, 1, "the platform keeps the instance alive");
  await kept[0];
  assert.equal(finished.length, 1);
  assert.equal(asked(), 3);
});

Deno.test("wake() ends a wait, and is one look at a time", async () => {
  const { outbox, asked } = outboxOf([{ deliveries: [], next_in_seconds: 60 }]);
  const { deliveries, kept } = start(outbox);
  deliveries.wake();
  deliveries.wake();
  await pause(20);
  assert.equal(asked(), 1);
  deliveries.wake();
  await kept[0];
  assert.equal(asked(), 2);
  assert.equal(kept.length, 1);
});

Deno.test("wake() asks no more than ten times a second, however often it is called", async () => {
  const { outbox, asked } = outboxOf([]);
  const { deliveries } = start(outbox);
  for (const until = performance.now() + 300; performance.now() < until;) {
    deliveries.wake();
    await pause(1);
  }
  await deliveries.close();
  assert.ok(asked() >= 2 && asked() <= 6, String(asked()));
});

Deno.test("wake() leaves what is due later to who asks later", async () => {
  const { outbox, asked } = outboxOf([{ deliveries: [], next_in_seconds: 3600 }]);
  const { deliveries, kept } = start(outbox);
  deliveries.wake();
  await kept[0];
  assert.equal(asked(), 1);
});

Deno.test("wake() logs a database that does not answer, and looks again when it is asked to", async () => {
  const { outbox } = outboxOf([]);
  let isDown = true;
  const { deliveries, kept, log } = start({
    ...outbox,
    claim: (limit, lease) =>
      isDown ? Promise.reject(new Error("refused")) : outbox.claim(limit, lease),
  });
  deliveries.wake();
  await kept[0];
  assert.deepEqual(log, [{ webhooks: "failed", cause: "refused" }]);
  isDown = false;
  deliveries.wake();
  await kept[1];
  assert.equal(log.length, 1);
});

Deno.test("close() waits for what is being sent, and begins nothing", async () => {
  receiver.answers = ["silence"];
  const { outbox, finished, asked } = outboxOf([
    { deliveries: [one()], next_in_seconds: 60 },
    { deliveries: [one()], next_in_seconds: 60 },
  ]);
  const { deliveries } = start(outbox, { timeoutSeconds: 0.3 });
  deliveries.wake();
  await pause(20);
  await deliveries.close();
  assert.equal(finished.length, 1);
  deliveries.wake();
  assert.equal(asked(), 1);
});

Deno.test("close() ends a wait", async () => {
  const { outbox } = outboxOf([{ deliveries: [], next_in_seconds: 60 }]);
  const { deliveries } = start(outbox);
  deliveries.wake();
  await pause(20);
  await deliveries.close();
});
