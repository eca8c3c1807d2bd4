import assert from "node:assert/strict";
import { resultSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { convertDocument, convertDocuments } from "./convert_document.ts";

const AGGREGATED = {
  model_name: "baseline",
  total_documents: 6,
  successful_extractions: 5,
  issue_precision: 0.5,
  issue_recall: 0,
  issue_f1_score: null,
  avg_pipeline_latency_ms: 0.31,
  total_cost: 0.03,
  json_validity_rate: 100,
  generated_at: "2026-02-03 10:53:27",
  individual_results: [{ document_name: "a", error_message: null }],
};

Deno.test("convertDocument() maps aggregated metrics and drops nothing", () => {
  const result = convertDocument(AGGREGATED, { model: "rules" });
  assert.deepEqual(result, {
    model_version: "rules",
    dataset_version: "benchmark-set-v1",
    prompt_version: "v1",
    dataset_size: 6,
    success_count: 5,
    error_count: 1,
    metrics: {
      model_name: "baseline",
      precision: 0.5,
      recall: 0,
      f1: null,
      latency_ms: 0.31,
      analysis_cost: 0.005,
      total_cost: 0.03,
      json_validity_rate: 100,
      generated_at: "2026-02-03 10:53:27",
      individual_results: [{ document_name: "a", error_message: null }],
    },
  });
  assert.ok(resultSchema.safeParse(result).success);
});

Deno.test("convertDocument() takes provider, variant and series of a document for the result's", () => {
  const labels = { model_provider: "openai", variant: "seed 7", series: "auditor" };
  const { metrics, ...fields } = convertDocument({ ...AGGREGATED, ...labels }, {});
  assert.deepEqual(
    { model_provider: fields.model_provider, variant: fields.variant, series: fields.series },
    labels,
  );
  assert.ok(Object.keys(labels).every((name) => !(name in (metrics as object))));
  const odd = convertDocument({ ...AGGREGATED, series: ["a"] }, {});
  assert.deepEqual((odd.metrics as Record<string, unknown>).series, ["a"], "nothing is dropped");
});

Deno.test("convertDocument() maps patient benchmarks to another data set", () => {
  const result = convertDocument({
    model_name: "openai",
    total_patients: 10,
    successful_analyses: 10,
    avg_precision: 0.85,
    avg_recall: 0.95,
    avg_f1_score: 0.88,
    avg_latency_ms: 4154.09,
    domain_knowledge_detection_rate: 95,
  }, {});
  assert.equal(result.model_version, "openai");
  assert.equal(result.dataset_version, "patient-benchmark-v1");
  assert.deepEqual(result.metrics, {
    model_name: "openai",
    precision: 0.85,
    recall: 0.95,
    f1: 0.88,
    latency_ms: 4154.09,
    domain_knowledge_detection_rate: 95,
  });
});

Deno.test("convertDocument() leaves a result as it is, but for what the caller says", () => {
  const result = {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    metrics: { f1: 1 },
  };
  assert.deepEqual(convertDocument(result, {}), result);
  assert.deepEqual(convertDocument(result, { model: "n" }), { ...result, model_version: "n" });
});

Deno.test("convertDocument() passes a batch of the format through, and puts options into each result", () => {
  const result = {
    model_version: "m",
    dataset_version: "d",
    prompt_version: "p",
    metrics: { f1: 1 },
  };
  const batch = { results: [result, { ...result, model_version: "m2" }, result] };
  assert.deepEqual(convertDocument(batch, {}), batch, "equal ones are whoever's wrote it");
  const { results } = convertDocument(batch, {
    environment: "local",
    variant: "seed 7",
    series: "s",
    commitSha: "0123abc",
    promptVersion: "q",
  }) as { results: Record<string, unknown>[] };
  assert.deepEqual(results[1], {
    ...result,
    model_version: "m2",
    prompt_version: "q",
    environment: "local",
    variant: "seed 7",
    series: "s",
    commit_sha: "0123abc",
  });
  assert.equal(results.length, 3);
});

Deno.test("convertDocument() refuses what the function would, and says where and what to do", () => {
  const result = { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {} };
  for (
    const [document, message] of [
      [
        { ...result, prompt_version: undefined },
        /\/prompt_version is required: give it with --prompt-version/,
      ],
      [
        { results: [result, { ...result, metrics: { f1: 83 } }] },
        /result 2, \/metrics\/f1 must be a fraction/,
      ],
      [{ results: [result, null] }, /result 2 must be a JSON object/],
      [{ results: [result], more: 1 }, /\/more is an unknown field/],
      [{ ...result, f1: 1 }, /\/f1 is an unknown field "f1": put it under metrics/],
      [
        { ...result, metrics: { list: Array(5001).fill(1) } },
        /at most 5000 numbers.*--details drop/,
      ],
      [
        { ...result, notes: "x".repeat(1 << 20) },
        /would have \d+ bytes, and may have 1048576\. --details cut/,
      ],
      [[{ name: "a", unit: "s", value: 1 }], /names no model|--model/],
    ] as const
  ) {
    assert.throws(() => convertDocument(document, {}), message);
  }
});

Deno.test("convertDocument() says when there is no result at all", () => {
  for (
    const document of [[], { results: [] }, { results: {} }, {
      results: {},
      configs: {},
      versions: {},
    }]
  ) {
    assert.throws(() => convertDocument(document, { model: "m" }), /holds no result/);
  }
});

Deno.test("convertDocument() takes a forced format, or says why it is not one", () => {
  const benchmarks = [{ name: "a", unit: "s", value: 1 }];
  const options = { model: "m", format: "github-action-benchmark" };
  assert.deepEqual(
    convertDocument(benchmarks, options),
    convertDocument(benchmarks, { model: "m" }),
  );
  assert.throws(
    () => convertDocument(benchmarks, { format: "promptfoo" }),
    /is not promptfoo, which is output\.json of promptfoo.*: it looks like github-action-benchmark/,
  );
  assert.throws(() => convertDocument({}, { format: "promptfoo" }), /is not promptfoo/);
  assert.throws(
    () => convertDocument({}, { format: "prompt-foo" }),
    /no format prompt-foo: .*promptfoo/,
  );
});

Deno.test("convertDocuments() makes a batch of documents of one kind", () => {
  const named = (model_name: string, rest = {}) => ({
    source: `${model_name}.json`,
    document: { ...AGGREGATED, model_name, ...rest },
  });
  const { document, adapter, results } = convertDocuments([named("a"), named("b")], {});
  assert.equal(adapter.name, "aggregated-metrics");
  assert.deepEqual(results.map(({ model_version }) => model_version), ["a", "b"]);
  assert.deepEqual(document, { results });
  assert.throws(
    () => convertDocuments([named("a"), { source: "c.json", document: LM_EVAL }], {}),
    /a\.json is aggregated-metrics, and c\.json is lm-evaluation-harness: convert documents of one kind/,
  );
  assert.throws(
    () => convertDocuments([named("a"), { ...named("a"), source: "z.json" }], {}),
    /a\.json and z\.json are one configuration \(model_version a, dataset_version benchmark-set-v1/,
  );
  assert.throws(
    () => convertDocuments([named("a"), named("b")], { model: "m" }),
    /are one configuration/,
  );
  assert.throws(
    () =>
      convertDocuments([named("a"), {
        source: "c.json",
        document: { issue_f1_score: 1, total_documents: 1 },
      }], {}),
    /^UserError: c\.json: The document names no model: give one with --model\./,
  );
  const many = Array.from({ length: 101 }, (_, n) => named(`m${n}`));
  assert.throws(() => convertDocuments(many, {}), /101 results, and a batch has at most 100/);
});

Deno.test("convertDocuments() takes runs of one configuration that were measured at different times", () => {
  const at = (date: number) => ({ source: `${date}.json`, document: { ...LM_EVAL, date } });
  assert.equal(convertDocuments([at(1720000000), at(1720086400)], {}).results.length, 2);
  assert.throws(() => convertDocuments([at(1720000000), at(1720000000)], {}), /one configuration/);
});

Deno.test("convertDocument() refuses what the caller says wrongly, and does not move it", () => {
  for (
    const [options, message] of [
      [{ environment: "Not A Label" }, /\/environment must be 1 to 40/],
      [{ commitSha: "main" }, /\/commit_sha must be 7 to 64/],
      [{ variant: "two\nlines" }, /\/variant has a control character/],
      [{ series: "" }, /\/series must not be empty/],
    ] as const
  ) {
    assert.throws(() => convertDocument(AGGREGATED, options), message);
  }
  const { variant } = convertDocument({ ...AGGREGATED, variant: "a" }, { variant: "" });
  assert.equal(variant, "");
});

Deno.test("convertDocuments() loses no unknown key of a batch in the format", () => {
  const result = { model_version: "m", dataset_version: "d", prompt_version: "p", metrics: {} };
  const documents = [{ source: "a", document: { results: [result] } }, {
    source: "b",
    document: { results: [result], more: 1 },
  }];
  assert.throws(() => convertDocuments(documents, {}), /\/more is an unknown field/);
});

Deno.test("convertDocument() cleans names and says so, and keeps what cannot be a field under metrics", () => {
  const notes: string[] = [];
  const result = convertDocument({
    ...AGGREGATED,
    model_name: " tiny\n",
    dataset_version: "two\nlines",
    variant: "x".repeat(300),
    series: "",
    prompt_version: " ",
  }, { warn: (note) => notes.push(note) });
  assert.equal(result.model_version, "tiny");
  assert.match(String(result.dataset_version), /^two lines #[0-9a-f]{12}$/);
  assert.match(String(result.variant), /^x{85}… #[0-9a-f]{12}$/);
  assert.equal(result.prompt_version, "v1");
  assert.ok(!("series" in result));
  assert.match(notes.join("\n"), /model_version " tiny\\n" became "tiny"\./);
  assert.match(notes.join("\n"), /variant "xxx.*…" became|variant "xxx.*… became/);
});

Deno.test("convertDocument() lists the known shapes for an unknown one", () => {
  for (const document of [{}, [1], null, "x", 1, { results: 7 }, { results: [1] }]) {
    assert.throws(() => convertDocument(document, {}), /none of the known shapes:\n {2}ingest: /);
  }
  assert.throws(() => convertDocument({ ...AGGREGATED, model_name: undefined }, {}), /--model/);
});

// As lm_eval 0.4 documents and writes it, shortened.
const LM_EVAL = {
  results: {
    squadv2: { "alias": "squadv2", "exact,none": 0.401, "f1,none": 0.72, "f1_stderr,none": "N/A" },
  },
  group_subtasks: { squadv2: [] },
  configs: { squadv2: { task: "squadv2", num_fewshot: 0 } },
  versions: { squadv2: 3 },
  "n-shot": { squadv2: 0 },
  higher_is_better: { squadv2: { f1: true } },
  "n-samples": { squadv2: { original: 11873, effective: 100 } },
  config: { model: "hf", model_args: "pretrained=EleutherAI/pythia-160m" },
  git_hash: "51a7ca9",
  date: 1720000000.5,
  model_name: "EleutherAI/pythia-160m",
  total_evaluation_time_seconds: "12.5",
};

Deno.test("convertDocument() takes results of lm-evaluation-harness", () => {
  const result = convertDocument(LM_EVAL, {});
  const { date: _d, total_evaluation_time_seconds: _t, ...rest } = LM_EVAL;
  assert.deepEqual(result, {
    model_version: "EleutherAI/pythia-160m",
    dataset_version: "squadv2@3 samples=100/11873",
    prompt_version: "0-shot",
    dataset_size: 100,
    duration_seconds: 12.5,
    timestamp: "2024-07-03T09:46:40.500Z",
    metrics: { exact: 0.401, f1_percent: 0.72, ...rest },
  });
  assert.ok(resultSchema.safeParse(result).success);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`mmlu_task_${n}`, {}]));
  const long = convertDocument({ ...LM_EVAL, results: many }, {});
  assert.match(String(long.dataset_version), /^mmlu_task_0@\?,.* and \d+ more #[0-9a-f]{12}$/);
  assert.ok(resultSchema.safeParse(long).success);
});

// As promptfoo writes with --output output.json, shortened.
const PROMPTFOO = {
  evalId: "eval-abc",
  results: {
    version: 3,
    timestamp: "2025-06-01T12:00:00.000Z",
    prompts: [
      {
        provider: "openai:gpt-4.1-mini",
        id: "0123456789abcdef",
        label: "Say {{x}}\nplease",
        metrics: {
          testPassCount: 3,
          testFailCount: 1,
          testErrorCount: 0,
          totalLatencyMs: 800,
          cost: 0.02,
          score: 3,
        },
      },
      {
        provider: "google:gemini-2.5-flash",
        id: "fedcba9876543210",
        label: "Say {{x}}",
        metrics: {
          testPassCount: 4,
          testFailCount: 0,
          testErrorCount: 0,
          totalLatencyMs: 400,
          cost: 0.01,
          score: 4,
        },
      },
    ],
    results: [{ promptIdx: 0, success: true }, { promptIdx: 1, success: true }],
    stats: { successes: 7, failures: 1, errors: 0 },
  },
  config: { description: "support answers" },
  shareableUrl: null,
};

Deno.test("convertDocument() makes one result of each prompt of promptfoo", () => {
  const { results } = convertDocument(PROMPTFOO, {}) as { results: Record<string, unknown>[] };
  assert.equal(results.length, 2);
  const [first, second] = results as [Record<string, unknown>, Record<string, unknown>];
  assert.equal(first.model_version, "openai:gpt-4.1-mini");
  assert.match(String(first.dataset_version), /^support answers #[0-9a-f]{12}$/);
  assert.equal(first.prompt_version, "0123456789ab");
  assert.equal(first.dataset_size, 4);
  const metrics = first.metrics as typeof PROMPTFOO & Record<string, unknown>;
  assert.deepEqual([metrics.pass_rate, metrics.latency_ms, metrics.analysis_cost], [
    0.75,
    200,
    0.005,
  ]);
  assert.deepEqual(metrics.results.results, [PROMPTFOO.results.results[0]]);
  assert.deepEqual(metrics.config, PROMPTFOO.config);
  assert.equal(second.model_version, "google:gemini-2.5-flash");
  for (const result of results) assert.ok(resultSchema.safeParse(result).success);
});

Deno.test("convertDocuments() fits each result by itself for who posts them in parts", () => {
  const named = (model_name: string) => ({
    source: `${model_name}.json`,
    document: { ...AGGREGATED, model_name, log: ["x".repeat(600_000)] },
  });
  const documents = [named("a"), named("b")];
  const logs = (together?: boolean) =>
    convertDocuments(documents, { together }).results.map(({ metrics }) =>
      "log" in (metrics as object)
    );
  assert.deepEqual(logs(), [false, false]);
  assert.deepEqual(logs(false), [true, true]);
  const many = Array.from({ length: 101 }, (_, n) => ({
    source: `${n}.json`,
    document: { ...AGGREGATED, model_name: `m${n}` },
  }));
  assert.equal(convertDocuments(many, { together: false }).results.length, 101);
});
