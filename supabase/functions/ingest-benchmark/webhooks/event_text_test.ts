import assert from "node:assert/strict";
import { recovery, regression, toldRun } from "../../../../testing/webhook_delivery.ts";
import type { Decision, RecoveryDocument } from "./delivery.ts";
import { eventText } from "./event_text.ts";

const decision = (changes: Partial<Decision> = {}): Decision => ({
  kind: "void",
  snapshot_version: 3,
  reason: "broken harness",
  resolution: null,
  ...changes,
});

Deno.test("eventText() says of a regression what its receipt says", () => {
  const { title, summary } = eventText({ event: "regression", document: regression() });
  assert.equal(title, "F1 got worse");
  assert.match(summary, /^f1 −0\.09: beyond the limit of 0\.05/);
});

Deno.test("eventText() says of one that is worse still what was told before", () => {
  const document = regression({
    change: "worse-still",
    value: 0.7,
    told_value: 0.8,
    told_version: 3,
  });
  assert.deepEqual(eventText({ event: "regression", document }), {
    title: "F1 is worse still",
    summary:
      "f1 0.7: worse than the 0.8 of version 3 by more than the limit again; it was 0.89 before.",
  });
});

Deno.test("eventText() says which decision opened a regression again", () => {
  const document = regression({
    judgement: null,
    decision: decision({ kind: "unacknowledge", reason: "too early" }),
  });
  assert.match(
    eventText({ event: "regression", document }).summary,
    /open again, because version 3 is no longer acknowledged: too early$/,
  );
  const withoutBaseline = regression({
    judgement: null,
    decision: decision({ kind: "baseline", snapshot_version: null, reason: null }),
  });
  assert.match(
    eventText({ event: "regression", document: withoutBaseline }).summary,
    /open again, because there is no baseline any more$/,
  );
});

Deno.test("eventText() says why a regression is gone", () => {
  const cases: [Partial<RecoveryDocument>, RegExp][] = [
    [{}, /^f1 0\.88 in version 3: no longer worse than 0\.89 by the limit\.$/],
    [
      {
        how: "acknowledge",
        decision: decision({ kind: "acknowledge", resolution: "accepted", reason: "cheaper" }),
      },
      /the regression is accepted: cheaper$/,
    ],
    [
      {
        how: "acknowledge",
        decision: decision({ kind: "acknowledge", resolution: "false-positive", reason: "noise" }),
      },
      /acknowledged as a false positive: noise$/,
    ],
    [{ how: "void", decision: decision() }, /gone, version 3 is void: broken harness$/],
    [
      { how: "baseline", decision: decision({ kind: "baseline", reason: null }) },
      /gone, version 3 is the baseline\.$/,
    ],
    [
      { how: "baseline", decision: decision({ kind: "baseline", snapshot_version: null }) },
      /there is no baseline any more/,
    ],
    [{ how: "policy", value: null }, /no policy is about it any more/],
    [{ how: "replaced", value: null }, /model-1 \/ data-1 .* took the place/],
    [{ how: "unvoid", decision: decision({ kind: "unvoid" }) }, /gone: broken harness$/],
  ];
  for (const [changes, expected] of cases) {
    const { title, summary } = eventText({ event: "recovery", document: recovery(changes) });
    assert.equal(title, "F1 recovered");
    assert.match(summary, expected);
  }
});

Deno.test("eventText() shows a metric without a label by its pointer, and units", () => {
  const document = recovery({
    label: null,
    metric: "/p95_ms",
    unit: "ms",
    value: 1234.5678,
    reference_value: 1200,
  });
  assert.deepEqual(eventText({ event: "recovery", document }), {
    title: "p95_ms recovered",
    summary: "p95_ms 1234.57 ms in version 3: no longer worse than 1200 ms by the limit.",
  });
});

Deno.test("eventText() says of a first run its scores, and of a void one why", () => {
  const run = toldRun();
  assert.equal(
    eventText({ event: "first-run", document: { run, metrics: { "/f1": 0.9 } } }).summary,
    "model-1 / data-1 / prompt-1 / github-actions ran for the first time: f1 0.9.",
  );
  assert.match(
    eventText({ event: "first-run", document: { run, metrics: null } }).summary,
    /first time\.$/,
  );
  assert.deepEqual(
    eventText({
      event: "void",
      document: { change: "unvoid", run, decision: decision({ reason: "x".repeat(2000) }) },
    }),
    {
      title: "Run is no longer void",
      summary: `Version 3 of model-1 / data-1 / prompt-1 / github-actions is no longer void: ${
        "x".repeat(499)
      }…`,
    },
  );
});
