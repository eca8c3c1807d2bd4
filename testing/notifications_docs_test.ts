// docs/notifications.md: its examples are what is sent, and its receivers take it.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { sendDelivery } from "../supabase/functions/ingest-benchmark/webhooks/send_delivery.ts";
import { standardBody } from "../supabase/functions/ingest-benchmark/webhooks/standard_payload.ts";
import { freePort } from "./postgres_server.ts";
import { pipeLines } from "./process_output.ts";
import { delivery, recovery, regression, toldRun } from "./webhook_delivery.ts";

const text = await Deno.readTextFile(new URL("../docs/notifications.md", import.meta.url));
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, code]) =>
    code!
  );

Deno.test("docs/notifications.md has the fields of every event, in their order", () => {
  const decision = {
    kind: "void",
    snapshot_version: 3,
    reason: "broken harness",
    resolution: null,
  } as const;
  const run = toldRun();
  const sent = [
    delivery({ event: "regression", document: regression() }),
    delivery({ event: "recovery", document: recovery() }),
    delivery({ event: "first-run", document: { run, metrics: { "/f1": 0.89 } } }),
    delivery({ event: "void", document: { change: "void", run, decision } }),
  ].map((one) => JSON.parse(standardBody(one)));
  const documented = blocks("json").map((code) => JSON.parse(code));
  assert.equal(documented.length, sent.length);
  for (const [index, { type, data }] of documented.entries()) {
    assert.equal(type, sent[index].type);
    assert.deepEqual(Object.keys(data), Object.keys(sent[index].data), type);
  }
  const [{ data }] = documented;
  assert.deepEqual(data.run, sent[0].data.run);
  assert.equal(data.summary, sent[0].data.summary);
});

/** Runs a receiver of the page, and sends it what is signed and what is not. */
async function receives(command: string, args: (file: string) => string[], source: string) {
  const file = await Deno.makeTempFile({ suffix: ".mjs" });
  const port = freePort();
  await Deno.writeTextFile(file, source);
  const told = delivery({ event: "regression", document: regression() }, {
    url: `http://127.0.0.1:${port}/`,
    allows_private: true,
  });
  const receiver = new Deno.Command(command, {
    args: args(file),
    env: { NO_COLOR: "1", PORT: String(port), WEBHOOK_SECRET: told.secret! },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = pipeLines(receiver.stdout);
  const send = async (changes = {}) =>
    (await sendDelivery({ ...told, ...changes }, { timeoutSeconds: 5 })).status;
  let status = await send();
  for (let tries = 0; status === null && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = await send();
  }
  assert.equal(status, 204);
  await output.waitFor(`${told.event_id} regression f1`);
  assert.equal(await send({ secret: `whsec_${"B".repeat(43)}=` }), 401);
  receiver.kill();
  await receiver.status;
  await output.done;
  await Deno.remove(file);
}

Deno.test("the receiver of docs/notifications.md in JavaScript takes what is signed, and nothing else", async () => {
  const source = blocks("js")[0]!.replace(`"standardwebhooks"`, `"npm:standardwebhooks@1.1.1"`);
  await receives(
    Deno.execPath(),
    (file) => ["run", "-A", "--quiet", "--no-config", file],
    `import process from "node:process";\n${source}`,
  );
});

const python = await new Deno.Command("python3", { args: ["--version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);
Deno.test({
  name: `the receiver of docs/notifications.md in Python does the same${
    python ? "" : " (skipped, optional: no python3)"
  }`,
  ignore: !python,
  fn: () => receives("python3", (file) => [file], blocks("python")[0]!),
});

Deno.test("the workflow of docs/notifications.md asks for a token and nothing more", () => {
  const workflow = parse(blocks("yaml")[0]!);
  assert.deepEqual(workflow.permissions, { "id-token": "write" });
  assert.match(workflow.jobs.deliver.steps[0].run, /\$INGEST_URL\/webhooks\/deliver/);
});
