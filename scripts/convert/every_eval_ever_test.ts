import assert from "node:assert/strict";
import { everyEvalEver, joinSamples } from "./every_eval_ever.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

// deno-lint-ignore no-explicit-any
type Log = any;

const gsm8k = (): Promise<Log> => readFixture("every_eval_ever/gsm8k.json");
const leaderboard = (): Promise<Log> => readFixture("every_eval_ever/leaderboard.json");
const samples = async (): Promise<Log[]> =>
  (await Deno.readTextFile(
    new URL("fixtures/every_eval_ever/gsm8k_samples.jsonl", import.meta.url),
  ))
    .trim().split("\n").map((line) => JSON.parse(line));

Deno.test("everyEvalEver takes model, data set, settings, time and size of a 0.3 log", async () => {
  const { fields, warnings, items } = convertWith(everyEvalEver, await gsm8k());
  assert.deepEqual(fields, {
    model_version: "org/tiny-1b",
    dataset_version: "GSM8K@test samples=4/1319 #0c92623f110f",
    prompt_version: "#acc145ef6c3d",
    variant:
      "engine=vllm,library=lm_eval,max_tokens=512,num_fewshot=5,precision=bfloat16 and 3 more #30c99297e1c7",
    model_provider: "org",
    timestamp: "2025-06-01T10:00:00.500Z",
    dataset_size: 4,
  });
  assert.deepEqual(warnings, []);
  assert.equal(items, undefined, "they are in another file");
});

Deno.test("everyEvalEver names scores by evaluation, metric and parameters, and keeps the log", async () => {
  const log = await gsm8k();
  const { metrics } = convertWith(everyEvalEver, log);
  const {
    gsm8k_exact_match_filter_strict,
    gsm8k_exact_match_filter_strict_stderr,
    gsm8k_steps,
    gsm8k_steps_stderr,
    ...kept
  } = metrics;
  assert.equal(gsm8k_exact_match_filter_strict, 0.5);
  assert.equal(gsm8k_exact_match_filter_strict_stderr, 0.28867513459481287);
  assert.equal(gsm8k_steps, 3.25);
  assert.equal(gsm8k_steps_stderr, 1.5 / Math.sqrt(4), "of standard deviation and samples");
  assert.deepEqual(kept, log);
});

Deno.test("everyEvalEver makes one item of the rows of a sample", async () => {
  const log = joinSamples(await gsm8k(), await samples(), "gsm8k_samples.jsonl");
  const { items, metrics, warnings } = convertWith(everyEvalEver, log);
  assert.deepEqual(warnings, []);
  const row = (id: string, match: number, steps: number, latency_ms: number) => ({
    id,
    gsm8k_exact_match_filter_strict: match,
    latency_ms,
    gsm8k_steps: steps,
  });
  assert.deepEqual(items, [
    row("gsm8k_0", 1, 2, 100),
    row("gsm8k_1", 0, 5, 150),
    row("gsm8k_2", 1, 3, 200),
    row("gsm8k_3", 0, 3, 250),
  ]);
  assert.equal(metrics.samples.length, 8);
});

Deno.test("everyEvalEver takes rows again as epochs, and tells samples of data sets apart", async () => {
  const log = await gsm8k();
  delete log.detailed_evaluation_results;
  const [strict, steps] = log.evaluation_results;
  steps.source_data = { dataset_name: "other" };
  const rows = (await samples()).slice(0, 4).map((row) => ({ ...row, performance: null }));
  const { items } = convertWith(everyEvalEver, joinSamples(log, [...rows, ...rows], "rows"));
  assert.deepEqual(items!.map(({ id, epoch }) => `${id} ${epoch}`), [
    "GSM8K/gsm8k_0 1",
    "other/gsm8k_0 1",
    "GSM8K/gsm8k_1 1",
    "other/gsm8k_1 1",
    "GSM8K/gsm8k_0 2",
    "other/gsm8k_0 2",
    "GSM8K/gsm8k_1 2",
    "other/gsm8k_1 2",
  ]);
  assert.ok(strict.evaluation_result_id !== steps.evaluation_result_id);
});

