import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { convertDocument } from "./convert_document.ts";

const convert = (document: unknown, model: string | undefined = "parser-2") =>
  convertDocument(document, { model });
const values = (document: unknown) =>
  (convert(document).metrics as { values: Record<string, unknown> }).values;

Deno.test("githubActionBenchmark takes values by name, and keeps units and ranges", () => {
  const document = [
    { name: "parse", unit: "ms", value: 12.5, range: "± 0.5", extra: "note" },
    { name: "print/all", unit: "ms", value: 3 },
  ];
  assert.deepEqual(convert(document), {
    model_version: "parser-2",
    dataset_version: "benchmark",
    prompt_version: "v1",
    metrics: { values: { parse: 12.5, "print/all": 3 }, benchmarks: document },
  });
  assert.throws(() => convertDocument(document, {}), /--model/);
});

Deno.test("githubActionBenchmark keeps equal names apart by their order", () => {
  const one = (name: unknown, value: unknown) => ({ name, unit: "ms", value });
  assert.deepEqual(values([one("a", 1), one("a", 2), one("a (2)", 3), one("a", 4)]), {
    "a": 1,
    "a (2)": 2,
    "a (2) (2)": 3,
    "a (3)": 4,
  });
});

Deno.test("githubActionBenchmark is not thrown by odd names and values, and keeps every digit", () => {
  const source = "0.12345678901234567890123";
  const raw = parseExactly(source, [{ path: [], source }]);
  const document = [
    { name: "exact", unit: "s", value: raw },
    { name: "text", unit: "s", value: "1.5" },
    { name: 7, unit: "s", value: 1 },
    { name: "", unit: "s", value: 2 },
    { name: null, unit: "s", value: 3 },
    { name: "x".repeat(300), unit: "s", value: 4 },
    { name: "__proto__", unit: "s", value: 5 },
    { name: "two\nlines", unit: "s", value: 6 },
  ];
  const found = values(document);
  assert.equal(found.exact, raw);
  assert.ok(!("text" in found), "the array has it");
  assert.equal(found["7"], 1);
  assert.equal(found["two\nlines"], 6, "names are kept");
  assert.equal(found.proto, 5);
  assert.equal(Object.keys(found).length, 7);
  assert.ok(Object.keys(found).every((name) => name.length <= 200));
});

Deno.test("githubActionBenchmark: an empty list is no result", () => {
  assert.throws(() => convert([]), /holds no result: it is an empty array/);
});
