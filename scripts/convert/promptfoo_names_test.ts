import assert from "node:assert/strict";
import { lineProblem } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { convertDocument } from "./convert_document.ts";
import { readFixture } from "./read_fixture.ts";

type Row = Record<string, unknown>;

const metrics = { testPassCount: 3, testFailCount: 1, testErrorCount: 0 };

/** A document with a column for each prompt, as promptfoo writes it, shortened. */
function document(prompts: Row[], config: Row = {}, rest: Row = {}): Row {
  return {
    evalId: "eval-x",
    results: {
      version: 3,
      timestamp: "2026-02-01T10:00:00.000Z",
      prompts: prompts.map((prompt) => ({
        id: "a".repeat(64),
        raw: "Q {{x}}",
        label: "Q {{x}}",
        provider: "vendor:model",
        metrics,
        ...prompt,
      })),
      results: [],
      stats: {},
      ...rest,
    },
    config: { description: "answers", ...config },
  };
}

function convert(source: Row, options = {}) {
  const notes: string[] = [];
  const converted = convertDocument(source, { warn: (note) => notes.push(note), ...options });
  const results = (converted.results ?? [converted]) as Row[];
  return {
    results,
    notes,
    names: results.map((one) => [one.model_version, one.prompt_version, one.variant]),
  };
}