Deno.test("everyEvalEver takes no rows of another log, and no items that are not all", async () => {
  const log = await gsm8k();
  const rows = await samples();
  assert.throws(
    () => joinSamples(log, [{ ...rows[0], evaluation_id: "other" }], "a.jsonl"),
    /a\.jsonl, line 1, has evaluation_id other, and the log gsm8k\/org_tiny-1b/,
  );
  assert.throws(() => joinSamples(log, [rows[0], 1], "a.jsonl"), /line 2, is no sample/);
  const part = convertWith(everyEvalEver, joinSamples(log, rows.slice(1), "a.jsonl"));
  assert.equal(part.items, undefined);
  assert.match(part.warnings.join(), /7 of 8/);
  delete log.detailed_evaluation_results;
  const unknown = { ...rows[0], evaluation_result_id: undefined };
  const { warnings } = convertWith(everyEvalEver, joinSamples(log, [unknown], "a.jsonl"));
  assert.match(warnings.join(), /1 of 1 samples name no result/, "two results have its name");
});

Deno.test("everyEvalEver takes a log of 0.2, and a percentage for no fraction", async () => {
  const log = await leaderboard();
  const { fields, metrics, warnings } = convertWith(everyEvalEver, log);
  assert.deepEqual(fields, {
    model_version: "org/tiny-1b",
    dataset_version: "MATH,SQuAD v2",
    prompt_version: "default",
    model_provider: "org",
  });
  const { SQuAD_v2_f1, MATH_Level_5, ...kept } = metrics;
  assert.equal(SQuAD_v2_f1, 0.83);
  assert.equal(MATH_Level_5, 0.0249);
  assert.deepEqual(kept, log);
  assert.deepEqual(warnings, []);
  log.evaluation_results.pop();
  const one = convertWith(everyEvalEver, log).metrics;
  assert.equal(one.f1_percent, 0.83);
  assert.ok(!("f1" in one));
  log.evaluation_results[0].metric_config = { metric_id: "f1", max_score: 1 };
  assert.equal(convertWith(everyEvalEver, log).metrics.f1, 0.83);
});

Deno.test("everyEvalEver takes numbers that a log has as texts, and knows a percentage by them", async () => {
  const log = await leaderboard();
  log.evaluation_results.pop();
  const names = (max_score: unknown, score: unknown = 0.83) => {
    log.evaluation_results[0] = {
      ...log.evaluation_results[0],
      metric_config: { metric_id: "f1", max_score },
      score_details: { score, uncertainty: { standard_error: { value: "0.10" } } },
    };
    const { metrics } = convertWith(everyEvalEver, log);
    return Object.entries(metrics).filter(([name]) => name.startsWith("f1"));
  };
  const percent = [["f1_percent", 0.83], ["f1_percent_stderr", 0.1]];
  for (const most of ["100", 100, "100.0", "100%"]) assert.deepEqual(names(most), percent);
  for (const most of ["1", 1, "1.0", null, undefined]) {
    assert.deepEqual(names(most), [["f1", 0.83], ["f1_stderr", 0.1]]);
  }
  for (const most of ["5", 5, "unbounded"]) {
    assert.deepEqual(names(most), [["f1_score", 0.83], ["f1_score_stderr", 0.1]]);
  }
  assert.deepEqual(names("100", "83.50")[0], ["f1_percent", 83.5]);
});

