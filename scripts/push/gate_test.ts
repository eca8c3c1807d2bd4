import assert from "node:assert/strict";
import { type Gate, gateProblems } from "./gate.ts";
import type { PushJudgement } from "./judged_run.ts";

const CONFIGURATION = {
  id: "8de94d58-b9b9-466b-be97-e1bc31b88c18",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const EVIDENCE = {
  method: "paired-items",
  scale: "difference",
  confidence: null,
  interval: null,
} as const;
const WORSE: PushJudgement = {
  metric: "/f1",
  severity: "fail",
  verdict: "worse",
  summary: "f1 −0.1: so it is.",
  from: 0.9,
  to: 0.8,
  change: -0.1,
  better: "higher",
  limit_kind: "absolute",
  reference: { configuration: CONFIGURATION, snapshot_version: 1 },
  evidence: EVIDENCE,
};
const INCONCLUSIVE: PushJudgement = { ...WORSE, verdict: "inconclusive" };
const NOT_WORSE: PushJudgement = { ...WORSE, verdict: "not-worse" };
const UNPROVEN: PushJudgement = { ...NOT_WORSE, evidence: { ...EVIDENCE, method: "none" } };
const WARNS = { severity: "warn" } as const;

const runOf = (judgements: PushJudgement[]) => ({ configuration: CONFIGURATION, judgements });

Deno.test("gateProblems() names what does not pass", () => {
  const passes = { failOn: undefined, requiresNotWorse: false };
  const required = { failOn: "worse", requiresNotWorse: true } as const;
  const cases: [PushJudgement[], Gate, RegExp | null][] = [
    [[WORSE, INCONCLUSIVE], passes, null],
    [[WORSE], { ...passes, failOn: "worse" }, /^m: f1 is worse\.$/],
    [[{ ...WORSE, ...WARNS }], { ...passes, failOn: "inconclusive" }, null],
    [[INCONCLUSIVE], { ...passes, failOn: "worse" }, null],
    [[INCONCLUSIVE], { ...passes, failOn: "inconclusive" }, /is inconclusive/],
    [[WORSE], { ...passes, failOn: "inconclusive" }, /is worse/],
    [[NOT_WORSE, UNPROVEN], { ...passes, failOn: "inconclusive" }, null],
    [[NOT_WORSE, { ...WORSE, ...WARNS }], required, null],
    [[INCONCLUSIVE], required, /is inconclusive/],
    [[WORSE], required, /is worse/],
    [[UNPROVEN], required, /^m: f1 is within the limit, but nothing shows it: send items/],
    [[], required, /no metric with a policy of severity fail was compared/],
    [[{ ...NOT_WORSE, ...WARNS }], required, /no metric with a policy of severity fail/],
  ];
  for (const [judgements, gate, expected] of cases) {
    const problems = gateProblems([runOf(judgements)], gate);
    assert.equal(problems.length, expected === null ? 0 : 1, JSON.stringify([judgements, gate]));
    if (expected !== null) assert.match(problems[0]!, expected);
  }
  assert.equal(gateProblems([runOf([NOT_WORSE]), runOf([])], required).length, 1);
});