Deno.test("promptfoo refuses columns that nothing tells apart, and asks for labels", () => {
  assert.throws(
    () => convert(document([{}, {}])),
    /[Rr]esults 1 and 2 are one configuration \(model_version vendor:model, .*label of each provider/,
  );
  assert.throws(
    () => convert(document([{}, { provider: "other" }]), { model: "m" }),
    /are one configuration/,
  );
});

Deno.test("promptfoo tells columns of one provider apart by their settings", () => {
  const providers = [
    { id: "vendor:model", config: { temperature: 0, apiKey: "sk-1", max_tokens: 100 } },
    { id: "vendor:model", config: { temperature: 1, apiHost: "x" } },
    "vendor:model",
  ];
  const other = { id: "b".repeat(64), raw: "P", label: "P" };
  assert.deepEqual(convert(document([{}, {}, {}], { providers })).names, [
    ["vendor:model", "aaaaaaaaaaaa", "max_tokens=100,temperature=0"],
    ["vendor:model", "aaaaaaaaaaaa", "temperature=1"],
    ["vendor:model", "aaaaaaaaaaaa", undefined],
  ]);
  // Two prompts each, provider by provider.
  assert.deepEqual(
    convert(document([{}, other, {}, other], { providers: providers.slice(0, 2) })).names,
    [
      ["vendor:model", "aaaaaaaaaaaa", "max_tokens=100,temperature=0"],
      ["vendor:model", "bbbbbbbbbbbb", "max_tokens=100,temperature=0"],
      ["vendor:model", "aaaaaaaaaaaa", "temperature=1"],
      ["vendor:model", "bbbbbbbbbbbb", "temperature=1"],
    ],
  );
  // One that calls itself otherwise than its configuration.
  const renamed = [{ id: "file://p.js", config: { temperature: 0.3 } }, { id: "file://q.js" }];
  assert.deepEqual(
    convert(document([{ provider: "p" }, { provider: "q" }], { providers: renamed })).names,
    [["p", "aaaaaaaaaaaa", "temperature=0.3"], ["q", "aaaaaaaaaaaa", undefined]],
  );
  assert.deepEqual(
    convert(document([{ provider: "p" }], { providers: renamed })).names[0]![2],
    undefined,
  );
  assert.deepEqual(
    convert(document([{ provider: "p" }, { provider: "vendor:model" }], {
      providers: [{ id: "vendor:model", config: { temperature: 1 } }, "x"],
    })).names.map((names) => names[2]),
    [undefined, "temperature=1"],
    "an order that contradicts a name is none",
  );
  // One of two was run, and nobody knows which.
  const filtered = convert(document([{}], { providers }));
  assert.deepEqual(filtered.names, [["vendor:model", "aaaaaaaaaaaa", undefined]]);
  assert.match(filtered.notes.join(), /vendor:model cannot be told apart .* Give each a label/);
});

Deno.test("promptfoo takes providers in each form that a configuration has", () => {
  const temperature = { temperature: 0.7 };
  for (
    const config of [
      { providers: [{ id: "vendor:model", config: temperature }] },
      { providers: { id: "vendor:model", config: temperature } },
      { targets: [{ id: "vendor:model", config: temperature }] },
      { providers: [{ "vendor:model": { config: temperature } }] },
      { providers: [{ id: "file://p.js", label: "vendor:model", config: temperature }, "other"] },
    ]
  ) {
    assert.deepEqual(convert(document([{}], config)).names[0]![2], "temperature=0.7");
  }
  const object = { provider: { id: "vendor:model", label: "warm", config: temperature } };
  assert.deepEqual(convert(document([object])).names, [[
    "warm",
    "aaaaaaaaaaaa",
    "temperature=0.7",
  ]]);
  assert.deepEqual(
    convert(
      document([{ config: { temperature: 0.2 } }], {
        providers: [{ id: "vendor:model", config: temperature }],
      }),
    ).names[0]![2],
    "temperature=0.2",
    "a prompt's own settings come over its provider's",
  );
  const same = { id: "vendor:model", config: temperature };
  assert.equal(
    convert(document([{}], { providers: [same, same] })).names[0]![2],
    "temperature=0.7",
  );
  for (const odd of [null, 1, "file://providers.yaml", [null, 1, [], {}], { a: null }]) {
    assert.deepEqual(convert(document([{}], { providers: odd })).names[0]![2], undefined);
  }
});

Deno.test("promptfoo puts no key, address or redacted value into a name", () => {
  const config = {
    apiKey: "sk-1",
    apiKeyEnvar: "KEY",
    access_token: "t",
    apiBaseUrl: "http://localhost",
    organization: "o",
    headers: { a: "b" },
    cost: 0.1,
    timeoutMs: 5,
    other: "[REDACTED]",
    max_tokens: 5,
    response_format: { type: "json_object" },
  };
  const [[, , variant]] = convert(document([{}], { providers: [{ id: "vendor:model", config }] }))
    .names as [unknown[]];
  assert.match(String(variant), /^max_tokens=5,response_format=#[0-9a-f]{12}$/);
});

Deno.test("promptfoo names a labelled prompt by its label and a digest of its text", () => {
  const prompt = (raw: unknown, label: unknown, id: unknown = "c".repeat(64)) =>
    convert(document([{ raw, label, id }])).names[0]![1] as string;
  assert.equal(prompt("Say {{x}}", "Say {{x}}"), "cccccccccccc");
  assert.equal(prompt("Say {{x}}", "prompts.txt: Say {{x}}"), "cccccccccccc");
  assert.match(prompt("Say {{x}}", "polite"), /^polite #[0-9a-f]{12}$/);
  // promptfoo's id is a digest of the label: it stays when the text changes.
  assert.notEqual(prompt("Say {{x}}", "polite"), prompt("Say {{x}}!", "polite"));
  const [newline, space] = [prompt("Say", "two\nlines"), prompt("Say", "two lines")];
  assert.match(newline, /^two lines #[0-9a-f]{12}$/);
  assert.notEqual(newline, space);
  assert.match(prompt("Say", undefined, null), /^#[0-9a-f]{12}$/);
  assert.equal(prompt(undefined, "polite", null), "polite");
  assert.equal(prompt(undefined, undefined, null), "prompt-1");
  assert.match(prompt("Say", "x".repeat(300)), /… #[0-9a-f]{12}$/);
});

Deno.test("promptfoo makes a name of any description", () => {
  const dataset = (description: unknown, config: Row = {}, rest: Row = {}) => {
    const { results, notes } = convert(document([{}], { description, ...config }, rest));
    const name = String(results[0]!.dataset_version);
    assert.equal(lineProblem(name, 200), null);
    return { name, notes: notes.join() };
  };
  assert.deepEqual(dataset("answers"), { name: "answers", notes: "" });
  const lines = dataset("Checks the answers.\nRuns nightly.\n");
  assert.match(lines.name, /^Checks the answers\. Runs nightly\. #[0-9a-f]{12}$/);
  assert.match(
    lines.notes,
    /The description "Checks the answers\.\\nRuns nightly\.\\n" became "Checks/,
  );
  assert.match(dataset(`${"x".repeat(198)}😀 tail`).name, /^x+… #[0-9a-f]{12}$/);
  assert.notEqual(dataset(`${"x".repeat(250)}a`).name, dataset(`${"x".repeat(250)}b`).name);
  assert.match(dataset("👨\u200d👩\u200d👧 family").name, /^👨👩👧 family #[0-9a-f]{12}$/);
  // Nothing that can be read: the tests tell suites apart.
  for (const none of [undefined, null, "", " \n", "\u200b", {}]) {
    assert.equal(dataset(none).name, "promptfoo");
  }
  const tests = (value: unknown) => dataset("", { tests: [{ vars: { x: value } }] }).name;
  assert.match(tests(1), /^promptfoo #[0-9a-f]{12}$/);
  assert.notEqual(tests(1), tests(2));
  const row = (x: number) => ({ promptIdx: 0, success: true, testCase: { vars: { x } } });
  assert.notEqual(
    dataset("", {}, { results: [row(1)] }).name,
    dataset("", {}, { results: [row(2)] }).name,
  );
});

Deno.test("promptfoo says when fewer tests were run than the configuration lists", () => {
  const tests = (count: number) => Array.from({ length: count }, (_, x) => ({ vars: { x } }));
  const dataset = (config: Row, rest: Row = {}) =>
    String(convert({ ...document([{}], config), ...rest }).results[0]!.dataset_version);
  const digested = (name: string) => new RegExp(`^${name} #[0-9a-f]{12}$`);
  assert.match(dataset({ tests: tests(4) }), digested("answers"));
  assert.match(dataset({ tests: tests(40) }), digested("answers tests=4/40"));
  const twice = { runtimeOptions: { repeat: 2 } };
  assert.match(dataset({ tests: tests(2) }, twice), digested("answers"));
  assert.match(dataset({ tests: tests(9) }, twice), digested("answers tests=2/9"));
  // One test may stand for several, and a file for any number.
  assert.match(dataset({ tests: tests(1) }), digested("answers"));
  assert.match(dataset({ tests: ["file://a.csv", ...tests(9)] }), digested("answers"));
  const repeated = dataset({ tests: tests(40), description: "two\nlines" });
  assert.match(String(repeated), /^two lines tests=4\/40 #[0-9a-f]{12}$/);
});

Deno.test("promptfoo takes a suite whose tests were edited for another data set", () => {
  const row = (test: Row, rest: Row = {}) => ({
    promptIdx: 0,
    success: true,
    testCase: { options: {}, metadata: {}, ...test },
    ...rest,
  });
  const dataset = (cases: unknown[], config: Row = {}) =>
    String(convert(document([{}], config, { results: cases })).results[0]!.dataset_version);
  const tests = [1, 2, 3].map((x) => ({
    vars: { x },
    assert: [{ type: "contains", value: "ok" }],
  }));
  const usual = dataset(tests.map((test) => row(test)));
  assert.match(usual, /^answers #[0-9a-f]{12}$/);
  const [first, second, third] = tests as Row[] as [Row, Row, Row];
  const others = [
    dataset([first, second, { ...third, vars: { x: 4 } }].map((test) => row(test))),
    dataset([first, second].map((test) => row(test))),
    dataset([first, second, { ...third, assert: [{ type: "is-json" }] }].map((test) => row(test))),
    dataset(
      [first, second, { ...third, options: { provider: "vendor:grader" } }].map((test) =>
        row(test)
      ),
    ),
    dataset([first, second, { ...third, threshold: 0.5 }].map((test) => row(test))),
    dataset(tests.map((test) => row(test)), {
      defaultTest: { options: { provider: { id: "vendor:grader", config: { apiKey: "a" } } } },
    }),
    dataset(tests.map((test) => row(test)), { defaultTest: { vars: { y: 1 } } }),
    dataset(tests.map((test) => row(test)), { description: "answers\nagain" }),
    // Three of six, of which the document says the number only without its rows.
    dataset([1, 2, 3].map((x) => row({ vars: { x } })), { tests: Array(6).fill({ vars: {} }) }),
    dataset([4, 5, 6].map((x) => row({ vars: { x } })), { tests: Array(6).fill({ vars: {} }) }),
    dataset([{ promptIdx: 0, success: true, vars: { x: 1 } }], { tests: [first] }),
    dataset([{ promptIdx: 0, success: true, vars: { x: 1 } }], {
      tests: [{ ...first, assert: [{ type: "is-json" }] }],
    }),
    dataset([], { tests, defaultTest: { assert: [{ type: "is-json" }] } }),
  ];
  const all = [usual, ...others];
  assert.equal(new Set(all).size, all.length, all.join("\n"));
  const same = [
    dataset([], { tests }),
    dataset(tests.toReversed().map((test) => row(test))),
    dataset([...tests, ...tests].map((test) => row(test))),
    dataset(tests.map((test) => row({ ...test, description: "x", metadata: { y: 1 } }))),
    dataset(tests.map((test) => row({ ...test, vars: { ...test.vars, sessionId: "7" } }))),
    dataset(tests.map((test) => row(test)), { tests: [first] }),
    dataset(tests.map((test) => row(test)), { defaultTest: {} }),
    dataset(tests.map((test) => row(test)), { description: " answers\n" }),
  ];
  for (const name of same) assert.equal(name, usual);
  const graded = (config: Row) =>
    dataset(tests.map((test) => row(test)), {
      defaultTest: { options: { provider: { id: "vendor:grader", config } } },
    });
  assert.equal(graded({ apiKey: "a", apiHost: "x" }), graded({ apiKey: "b", timeoutMs: 1 }));
  assert.notEqual(graded({ temperature: 0 }), graded({ temperature: 1 }));
});

Deno.test("promptfoo's variant has no place, person or key, and all that changes answers", () => {
  const variant = (config: Row) =>
    convert(document([{}], { providers: [{ id: "vendor:model", config }] })).names[0]![2];
  for (
    const machinery of [
      { cwd: "/home/ada" },
      { pythonExecutable: "/usr/bin/python3" },
      { cacheDir: "/tmp/a" },
      { user: "ada" },
      { passthrough: { user: "ada", api_key: "x" } },
      { apiKeyEnvar: "KEY", clientSecret: "x", bearerToken: "x" },
      { endpoint: "https://ada:secret@example.org" },
      { deep: null },
    ]
  ) assert.equal(variant(machinery), undefined, JSON.stringify(machinery));
  const settings = ["stop_token", "response_key", "prompt_key", "systemPromptKey"];
  for (const name of settings) {
    const [a, b] = [variant({ [name]: "a" }), variant({ [name]: "b" })];
    assert.match(String(a), new RegExp(`^${name}=#[0-9a-f]{12}$`));
    assert.notEqual(a, b);
  }
});

Deno.test("promptfoo leaves out latency and cost that a document does not have", () => {
  for (
    const none of [{}, { totalLatencyMs: null, cost: null }, { totalLatencyMs: "1", cost: -1 }]
  ) {
    const [result] = convert(document([{ metrics: { ...metrics, ...none } }])).results;
    assert.deepEqual((result!.metrics as Row).pass_rate, 0.75);
    assert.ok(!("latency_ms" in (result!.metrics as Row)), JSON.stringify(none));
    assert.ok(!("analysis_cost" in (result!.metrics as Row)), JSON.stringify(none));
  }
  const [uncounted] = convert(document([{ metrics: undefined }])).results;
  for (const count of ["dataset_size", "success_count", "error_count"]) {
    assert.ok(!(count in uncounted!), "what is not counted is not 0");
  }
  assert.ok(!("pass_rate" in (uncounted!.metrics as Row)));
});

Deno.test("promptfoo gives the mean of named scores that are counted", () => {
  const named = {
    namedScores: { "says ok": 2, f1: 1.5, sum: 7, results: 1, latency_ms: -3 },
    namedScoresCount: { "says ok": 4, f1: 2, results: 1, latency_ms: 1 },
  };
  const [result] = convert(document([{ metrics: { ...metrics, ...named } }])).results;
  const { document_values, config: _, evalId: _id, ...scores } = result!.metrics as Row;
  assert.deepEqual(scores, { "pass_rate": 0.75, "says ok": 0.5, "f1": 0.75, "results": 1 });
  assert.deepEqual(Object.keys(document_values as Row), ["results"]);
});

Deno.test("promptfoo converts what its versions write", async () => {
  for (const name of ["output_v2", "output_v3"]) {
    const { results, names } = convert(await readFixture(`promptfoo/${name}.json`));
    assert.deepEqual(
      names.map(([model, , variant]) => [model, variant]),
      [
        ["cold echo", "temperature=0"],
        ["cold echo", "temperature=0"],
        ["echo", "temperature=0.7"],
        ["echo", "temperature=0.7"],
        ["echo", "temperature=1.5"],
        ["echo", "temperature=1.5"],
      ],
      name,
    );
    assert.equal(names[0]![1], "8c5228b2cf04");
    assert.match(String(names[1]![1]), /^polite #[0-9a-f]{12}$/);
    for (const result of results) {
      assert.match(String(result.dataset_version), /^Support answers\. Runs nightly\. #/);
      const { dataset_size, success_count, error_count } = result;
      assert.deepEqual([dataset_size, success_count, error_count], [2, 1, 0]);
      const items = result.items as Row[];
      assert.deepEqual(
        items.map(({ pass_rate, has_ok }) => [pass_rate, has_ok]),
        [[true, 1], [false, 0]],
      );
      assert.equal(items[0]!.id, "says ok");
      assert.match(String(items[1]!.id), /^#[0-9a-f]{12}$/);
      assert.equal((result.metrics as Row).pass_rate, 0.5);
    }
  }
});

Deno.test("promptfoo converts what evaluate() of its Node package returns", async () => {
  const [record] = convert(await readFixture("promptfoo/evaluate_record.json")).results;
  assert.equal(record!.model_version, "echo");
  assert.match(String(record!.dataset_version), /^node api #[0-9a-f]{12}$/);
  assert.equal(record!.variant, "temperature=0.2");
  assert.match(String(record!.timestamp), /^2026-11-25T22:16:09\.\d{3}Z$/);
  assert.equal((record!.items as Row[]).length, 1);
  const [summary] = convert(await readFixture("promptfoo/evaluate_summary.json")).results;
  assert.equal(summary!.model_version, "echo");
  assert.match(String(summary!.dataset_version), /^promptfoo #[0-9a-f]{12}$/);
  assert.equal(summary!.prompt_version, record!.prompt_version);
  assert.deepEqual((summary!.items as Row[]).map(({ id, pass_rate }) => [id, pass_rate]), [
    [(record!.items as Row[])[0]!.id, true],
  ]);
});

Deno.test("promptfoo takes any version of its summary, and says when there is no prompt", () => {
  for (const version of [2, 3, 4, undefined]) {
    const { names } = convert(document([{}], {}, { version }));
    assert.deepEqual(names, [["vendor:model", "aaaaaaaaaaaa", undefined]]);
  }
  assert.throws(() => convert(document([])), /holds no result: it has no prompt/);
});
