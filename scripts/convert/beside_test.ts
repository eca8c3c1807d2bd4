import assert from "node:assert/strict";
import { join } from "node:path";
import { isSampleFile, readWithSamples, withSamples } from "./beside.ts";
import { convertDocuments } from "./convert_document.ts";

const FIXTURES = new URL("fixtures/", import.meta.url).pathname;

async function convert(path: string) {
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  const { results } = convertDocuments([await readWithSamples(path, {}, note)], { warn: note });
  return { result: results[0]!, items: results[0]!.items as { id: string }[] | undefined, notes };
}

Deno.test("withSamples() gives results of lm_eval the items of the files beside them", async () => {
  const folder = join(FIXTURES, "lm_evaluation_harness_samples");
  const path = join(folder, "results_2025-06-01T10-11-12.345678.json");
  const { result, items, notes } = await convert(path);
  assert.deepEqual(items?.map(({ id }) => id), [
    "arc_easy/0",
    "arc_easy/1",
    "arc_easy/2",
    "gsm8k/0",
    "gsm8k/1",
    "gsm8k/2",
    "gsm8k/3",
  ]);
  assert.ok(!("samples" in (result.metrics as object)), "they are no part of the document");
  assert.match(notes[0]!, /: with 11 samples of .*samples_arc_easy_.*samples_gsm8k_/);
  // Those of another run are not.
  const elsewhere = await Deno.makeTempDir();
  const other = join(elsewhere, "results_2025-06-02T10-11-12.345678.json");
  await Deno.copyFile(path, other);
  for await (const { name } of Deno.readDir(folder)) {
    if (isSampleFile(name)) await Deno.copyFile(join(folder, name), join(elsewhere, name));
  }
  assert.equal((await convert(other)).items, undefined);
  // A row that is no JSON is told by its line.
  const broken = join(elsewhere, "samples_gsm8k_2025-06-02T10-11-12.345678.jsonl");
  await Deno.writeTextFile(broken, '{"doc_id": 0}\n{"doc_id": \n');
  await assert.rejects(() => convert(other), /samples_gsm8k_.*\.jsonl, line 2/);
  await Deno.remove(elsewhere, { recursive: true });
});

Deno.test("withSamples() gives logs of Every Eval Ever the rows of the file beside them", async () => {
  const { items } = await convert(join(FIXTURES, "every_eval_ever/gsm8k.json"));
  assert.equal(items?.length, 4);
});

Deno.test("withSamples() has nothing for other documents", async () => {
  const note = () => assert.fail("nothing to say");
  assert.equal(
    await withSamples("-", { results: {}, configs: {}, versions: {} }, {}, note),
    undefined,
  );
  assert.equal(await withSamples("/nonexistent/a.json", {}, {}, note), undefined);
  const unnamed = { results: {}, configs: {}, versions: {} };
  assert.equal(await withSamples("/nonexistent/results.json", unnamed, {}, note), undefined);
});
