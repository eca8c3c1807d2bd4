import assert from "node:assert/strict";
import { type Evidence, type Judgement, verdictSentence } from "./verdict_sentence.ts";

const PAIRED: Evidence = {
  method: "paired-items",
  n: 48,
  scale: "difference",
  confidence: 0.95,
  estimate: -0.052,
  interval: [-0.11, 0.004],
  smallest_change_shown: 0.083,
  items_needed: 178,
};
const HISTORY: Evidence = { ...PAIRED, method: "history", n: 20, items_needed: null };
const NONE: Evidence = {
  ...PAIRED,
  method: "none",
  n: null,
  confidence: null,
  estimate: null,
  interval: null,
  smallest_change_shown: null,
  items_needed: null,
};

/** The sentence of a drop of F1 with a limit of 0.05, where nothing else is said. */
function sentence(judgement: Partial<Judgement>, evidence: Partial<Evidence> = {}): string {
  return verdictSentence({
    metric: "/f1",
    verdict: "inconclusive",
    reason: "not-proven",
    from: 0.91,
    to: 0.858,
    change: -0.052,
    better: "higher",
    limit: 0.05,
    limit_kind: "absolute",
    ...judgement,
    evidence: { ...judgement.evidence ?? PAIRED, ...evidence },
  });
}

const LATENCY: Partial<Judgement> = {
  metric: "/latency_ms",
  from: 400,
  to: 608,
  change: 208,
  better: "lower",
  limit: 0.2,
  limit_kind: "relative",
};
/** Signed so that below 0 is worse, as receipts have it. */
const SLOWER: Partial<Evidence> = {
  scale: "ratio",
  estimate: -0.52,
  interval: [-0.76, -0.31],
};

Deno.test("verdictSentence() says a drop that is not proven, and what would show it", () => {
  assert.equal(
    sentence({}),
    "f1 −0.052, 95 % interval −0.11 to +0.004 on 48 items: inconclusive; about 180 items would show a drop of 0.05.",
  );
  assert.equal(
    sentence({}, { items_needed: null }),
    "f1 −0.052, 95 % interval −0.11 to +0.004 on 48 items: inconclusive; a drop beyond the limit of 0.05 is not proven: the smallest that would show is 0.083.",
  );
});

Deno.test("verdictSentence() says by how much it is worse than the limit", () => {
  assert.equal(
    sentence(
      { verdict: "worse", reason: null, to: 0.79, change: -0.12 },
      { n: 400, estimate: -0.12, interval: [-0.17, -0.07] },
    ),
    "f1 −0.12 (0.91 → 0.79), 95 % interval −0.17 to −0.07 on 400 items: worse than the limit of 0.05 allows.",
  );
});

Deno.test("verdictSentence() says what is shown to be no worse", () => {
  assert.equal(
    sentence({ verdict: "not-worse", reason: null }, {
      n: 1000,
      estimate: -0.004,
      interval: [-0.02, 0.012],
    }),
    "f1 −0.004, 95 % interval −0.02 to +0.012 on 1000 items: shown to be no worse than 0.05.",
  );
  assert.match(
    sentence({ verdict: "not-worse", reason: null }, { estimate: 0, interval: [0, 0] }),
    /^f1 ±0, 95 % interval ±0 to ±0 on 48 items: shown/,
  );
});

Deno.test("verdictSentence() shows the direction of the metric, whichever is better", () => {
  assert.equal(
    sentence({ ...LATENCY, verdict: "worse", reason: null }, SLOWER),
    "latency_ms +52 % (400 → 608), 95 % interval +31 % to +76 % on 48 items: worse than the limit of 20 % allows.",
  );
  assert.match(
    sentence(LATENCY, { ...SLOWER, interval: [-0.76, 0.02] }),
    /interval −2 % to \+76 % on 48 items: inconclusive; about 180 items would show a rise of 20 %\.$/,
  );
});

Deno.test("verdictSentence() names what earlier runs and standard errors say", () => {
  assert.equal(
    sentence({ verdict: "worse", reason: null, evidence: HISTORY }, { interval: [-0.09, -0.01] }),
    "f1 −0.052, 95 % interval −0.09 to −0.01 against the median of 20 earlier runs: worse than the limit of 0.05 allows.",
  );
  assert.match(
    sentence({ reason: "too-much-noise", evidence: HISTORY }),
    /inconclusive; the earlier runs vary too much to tell\.$/,
  );
  const sent = { method: "standard-errors", n: null, items_needed: null } as const;
  assert.equal(
    sentence({}, sent),
    "f1 −0.052, 95 % interval −0.11 to +0.004 by the standard errors sent: inconclusive; a drop beyond the limit of 0.05 is not proven: the smallest that would show is 0.083.",
  );
  assert.match(sentence({ reason: "too-much-noise" }, sent), /standard errors are too large/);
});

Deno.test("verdictSentence() owns up when there is nothing to tell noise by", () => {
  assert.equal(
    sentence({ verdict: "worse", reason: null, change: -0.06, evidence: NONE }),
    "f1 −0.06: beyond the limit of 0.05, with nothing to tell noise by (no items, no standard error, fewer than 8 earlier runs).",
  );
  assert.match(
    sentence({ verdict: "not-worse", reason: null, change: 0.01, evidence: NONE }),
    /^f1 \+0\.01: within the limit of 0\.05, with nothing/,
  );
  assert.match(sentence({ ...LATENCY, verdict: "worse", evidence: NONE }), /^latency_ms \+52 %: /);
  assert.match(
    sentence({ ...LATENCY, from: 0, to: 5, change: 5, verdict: "worse", evidence: NONE }),
    /^latency_ms \+5: beyond the limit of 20 %/,
  );
});

Deno.test("verdictSentence() gives each reason its own words", () => {
  const cases: [string, Partial<Evidence>, RegExp][] = [
    ["limit-not-shown", {}, /; the drop is real, but not shown to exceed the limit of 0\.05\.$/],
    [
      "too-few-items",
      { n: 8, items_needed: 60 },
      /on 8 items: .*; too few items to tell; about 60/,
    ],
    ["too-few-items", { n: 48, items_needed: 40 }, /; too few items to tell\.$/],
    ["too-few-items", { n: 1, items_needed: 1e12 }, /on 1 item: .*; too few items to tell\.$/],
    ["too-few-common-items", {}, /; fewer than 95 % of the reference's items are in both runs\.$/],
    ["undefined", { interval: null }, /on 48 items: inconclusive; it cannot be computed/],
    [
      "no-spread",
      { ...HISTORY, interval: null },
      /^f1 −0\.052 against the median of 20 earlier runs: inconclusive; the last 20 runs did not differ at all\.$/,
    ],
    [
      "no-standard-error",
      { method: "standard-errors", interval: null },
      /; a standard error of 0 tells nothing\.$/,
    ],
    ["a word of a later version", { items_needed: null }, /is not proven/],
  ];
  for (const [reason, evidence, expected] of cases) {
    assert.match(sentence({ reason }, evidence), expected);
  }
});

Deno.test("verdictSentence() shows at most three digits, and a minus that is one", () => {
  const shown = sentence({ verdict: "worse", from: 1234.5, to: 1e-9 }, {
    confidence: 1 - 0.05 / 3,
    estimate: -0.123456,
    interval: [-1234567, -0.000012345],
    items_needed: 1234,
  });
  assert.equal(
    shown,
    "f1 −0.123 (1230 → 1e−9), 98.3 % interval −1230000 to −0.0000123 on 48 items: worse than the limit of 0.05 allows.",
  );
  assert.match(sentence({}, { items_needed: 1_234 }), /about 1300 items/);
});
