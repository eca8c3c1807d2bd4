import assert from "node:assert/strict";
import { delivery } from "../../../../testing/webhook_delivery.ts";
import { startWebhookReceiver } from "../../../../testing/webhook_receiver.ts";
import { sendDelivery } from "./send_delivery.ts";

const receiver = await startWebhookReceiver();
Deno.test.afterAll(() => receiver.close());

const test = (changes = {}) =>
  delivery({ event: "test", document: {} }, {
    url: receiver.url,
    secret: receiver.secret,
    allows_private: true,
    ...changes,
  });
const send = (changes = {}, timeoutSeconds = 5) => sendDelivery(test(changes), { timeoutSeconds });

Deno.test("sendDelivery() signs what it sends, with the event's id and the time of the attempt", async () => {
  assert.deepEqual(await send(), { status: 204, error: null, retryAfterSeconds: null });
  assert.deepEqual(receiver.faults, []);
  const { id, type, headers } = receiver.requests.at(-1)!;
  assert.deepEqual([id, type], ["33333333-3333-4333-8333-333333333333", "test"]);
  assert.match(headers["user-agent"]!, /^benchmark-ledger\/\d/);
  assert.ok(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000) < 5);
});

Deno.test("sendDelivery() says what the receiver answered", async () => {
  receiver.answers = [500, { status: 429, headers: { "Retry-After": "7" } }];
  assert.deepEqual(await send(), {
    status: 500,
    error: "HTTP 500: no, thank you",
    retryAfterSeconds: null,
  });
  assert.equal((await send()).retryAfterSeconds, 7);
});

Deno.test("sendDelivery() follows no redirect", async () => {
  const before = receiver.requests.length;
  receiver.answers = [{ status: 307, headers: { Location: receiver.url } }];
  assert.deepEqual(await send(), {
    status: 307,
    error: "HTTP 307, and redirects are not followed",
    retryAfterSeconds: null,
  });
  assert.equal(receiver.requests.length, before + 1);
});

Deno.test("sendDelivery() waits only so long, also for a name", async () => {
  receiver.answers = ["silence"];
  const late = {
    status: null,
    error: "There was no answer within 0.2 seconds.",
    retryAfterSeconds: null,
  };
  assert.deepEqual(await send({}, 0.2), late);
  const slow = sendDelivery(test({ url: "https://example.com/x", allows_private: false }), {
    timeoutSeconds: 0.2,
    resolve: () => new Promise(() => {}),
  });
  assert.deepEqual(await slow, late);
});

Deno.test("sendDelivery() goes to no address inside unless it may", async () => {
  const before = receiver.requests.length;
  const { status, error } = await send({ allows_private: false });
  assert.equal(status, null);
  assert.match(error!, /127\.0\.0\.1 is no address of the public Internet/);
  assert.equal(receiver.requests.length, before);
});

Deno.test("sendDelivery() says neither the address nor the secret of a failure", async () => {
  receiver.answers = ["reset"];
  for (const changes of [{}, { url: "http://127.0.0.1:9/hidden" }, { url: "no address hidden" }]) {
    const { status, error } = await send(changes);
    assert.equal(status, null);
    assert.ok(error!.length > 0);
    assert.doesNotMatch(error!, /whsec_|hidden|\/hook/);
  }
  assert.match((await send({ url: "http://example.com/" })).error!, /neither https/);
  assert.match((await send({ secret: null })).error!, /gone from Vault/);
  assert.match((await send({ secret: "whsec_?" })).error!, /./);
});
