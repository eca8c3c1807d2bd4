import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { itemsOf, type RawItem } from "./items.ts";

function convert(raw: RawItem[], metrics: Record<string, unknown>, expected?: number) {
  const warnings: string[] = [];
  const { items } = itemsOf(raw, metrics, (sentence) => warnings.push(sentence), expected);
  return { items, warnings };
}

const COUNTED: RawItem[] = [
  { id: "a", scores: { tp: 3, fp: 1, fn: 0, latency_ms: 100 } },
  { id: "b", scores: { tp: 0, fp: 0, fn: 2, latency_ms: null } },
  { id: "c", scores: { tp: 0, fp: 0, fn: 0, latency_ms: 200 } },
];

Deno.test("itemsOf() gives every item the same scores, null for what is not known", () => {
  const metrics = { precision: 0.75, recall: 0.6, f1: 0.666667, latency_ms: 150 };
  assert.deepEqual(convert(COUNTED, metrics, 3), {
    items: [
      { id: "a", tp: 3, fp: 1, fn: 0, latency_ms: 100 },
      { id: "b", tp: 0, fp: 0, fn: 2, latency_ms: null },
      { id: "c", tp: 0, fp: 0, fn: 0, latency_ms: 200 },
    ],
    warnings: [],
  });
  assert.deepEqual(
    convert([{ id: 1, scores: { x: 1, unknown: undefined } }, { id: 2, scores: {} }], {}),
    { items: [{ id: 1, x: 1 }, { id: 2, x: null }], warnings: [] },
  );
});

Deno.test("itemsOf() leaves out the scores whose metric the document says otherwise", () => {
  const left = (metrics: Record<string, unknown>) => {
    const { items, warnings } = convert(COUNTED, metrics);
    return { names: Object.keys(items?.[0] ?? {}).slice(1), warnings };
  };
  // A macro average, a percentage, a mean over other items.
  assert.deepEqual(left({ f1: 0.8 }), {
    names: ["latency_ms"],
    warnings: [
      "The items are converted without tp, fp, fn: they give f1 0.6666666666666666, the document says 0.8.",
    ],
  });
  assert.deepEqual(left({ recall: 60 }).names, ["latency_ms"]);
  assert.deepEqual(left({ latency_ms: 100 }).names, ["tp", "fp", "fn"]);
  assert.deepEqual(left({ latency_ms: { mean: 150 } }).names, ["tp", "fp", "fn"]);
  assert.deepEqual(left({ precision: 0, latency_ms: 100 }).names, []);
  // Within a thousandth, of 1 or of the number.
  assert.equal(left({ f1: 0.6675, latency_ms: 150.1 }).names.length, 4);
  assert.deepEqual(left({ latency_ms: 150.2 }).names, ["tp", "fp", "fn"]);
});

Deno.test("itemsOf() lets the document's precision of nothing found stand", () => {
  const { items, warnings } = convert([{ id: "a", scores: { tp: 0, fp: 0, fn: 2 } }], {
    precision: 0,
    recall: 0,
    f1: 0,
  });
  assert.equal(items?.length, 1);
  assert.deepEqual(warnings, []);
});

Deno.test("itemsOf() takes no known score for what it cannot be", () => {
  const percent = convert([{ id: 1, scores: { f1: 83, acc: 1 } }], {});
  assert.deepEqual(percent.items, [{ id: 1, acc: 1 }]);
  assert.match(percent.warnings[0]!, /without f1: f1 would be 83: it must be a fraction/);
});

Deno.test("itemsOf() takes no values that are not scores of one kind", () => {
  const scores = (value: unknown, other: unknown) =>
    convert([{ id: 1, scores: { value } }, { id: 2, scores: { value: other } }], {}).items;
  for (const odd of ["1", [1], { a: 1 }]) assert.equal(scores(odd, 1), undefined);
  assert.equal(scores(true, 1), undefined);
  assert.equal(scores(null, undefined), undefined);
  assert.equal(convert([{ id: 1, scores: { tp: 1, fp: 1 } }], {}).items, undefined);
});

Deno.test("itemsOf() sends no items when some are missing or cannot be told apart, and says so", () => {
  const one = (id: unknown, epoch?: number): RawItem => ({
    id,
    ...(epoch !== undefined && { epoch }),
    scores: { x: 1 },
  });
  for (
    const [raw, expected, message] of [
      [[one("a")], 2, /the document has 1 of 2/],
      [[one("a"), one("a")], 2, /is item 0 again/],
      [[one("")], 1, /\/items\/0\/id must/],
      [[one(undefined)], 1, /\/items\/0\/id is required/],
      [[one(" a")], 1, /begins with white space/],
      [[one(-1)], 1, /\/items\/0\/id must/],
      [Array.from({ length: 10_001 }, (_, n) => one(n)), undefined, /at most 10000/],
      [[{ id: 1, scores: { tp: 1.5, fp: 0, fn: 0 } }], 1, /tp is a count/],
      [
        [{ id: 1, scores: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`s${n}`, 1])) }],
        1,
        /17 scores, at most 16/,
      ],
    ] as const
  ) {
    const { items, warnings } = convert([...raw], {}, expected);
    assert.equal(items, undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, message);
  }
  assert.equal(convert([one("a", 1), one("a", 2)], {}).items?.length, 2);
});

Deno.test("itemsOf() takes the double of a number with more digits", () => {
  const source = "0.12345678901234567890";
  const score = parseExactly(source, [{ path: [], source }]);
  const { items } = convert([{ id: 1, scores: { score } }], { score: 0.1234567 });
  assert.deepEqual(items, [{ id: 1, score: 0.12345678901234568 }]);
});
