import assert from "node:assert/strict";
import type { SourceDocument } from "./adapter.ts";
import { inspect } from "./inspect.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

// deno-lint-ignore no-explicit-any
type Log = any;

const choice = (): Promise<Log> => readFixture("inspect/choice.json");
const several = (): Promise<Log> => readFixture("inspect/several.json");

Deno.test("inspect names model, data set, prompt and variant by what tells runs apart", async () => {
  const { fields, warnings } = convertWith(inspect, await choice());
  assert.deepEqual(fields, {
    model_version: "openai/gpt-example-mini revision=step3000",
    dataset_version: "inspect_evals/arc_easy@2 (allenai/ai2_arc) subset=easy limit=4 #6df6a9970970",
    prompt_version: "system_message,multiple_choice #ede0789902d1",
    variant:
      "epochs=2,grader=openai/gpt-example-large,max_tokens=2048,message_limit=20,temperature=0.7",
    commit_sha: "0f1e2d3c",
    timestamp: "2025-06-01T10:00:01+02:00",
    duration_seconds: 8,
    dataset_size: 4,
    success_count: 8,
    error_count: 0,
  });
  assert.deepEqual(warnings, [
    "It was measured with changes that are in no commit (eval.revision.dirty).",
  ]);
});

Deno.test("inspect takes a scorer's metrics, its standard error, and an item each epoch", async () => {
  const document = await choice();
  const { metrics, items } = convertWith(inspect, document);
  const { accuracy, accuracy_stderr, ...kept } = metrics;
  assert.equal(accuracy, 0.4375);
  assert.equal(accuracy_stderr, 0.21347814095749162);
  assert.deepEqual(kept, document);
  assert.deepEqual(items, [
    { id: 1, epoch: 1, accuracy: 1, latency_ms: 375 },
    { id: 2, epoch: 1, accuracy: 1, latency_ms: 625 },
    { id: 3, epoch: 1, accuracy: 0, latency_ms: 875 },
    { id: 4, epoch: 1, accuracy: 0.5, latency_ms: 1125 },
    { id: 1, epoch: 2, accuracy: 1, latency_ms: 500 },
    { id: 2, epoch: 2, accuracy: 0, latency_ms: 750 },
    { id: 3, epoch: 2, accuracy: 0, latency_ms: 1000 },
    { id: 4, epoch: 2, accuracy: 0, latency_ms: 1250 },
  ]);
});

Deno.test("inspect names scorers, keys of their values and reducers, and counts errors", async () => {
  const document = await several();
  const { fields, metrics, warnings } = convertWith(inspect, document);
  assert.deepEqual(fields, {
    model_version: "hf/org/tiny-1b",
    dataset_version: "report@1-A",
    prompt_version: "generate",
    variant: "epochs=2",
    timestamp: "2025-06-02T08:00:00Z",
    dataset_size: 3,
    success_count: 5,
    error_count: 1,
  });
  const kept = Object.fromEntries(
    Object.entries(metrics as SourceDocument).filter(([name]) => !(name in document)),
  );
  assert.deepEqual(kept, {
    graded_mean: 0.4166666666666667,
    graded_std: 0.3818813079129867,
    precision_mean: 0.4166666666666667,
    precision_mean_stderr: 0.25344843876242584,
    recall_mean: 0.5833333333333334,
    recall_mean_stderr: 0.16666666666666666,
    steps_first: 0.6666666666666666,
    match_accuracy: 0.5,
    match_accuracy_stderr: 0,
    match_accuracy_max: 0.8333333333333334,
  });
  assert.deepEqual(warnings, [
    "The metric stderr of the scorer match has no number (NaN?): it is left out.",
    "The metric mean of the scorer graded has no number (NaN?): it is left out.",
  ]);
});

Deno.test("inspect makes scores of booleans, letters, words, objects and lists", async () => {
  const { items } = convertWith(inspect, await several());
  const scores = ({
    graded_mean,
    precision_mean,
    recall_mean,
    steps_1,
    steps_2,
    match_accuracy,
  }: SourceDocument) => [
    graded_mean,
    precision_mean,
    recall_mean,
    steps_1,
    steps_2,
    match_accuracy,
  ];
  assert.deepEqual(items!.map((item) => [item.id, item.epoch, ...scores(item)]), [
    ["a", 1, 1, 0.5, 1, 1, 0, 1],
    ["b", 1, 1, 1, null, 0, 0, 1],
    ["c", 1, null, null, null, null, null, null],
    ["a", 2, 0, 0.25, 0.5, 1, 1, 0],
    ["b", 2, 0.5, 0.75, 0.75, 0, 1, 0],
    ["c", 2, 0, 0, 0.25, 1, 1, 0.5],
  ]);
  assert.ok(items!.every(({ latency_ms }) => latency_ms === 500));
});

