import assert from "node:assert/strict";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { RESULT } from "../../testing/test_app.ts";
import { startWebhookReceiver } from "../../testing/webhook_receiver.ts";

Deno.test("admin webhook decides who is told, and says what came of it", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const receiver = await startWebhookReceiver();
  const webhook = (...args: string[]) =>
    runScript("admin", ["webhook", ...args, "--data-dir", dataDirectory]);

  await t.step("list and deliveries of none", async () => {
    assert.match((await webhook("list")).stdout, /^No webhooks\./);
    assert.match((await webhook("deliveries")).stdout, /^Nothing was to be sent/);
  });
  await t.step("add shows a secret once, which signs what is sent", async () => {
    const added = await webhook(
      ...["add", "--url", receiver.url, "--events", "first-run,regression", "--events", "void"],
      ...["--metric", "f1", "--severity", "fail", "--allow-private"],
      ...["--dashboard-url", "https://bench.example"],
    );
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stderr, /^Webhook 1 is told of first-run, regression, void from now on/);
    assert.match(added.stdout, /^whsec_[A-Za-z0-9+/]{43}=\n$/);
    receiver.secret = added.stdout.trim();
    const listed = await webhook("list");
    assert.match(
      listed.stdout,
      /1 +http:\S+ +first-run,regression,void +\/f1 +fail +standard +act/,
    );
    assert.ok(!listed.stdout.includes("whsec_"));
  });
  await t.step("test sends now, and says what the receiver answered", async () => {
    const taken = await webhook("test", "1");
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /^Webhook 1 took the test event \S+: HTTP 204\.$/m);
    assert.deepEqual(receiver.faults, []);
    assert.equal(receiver.requests.at(-1)!.type, "test");
    receiver.answers = [500];
    const refused = await webhook("test", "1", "--json");
    assert.equal(refused.code, 1);
    const { delivered, status, error } = JSON.parse(refused.stdout);
    assert.deepEqual([delivered, status, error], [false, 500, "HTTP 500: no, thank you"]);
    receiver.answers = [410];
    assert.match((await webhook("test", "1")).stderr, /It is disabled: the receiver says/);
    assert.match((await webhook("list")).stdout, / disabled \d{4}-/);
    assert.equal((await webhook("test", "1")).code, 0);
    assert.match((await webhook("list")).stdout, / active /);
  });
  await t.step("deliveries says what was sent, and when it is tried again", async () => {
    receiver.answers = [503];
    const before = receiver.requests.length;
    assert.equal((await stack.post(RESULT)).status, 201);
    await receiver.waitFor(() => receiver.requests.length > before, "The first run");
    let listed: Awaited<ReturnType<typeof webhook>>;
    do listed = await webhook("deliveries", "1"); while (!/503/.test(listed.stdout));
    assert.match(
      listed.stdout,
      /1 +first-run +\S+ +pending +1 +503 +\d{4}-\S+ +\S{36} +HTTP 503: no/,
    );
    assert.match(listed.stdout, /1 +test +\S+ +delivered +1 +204 +–/);
    assert.match(listed.stdout, /1 +test +\S+ +given-up +1 +410 +–/);
    const rows = JSON.parse((await webhook("deliveries", "--json")).stdout);
    assert.equal(rows[0].event, "first-run");
  });
  await t.step("remove ends it", async () => {
    const json = await webhook(
      ...["add", "--url", "https://1.1.1.1/services/T/B/hidden", "--events", "void"],
      ...["--format", "slack", "--json"],
    );
    assert.equal(json.code, 0, json.stderr);
    const { id, secret } = JSON.parse(json.stdout);
    assert.match(secret, /^whsec_/);
    const listed = await webhook("list");
    assert.ok(!listed.stdout.includes("hidden"), "the end of Slack's address is a secret");
    assert.equal((await webhook("remove", String(id))).code, 0);
    assert.match((await webhook("remove", "1")).stdout, /^Webhook 1 is removed/);
    for (const args of [["remove", "1"], ["test", "1"], ["deliveries", "1"]]) {
      const gone = await webhook(...args);
      assert.equal(gone.code, 1);
      assert.match(gone.stderr, /There is no webhook 1/);
    }
  });
  await t.step("an address inside is refused", async () => {
    for (const url of [receiver.url, "https://169.254.169.254/latest", "https://10.0.0.1"]) {
      const refused = await webhook("add", "--url", url, "--events", "void");
      assert.equal(refused.code, 1, url);
      assert.match(refused.stderr, /no address of the public Internet.*--allow-private/);
    }
  });

  assert.equal(await stack.stop(), 0);
  await receiver.close();
  await Deno.remove(dataDirectory, { recursive: true });
});

Deno.test("admin webhook refuses wrong usage", async () => {
  const add = ["add", "--url", "https://1.1.1.1"];
  const cases: [string[], RegExp][] = [
    [[], /takes add, list/],
    [["add", "--events", "void"], /--url is required/],
    [["add", "--url", "http://example.com", "--events", "void"], /must be an https URL/],
    [["add", "--url", "https://me:pw@example.com", "--events", "void"], /without a password/],
    [add, /--events is required/],
    [[...add, "--events", "void,all"], /--events must be regression or .*: current value is all/],
    [[...add, "--events", "void", "--severity", "low"], /--severity must be warn or fail/],
    [[...add, "--events", "void", "--format", "teams"], /--format must be standard or slack/],
    [[...add, "--events", "void", "--dashboard-url", "here"], /--dashboard-url must be/],
    [["test"], /exactly one webhook id/],
    [["remove", "x"], /has a number as its id/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runScript("admin", ["webhook", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});
