import assert from "node:assert/strict";
import type { Adapter } from "./adapter.ts";
import { bencher } from "./bencher.ts";
import { ADAPTERS } from "./convert_document.ts";
import { everyEvalEver } from "./every_eval_ever.ts";
import { googleBenchmark } from "./google_benchmark.ts";
import { hyperfine } from "./hyperfine.ts";
import { inspect } from "./inspect.ts";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import { pytestBenchmark } from "./pytest_benchmark.ts";
import { readFixture } from "./read_fixture.ts";
import { simpleEvals } from "./simple_evals.ts";

const BY_FOLDER: Record<string, Adapter> = {
  bencher,
  every_eval_ever: everyEvalEver,
  google_benchmark: googleBenchmark,
  hyperfine,
  inspect,
  lm_evaluation_harness_samples: lmEvaluationHarness,
  pytest_benchmark: pytestBenchmark,
  simple_evals: simpleEvals,
};

const FOLDER = new URL("fixtures/", import.meta.url);
const ALL = [...new Set([...ADAPTERS, ...Object.values(BY_FOLDER)])];

function takers(document: unknown): string[] {
  return ALL.filter((adapter) => adapter.matches(document)).map(({ name }) => name);
}

Deno.test("each fixture is taken by its own adapter, and by no other", async () => {
  const seen: string[] = [];
  for (const [folder, adapter] of Object.entries(BY_FOLDER)) {
    for await (const { name } of Deno.readDir(new URL(`${folder}/`, FOLDER))) {
      if (!name.endsWith(".json")) continue;
      assert.deepEqual(takers(await readFixture(`${folder}/${name}`)), [adapter.name], name);
      seen.push(folder);
    }
  }
  assert.deepEqual([...new Set(seen)], Object.keys(BY_FOLDER));
});

Deno.test("what other adapters take is taken by one adapter, and by none of a fixture", () => {
  const documents = [
    { model_version: "m", metrics: { f1: 1 } },
    { model_name: "m", issue_f1_score: 1, total_documents: 1 },
    { model_name: "m", avg_f1_score: 1, total_patients: 1 },
    { evalId: "e", results: { version: 3, prompts: [], results: [], stats: {} } },
    [{ name: "a", unit: "ms", value: 1 }],
  ];
  const own = Object.values(BY_FOLDER).map(({ name }) => name);
  for (const document of documents) {
    const names = takers(document);
    assert.equal(names.length, 1, JSON.stringify(document));
    assert.ok(!own.includes(names[0]!), String(names[0]));
  }
});

Deno.test("the format itself, as a batch, and what has no shape are taken by no adapter of a fixture", () => {
  const own = new Set(Object.values(BY_FOLDER));
  const result = { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {} };
  const others = [
    { results: [result] },
    { results: [] },
    { results: [{}] },
    {},
    [],
    [[]],
    null,
    1,
    "x",
    { metrics: { score: { value: 1 } } },
    { score: 1 },
    { benchmarks: [] },
  ];
  for (const document of others) {
    const taken = ALL.filter((adapter) => own.has(adapter) && adapter.matches(document));
    assert.deepEqual(
      taken.map(({ name }) => name),
      // An object of objects with values is nothing else than Bencher's.
      JSON.stringify(document).includes("value") ? [bencher.name] : [],
      JSON.stringify(document),
    );
  }
});
