import assert from "node:assert/strict";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import {
  factsOfSampleFile,
  type SampleFile,
  samplesByTask,
} from "./lm_evaluation_harness_samples.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

const TIME = "2025-06-01T10-11-12.345678";
const FOLDER = "lm_evaluation_harness_samples";

const read = async (task: string): Promise<SampleFile> => {
  const source = `samples_${task}_${TIME}.jsonl`;
  const text = await Deno.readTextFile(new URL(`fixtures/${FOLDER}/${source}`, import.meta.url));
  return { source, task, rows: text.trim().split("\n").map((line) => JSON.parse(line)) };
};

Deno.test("samplesByTask() gives results the samples that were written beside them", async () => {
  const files = [await read("arc_easy"), await read("gsm8k")];
  const samples = samplesByTask(files);
  assert.deepEqual(Object.keys(samples), ["arc_easy", "gsm8k"]);
  assert.deepEqual(samples.gsm8k, files[1]!.rows, "nothing is dropped");
  const results = await readFixture(`${FOLDER}/results_${TIME}.json`);
  const { items, warnings, metrics } = convertWith(lmEvaluationHarness, { ...results, samples });
  assert.deepEqual(warnings, []);
  assert.equal(metrics.gsm8k_exact_match_strict_match, 0.5);
  const item = (id: string, acc: unknown, norm: unknown, strict: unknown, flexible: unknown) => ({
    id,
    arc_easy_acc: acc,
    arc_easy_acc_norm: norm,
    gsm8k_exact_match_strict_match: strict,
    gsm8k_exact_match_flexible_extract: flexible,
  });
  assert.deepEqual(items, [
    item("arc_easy/0", 1, 1, null, null),
    item("arc_easy/1", 0, 1, null, null),
    item("arc_easy/2", 1, 1, null, null),
    item("gsm8k/0", null, null, 1, 1),
    item("gsm8k/1", null, null, 0, 1),
    item("gsm8k/2", null, null, 1, 1),
    item("gsm8k/3", null, null, 0, 0),
  ]);
});

Deno.test("factsOfSampleFile() reads the task and the time of a name", () => {
  assert.deepEqual(factsOfSampleFile(`out/samples_arc_easy_${TIME}.jsonl`), {
    task: "arc_easy",
    time: TIME,
  });
  assert.deepEqual(factsOfSampleFile("samples_a_2025-06-01T10-11-12.jsonl")?.task, "a");
  for (const name of ["samples_a.jsonl", `samples_${TIME}.jsonl`, `results_${TIME}.json`, ""]) {
    assert.equal(factsOfSampleFile(name), undefined, name);
  }
});

Deno.test("samplesByTask() says which row is none, and why", async () => {
  const { rows } = await read("gsm8k");
  const [row] = rows as [Record<string, unknown>];
  const refused: [unknown, RegExp][] = [
    [1, /a\.jsonl, line 2, is no JSON object/],
    [null, /line 2, is no JSON object/],
    [{ ...row, doc_id: undefined }, /line 2, names no document/],
    [{ ...row, filter: 1 }, /line 2, has a filter/],
    [{ ...row, metrics: "acc" }, /line 2, has metrics that are no list/],
    [{ ...row, metrics: ["acc", "f1"] }, /line 2, has no acc, f1, which its metrics name/],
    [{ ...row, doc_hash: "0" }, /line 2, has another document of the doc_id 0/],
  ];
  for (const [second, message] of refused) {
    assert.throws(
      () => samplesByTask([{ source: "a.jsonl", task: "gsm8k", rows: [row, second] }]),
      message,
    );
  }
  const file = { source: "b.jsonl", task: "gsm8k", rows };
  assert.throws(() => samplesByTask([file, file]), /b\.jsonl has samples of gsm8k, and so has/);
});

Deno.test("samplesByTask() takes rows of versions that say less", () => {
  const rows = [{ doc_id: 0, acc: 1 }, { doc_id: "x", filter: null, metrics: null, acc: 0 }];
  assert.deepEqual(samplesByTask([{ source: "a", task: "t", rows }]), { t: rows });
});
