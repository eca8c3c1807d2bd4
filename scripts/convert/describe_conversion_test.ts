import assert from "node:assert/strict";
import type { SourceDocument } from "./adapter.ts";
import { describeConversion } from "./describe_conversion.ts";

const NAMES = { model_version: "org/m", dataset_version: "gsm8k@3", prompt_version: "5-shot" };

Deno.test("describeConversion() says what was made of what", () => {
  const describe = (
    format: string,
    results: SourceDocument[],
    sources: string[],
    given?: string[],
  ) => describeConversion({ format, results, sources, ...(given && { given }) });
  const items = Array.from({ length: 1319 }, (_, id) => ({ id, acc: 1 }));
  assert.equal(
    describe("lm-evaluation-harness", [{ ...NAMES, items }], ["results.json"], ["--model"]),
    "results.json: lm-evaluation-harness → 1 result, 1,319 items: model_version org/m (--model), dataset_version gsm8k@3, prompt_version 5-shot",
  );
  const pair = [{ ...NAMES, variant: "temperature=0", items: [{ id: 1 }] }, NAMES];
  assert.equal(
    describe("promptfoo", pair, ["o.json", "o.json"]),
    [
      "o.json: promptfoo → 2 results, 1 item:",
      "  result 1, 1 item: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot, variant temperature=0",
      "  result 2: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot",
    ].join("\n"),
  );
  assert.equal(
    describe("hyperfine", pair, ["a.json", "b.json"], ["--variant"]),
    [
      "2 files: hyperfine → 2 results, 1 item:",
      "  result 1 of a.json, 1 item: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot, variant temperature=0 (--variant)",
      "  result 2 of b.json: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot",
    ].join("\n"),
  );
  const many = describe("ingest", Array(30).fill(NAMES), Array(30).fill("o.json")).split("\n");
  assert.equal(many.length, 22);
  assert.equal(many.at(-1), "  and 10 more");
});
