import assert from "node:assert/strict";
import { describeConversion } from "./describe_conversion.ts";

const NAMES = { model_version: "org/m", dataset_version: "gsm8k@3", prompt_version: "5-shot" };

Deno.test("describeConversion() says what was made of what", () => {
  const items = Array.from({ length: 1319 }, (_, id) => ({ id, acc: 1 }));
  assert.equal(
    describeConversion("results.json", "lm-evaluation-harness", [{ ...NAMES, items }]),
    "results.json: lm-evaluation-harness → 1 result, 1,319 items: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot",
  );
  assert.equal(
    describeConversion("o.json", "promptfoo", [
      { ...NAMES, variant: "temperature=0", items: [{ id: 1 }] },
      NAMES,
    ]),
    [
      "o.json: promptfoo → 2 results, 1 item:",
      "  result 1, 1 item: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot, variant temperature=0",
      "  result 2: model_version org/m, dataset_version gsm8k@3, prompt_version 5-shot",
    ].join("\n"),
  );
  const many = describeConversion("o.json", "ingest", Array(30).fill(NAMES)).split("\n");
  assert.equal(many.length, 22);
  assert.equal(many.at(-1), "  and 10 more");
});