Deno.test("inspect refuses what did not succeed, has no scores or another version", async () => {
  const document = await choice();
  const refused: [Log, RegExp][] = [
    [{ status: "started" }, /status started, not success.*inspect eval-retry/],
    [{ status: "cancelled" }, /status cancelled/],
    [
      { status: "error", error: { message: "Rate limit\nreached" } },
      /status error, not success \(Rate limit reached #[0-9a-f]{12}\)/,
    ],
    [{ results: null }, /no scores.*inspect score/],
    [{ results: { scores: [] } }, /no scores/],
    [{ version: 1 }, /version 1: only version 2.*inspect log convert/],
    [{ version: 3 }, /version 3/],
    [{ eval: { ...document.eval, model: null } }, /--model/],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => inspect.convert({ ...document, ...change } as never, {}), message);
  }
});

Deno.test("inspect tells runs apart that differ in one setting, and no others", async () => {
  const name = async (change: (log: Log) => void) => {
    const document = await choice();
    change(document);
    const { model_version, dataset_version, prompt_version, variant } =
      convertWith(inspect, document).fields;
    return [model_version, dataset_version, prompt_version, variant];
  };
  const usual = await name(() => {});
  const other: [number, (log: Log) => void][] = [
    [0, (log) => log.eval.model = "openai/other"],
    [0, (log) => log.eval.model_args.revision = "step143000"],
    [1, (log) => log.eval.task_version = 3],
    [1, (log) => log.eval.task_args_passed.subset = "hard"],
    [1, (log) => log.eval.config.limit = null],
    [1, (log) => log.eval.config.limit = [0, 4]],
    [1, (log) => log.eval.config.sample_id = ["1", "2"]],
    [1, (log) => log.eval.dataset.name = "other/arc"],
    [2, (log) => log.plan.steps[0].params_passed.template = "Answer."],
    [2, (log) => log.plan.steps.pop()],
    [2, (log) => log.plan.config.system_message = "Be brief."],
    [3, (log) => log.plan.config.temperature = 0],
    [3, (log) => log.eval.config.message_limit = 40],
    [3, (log) => log.eval.model_roles.grader.model = "openai/gpt-example-mini"],
    [3, (log) => log.eval.model_roles.grader.config.temperature = 1],
    [3, (log) => log.eval.model_roles.grader.args.revision = "step1"],
    [3, (log) => log.eval.model_roles.user = { model: "openai/gpt-example-mini" }],
    [3, (log) => log.eval.scorers[0].options = { model: "openai/gpt-example-mini" }],
    [3, (log) => log.eval.scorers[0].metrics[0].options = { to_float: "strict" }],
    [1, (log) => log.eval.dataset.sample_ids = [1, 2, 3, 5]],
    [1, (log) => log.eval.task_args_passed.answer_key = "b"],
    [1, (log) => log.eval.task_args_passed.timeout = 5],
    [0, (log) => log.eval.model_args.add_bos_token = true],
    [0, (log) => log.eval.model_args.stop_token = "</s>"],
  ];
  for (const [index, change] of other) {
    const names = await name(change);
    assert.notEqual(names[index], usual[index], String(change));
    names[index] = usual[index];
    assert.deepEqual(names, usual, String(change));
  }
  const same: ((log: Log) => void)[] = [
    (log) => log.plan.config.max_connections = 1,
    (log) => log.plan.config.extra_headers = { authorization: "x" },
    (log) => log.eval.model_args = { device: "cpu", revision: "step3000", api_key: "secret" },
    (log) => log.eval.task_args.cot = true,
    (log) => log.eval.run_id = "another",
    (log) => log.eval.dataset.sample_ids.reverse(),
    (log) => Object.assign(log.eval.model_args, { user: "ada", cache_dir: "/home/ada" }),
    (log) => Object.assign(log.eval.task_args_passed, { cache_dir: "/tmp/a", hf_token: "x" }),
    (log) => Object.assign(log.plan.steps[0].params_passed, { log_dir: "/tmp/a", api_key: "x" }),
    (log) => Object.assign(log.plan.config, { user: "ada", timeout: 9 }),
    (log) => Object.assign(log.eval.model_roles.grader.args, { api_key: "x", device: "cpu" }),
    (log) => log.eval.model_roles.grader.config.max_connections = 9,
    (log) => log.eval.scorers[0].metrics[1].options = { cluster: "group" },
  ];
  for (const change of same) assert.deepEqual(await name(change), usual, String(change));
});

