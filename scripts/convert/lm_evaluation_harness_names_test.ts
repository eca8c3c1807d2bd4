import assert from "node:assert/strict";
import { lineProblem } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { convertDocument } from "./convert_document.ts";
import {
  argumentsOf,
  datasetName,
  modelName,
  promptName,
  variantName,
} from "./lm_evaluation_harness_names.ts";

type Row = Record<string, unknown>;

/** As lm_eval 0.4 writes it, shortened. */
function harness(rest: Row = {}, config: Row = {}): Row {
  return {
    results: { gsm8k: { "alias": "gsm8k", "exact_match,strict-match": 0.5 } },
    group_subtasks: { gsm8k: [] },
    configs: { gsm8k: { task: "gsm8k", num_fewshot: 5 } },
    versions: { gsm8k: 3 },
    "n-shot": { gsm8k: 5 },
    "n-samples": { gsm8k: { original: 1319, effective: 1319 } },
    config: {
      model: "hf",
      model_args: "pretrained=org/tiny-1b",
      limit: null,
      gen_kwargs: null,
      random_seed: 0,
      numpy_seed: 1234,
      torch_seed: 1234,
      fewshot_seed: 1234,
      ...config,
    },
    model_name: "org/tiny-1b",
    ...rest,
  };
}

const names = (document: Row) => {
  const { model_version, dataset_version, prompt_version, variant } = convertDocument(document, {});
  return [model_version, dataset_version, prompt_version, variant];
};

Deno.test("names of a plain run are plain", () => {
  assert.deepEqual(names(harness()), ["org/tiny-1b", "gsm8k@3", "5-shot", undefined]);
});

Deno.test("modelName() has what says which weights were evaluated", () => {
  const model = (args: unknown, config: Row = {}, rest: Row = {}) =>
    modelName(harness(rest, { model_args: args, ...config }));
  for (
    const [args, config, expected] of [
      ["pretrained=org/tiny-1b,revision=step3000", {}, "org/tiny-1b@step3000"],
      [{ pretrained: "org/tiny-1b", revision: "step3000" }, {}, "org/tiny-1b@step3000"],
      ['{"pretrained": "org/tiny-1b", "revision": "step3000"}', {}, "org/tiny-1b@step3000"],
      ["pretrained=org/tiny-1b", { model_revision: "step3000" }, "org/tiny-1b@step3000"],
      ["pretrained=org/tiny-1b", { model_revision: "main", model_sha: "" }, "org/tiny-1b"],
      [
        "pretrained=org/tiny-1b",
        { model_revision: "main", model_sha: "50F5173D932E8E61F858120BCB800B97AF589F46" },
        "org/tiny-1b model_sha=50f5173d932e",
      ],
      [
        "pretrained=org/tiny-1b,load_in_4bit=True,subfolder=ckpt",
        {},
        "org/tiny-1b load_in_4bit=true subfolder=ckpt",
      ],
      ["pretrained=org/tiny-1b,autogptq=False", {}, "org/tiny-1b"],
    ] as const
  ) {
    assert.equal(model(args, config), expected);
  }
  // lm_eval takes the adapter for the model's name.
  assert.equal(
    model("pretrained=org/base,peft=org/adapter", { peft_sha: "0123456789abcdef" }, {
      model_name: "org/adapter",
    }),
    "org/base peft=org/adapter peft_sha=0123456789ab",
  );
  // And eight letters by chance where there is none.
  assert.equal(model("", { model: "dummy" }, { model_name: "x7k2p9qd" }), "dummy");
  assert.equal(model("pretrained=tinygpt2", {}, { model_name: "tinygpt2" }), "tinygpt2");
  assert.equal(model("model=gpt-x", {}, { model_name: undefined }), "gpt-x");
  assert.equal(model(null, { model: null }, { model_name: null }), undefined);
  assert.throws(
    () => convertDocument(harness({ model_name: null }, { model_args: null, model: null }), {}),
    /names no model: give one with --model/,
  );
});

Deno.test("datasetName() has limits, and parts without one", () => {
  assert.equal(datasetName(harness({}, { limit: 100 })), "gsm8k@3 limit=100");
  assert.equal(datasetName(harness({}, { limit: 0.1 })), "gsm8k@3 limit=0.1");
  const part = harness({ "n-samples": { gsm8k: { original: 1319, effective: 20 } } });
  assert.equal(datasetName(part), "gsm8k@3 samples=20/1319");
  assert.equal(datasetName(harness({ versions: {} })), "gsm8k@?");
  const source = "0.100000000000000000000000000001";
  const raw = parseExactly(source, [{ path: [], source }]);
  assert.match(datasetName(harness({}, { limit: raw }))!, /^gsm8k@3 limit=1\d+e-30$/);
});

