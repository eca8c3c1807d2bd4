import assert from "node:assert/strict";
import { join } from "node:path";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";

// 20 documents that real runs wrote. They are not part of the repository.
const RECORDED = Deno.env.get("RECORDED_RESULTS") ?? "../shared/data/recorded-results";

const isThere = await Deno.stat(join(RECORDED, "index.tsv")).then(() => true, () => false);

Deno.test({
  name: "convert and ingest every recorded document in the order they were committed" +
    (isThere ? "" : ` (skipped, optional: no recorded documents in ${RECORDED})`),
  ignore: !isThere,
  async fn() {
    const dataDirectory = await Deno.makeTempDir();
    const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
    const [, ...lines] = (await Deno.readTextFile(join(RECORDED, "index.tsv"))).trim().split("\n");
    assert.equal(lines.length, 20);
    const versions: Record<string, number[]> = {};
    for (const line of lines) {
      const [file, commit] = line.split("\t") as [string, string];
      const source = join(RECORDED, file);
      const model = /(baseline|medgemma|openai|gemini)\.json$/.exec(file)?.[1];
      const output = join(dataDirectory, "result.json");
      const converted = await runScript("convert", [
        "--input",
        source,
        "--output",
        output,
        ...(model === undefined ? [] : ["--model", model]),
        "--environment",
        "github-actions",
        "--commit-sha",
        commit,
      ]);
      assert.equal(converted.code, 0, converted.stderr);
      const text = await Deno.readTextFile(output);
      const response = await stack.post(text);
      const receipt = await response.json();
      assert.equal(response.status, 201, JSON.stringify(receipt));
      (versions[receipt.configuration.id] ??= []).push(receipt.snapshot_version);
      await assertNothingDropped(JSON.parse(await Deno.readTextFile(source)), JSON.parse(text));
    }
    for (const given of Object.values(versions)) {
      assert.deepEqual(given, given.map((_, index) => index + 1));
    }
    await stack.stop();
    await Deno.remove(dataDirectory, { recursive: true });
  },
});

/** Every leaf of the source is somewhere in the result. */
function assertNothingDropped(source: unknown, result: unknown): void {
  const leaves = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.values(value).flatMap(leaves)
      : [JSON.stringify(value)];
  const kept = leaves(result);
  for (const leaf of leaves(source)) {
    const index = kept.indexOf(leaf);
    assert.ok(index >= 0, `${leaf} is missing`);
    kept.splice(index, 1);
  }
}

Deno.test("convert says what is wrong", async () => {
  const wrong = await runScript("convert", ["--input", "x"]);
  assert.equal(wrong.code, 2);
  const missing = await runScript("convert", ["--input", "/nonexistent", "--output", "-"]);
  assert.equal(missing.code, 1);
  const unknown = await runScript("convert", ["--input", "-", "--output", "-"], { stdin: "{}" });
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /none of the known shapes/);
  const broken = await runScript("convert", ["--input", "-", "--output", "-"], { stdin: "{" });
  assert.match(broken.stderr, /Cannot read - as JSON/);
});

Deno.test("convert puts in what it is told", async () => {
  const { stdout } = await runScript("convert", [
    "--input",
    "-",
    "--output",
    "-",
    "--environment",
    "staging",
    "--variant",
    "seed 7",
    "--series",
    "auditor",
    "--commit-sha",
    "0123abc",
  ], { stdin: '{"model_version":"m","metrics":{}}' });
  assert.deepEqual(JSON.parse(stdout), {
    model_version: "m",
    metrics: {},
    environment: "staging",
    variant: "seed 7",
    series: "auditor",
    commit_sha: "0123abc",
  });
});

Deno.test("convert says on standard error what it leaves out, and writes no file larger than it must", async () => {
  const document = (names: string[], latency: number) =>
    JSON.stringify({
      model_name: "m",
      total_documents: names.length,
      issue_f1_score: null,
      avg_pipeline_latency_ms: latency,
      individual_results: names.map((document_name) => ({ document_name, latency_ms: 2 })),
    });
  const convert = async (stdin: string) => {
    const { stdout, stderr } = await runScript("convert", ["--input", "-", "--output", "-"], {
      stdin,
    });
    return { stdout, stderr, items: JSON.parse(stdout).items };
  };
  const small = await convert(document(["a", "b"], 2));
  assert.deepEqual(small.items, [{ id: "a", latency_ms: 2 }, { id: "b", latency_ms: 2 }]);
  assert.equal(small.stderr, "");
  const other = await convert(document(["a", "b"], 1));
  assert.equal(other.items, undefined);
  assert.match(other.stderr, /^-: The items are converted without latency_ms: they give/);
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `document-${n}`);
  const dense = await convert(document(numbered(9000), 2));
  assert.equal(dense.items.length, 9000);
  assert.ok(dense.stdout.length < 1 << 20, `${dense.stdout.length} bytes`);
  const large = await convert(document(numbered(10_000).map((name) => name.padEnd(50, "x")), 2));
  assert.equal(large.items, undefined);
  assert.match(large.stderr, /without items: with them it would be larger than the 1 MiB/);
});

Deno.test("convert keeps every digit of a number", async () => {
  const { stdout } = await runScript("convert", ["--input", "-", "--output", "-"], {
    stdin: '{"model_version":"m","metrics":{"n":12345678901234567890}}',
  });
  assert.match(stdout, /"n": 1234567890123456789e1/);
});
