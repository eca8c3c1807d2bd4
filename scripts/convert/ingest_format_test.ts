import assert from "node:assert/strict";
import { monitoringResult } from "./ingest_format.ts";

const RESULT = { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {} };

Deno.test("the format is recognised by its names, as a result and as a batch, whole or not", () => {
  const { metrics: _, ...withoutMetrics } = RESULT;
  for (
    const document of [
      RESULT,
      withoutMetrics,
      { ...RESULT, model_version: undefined },
      { model_version: "m", metrics: {} },
      { dataset_version: "d", prompt_version: "p", metrics: {} },
      { results: [RESULT] },
      { results: [null, RESULT] },
    ]
  ) {
    assert.ok(monitoringResult.matches(document), JSON.stringify(document));
  }
  for (
    const document of [{}, [], null, 1, { results: [] }, { results: [{}] }, { results: RESULT }, {
      metrics: {},
    }, [RESULT]]
  ) {
    assert.ok(!monitoringResult.matches(document), JSON.stringify(document));
  }
});

Deno.test("what has the format is passed through as it is", () => {
  const convert = (document: unknown, options = {}) =>
    monitoringResult.convert(document as never, options);
  assert.deepEqual(convert(RESULT), RESULT);
  const batch = { results: [RESULT, null, { ...RESULT, unknown: 1 }], more: 1 };
  assert.deepEqual(convert(batch), batch);
  assert.deepEqual(convert(batch, { model: "n" }), {
    results: [{ ...RESULT, model_version: "n" }, null, {
      ...RESULT,
      model_version: "n",
      unknown: 1,
    }],
    more: 1,
  });
});