Deno.test("everyEvalEver tells runs apart that differ in one setting, and no others", async () => {
  const name = async (change: (log: Log) => void) => {
    const log = await gsm8k();
    change(log);
    const { model_version, dataset_version, prompt_version, variant } =
      convertWith(everyEvalEver, log).fields;
    return [model_version, dataset_version, prompt_version, variant];
  };
  const each = (log: Log, change: (result: Log) => void) => log.evaluation_results.forEach(change);
  const judge = (id: string, rest = {}) => ({
    judges: [{ model_info: { id, name: id }, temperature: 0 }],
    input_prompt: "Is it right?",
    ...rest,
  });
  const usual = await name(() => {});
  const judged = (one: unknown) =>
    name((log) => log.evaluation_results[0].metric_config.llm_scoring = one);
  assert.notDeepEqual(await judged(judge("a")), await judged(judge("b")));
  assert.deepEqual(
    await judged(judge("a", { expert_baseline: 0.9 })),
    await judged(judge("a")),
  );
  const other: [number, (log: Log) => void][] = [
    [0, (log) => log.model_info.id = "org/other"],
    [1, (log) => each(log, (result) => result.source_data.hf_split = "train")],
    [1, (log) => each(log, (result) => result.source_data.sample_ids.pop())],
    [
      2,
      (log) =>
        each(log, (result) => result.generation_config.generation_args.prompt_template = "Q?"),
    ],
    [
      3,
      (log) => each(log, (result) => result.generation_config.generation_args.temperature = 1),
    ],
    [3, (log) => log.evaluation_results[1].generation_config.generation_args.temperature = 1],
    [3, (log) => log.model_info.inference_engine.name = "sglang"],
    [3, (log) => log.eval_library.name = "inspect_ai"],
    [3, (log) => log.evaluation_results[0].metric_config.llm_scoring = judge("a")],
    [3, (log) => each(log, (one) => one.generation_config.generation_args.stop_token = "x")],
    [3, (log) => each(log, (one) => one.generation_config.additional_details.answer_key = "x")],
    [1, (log) => each(log, (result) => result.source_data.sample_ids[3] = "gsm8k_9")],
    [3, (log) => log.model_info.additional_details.precision = "float16"],
  ];
  for (const [index, change] of other) {
    const names = await name(change);
    assert.notEqual(names[index], usual[index], String(change));
    names[index] = usual[index];
    assert.deepEqual(names, usual, String(change));
  }
  const same: ((log: Log) => void)[] = [
    (log) => log.retrieved_timestamp = "1",
    (log) => log.model_info.inference_engine.version = "1",
    (log) => log.eval_library.version = "1",
    (log) => each(log, (result) => result.source_data.sample_ids.reverse()),
    (log) => each(log, (one) => one.generation_config.generation_args.api_key = "x"),
    (log) => each(log, (one) => one.generation_config.additional_details.user = "ada"),
    (log) =>
      each(log, (result) => result.generation_config.generation_args.execution_command = "x"),
  ];
  for (const change of same) assert.deepEqual(await name(change), usual, String(change));
});

Deno.test("everyEvalEver says what a log lacks, and throws at nothing odd", async () => {
  const log = await gsm8k();
  assert.throws(
    () => everyEvalEver.convert({ ...log, evaluation_results: [] } as never, {}),
    /no score/,
  );
  assert.throws(() => everyEvalEver.convert({ ...log, model_info: {} } as never, {}), /--model/);
  const [result] = log.evaluation_results;
  for (const odd of [null, 1, "x", [], {}, [null], { a: null }]) {
    for (
      const change of [
        { model_info: odd },
        { evaluation_timestamp: odd, samples: odd, detailed_evaluation_results: odd },
        {
          evaluation_results: [{
            ...result,
            metric_config: odd,
            source_data: odd,
            generation_config: odd,
          }],
        },
        {
          evaluation_results: [{
            ...result,
            score_details: { score: 1, uncertainty: odd },
            generation_config: { generation_args: odd, additional_details: odd },
          }],
        },
        { samples: [odd, { sample_id: odd, evaluation_name: "gsm8k", evaluation: odd }] },
      ]
    ) convertWith(everyEvalEver, { ...log, ...change }, { model: "m" });
  }
  const score = (JSON as unknown as { rawJSON(text: string): unknown })
    .rawJSON("0.1234567890123456789012345");
  const { metrics } = convertWith(everyEvalEver, {
    ...log,
    evaluation_results: [{ evaluation_name: "a b", score_details: { score } }],
  });
  assert.equal(JSON.stringify(metrics.a_b), "0.1234567890123456789012345");
});
