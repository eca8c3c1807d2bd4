import assert from "node:assert/strict";
import { delivery, recovery, regression, toldRun } from "../../../../testing/webhook_delivery.ts";
import type { Delivery } from "./delivery.ts";
import { escapeText, slackBody } from "./slack_message.ts";

const message = (of: Delivery) => JSON.parse(slackBody(of));

Deno.test("slackBody() says what got worse, from what to what, where, and links it", () => {
  const { text, blocks } = message(delivery({ event: "regression", document: regression() }));
  assert.match(text, /^F1 got worse: f1 −0\.09/);
  const [header, section, fields, context] = blocks;
  assert.deepEqual(header, { type: "header", text: { type: "plain_text", text: "F1 got worse" } });
  assert.match(section.text.text, /^f1 −0\.09: beyond the limit/);
  const shown = fields.fields.map((field: { text: string }) => field.text);
  assert.ok(shown.includes("*From → to*\n0.89 → 0.8"));
  assert.ok(shown.includes("*Model*\nmodel-1"));
  assert.ok(shown.some((field: string) =>
    field ===
      "*Commit*\n<https://github.com/octo-org/bench/commit/0123456789abcdef0123456789abcdef01234567|0123456789ab>"
  ));
  assert.match(
    context.elements[0].text,
    /^<https:\/\/bench\.example\/page\/\?.*\|Open in the dash/,
  );
});

Deno.test("slackBody() mentions nobody and hides no link, whatever things are called", () => {
  const document = recovery({
    label: "<!channel>",
    run: toldRun({
      commit_sha: "0123abc",
      series: "<https://evil.example|good>",
      configuration: { ...toldRun().configuration, model_version: "<!here> & <@U1>" },
    }),
  });
  const { text, blocks } = message(
    delivery({ event: "recovery", document }, { dashboard_url: null }),
  );
  const marked = JSON.stringify([text, blocks.slice(1)]);
  // Without it, Slack looks for addresses and mentions in what is not marked up.
  assert.equal(marked.split('"mrkdwn"').length, marked.split('"verbatim":true').length);
  assert.doesNotMatch(marked, /<[!@#h]/);
  assert.match(marked, /&lt;!here&gt; &amp; &lt;@U1&gt;/);
  assert.equal(blocks[0].text.type, "plain_text", "where nothing is markup");
});

Deno.test("slackBody() keeps to Slack's limits", () => {
  const long = "&".repeat(200);
  const run = toldRun({
    series: long,
    branch_name: "<".repeat(255),
    configuration: {
      id: "962f50c2-0000-8000-a000-000000000000",
      model_version: long,
      dataset_version: long,
      prompt_version: long,
      environment: "local",
      variant: "&".repeat(100),
    },
  });
  const decision = {
    kind: "void",
    snapshot_version: 3,
    reason: "<&>".repeat(600),
    resolution: null,
  } as const;
  for (
    const one of [
      delivery({ event: "regression", document: regression({ run, label: "L".repeat(300) }) }),
      delivery({ event: "recovery", document: recovery({ run, how: "void", decision }) }),
      delivery({ event: "void", document: { change: "void", run, decision } }),
      delivery({ event: "first-run", document: { run, metrics: null } }),
      delivery({ event: "test", document: {} }),
    ]
  ) {
    const { text, blocks } = message(one);
    assert.ok(text.length <= 3000);
    assert.ok(blocks.length <= 50);
    for (const block of blocks) {
      if (block.type === "header") assert.ok(block.text.text.length <= 150);
      else if (block.fields) {
        assert.ok(block.fields.length <= 10);
        for (const field of block.fields) assert.ok(field.text.length <= 2000);
      } else assert.ok((block.text ?? block.elements[0]).text.length <= 3000);
    }
    assert.doesNotMatch(slackBody(one), /&(?!amp;|lt;|gt;)/, "no entity is cut");
  }
});

Deno.test("escapeText() cuts before it escapes", () => {
  assert.equal(escapeText("a<b"), "a&lt;b");
  const cut = escapeText("&".repeat(100), 20);
  assert.ok(cut.length <= 20);
  assert.match(cut, /^(&amp;)+…$/);
});
