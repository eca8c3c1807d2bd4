import assert from "node:assert/strict";
import { convertWith, readFixture } from "./read_fixture.ts";
import { simpleEvals, type SimpleEvalsOptions } from "./simple_evals.ts";

const MMLU = "mmlu_gpt-example_assistant_DEBUG.json";
const HEALTHBENCH = "healthbench_hard_gpt-example_20250601_101112.json";
const ALL = "healthbench_hard_gpt-example_20250601_101112_allresults.json";

const convert = async (
  name: string,
  options: SimpleEvalsOptions = { fileName: `runs/${name}` },
) => {
  const document = await readFixture(`simple_evals/${name}`);
  return { document, ...convertWith(simpleEvals, document, options) };
};

Deno.test("simpleEvals takes model and eval of the file's name, and scores as they are", async () => {
  const { fields, metrics, items, document } = await convert(MMLU);
  assert.deepEqual(fields, {
    model_version: "gpt-example_assistant",
    dataset_version: "mmlu debug",
    prompt_version: "v1",
  });
  assert.deepEqual(metrics, {
    "chars": 412.25,
    "chars:std": 88.5,
    "score:std": 0.43301270189221935,
    "stem": 0.5,
    "stem:std": 0.5,
    "humanities": 1,
    "humanities:std": 0,
    "score": 0.75,
  });
  assert.deepEqual(metrics, document, "the spread of answers is no standard error");
  assert.equal(items, undefined);
});

const SCORES = {
  "overall_score": 0.625,
  "overall_score_stderr": 0.14,
  "overall_score:bootstrap_std": 0.14,
  "overall_score:n_samples": 4,
  "theme:hedging": 0.375,
  "theme:hedging_stderr": 0.0883,
  "theme:hedging:bootstrap_std": 0.0883,
  "theme:hedging:n_samples": 2,
  "score": 0.625,
  "score_stderr": 0.1398,
  "score:bootstrap_std": 0.1398,
  "score:n_samples": 4,
};

Deno.test("simpleEvals takes the bootstrapped standard errors of HealthBench", async () => {
  const { fields, metrics } = await convert(HEALTHBENCH);
  assert.deepEqual(fields, {
    model_version: "gpt-example",
    dataset_version: "healthbench_hard n=4",
    prompt_version: "v1",
    dataset_size: 4,
  });
  assert.deepEqual(metrics, SCORES);
});

Deno.test("simpleEvals makes items of all results, and an epoch of a prompt asked again", async () => {
  const { fields, metrics, items, warnings, document } = await convert(ALL);
  assert.deepEqual(fields, {
    model_version: "gpt-example",
    dataset_version: "healthbench_hard n=4",
    prompt_version: "v1",
    dataset_size: 2,
  });
  const { htmls, convos, metadata, ...scores } = metrics;
  assert.deepEqual(scores, SCORES);
  assert.deepEqual({ htmls, convos, metadata }, {
    htmls: document.htmls,
    convos: document.convos,
    metadata: document.metadata,
  });
  assert.deepEqual(items, [
    { id: "prompt-a", epoch: 1, score: 0.5 },
    { id: "prompt-b", epoch: 1, score: 1 },
    { id: "prompt-a", epoch: 2, score: 0.25 },
    { id: "prompt-b", epoch: 2, score: 0.75 },
  ]);
  assert.deepEqual(warnings, []);
});

Deno.test("simpleEvals asks for the model where no file's name gives it", async () => {
  const document = await readFixture(`simple_evals/${MMLU}`);
  for (const fileName of [undefined, "-", "results.json", "mmlu_.json", "mmlu.json"]) {
    const options: SimpleEvalsOptions = { fileName };
    assert.throws(() => simpleEvals.convert(document as never, options), /--model/);
  }
  const { fields } = await convert(MMLU, { model: "m" });
  assert.deepEqual([fields.model_version, fields.dataset_version], ["m", "simple-evals"]);
  const given = await convert(MMLU, { model: "m", datasetVersion: "d", promptVersion: "p" });
  assert.deepEqual(given.fields, {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
  });
});

Deno.test("simpleEvals keeps percentages, nulls, odd results and long numbers", () => {
  const score = (JSON as unknown as { rawJSON(text: string): unknown })
    .rawJSON("0.7512345678901234567890123");
  const { metrics } = convertWith(simpleEvals, {
    "score": score,
    "score:std": null,
    "f1": 0.83,
    "f1_score": 83.1,
    "precision": 0.5,
    "latency_ms": -1,
  }, { model: "m" });
  assert.equal(JSON.stringify(metrics.score), "0.7512345678901234567890123");
  assert.equal(metrics["score:std"], null);
  assert.equal(metrics.f1_percent, 0.83);
  assert.equal(metrics.precision_percent, 0.5);
  assert.equal(metrics.latency_ms_score, -1);
  assert.equal(metrics.f1_score, 83.1);
  for (const odd of [null, 1, "x", [], { a: null }]) {
    convertWith(simpleEvals, { score: 1, metrics: odd, htmls: odd, convos: [], metadata: odd }, {
      model: "m",
    });
    convertWith(simpleEvals, {
      score: 1,
      metrics: {},
      htmls: [],
      convos: [odd],
      metadata: { example_level_metadata: [odd, { prompt_id: odd, score: odd }] },
    }, { model: "m" });
  }
});

Deno.test("simpleEvals takes no object that merely has a score", () => {
  for (
    const other of [
      { score: 0.5 },
      { "score": 0.5, "score:std": 0.1, "model": "m" },
      { score: 0.5, metrics: {} },
      { "score:std": 0.1 },
      [],
    ]
  ) assert.ok(!simpleEvals.matches(other), JSON.stringify(other));
});
