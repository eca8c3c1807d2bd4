import assert from "node:assert/strict";
import { assertAccepted } from "./assert_accepted.ts";
import { convertDocument } from "./convert_document.ts";

interface Row {
  [key: string]: unknown;
}

/** A row as promptfoo writes it, shortened. */
function row(testIdx: number, test: Row, rest: Row = {}): Row {
  return {
    id: crypto.randomUUID(),
    promptIdx: 0,
    testIdx,
    testCase: { assert: [{ type: "contains", value: "ok" }], options: {}, metadata: {}, ...test },
    vars: test.vars,
    success: true,
    failureReason: 0,
    score: 1,
    latencyMs: 200,
    cost: 0.01,
    namedScores: {},
    ...rest,
  };
}

function document(rows: unknown[], columns = 1, config: unknown = { description: "answers" }) {
  const own = (index: number) =>
    rows.filter((one) => (one as Row | null)?.promptIdx === index) as Row[];
  const total = (index: number, name: string) =>
    own(index).reduce((sum, one) => sum + Number(one[name]), 0);
  return {
    evalId: "eval-x",
    results: {
      version: 3,
      timestamp: "2026-02-01T10:00:00.000Z",
      prompts: Array.from({ length: columns }, (_, index) => ({
        provider: `vendor:model-${index}`,
        id: `${index}`.repeat(64),
        label: "Q {{x}}",
        metrics: {
          testPassCount: own(index).filter(({ success }) => success === true).length,
          testFailCount: own(index).filter(({ success }) => success !== true).length,
          testErrorCount: 0,
          totalLatencyMs: total(index, "latencyMs"),
          cost: total(index, "cost"),
        },
      })),
      results: rows,
      stats: {},
    },
    config,
    shareableUrl: null,
  };
}

function convert(source: Record<string, unknown>) {
  const warnings: string[] = [];
  const converted = convertDocument(source, { warn: (sentence) => warnings.push(sentence) });
  const results = (converted.results ?? [converted]) as Row[];
  return { results, items: results.map(({ items }) => items as Row[] | undefined), warnings };
}

const ids = (rows: unknown[], columns = 1) =>
  convert(document(rows, columns)).items[0]?.map(({ id }) => id);

Deno.test("promptfoo makes an item of each test", () => {
  const rows = [
    row(1, { description: "says no", vars: { x: "2" } }, {
      success: false,
      score: 0.25,
      latencyMs: 400,
    }),
    row(0, { description: "says yes", vars: { x: "1" } }),
  ];
  const { items, warnings, results } = convert(document(rows));
  assertAccepted({ results });
  assert.deepEqual(items, [[
    { id: "says yes", pass_rate: true, score: 1, latency_ms: 200, analysis_cost: 0.01 },
    { id: "says no", pass_rate: false, score: 0.25, latency_ms: 400, analysis_cost: 0.01 },
  ]]);
  assert.deepEqual(warnings, []);
});

