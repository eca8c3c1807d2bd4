import assert from "node:assert/strict";
import { type Gate, gateProblems, type PushJudgement, verdictLines } from "./verdicts.ts";

const WORSE: PushJudgement = {
  metric: "/f1",
  severity: "fail",
  verdict: "worse",
  summary: "f1 −0.1: so it is.",
  evidence: { method: "paired-items" },
};
const INCONCLUSIVE: PushJudgement = { ...WORSE, verdict: "inconclusive" };
const NOT_WORSE: PushJudgement = { ...WORSE, verdict: "not-worse" };
const UNPROVEN: PushJudgement = { ...NOT_WORSE, evidence: { method: "none" } };
const WARNS = { severity: "warn" } as const;

const receiptOf = (judgements: PushJudgement[], variant = "") => ({
  configuration: { model_version: "m", variant },
  judgements,
});

Deno.test("verdictLines() says each verdict, and whose it is", () => {
  const judgements = [WORSE, { ...WORSE, ...WARNS }, INCONCLUSIVE, NOT_WORSE];
  assert.deepEqual(verdictLines([receiptOf(judgements), receiptOf([WORSE], "seed 7")]), [
    "worse (fail): m: f1 −0.1: so it is.",
    "worse (warn): m: f1 −0.1: so it is.",
    "inconclusive: m: f1 −0.1: so it is.",
    "not worse: m: f1 −0.1: so it is.",
    "worse (fail): m (seed 7): f1 −0.1: so it is.",
  ]);
});

Deno.test("gateProblems() names what does not pass", () => {
  const passes = { requiresNotWorse: false };
  const required = { requiresNotWorse: true };
  const cases: [PushJudgement[], Gate, RegExp | null][] = [
    [[WORSE, INCONCLUSIVE], passes, null],
    [[WORSE], { ...passes, failOn: "worse" }, /^m: \/f1 is worse\.$/],
    [[{ ...WORSE, ...WARNS }], { ...passes, failOn: "inconclusive" }, null],
    [[INCONCLUSIVE], { ...passes, failOn: "worse" }, null],
    [[INCONCLUSIVE], { ...passes, failOn: "inconclusive" }, /is inconclusive/],
    [[WORSE], { ...passes, failOn: "inconclusive" }, /is worse/],
    [[NOT_WORSE, UNPROVEN], { ...passes, failOn: "inconclusive" }, null],
    [[NOT_WORSE, { ...WORSE, ...WARNS }], required, null],
    [[INCONCLUSIVE], required, /is inconclusive/],
    [[WORSE], required, /is worse/],
    [[UNPROVEN], required, /^m: \/f1 is within the limit, but nothing shows it: send items/],
    [[], required, /no metric with a policy of severity fail was compared/],
    [[{ ...NOT_WORSE, ...WARNS }], required, /no metric with a policy of severity fail/],
  ];
  for (const [judgements, gate, expected] of cases) {
    const problems = gateProblems([receiptOf(judgements)], gate);
    assert.equal(problems.length, expected === null ? 0 : 1, JSON.stringify([judgements, gate]));
    if (expected !== null) assert.match(problems[0]!, expected);
  }
  assert.equal(gateProblems([receiptOf([NOT_WORSE]), receiptOf([])], required).length, 1);
});
