import assert from "node:assert/strict";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { finishResult } from "./finish_result.ts";

function finish(result: Record<string, unknown>) {
  const notes: string[] = [];
  const finished = finishResult(
    { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {}, ...result },
    (note) => notes.push(note),
  );
  return { finished, notes };
}

Deno.test("finishResult() leaves what is right as it is", () => {
  const source = "1.00000000000000000000000001";
  const result = {
    environment: "local",
    dataset_size: 3,
    duration_seconds: parseExactly(source, [{ path: [], source }]),
    timestamp: "2026-01-01T00:00:00Z",
    tags: ["a"],
    items: [{ id: 1, x: 1 }],
    variant: "seed 7",
  };
  const { finished, notes } = finish(result);
  assert.deepEqual(finished, {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    metrics: {},
    ...result,
  });
  assert.deepEqual(notes, []);
});

Deno.test("finishResult() cleans names, and says which", () => {
  const { finished, notes } = finish({
    model_version: 4,
    dataset_version: "a\nb",
    variant: "v".repeat(150),
    model_provider: "\u200b",
    branch_name: "b".repeat(250),
  });
  assert.equal(finished.model_version, "4");
  assert.match(String(finished.dataset_version), /^a b #[0-9a-f]{12}$/);
  assert.equal([...String(finished.variant)].length, 100);
  assert.ok("model_provider" in (finished.metrics as object) || !("model_provider" in finished));
  assert.equal(String(finished.branch_name).length, 250);
  assert.match(notes[0]!, /^dataset_version "a\\nb" became "a b #/);
  assert.match(notes[1]!, /^variant "vvv/);
});

Deno.test("finishResult() asks for a name that is missing by its option", () => {
  for (
    const [field, option] of [
      ["model_version", "--model"],
      ["dataset_version", "--dataset-version"],
      ["prompt_version", "--prompt-version"],
    ] as const
  ) {
    for (const none of [undefined, null, "", " \n", {}, []]) {
      assert.throws(() => finish({ [field]: none }), new RegExp(`: give one with ${option}\\.`));
    }
  }
});

Deno.test("finishResult() keeps under metrics what cannot be the field", () => {
  const odd = {
    dataset_size: -1,
    success_count: 1.5,
    error_count: "two",
    duration_seconds: -0.5,
    timestamp: "yesterday",
    environment: "Not A Label",
    variant: ["x"],
  };
  const { finished, notes } = finish({ ...odd, metrics: { f1: 1, timestamp: "kept" } });
  assert.deepEqual(finished.metrics, {
    f1: 1,
    ...odd,
    timestamp: "kept",
    document_values: { timestamp: "yesterday" },
  });
  assert.ok(!("timestamp" in finished) && !("variant" in finished));
  assert.match(notes[0]!, /dataset_size "?-1.*duration_seconds "?-0\.5/);
});