Deno.test("inspect tells graders apart, and not where Python had them in memory", async () => {
  const variant = async (change: (log: Log) => void) => {
    const document = await choice();
    change(document);
    return String(convertWith(inspect, document).fields.variant);
  };
  const graded = (model: string) => (log: Log) => {
    log.eval.scorers[0].name = "model_graded_qa";
    log.eval.scorers[0].options = { model };
  };
  const [a, b] = [await variant(graded("vendor/a")), await variant(graded("vendor/b"))];
  assert.match(a, /(?:scorers=#[0-9a-f]{12}|#[0-9a-f]{12}$)/);
  assert.notEqual(a, b);
  const roles = await variant((log) => {
    log.eval.config = {};
    log.plan.config = {};
    log.eval.model_generate_config = {};
    log.eval.model_roles = { grader: { model: "vendor/a", config: { temperature: 0 } } };
  });
  assert.match(roles, /^grader=vendor\/a #[0-9a-f]{12}$/);
  const prompt = async (address: string) => {
    const document = await choice();
    document.plan.steps[0].params_passed = {
      f: `<function f at ${address}>`,
      g: [`<g at ${address}>`],
    };
    document.eval.task_args_passed.scorer = `<function s at ${address}>`;
    const { prompt_version, dataset_version } = convertWith(inspect, document).fields;
    return [prompt_version, dataset_version];
  };
  assert.deepEqual(await prompt("0x7f00"), await prompt("0x7fffabcdef00"));
});

Deno.test("inspect takes no items of which some are missing", async () => {
  const document = await choice();
  document.samples.pop();
  const { items, warnings } = convertWith(inspect, document);
  assert.equal(items, undefined);
  assert.match(warnings.join(), /7 of 8/);
  delete document.samples;
  const header = convertWith(inspect, document);
  assert.equal(header.items, undefined);
  assert.equal(header.fields.dataset_size, 4);
});

Deno.test("inspect keeps percentages, long numbers and names of its own from metrics", async () => {
  const document = await choice();
  delete document.samples;
  const value = (JSON as unknown as { rawJSON(text: string): unknown })
    .rawJSON("0.4375000000000000000000001");
  document.results.scores[0].metrics = {
    "f1": { value: 0.83 },
    "exact": { value: 40.2 },
    "latency_ms": { value: -1 },
    "status": { value },
    "a/b": 1,
    "a_b": { value: 2 },
    "stderr": { value: 0.1 },
  };
  const { metrics } = convertWith(inspect, document);
  assert.equal(metrics.f1_percent, 0.83);
  assert.equal(metrics.exact, 40.2);
  assert.equal(metrics.latency_ms_score, -1);
  assert.equal(JSON.stringify(metrics.status), "0.4375000000000000000000001");
  assert.deepEqual(metrics.document_values, { status: "success" });
  assert.equal(metrics.a_b, 1);
  assert.equal(metrics.stderr, 0.1, "of no mean: a score of its own");
  assert.ok(!("f1" in metrics) && !("f1_stderr" in metrics));
});

Deno.test("inspect takes no scorer's name for an item's own", async () => {
  const document = await choice();
  for (const sample of document.samples) {
    sample.scores = { ...sample.scores, id: { value: 1 }, epoch: { value: 0.5 } };
  }
  const { items } = convertWith(inspect, document);
  assert.deepEqual(items![0], {
    id: 1,
    epoch: 1,
    accuracy: 1,
    id_score: 1,
    epoch_score: 0.5,
    latency_ms: 375,
  });
});

Deno.test("inspect takes at most sixteen scores, those that metrics are made of first", async () => {
  const document = await choice();
  for (const sample of document.samples) {
    sample.scores = {
      many: { value: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, n])) },
      ...sample.scores,
    };
  }
  const { items, warnings } = convertWith(inspect, document);
  assert.equal(Object.keys(items![0]!).length, 2 + 16);
  assert.ok("accuracy" in items![0]! && "latency_ms" in items![0]!);
  assert.match(warnings.join(), /without many_k14,.*at most 16/);
});

Deno.test("inspect throws at nothing odd", async () => {
  const odd = [null, 1, "x", [], {}, [null], [1], { a: null }];
  const document = await choice();
  for (const value of odd) {
    for (
      const change of [
        { plan: value },
        { stats: value },
        { samples: value },
        { eval: { ...document.eval, config: value, revision: value, model_args: value } },
        { eval: { ...document.eval, dataset: value, model_roles: value, task_args_passed: value } },
        { eval: { ...document.eval, created: value, task_version: value }, stats: null },
        { results: { ...document.results, total_samples: value, completed_samples: value } },
        { samples: [{ id: value, epoch: value, scores: value, working_time: value }] },
        { samples: [{ id: 1, scores: { choice: value } }] },
        { results: { scores: [value, { metrics: value }] } },
      ]
    ) convertWith(inspect, { ...document, ...change });
  }
});
