import assert from "node:assert/strict";
import {
  type JudgedRun,
  judgementDocument,
  regressionsOf,
  type StoredJudgement,
} from "./judgement_document.ts";

const CONFIGURATION = {
  id: "00000000-0000-4000-8000-000000000000",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const OTHER = { ...CONFIGURATION, id: "00000000-0000-4000-8000-000000000001", model_version: "o" };
const RUN: JudgedRun = {
  configuration: CONFIGURATION,
  previous: { snapshot_version: 4, commit_sha: "0123abc" },
  references: [
    { configuration: OTHER, snapshot_version: 4, commit_sha: "fedcba9" },
    { configuration: CONFIGURATION, snapshot_version: 2, commit_sha: "abcdef0" },
  ],
};

/** F1 fell by 0.03 on 48 items, with a standard error of 0.025. */
const PAIRED: StoredJudgement = {
  metric: "/f1",
  better: "higher",
  limit_kind: "absolute",
  limit: 0.05,
  severity: "fail",
  policy_confidence: 0.95,
  from: 0.9,
  to: 0.87,
  change: -0.03,
  method: "paired-items",
  caveat: null,
  n: 48,
  reference_version: 4,
  reference_configuration_id: null,
  verdict: "inconclusive",
  metrics: 1,
  is_named: false,
  is_ratio: false,
  estimate: -0.03,
  margin: 0.05029399809240825,
  degrees: 47,
};
/** Latency is 1.5 times what it was: a standard error of 0.1 on 100 items, one of three metrics. */
const SLOWER: StoredJudgement = {
  ...PAIRED,
  metric: "/latency_ms",
  better: "lower",
  limit_kind: "relative",
  limit: 0.2,
  n: 100,
  metrics: 3,
  is_ratio: true,
  from: 400,
  to: 608,
  change: 208,
  estimate: -Math.log(1.5),
  margin: 0.24353543106703757,
  degrees: 99,
};
const SENT: StoredJudgement = {
  ...PAIRED,
  method: "standard-errors",
  n: null,
  estimate: -0.04,
  margin: 0.03919927969080108,
  degrees: null,
};
const HISTORY: StoredJudgement = { ...PAIRED, method: "history", n: 20, degrees: 7.4 };
const NONE: StoredJudgement = {
  ...PAIRED,
  method: "none",
  n: null,
  metrics: null,
  estimate: null,
  margin: null,
  degrees: null,
  verdict: "worse",
};

const documentOf = (stored: StoredJudgement, change: Partial<StoredJudgement> = {}) =>
  judgementDocument({ ...stored, ...change }, RUN);
const evidenceOf = (stored: StoredJudgement, change: Partial<StoredJudgement> = {}) =>
  documentOf(stored, change).evidence;

/** Within 1e-9, as expected values were computed with scipy's quantiles. */
function assertNear(actual: number | null, expected: number): void {
  assert.ok(Math.abs(actual! - expected) < 1e-9, `${actual} is not ${expected}`);
}

Deno.test("judgementDocument() says what follows from an estimate and its margin", () => {
  const { reason, reference, summary, evidence } = documentOf(PAIRED);
  assert.equal(reason, "too-few-items");
  assert.deepEqual(reference, {
    configuration: CONFIGURATION,
    snapshot_version: 4,
    commit_sha: "0123abc",
  });
  assert.equal(
    summary,
    "f1 −0.03, 95 % interval −0.0803 to +0.0203 on 48 items: inconclusive; too few items to tell; about 95 items would show a drop of 0.05.",
  );
  const { p_value, smallest_change_shown, interval, ...rest } = evidence;
  assertNear(interval![0], -0.08029399809240825);
  assertNear(interval![1], 0.02029399809240825);
  assertNear(p_value, 0.23614666833090803);
  assertNear(smallest_change_shown, 0.07152640878657239);
  assert.deepEqual(rest, {
    method: "paired-items",
    median: null,
    n: 48,
    scale: "difference",
    confidence: 0.95,
    estimate: -0.03,
    items_needed: 95,
  });
});

Deno.test("judgementDocument() shows ratios as relative changes, below 0 where it is worse", () => {
  const slower = evidenceOf(SLOWER);
  assert.deepEqual([slower.scale, slower.estimate], ["ratio", -0.5]);
  assertNear(slower.interval![0], -0.9136272774162153);
  assertNear(slower.interval![1], -0.1757775542570421);
  assertNear(slower.p_value, 0.00010018515963204047);
  assertNear(slower.smallest_change_shown, 0.38827169306982734);
  assert.equal(slower.items_needed, 315);
  assert.match(documentOf(SLOWER).summary, /^latency_ms \+50 %, 98\.3 % interval \+17\.6 % to /);

  const fewer = evidenceOf(SLOWER, { better: "higher", estimate: -0.3 });
  assertNear(fewer.estimate, -0.2591817793182821);
  assertNear(fewer.smallest_change_shown, 0.27967990344257343);
  assert.equal(fewer.items_needed, 211);
  assert.equal(evidenceOf(SLOWER, { better: "higher", limit: 1 }).items_needed, null);
});

Deno.test("judgementDocument() shares the confidence among the metrics, 32 at most", () => {
  assert.equal(evidenceOf(SLOWER).confidence, 0.983333333333);
  assert.equal(
    evidenceOf(PAIRED, { metrics: 40 }).confidence,
    evidenceOf(PAIRED, { metrics: 32 }).confidence,
  );
});

Deno.test("judgementDocument() knows a normal estimate from standard errors", () => {
  const evidence = evidenceOf(SENT);
  assertNear(evidence.p_value, 0.04550026389635839);
  assertNear(evidence.smallest_change_shown, 0.056031279690801086);
  assert.equal(evidence.items_needed, null);
});

Deno.test("judgementDocument() says of a history and of a limit alone no more than they tell", () => {
  const { interval, ...history } = evidenceOf(HISTORY);
  assert.ok(interval);
  const nothing = { p_value: null, smallest_change_shown: null, items_needed: null };
  assert.deepEqual(history, {
    method: "history",
    median: 0.9,
    n: 20,
    scale: "difference",
    confidence: 0.95,
    estimate: -0.03,
    ...nothing,
  });
  assert.deepEqual(evidenceOf(NONE), {
    method: "none",
    median: null,
    n: null,
    scale: "difference",
    confidence: null,
    estimate: null,
    interval: null,
    ...nothing,
  });
});

Deno.test("judgementDocument() gives no interval where there is nothing to make one of", () => {
  const cases: Partial<StoredJudgement>[] = [
    { caveat: "undefined", estimate: null, margin: null, degrees: null },
    { caveat: "too-few-items", estimate: null, margin: null, degrees: null },
    { method: "history", caveat: "no-spread", margin: 0 },
    { method: "standard-errors", caveat: "no-standard-error" },
  ];
  for (const change of cases) {
    const { reason, evidence } = documentOf(PAIRED, change);
    assert.equal(reason, change.caveat);
    const { interval, p_value, smallest_change_shown, items_needed } = evidence;
    assert.deepEqual(
      [interval, p_value, smallest_change_shown, items_needed],
      Array(4).fill(null),
      change.caveat!,
    );
  }
  for (const caveat of ["too-few-items", "too-few-common-items", "identical"]) {
    assert.ok(evidenceOf(PAIRED, { caveat }).interval, caveat);
  }
});

Deno.test("judgementDocument() takes an error of 0 as it is", () => {
  const without = { margin: 0 };
  const { interval, p_value, smallest_change_shown, items_needed } = evidenceOf(PAIRED, without);
  assert.deepEqual([interval, p_value], [[-0.03, -0.03], 0]);
  assert.deepEqual([smallest_change_shown, items_needed], [null, null]);
  assert.equal(evidenceOf(PAIRED, { ...without, estimate: 0 }).p_value, 1);
});

Deno.test("judgementDocument() says why a verdict is inconclusive", () => {
  const reason = (stored: StoredJudgement, change: Partial<StoredJudgement>) =>
    documentOf(stored, change).reason;
  assert.equal(reason(PAIRED, { estimate: -0.03, margin: 0.01 }), "limit-not-shown");
  assert.equal(reason(PAIRED, { estimate: -0.07, margin: 0.08 }), "not-proven");
  assert.equal(reason(PAIRED, { estimate: -0.05, margin: 0.08 }), "too-few-items");
  assert.equal(reason(PAIRED, { estimate: -0.05, margin: 0.05 }), "too-few-items");
  assert.equal(reason(HISTORY, {}), "too-much-noise");
  assert.equal(reason(SENT, { margin: 0.1 }), "too-much-noise");
  assert.equal(
    reason(PAIRED, { caveat: "too-few-common-items", estimate: -0.03, margin: 0.01 }),
    "too-few-common-items",
  );
  assert.equal(reason(PAIRED, { caveat: "too-few-items", verdict: "not-worse" }), null);
  // On the scale of the estimate: 1.2 times is ln 1.2.
  const slower = { margin: 0.5, limit: 0.2 };
  assert.equal(reason(SLOWER, { ...slower, estimate: -0.183 }), "not-proven");
  assert.equal(reason(SLOWER, { ...slower, estimate: -0.182 }), "too-few-items");
  const relative = { limit_kind: "relative", limit: 0.1, margin: 1 } as const;
  assert.equal(reason(PAIRED, { ...relative, estimate: -0.091 }), "not-proven");
  assert.equal(reason(PAIRED, { ...relative, estimate: -0.089 }), "too-few-items");
});

Deno.test("judgementDocument() finds what it was compared with, wherever that is", () => {
  assert.deepEqual(
    documentOf(PAIRED, { reference_version: 2 }).reference,
    RUN.references![1],
  );
  assert.deepEqual(
    documentOf(PAIRED, { reference_configuration_id: OTHER.id }).reference,
    RUN.references![0],
  );
  assert.throws(
    () => documentOf(PAIRED, { reference_version: 3 }),
    /judgement of \/f1 names version 3 of configuration 0+-/,
  );
});

Deno.test("judgementDocument() passes on which items changed, without what it says already", () => {
  const item = {
    id: "a",
    group: null,
    change: "worse",
    newly_failing: true,
    from: { tp: 1 },
    to: { tp: 0 },
  } as const;
  const flipped = { common: 48, added: 1, gone: 0, worse: 1, better: 0, items: [item] };
  const stored = { metric: "/f1", scores: ["tp"], ...flipped };
  assert.deepEqual(documentOf(PAIRED, { flipped: stored }).flipped, flipped);
  assert.equal(documentOf(PAIRED, { flipped: null }).flipped, null);
  assert.equal(documentOf(PAIRED).flipped, null);
});

Deno.test("judgementDocument() writes no noise of the arithmetic, and nothing that JSON lacks", () => {
  const { estimate } = evidenceOf(PAIRED, { estimate: 0.1 + 0.2 });
  assert.equal(estimate, 0.3);
  assert.equal(Object.is(evidenceOf(PAIRED, { estimate: -0 }).estimate, 0), true);
  const wide = evidenceOf(SLOWER, { margin: 1e4 });
  assert.deepEqual(wide.interval, [-1e300, 1]);
  const text = JSON.stringify(documentOf(SLOWER, { margin: 1e4 }));
  assert.deepEqual(JSON.parse(text), documentOf(SLOWER, { margin: 1e4 }));
  assert.equal(evidenceOf(PAIRED, { limit: 1e-12 }).items_needed, null);
  assert.equal(evidenceOf(PAIRED, { limit: 0 }).items_needed, null);
});

Deno.test("regressionsOf() lists what is worse", () => {
  const judgements = [documentOf(PAIRED), documentOf(NONE), documentOf(HISTORY)];
  assert.deepEqual(regressionsOf(judgements), [{
    metric: "/f1",
    severity: "fail",
    better: "higher",
    from_version: 4,
    from: 0.9,
    to: 0.87,
    change: -0.03,
    limit: 0.05,
    limit_kind: "absolute",
  }]);
});
