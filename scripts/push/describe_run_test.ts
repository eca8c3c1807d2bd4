import assert from "node:assert/strict";
import { runLink } from "./dashboard_link.ts";
import { describeRun } from "./describe_run.ts";
import type { JudgedRun, PushJudgement } from "./judged_run.ts";

const CONFIGURATION = {
  id: "8de94d58-b9b9-466b-be97-e1bc31b88c18",
  model_version: "small-2",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  variant: "",
};
const WORSE: PushJudgement = {
  metric: "/f1",
  severity: "fail",
  verdict: "worse",
  summary: "f1 −0.0222: worse than the limit of 0.02 allows.",
  from: 0.8123,
  to: 0.7901,
  change: -0.0222,
  better: "higher",
  limit_kind: "absolute",
  reference: { configuration: CONFIGURATION, snapshot_version: 4 },
  evidence: {
    method: "paired-items",
    scale: "difference",
    confidence: 0.95,
    interval: [-0.0312, -0.0132],
  },
};
const ALONE = { method: "none", scale: "difference", confidence: null, interval: null } as const;
const RUN: JudgedRun = {
  configuration: CONFIGURATION,
  judgements: [WORSE],
  published: true,
  previous: { snapshot_version: 4 },
  snapshot_version: 5,
  replayed: false,
};

Deno.test("describeRun() says change and verdict of each number, and where it is shown", () => {
  const latency: PushJudgement = {
    ...WORSE,
    metric: "/latency_ms",
    severity: "warn",
    summary: "latency_ms +75 %: beyond the limit of 50 %.",
    from: 400,
    to: 700,
    change: 300,
    better: "lower",
    limit_kind: "relative",
    evidence: ALONE,
  };
  const link = runLink("https://bench.example/page/?theme=dark", { ...RUN, snapshot_version: 5 });
  assert.deepEqual(
    describeRun("r.json: result 2", { ...RUN, judgements: [WORSE, latency] }, link),
    [
      "r.json: result 2: small-2, version 5",
      "  f1          0.8123 → 0.7901  −0.0222  worse than version 4 (95 % −0.0312 to −0.0132)",
      "    f1 −0.0222: worse than the limit of 0.02 allows.",
      "  latency_ms  400 → 700  +75 %  worse than version 4 (a warning; by the limit alone)",
      "    latency_ms +75 %: beyond the limit of 50 %.",
      "  https://bench.example/page/?theme=dark&view=run&configuration=8de94d58-b9b9-466b-be97-e1bc31b88c18&version=5",
    ],
  );
});

Deno.test("describeRun() names another configuration that it was compared with", () => {
  const other = { ...CONFIGURATION, id: crypto.randomUUID(), model_version: "small-1" };
  const reference = { configuration: other, snapshot_version: 9 };
  const lines = (verdict: PushJudgement["verdict"]) =>
    describeRun("r.json", { ...RUN, judgements: [{ ...WORSE, verdict, reference }] });
  assert.deepEqual(lines("not-worse").slice(1), [
    "  f1  0.8123 → 0.7901  −0.0222  not worse than small-1 / d / p / local, version 9 (95 % −0.0312 to −0.0132)",
  ]);
  assert.match(lines("inconclusive")[1]!, / {2}inconclusive against small-1 .*version 9 \(95 %/);
  assert.equal(lines("inconclusive").length, 3, "and why");
});

Deno.test("describeRun() names the items that fail now, and has a sign that is one", () => {
  const flipped = {
    items: [{ id: "bill-7", newly_failing: true }, { id: "bill-9", newly_failing: false }],
  };
  const fell = { ...WORSE, limit_kind: "relative", change: -0.2, from: 0.8, flipped } as const;
  const lines = describeRun("r.json", { ...RUN, judgements: [fell] });
  assert.match(lines[1]!, / {2}−25 % {2}worse/);
  assert.equal(lines.at(-1), "    Newly failing: bill-7.");
  const same = { ...fell, change: 0, flipped: null };
  assert.match(describeRun("r.json", { ...RUN, judgements: [same] })[1]!, / {2}±0 % {2}worse/);
});

Deno.test("describeRun() says what became of it where nothing is judged", () => {
  const first = (run: Partial<JudgedRun>) =>
    describeRun("r.json", { ...RUN, judgements: [], ...run });
  assert.deepEqual(first({ previous: null }), [
    "r.json: small-2, version 5",
    "  Not judged: there is no published run before it.",
  ]);
  assert.match(first({})[1]!, /Not judged: no policy is about its metrics, or it was measured/);
  assert.match(
    first({ published: false, replayed: true })[0]!,
    /version 5, candidate, stored before$/,
  );
  const { snapshot_version: _, ...preview } = RUN;
  assert.match(describeRun("r.json", preview)[0]!, /small-2, not stored, after version 4$/);
  assert.match(describeRun("r.json", { ...preview, previous: null })[0]!, /small-2, not stored$/);
});