/** A group of 57 tasks in two groups, as `--tasks mmlu` gives. */
function mmlu(change: (document: Row) => void = () => {}): Row {
  const leaves = Array.from({ length: 57 }, (_, n) => `mmlu_subject_${n}`);
  const parts = { mmlu_stem: leaves.slice(0, 20), mmlu_other: leaves.slice(20) };
  const all = ["mmlu", ...Object.keys(parts), ...leaves];
  const each = (value: unknown, of = all) => Object.fromEntries(of.map((name) => [name, value]));
  const document = harness({
    results: each({ "acc,none": 0.5, "acc_stderr,none": 0.01 }),
    groups: each({ "acc,none": 0.5 }, ["mmlu", ...Object.keys(parts)]),
    group_subtasks: { ...parts, mmlu: Object.keys(parts) },
    configs: each({ num_fewshot: 5 }, leaves),
    versions: each(1),
    "n-shot": each(5),
    "n-samples": each({ original: 100, effective: 100 }, leaves),
  });
  change(document);
  return document;
}

Deno.test("datasetName() names groups, and tells others of their tasks and versions by a digest", () => {
  const name = datasetName(mmlu())!;
  assert.match(name, /^mmlu@1 #[0-9a-f]{12}$/);
  assert.equal(datasetName(mmlu()), name);
  const others = [
    mmlu((document) => (document.versions as Row).mmlu_subject_56 = 2),
    mmlu((document) => {
      const results = document.results as Row;
      const { mmlu_subject_56: last, ...rest } = results;
      document.results = { ...rest, zz_other: last };
      (document.group_subtasks as Record<string, string[]>).mmlu_other!.splice(-1, 1, "zz_other");
    }),
    mmlu((document) => (document.versions as Row).mmlu = 2),
    mmlu((document) =>
      document["n-samples"] = {
        ...document["n-samples"] as Row,
        mmlu_subject_0: { original: 100, effective: 10 },
      }
    ),
    mmlu((document) =>
      document["n-samples"] = {
        ...document["n-samples"] as Row,
        mmlu_subject_1: { original: 100, effective: 10 },
      }
    ),
    mmlu((document) => (document.config as Row).limit = 10),
  ];
  const all = [name, ...others.map((document) => datasetName(document))];
  assert.equal(new Set(all).size, all.length, all.join("\n"));
  for (const one of all) assert.equal(lineProblem(one!, 200), null);
  const { dataset_version, prompt_version, dataset_size, metrics } = convertDocument(mmlu(), {});
  assert.deepEqual([dataset_version, prompt_version, dataset_size], [name, "5-shot", 5700]);
  const { mmlu_acc, mmlu_acc_stderr } = metrics as Row;
  assert.deepEqual([mmlu_acc, mmlu_acc_stderr], [0.5, 0.01]);
});

Deno.test("datasetName() keeps lists that are cut apart, and takes no order of tasks for another list", () => {
  const of = (tasks: string[], versions: Row = {}) =>
    datasetName(harness({
      results: Object.fromEntries(tasks.map((task) => [task, { "acc,none": 1 }])),
      versions: { ...Object.fromEntries(tasks.map((task) => [task, 1])), ...versions },
    }));
  const tasks = Array.from({ length: 57 }, (_, n) => `a_long_name_of_a_task_${n}`);
  const all = [of(tasks), of(tasks, { [tasks[56]!]: 2 }), of([...tasks.slice(0, 56), "zz_other"])];
  assert.equal(new Set(all).size, 3);
  for (const name of all) assert.ok([...name!].length <= 200);
  assert.equal(of(tasks.toReversed()), all[0]);
  assert.equal(of(["b", "a"]), "a@1,b@1");
});

Deno.test("promptName() has examples, templates and instructions", () => {
  assert.equal(
    promptName(harness({
      chat_template: "{{ messages }}",
      chat_template_sha: "D".repeat(64),
      fewshot_as_multiturn: true,
      system_instruction: "Be brief.",
      system_instruction_sha: "e".repeat(64),
    })),
    "5-shot chat_template=dddddddddddd system_instruction=eeeeeeeeeeee multiturn",
  );
  const unhashed = [
    promptName(harness({ chat_template: "a" })),
    promptName(harness({ chat_template: "b" })),
    promptName(harness({ system_instruction: "b" })),
    promptName(harness()),
  ];
  assert.equal(new Set(unhashed).size, 4);
  assert.equal(promptName(harness({ fewshot_as_multiturn: false, chat_template: null })), "5-shot");
  assert.equal(promptName(harness({ "n-shot": {}, configs: {} })), "default");
  assert.equal(promptName(harness({ "n-shot": {} })), "5-shot", "of the task's configuration");
});

Deno.test("promptName() tells which task has how many examples", () => {
  const of = (a: number, b: number, c: number) =>
    promptName(harness({
      results: { a: { "acc,none": 1 }, b: { "acc,none": 1 }, c: { "acc,none": 1 } },
      "n-shot": { a, b, c },
    }));
  assert.equal(of(5, 5, 5), "5-shot");
  assert.match(of(0, 5, 5), /^0\/5-shot #[0-9a-f]{12}$/);
  assert.notEqual(of(0, 5, 5), of(0, 5, 0));
});

Deno.test("promptName() has a digest of what the tasks' configurations define", () => {
  const of = (config: Row, run: Row = {}) =>
    promptName(harness({ configs: { gsm8k: { num_fewshot: 5, ...config } } }, run));
  const asked = { doc_to_text: "Q: {{question}}", generation_kwargs: { temperature: 0 } };
  const name = of(asked);
  assert.match(name, /^5-shot #[0-9a-f]{12}$/);
  const others = [
    of({ ...asked, doc_to_text: "Question: {{question}}" }),
    of({ ...asked, generation_kwargs: { temperature: 0.7 } }),
    of({ ...asked, filter_list: [{ name: "strict-match" }] }),
    of({ ...asked, dataset_path: "org/other" }),
  ];
  assert.equal(new Set([name, ...others]).size, 5);
  // What lm_eval adds about the run, and where a function stood in memory, are none.
  assert.equal(of({ ...asked, metadata: { version: 3, pretrained: "x" }, task: "gsm8k" }), name);
  assert.equal(
    of({ process_docs: "functools.partial(<function f at 0x7f00>)" }),
    of({ process_docs: "functools.partial(<function f at 0x7fff>)" }),
  );
  // Settings of the command line stand in every task's, too: they are in the variant.
  assert.equal(
    of({ ...asked, generation_kwargs: { temperature: 0.7 } }, { gen_kwargs: "temperature=0.7" }),
    of({ ...asked, generation_kwargs: { temperature: 0.2 } }, { gen_kwargs: "temperature=0.2" }),
  );
});

Deno.test("variantName() has settings that tell runs apart, and neither machinery nor secrets", () => {
  const of = (config: Row) => variantName(harness({}, config));
  for (
    const [config, expected] of [
      [{}, undefined],
      [{ model_args: "pretrained=org/tiny-1b,dtype=float16,batch_size=8" }, "dtype=float16"],
      [{ gen_kwargs: "temperature=0.7,top_p=0.9" }, "temperature=0.7,top_p=0.9"],
      [{ gen_kwargs: { do_sample: true, temperature: 0.7 } }, "do_sample=true,temperature=0.7"],
      [{ fewshot_seed: 42 }, "fewshot_seed=42"],
      [
        { random_seed: 7, numpy_seed: 7, torch_seed: 7, fewshot_seed: 7 },
        "seed=7",
      ],
      [{ model: "vllm" }, "model=vllm"],
      [
        { model_args: "model=gpt-x,base_url=http://localhost:1,num_concurrent=4,api_key=sk-1" },
        undefined,
      ],
    ] as const
  ) {
    assert.equal(of(config), expected);
  }
  const source = "0.123456789012345678901234567890";
  const raw = parseExactly(source, [{ path: [], source }]);
  assert.equal(
    of({ gen_kwargs: { temperature: raw } }),
    "temperature=12345678901234567890123456789e-29",
  );
});

Deno.test("argumentsOf() reads arguments in each form, and nothing of what is none", () => {
  assert.deepEqual(argumentsOf("a=1,b=x=y, c = True ,d=None"), {
    a: 1,
    b: "x=y",
    c: true,
    d: null,
  });
  for (const none of [null, undefined, "", 1, "alone", []]) assert.deepEqual(argumentsOf(none), {});
  assert.deepEqual(argumentsOf("{broken=1"), { "{broken": 1 });
});

Deno.test("argumentsOf() reads numbers as Python does, but not in names", () => {
  const texts = ["0.10", ".5", "1.", "1e-05", "+2", "-0.50", "007", "1.2.3", "1_0", "0x10", "-"];
  assert.deepEqual(
    texts.map((text) => argumentsOf(`a=${text}`).a),
    [0.1, 0.5, 1, 0.00001, 2, -0.5, 7, "1.2.3", "1_0", "0x10", "-"],
  );
  assert.deepEqual(argumentsOf("revision=1.10,pretrained=010,subfolder=0.10"), {
    revision: "1.10",
    pretrained: "010",
    subfolder: "0.10",
  });
  const variant = (model_args: unknown, gen_kwargs: unknown) =>
    variantName(harness({}, { model_args, gen_kwargs }));
  assert.equal(
    variant("pretrained=org/tiny-1b,rope_scale=0.50", "temperature=0.10"),
    variant({ pretrained: "org/tiny-1b", rope_scale: 0.5 }, { temperature: 0.1 }),
  );
});

Deno.test("lm_eval's names have no place, person or speed, and all that changes scores", () => {
  const of = (args: string, kwargs: Row = {}) =>
    names(harness(
      { configs: { gsm8k: { num_fewshot: 5, doc_to_text: "Q", dataset_kwargs: kwargs } } },
      { model_args: `pretrained=org/tiny-1b,${args}` },
    ));
  const usual = of("", { data_files: "v1/test.json" });
  for (
    const args of [
      "download_dir=/scratch/ada",
      "log_dir=/tmp/a",
      "host=node7",
      "port=8000",
      "user=ada",
      "num_workers=8",
      "max_num_seqs=64",
      "worker_use_ray=True",
      "token=hf_x",
      "hf_token=x",
      "api_key=x",
      "use_auth_token=True",
      "foo=hf_abcdefghijklmnopqrstuvwx",
    ]
  ) assert.deepEqual(of(args, { data_files: "v1/test.json" }), usual, args);
  const different = [
    "add_bos_token=True",
    "add_bos_token=False",
    "think_end_token=</think>",
    "think_end_token=</end>",
    "max_length=2048",
  ].map((args) => of(args)[3]);
  assert.equal(new Set(different).size, different.length);
  assert.equal(different[0], "add_bos_token=true");
  assert.match(String(different[2]), /^think_end_token=#[0-9a-f]{12}$/);
  const prompt = (kwargs: Row) => of("", kwargs)[2];
  for (
    const home of [
      "/home/ada/runs",
      "/scratch/bob",
      "C:\\Users\\eve\\x",
      "~",
      "/tmp",
      "file:///root",
    ]
  ) {
    assert.equal(
      prompt({
        data_files: { test: [`${home}/data/v1/test.json`] },
        cache_dir: home,
        trust_remote_code: true,
        token: home,
      }),
      prompt({ data_files: { test: ["/data/v1/test.json"] } }),
      home,
    );
  }
  assert.notEqual(
    prompt({ data_files: "/data/v1/test.json" }),
    prompt({ data_files: "/data/v2/test.json" }),
  );
  assert.notEqual(prompt({ data_dir: "/home/ada/v1" }), prompt({ data_dir: "/home/ada/v2" }));
});

Deno.test("results of lm_eval 0.3 are taken, too", () => {
  const { metrics, ...names } = convertDocument({
    results: { hellaswag: { acc: 0.5, acc_stderr: 0.005 } },
    versions: { hellaswag: 0 },
    config: {
      model: "hf-causal",
      model_args: "pretrained=org/tiny-1b,revision=step3000",
      num_fewshot: 10,
      limit: 100,
    },
  }, {});
  assert.deepEqual(names, {
    model_version: "org/tiny-1b@step3000",
    dataset_version: "hellaswag@0 limit=100",
    prompt_version: "10-shot",
    variant: "model=hf-causal",
  });
  const { acc, acc_stderr } = metrics as Row;
  assert.deepEqual([acc, acc_stderr], [0.5, 0.005]);
});

Deno.test("names are not thrown by what is odd", () => {
  for (const odd of [null, 1, "x", [], {}, { gsm8k: null }, { gsm8k: [1] }, { gsm8k: "x" }]) {
    const document = harness({
      group_subtasks: odd,
      configs: odd ?? {},
      versions: odd ?? {},
      "n-shot": odd,
      "n-samples": odd,
      groups: odd,
      config: odd,
      chat_template: odd,
      fewshot_as_multiturn: odd,
    });
    const [model, dataset] = names(document);
    assert.equal(model, "org/tiny-1b");
    assert.ok(String(dataset).includes("gsm8k@"), String(dataset));
  }
});

Deno.test("datasetName() names tasks of groups that hold each other", () => {
  const document = harness({
    results: { a: { "acc,none": 1 }, b: { "acc,none": 1 } },
    group_subtasks: { a: ["b"], b: ["a"] },
    versions: { a: 1, b: 2 },
  });
  assert.match(datasetName(document)!, /^a@1,b@2( #[0-9a-f]{12})?$/);
});
