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

const NAMES = { model_version: "m", dataset_version: "d", prompt_version: "p" };

const convertText = async (stdin: string, ...args: string[]) => {
  const { code, stdout, stderr } = await runScript(
    "convert",
    ["--input", "-", "--output", "-", ...args],
    { stdin },
  );
  return { code, stderr, result: code === 0 ? JSON.parse(stdout) : undefined, stdout };
};

Deno.test("convert says what is wrong", async () => {
  for (
    const args of [
      ["--input", "x"],
      ["--input", "-", "--output", "-", "--nan", "maybe"],
      ["--input", "-", "--output", "-", "--details", "some"],
      ["--input", "-", "--output", "-", "--format", "promtpfoo"],
    ]
  ) {
    assert.equal((await runScript("convert", args)).code, 2, args.join(" "));
  }
  const missing = await runScript("convert", ["--input", "/nonexistent", "--output", "-"]);
  assert.equal(missing.code, 1);
  for (
    const [text, message] of [
      ["{}", /none of the known shapes/],
      ["{", /Cannot read -/],
      ["", /it is empty and holds no result/],
      ["[]", /holds no result: it is an empty array/],
      ['{"results":[]}', /holds no result: its results are empty/],
      ['{"a":1}\n{"a":2}\n', /line 2, column 1/],
      [JSON.stringify({ ...NAMES, metrics: { f1: 83 } }), /\/metrics\/f1 must be a fraction/],
      [JSON.stringify({ model_version: "m", metrics: {} }), /\/dataset_version is required/],
    ] as const
  ) {
    const { code, stderr, stdout } = await convertText(text);
    assert.equal(code, 1, text);
    assert.match(stderr, message);
    assert.equal(stdout, "", "nothing is written");
  }
});

Deno.test("convert puts in what it is told", async () => {
  const options = [
    "--environment",
    "staging",
    "--variant",
    "seed 7",
    "--series",
    "auditor",
    "--commit-sha",
    "0123abc",
  ];
  const put = {
    environment: "staging",
    variant: "seed 7",
    series: "auditor",
    commit_sha: "0123abc",
  };
  const one = { ...NAMES, metrics: {} };
  const { result, stderr } = await convertText(JSON.stringify(one), ...options);
  assert.deepEqual(result, { ...one, ...put });
  assert.equal(
    stderr,
    "-: ingest → 1 result: model_version m, dataset_version d, prompt_version p, variant seed 7 (--variant)\n",
  );
  const batch = await convertText(
    JSON.stringify({ results: [one, { ...one, model_version: "m2" }] }),
    ...options,
  );
  assert.deepEqual(batch.result, {
    results: [{ ...one, ...put }, { ...one, model_version: "m2", ...put }],
  });
});

Deno.test("convert lists the formats, and takes a forced one", async () => {
  const { stdout, code } = await runScript("convert", ["--list"]);
  assert.equal(code, 0);
  const formats = stdout.trim().split("\n").map((line) => line.split(" ")[0]);
  for (const format of ["FORMAT", "ingest", "promptfoo", "lm-evaluation-harness"]) {
    assert.ok(formats.includes(format), format);
  }
  const benchmarks = JSON.stringify([{ name: "a", unit: "s", value: 1 }]);
  const options = ["--model", "m", "--format"];
  const { result } = await convertText(benchmarks, ...options, "github-action-benchmark");
  assert.deepEqual(result.metrics.values, { a: { value_s: 1 } });
  const { code: other, stderr } = await convertText(benchmarks, ...options, "promptfoo");
  assert.equal(other, 1);
  assert.match(stderr, /is not promptfoo.*it looks like github-action-benchmark/);
});