Deno.test("promptfoo gives a test the same id in each run, and each test its own", () => {
  const plain = ids([row(0, { vars: { x: "1", y: "a" } }), row(1, { vars: { x: "2" } })]);
  assert.match(String(plain?.[0]), /^#[0-9a-f]{12}$/);
  assert.notEqual(plain?.[0], plain?.[1]);
  // In another order of keys, rows and tests, and with what a run fills in.
  const again = ids([
    row(1, { vars: { y: "a", x: "1" } }, { vars: { x: "1", y: "a", sessionId: "77" } }),
    row(0, { vars: { x: "2" } }),
  ]);
  assert.deepEqual(again, plain?.toReversed());
  const shared = ids([
    row(0, { description: "greets", vars: { x: "1" } }),
    row(1, { description: "greets", vars: { x: "2" } }),
  ]);
  assert.deepEqual(shared?.map((id) => String(id).slice(0, 8)), ["greets #", "greets #"]);
  assert.equal(new Set(shared).size, 2);
  const asserted = ids([
    row(0, { vars: { x: "1" } }),
    row(1, { vars: { x: "1" }, assert: [{ type: "is-json" }] }),
  ]);
  assert.deepEqual(asserted, [`${asserted?.[0]}`, `${asserted?.[0]}`.replace("(1)", "(2)")]);
  assert.match(String(asserted?.[0]), / \(1\)$/);
  assert.match(String(ids([row(0, { description: "two\nlines", vars: { x: 1 } })])), /^#/);
});

Deno.test("promptfoo makes epochs of repetitions", () => {
  const rows = [0, 2].flatMap((first) => [
    row(first, { description: "a", vars: { x: "1" } }, { success: first === 0 }),
    row(first + 1, { description: "b", vars: { x: "2" } }),
  ]);
  const { items, warnings, results } = convert(document(rows));
  assertAccepted({ results });
  assert.deepEqual(warnings, []);
  assert.deepEqual(items[0]?.map(({ id, epoch, pass_rate }) => [id, epoch, pass_rate]), [
    ["a", 1, true],
    ["b", 1, true],
    ["a", 2, false],
    ["b", 2, true],
  ]);
});

Deno.test("promptfoo gives each prompt and provider its own items", () => {
  const test = { description: "a", vars: { x: "1" } };
  const rows = [row(0, test), row(0, test, { promptIdx: 1, success: false })];
  const { items, results } = convert(document(rows, 2));
  assertAccepted({ results });
  assert.deepEqual(results.map(({ model_version }) => model_version), [
    "vendor:model-0",
    "vendor:model-1",
  ]);
  assert.deepEqual(items.map((own) => own?.map(({ pass_rate }) => pass_rate)), [[true], [false]]);
});

Deno.test("promptfoo has no items where rows are missing or say nothing that tells them apart", () => {
  const source = document([row(0, { vars: { x: 1 } }), row(1, { vars: { x: 2 } })]);
  source.results.results = source.results.results.slice(0, 1);
  const some = convert(source);
  assert.deepEqual(some.items, [undefined]);
  assert.match(some.warnings.join(), /1 of 2/);
  const bare = convert(document([row(0, {})]));
  assert.deepEqual(bare.items, [undefined]);
  assert.match(bare.warnings.join(), /\/items\/0\/id is required/);
});

Deno.test("promptfoo leaves out what tests do not say, and is not thrown by what is odd", () => {
  const { items, results } = convert(document([
    row(0, { vars: { x: 1 } }, { cost: undefined, latencyMs: null, score: "high" }),
  ]));
  assert.deepEqual(Object.keys(items[0]![0]!), ["id", "pass_rate"]);
  assert.equal(results[0]!.dataset_size, 1);
  const odd = document([null, 1, "x", {}, { promptIdx: 0, testCase: 1, vars: [] }], 1, null);
  convert(odd);
  convert({ ...odd, config: { description: 7 } });
  for (const prompts of [[null], [{ metrics: 1, id: 2, provider: 3 }], [{}]]) {
    const unnamed = { ...odd, results: { ...odd.results, results: "x", prompts } };
    assert.throws(() => convert(unnamed), /names no model: give one with --model/);
    convertDocument(unnamed, { model: "m" });
  }
});

Deno.test("promptfoo has no mean latency or cost where the document has no sum", () => {
  const source = document([row(0, { vars: { x: 1 } })]);
  const { totalLatencyMs: _l, cost: _c, ...metrics } = source.results.prompts[0]!.metrics;
  const prompts = [{ ...source.results.prompts[0]!, metrics }];
  const [result] = convert({ ...source, results: { ...source.results, prompts } }).results;
  const { pass_rate, ...others } = result!.metrics as Row;
  assert.equal(pass_rate, 1);
  assert.ok(!("latency_ms" in others) && !("analysis_cost" in others));
});
