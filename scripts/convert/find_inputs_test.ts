import assert from "node:assert/strict";
import { join } from "node:path";
import { findInputs } from "./find_inputs.ts";

Deno.test("findInputs() finds files, standard input, and what a glob matches", async () => {
  const folder = await Deno.makeTempDir();
  const file = (name: string) => join(folder, name);
  const samples = "samples_gsm8k_2025-06-01T10-11-12.345678.jsonl";
  for (const name of ["b.json", "a.json", "x[1].json", "notes.txt", samples]) {
    await Deno.writeTextFile(file(name), "{}");
  }
  await Deno.mkdir(file("folder.json"));
  assert.deepEqual(await findInputs(["-"]), ["-"]);
  assert.deepEqual(await findInputs([file("a.json")]), [file("a.json")]);
  assert.deepEqual(await findInputs([file("x[1].json")]), [file("x[1].json")]);
  assert.deepEqual(await findInputs([file("[ab].json")]), [file("a.json"), file("b.json")]);
  assert.deepEqual(await findInputs([file("*.json"), file("b.json")]), [
    file("a.json"),
    file("b.json"),
    file("x[1].json"),
  ]);
  assert.deepEqual(await findInputs([file("[as]*")]), [file("a.json")]);
  // Whoever reads it says what is wrong with it.
  assert.deepEqual(await findInputs([file("missing.json")]), [file("missing.json")]);
  await assert.rejects(
    () => findInputs([file("*.jso")]),
    /No file matches .*, so there is no result/,
  );
  await assert.rejects(
    () => findInputs([file(samples)]),
    /holds samples only\. Convert the results/,
  );
  await Deno.remove(folder, { recursive: true });
});