Deno.test("convert makes a batch of the files that a glob matches", async () => {
  const folder = await Deno.makeTempDir();
  const document = (model_name: string) =>
    JSON.stringify({ model_name, total_documents: 1, issue_f1_score: 0.5 });
  for (const model of ["b", "a"]) {
    await Deno.writeTextFile(join(folder, `${model}.json`), document(model));
  }
  await Deno.mkdir(join(folder, "c.json"));
  const output = join(folder, "out.txt");
  const all = await runScript("convert", ["--input", join(folder, "*.json"), "--output", output]);
  assert.equal(all.code, 0, all.stderr);
  const { results } = JSON.parse(await Deno.readTextFile(output));
  assert.deepEqual(results.map((one: typeof NAMES) => one.model_version), ["a", "b"]);
  assert.match(
    all.stderr,
    /2 files: aggregated-metrics → 2 results:\n {2}result 1 of .*a\.json: model_version a, .*\n {2}result 2 of .*b\.json: /,
  );
  const expanded = ["--input", join(folder, "a.json"), join(folder, "b.json"), "--output", "-"];
  const { stdout } = await runScript("convert", expanded);
  assert.equal(JSON.parse(stdout).results.length, 2, "as a shell expands a pattern");
  const none = await runScript("convert", ["--input", join(folder, "*.jso"), "--output", output]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /No file matches .*, so there is no result/);
  await Deno.writeTextFile(join(folder, "d.json"), JSON.stringify({ ...NAMES, metrics: {} }));
  const mixed = await runScript("convert", ["--input", join(folder, "*.json"), "--output", output]);
  assert.match(mixed.stderr, /a\.json is aggregated-metrics, and .*d\.json is ingest/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("convert takes NaN for null, or refuses it with its place", async () => {
  const text = '{"results":{"lambada":{"perplexity,none":NaN,"acc,none":0.41}},' +
    '"configs":{},"versions":{"lambada":1.0},"model_name":"NaN"}';
  const { result, stderr } = await convertText(text);
  assert.equal(result.metrics.results.lambada["perplexity,none"], null);
  assert.equal(result.metrics.acc, 0.41);
  assert.equal(result.model_version, "NaN");
  assert.match(stderr, /^-: NaN at \/results\/lambada\/perplexity,none became null/);
  const refused = await convertText(text, "--nan", "refuse");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /NaN at \/results\/lambada\/perplexity,none\. Convert it with --nan null/,
  );
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
  const small = await convertText(document(["a", "b"], 2));
  assert.deepEqual(small.result.items, [{ id: "a", latency_ms: 2 }, { id: "b", latency_ms: 2 }]);
  assert.match(small.stderr, /^-: aggregated-metrics → 1 result, 2 items: .*\n$/);
  const other = await convertText(document(["a", "b"], 1));
  assert.equal(other.result.items, undefined);
  assert.match(other.stderr, /^-: The items are converted without latency_ms: they give/);
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `document-${n}`);
  const dense = await convertText(document(numbered(4000), 2));
  assert.equal(dense.result.items.length, 4000);
  assert.equal(dense.result.metrics.individual_results.length, 4000);
  assert.ok(dense.stdout.length < 1 << 20, `${dense.stdout.length} bytes`);
  const large = await convertText(
    document(numbered(10_000).map((name) => name.padEnd(50, "x")), 2),
  );
  assert.equal(large.result.items.length, 10_000);
  assert.equal(large.result.metrics.individual_results, undefined);
  assert.match(large.stderr, /Left out of metrics: \/individual_results: with it/);
  assert.ok(large.stdout.length < 1 << 20, `${large.stdout.length} bytes`);
  const kept = await convertText(document(numbered(10_000), 2), "--details", "keep");
  assert.equal(kept.code, 1);
  assert.match(kept.stderr, /--details cut shortens|--details drop leaves/);
});

Deno.test("convert writes over none of its inputs, by whatever name", async () => {
  const folder = await Deno.makeTempDir();
  const input = join(folder, "a.json");
  const text = JSON.stringify({ ...NAMES, metrics: {} });
  await Deno.writeTextFile(input, text);
  await Deno.symlink(input, join(folder, "link.json"));
  await Deno.link(input, join(folder, "hard.json"));
  await Deno.writeTextFile(join(folder, "b_samples.jsonl"), text);
  for (
    const name of ["a.json", "../" + folder.split("/").at(-1) + "/a.json", "link.json", "hard.json"]
  ) {
    const output = `${folder}/${name}`;
    const { code, stderr } = await runScript("convert", ["--input", input, "--output", output]);
    assert.equal(code, 1, name);
    assert.match(stderr, /^Cannot write .*: it is what is converted\. Give another --output\.\n$/);
  }
  const samples = join(folder, "b_samples.jsonl");
  const over = await runScript("convert", ["--input", input, "--output", samples]);
  assert.match(over.stderr, /Cannot write .*b_samples\.jsonl: its name is that of samples/);
  assert.equal(await Deno.readTextFile(input), text);
  assert.equal(await Deno.readTextFile(samples), text);
  const other = join(folder, "other.json");
  for (let times = 0; times < 2; times++) {
    const { code } = await runScript("convert", ["--input", input, "--output", other]);
    assert.equal(code, 0, "an earlier result is written over");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("convert keeps every digit of a number", async () => {
  const { stdout } = await convertText(
    JSON.stringify({ ...NAMES, metrics: {} }).replace("{}", '{"n":12345678901234567890}'),
  );
  assert.match(stdout, /"n": 1234567890123456789e1/);
});
