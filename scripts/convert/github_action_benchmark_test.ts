import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { convertDocument } from "./convert_document.ts";

const convert = (document: unknown, model: string | undefined = "parser-2") =>
  convertDocument(document, { model });
const values = (document: unknown) =>
  (convert(document).metrics as { values: Record<string, unknown> }).values;

Deno.test("githubActionBenchmark takes values by name and unit, and keeps ranges", () => {
  const document = [
    { name: "parse", unit: "ms", value: 12.5, range: "± 0.5", extra: "note" },
    { name: "print/all", unit: "ms", value: 3 },
  ];
  assert.deepEqual(convert(document), {
    model_version: "parser-2",
    dataset_version: "benchmark",
    prompt_version: "v1",
    metrics: {
      values: { "parse": { value_ms: 12.5 }, "print/all": { value_ms: 3 } },
      benchmarks: document,
    },
  });
  assert.throws(() => convertDocument(document, {}), /--model/);
});

Deno.test("githubActionBenchmark keeps equal names apart by their order", () => {
  const one = (name: unknown, value: unknown) => ({ name, unit: "ms", value });
  assert.deepEqual(values([one("a", 1), one("a", 2), one("a (2)", 3), one("a", 4)]), {
    "a": { value_ms: 1 },
    "a (2)": { value_ms: 2 },
    "a (2) (2)": { value_ms: 3 },
    "a (3)": { value_ms: 4 },
  });
});

Deno.test("githubActionBenchmark takes a value whose unit changes for another metric", () => {
  const parse = (unit: unknown, value: unknown) => ({ name: "parse", unit, value });
  const runs = [["ns", 950], ["ns", 960], ["us", 4.8], ["", 4800]] as const;
  assert.deepEqual(runs.map(([unit, value]) => values([parse(unit, value)])), [
    { parse: { value_ns: 950 } },
    { parse: { value_ns: 960 } },
    { parse: { value_us: 4.8 } },
    { parse: { value: 4800 } },
  ]);
  assert.deepEqual(values([parse("ns", 1), parse("B", 2)]), {
    parse: { value_ns: 1, value_B: 2 },
  });
});

Deno.test("githubActionBenchmark takes the text of a number, and says which value is none", () => {
  const notes: string[] = [];
  const document = ["1.50", "fast", null, true, " 2", 3].map((value, index) => ({
    name: `b${index}`,
    unit: "s",
    value,
  }));
  const { metrics } = convertDocument(document, { model: "m", warn: (note) => notes.push(note) });
  assert.deepEqual((metrics as Record<string, unknown>).values, {
    b0: { value_s: 1.5 },
    b5: { value_s: 3 },
  });
  assert.deepEqual(notes, [
    "Left out of values, because the value is no number: b1, b2, b3, b4.",
  ]);
  assert.throws(() => convert(document.slice(1, 5)), /holds no value: no benchmark in it has/);
});

Deno.test("githubActionBenchmark is not thrown by odd names and values, and keeps every digit", () => {
  const source = "0.12345678901234567890123";
  const raw = parseExactly(source, [{ path: [], source }]);
  const document = [
    { name: "exact", unit: "s", value: raw },
    { name: "text", unit: "s", value: "fast" },
    { name: 7, unit: "s", value: 1 },
    { name: "", unit: "s", value: 2 },
    { name: null, unit: "s", value: 3 },
    { name: "x".repeat(300), unit: "s", value: 4 },
    { name: "__proto__", unit: "s", value: 5 },
    { name: "two\nlines", unit: "s", value: 6 },
  ];
  const found = values(document);
  assert.deepEqual(found.exact, { value_s: raw });
  assert.ok(!("text" in found), "the array has it");
  assert.deepEqual(found["7"], { value_s: 1 });
  assert.deepEqual(found["two\nlines"], { value_s: 6 }, "names are kept");
  assert.deepEqual(found.proto, { value_s: 5 });
  assert.equal(Object.keys(found).length, 7);
  assert.ok(Object.keys(found).every((name) => name.length <= 200));
});

Deno.test("githubActionBenchmark: an empty list is no result", () => {
  assert.throws(() => convert([]), /holds no result: it is an empty array/);
});
