import assert from "node:assert/strict";
import { RESULT } from "../../../../testing/test_app.ts";
import { type Issue, ProblemError } from "../problem/problem.ts";
import { parseJsonDocument } from "../request/json_document.ts";
import { validatePayload } from "./validate_payload.ts";

async function issuesOf(body: unknown): Promise<Issue[]> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    validatePayload(await parseJsonDocument(new TextEncoder().encode(text)));
    return [];
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "validation_failed");
    return error.errors!;
  }
}

Deno.test("validatePayload() accepts one result and a batch", async () => {
  assert.deepEqual(await issuesOf(RESULT), []);
  assert.deepEqual(await issuesOf({ results: [RESULT, RESULT] }), []);
});

Deno.test("validatePayload() accepts every optional field", async () => {
  assert.deepEqual(
    await issuesOf({
      ...RESULT,
      model_provider: "acme",
      branch_name: "main",
      run_id: "1",
      run_attempt: 2,
      triggered_by: "me",
      dataset_size: 0,
      duration_seconds: 1.5,
      error_count: 0,
      success_count: 3,
      tags: ["a"],
      notes: "line\nline",
      timestamp: "2026-01-31T12:00:00.5+01:00",
      environment: "gpu-a100",
      variant: "linux, seed 7",
      series: "bill-auditor",
      candidate: true,
      domain_breakdown: { a: 1 },
      aggregated_categories: {},
      category_metrics: { x: { f1: 0.1 } },
      metrics: { f1: null, constructor: 1, nested: [{ a: null }], "": "" },
      compare_to: "model_version=model-0@3",
      items: [{ id: "a", group: "x", epoch: 2, correct: true }],
    }),
    [],
  );
});

Deno.test("validatePayload() names every fault at once, with its pointer", async () => {
  const cases: [unknown, string, RegExp][] = [
    [{ ...RESULT, model_version: undefined }, "/model_version", /is required/],
    [{ ...RESULT, model_version: "" }, "/model_version", /must not be empty/],
    [{ ...RESULT, model_version: "x".repeat(201) }, "/model_version", /at most 200.*has 201/],
    [{ ...RESULT, model_version: "a\nb" }, "/model_version", /control character.*U\+00/],
    [{ ...RESULT, model_version: "a\u202eb" }, "/model_version", /U\+202E at position 2/],
    [{ ...RESULT, model_version: 5 }, "/model_version", /must be a string/],
    [{ ...RESULT, environment: "Moon" }, "/environment", /a-z, 0-9 and hyphen/],
    [{ ...RESULT, environment: "-gpu" }, "/environment", /begin with a letter or a digit/],
    [{ ...RESULT, environment: "x".repeat(41) }, "/environment", /1 to 40/],
    [{ ...RESULT, variant: "v".repeat(101) }, "/variant", /at most 100/],
    [{ ...RESULT, variant: "a\u200b" }, "/variant", /U\+200B/],
    [{ ...RESULT, series: "a\u00ad" }, "/series", /U\+00AD/],
    [{ ...RESULT, series: "" }, "/series", /empty/],
    [{ ...RESULT, candidate: "yes" }, "/candidate", /must be true or false/],
    [{ ...RESULT, branch_name: "a\u3000b" }, "/branch_name", /U\+3000/],
    [{ ...RESULT, run_id: "1 " }, "/run_id", /./],
    [{ ...RESULT, triggered_by: "e\u0301" }, "/triggered_by", /form C/],
    [{ ...RESULT, model_provider: "a\ufeff" }, "/model_provider", /U\+FEFF/],
    [{ ...RESULT, commit_sha: "xyz" }, "/commit_sha", /7 to 64 hexadecimal/],
    [{ ...RESULT, metrics: undefined }, "/metrics", /is required/],
    [{ ...RESULT, metrics: [] }, "/metrics", /must be a JSON object/],
    [{ ...RESULT, metrics: { f1: 91 } }, "/metrics/f1", /a fraction, not a percentage.*91/],
    [{ ...RESULT, metrics: { f1: -0.1 } }, "/metrics/f1", /negative/],
    [{ ...RESULT, metrics: { f1: "0.9" } }, "/metrics/f1", /must be a number/],
    [{ ...RESULT, metrics: { latency_ms: -1 } }, "/metrics/latency_ms", /negative/],
    [{ ...RESULT, modle_version: "x" }, "/modle_version", /did you mean "model_version"/],
    [{ ...RESULT, model: "x" }, "/model", /did you mean "model_version"/],
    [{ ...RESULT, Commit: "x" }, "/Commit", /did you mean "commit_sha"/],
    [{ ...RESULT, f1: 0.5 }, "/f1", /put it under metrics/],
    [{ ...RESULT, timestamp: "2026-01-31 12:00" }, "/timestamp", /ISO 8601/],
    [{ ...RESULT, timestamp: "0000-01-01T00:00:00Z" }, "/timestamp", /year 0001/],
    [{ ...RESULT, timestamp: "2026-01-31T12:00:00+23:59" }, "/timestamp", /less than 16 hours/],
    [{ ...RESULT, timestamp: "9999-12-31T23:59:59Z" }, "/timestamp", /a day in the future/],
    [{ ...RESULT, dataset_size: 1.5 }, "/dataset_size", /must be a whole number/],
    [{ ...RESULT, tags: ["a", "a\tb"] }, "/tags/1", /control character.*U\+00/],
    [{ ...RESULT, compare_to: "model-0" }, "/compare_to", /must be such as/],
    [{ ...RESULT, run_id: "" }, "/run_id", /must be a text of 1 to 200 characters, or a whole/],
    [{ ...RESULT, run_id: {} }, "/run_id", /must be a text of 1 to 200 characters, or a whole/],
    [{ ...RESULT, run_attempt: 0 }, "/run_attempt", /must be a whole number from 1/],
    [{ ...RESULT, dataset_size: -1 }, "/dataset_size", /must not be negative/],
    [{ ...RESULT, compare_to: 5 }, "/compare_to", /must be a string/],
    [{ ...RESULT, items: {} }, "/items", /must be an array of items/],
    [{ ...RESULT, items: [{ id: "a", tp: -1 }] }, "/items/0/tp", /is a count/],
    [{ results: [{ ...RESULT, items: [1] }] }, "/results/0/items/0", /JSON object/],
    [{ ...RESULT, items: [{ id: "a", f1: 0.5 }] }, "/metrics/f1", /is 0.85, .* items give 0.5:/],
    [{ results: [] }, "/results", /at least one/],
    [{ results: Array(101).fill(1) }, "/results", /at most 100 results: it has 101/],
    [{ results: null }, "/results", /must be an array/],
    [{ results: [RESULT, 1] }, "/results/1", /JSON object/],
    [{ ...RESULT, tags: Array(51).fill("a") }, "/tags", /<=50/],
    [{ ...RESULT, tags: "a" }, "/tags", /must be an array/],
    [{ results: [RESULT, { ...RESULT, commit_sha: "x" }] }, "/results/1/commit_sha", /hexadecimal/],
    [{ results: [RESULT], extra: 1 }, "/extra", /unknown field/],
    [[], "", /JSON object/],
    ["null", "", /JSON object/],
    ['"text"', "", /JSON object/],
    [`{"model_version":"m","model_version":"m"}`, "/model_version", /twice/],
  ];
  for (const [body, pointer, message] of cases) {
    const issues = await issuesOf(body);
    const issue = issues.find((candidate) =>
      candidate.pointer === pointer && message.test(candidate.message)
    );
    assert.ok(issue, `${JSON.stringify(body)} gives ${JSON.stringify(issues)}`);
  }
  const all = await issuesOf({ metrics: { f1: 2, recall: -1 }, typo: 1 });
  assert.deepEqual(all.map((issue) => issue.pointer).sort(), [
    "/dataset_version",
    "/metrics/f1",
    "/metrics/recall",
    "/model_version",
    "/prompt_version",
    "/typo",
  ]);
});

Deno.test("validatePayload() counts characters as Postgres does", async () => {
  assert.deepEqual(await issuesOf({ ...RESULT, model_version: "😀".repeat(200) }), []);
  assert.equal((await issuesOf({ ...RESULT, model_version: "😀".repeat(201) })).length, 1);
});

Deno.test("validatePayload() takes at most 5000 numbers a result, wherever they stand", async () => {
  const numbers = (count: number) => Array(count).fill(1);
  const most = {
    ...RESULT,
    metrics: { a: numbers(2_500) },
    domain_breakdown: { b: numbers(2_500) },
  };
  assert.deepEqual(await issuesOf({ results: [most, most] }), []);
  for (
    const one of [
      { ...most, metrics: { a: [{ b: numbers(2_501) }] } },
      { ...most, category_metrics: { c: 1 } },
    ]
  ) {
    const [issue] = await issuesOf({ results: [RESULT, one] });
    assert.equal(issue!.pointer, "/results/1/metrics");
    assert.match(issue!.message, /at most 5000.*it has 5001/);
  }
  const same = { b: numbers(2_501) };
  assert.deepEqual(
    await issuesOf({ ...RESULT, metrics: { domain_breakdown: same }, domain_breakdown: same }),
    [],
    "sent twice and stored once",
  );
});

Deno.test("validatePayload() counts the numbers that items give, too", async () => {
  const items = [{ id: "a", mine: 1 }];
  const most = (count: number) => ({ ...RESULT, metrics: { a: Array(count).fill(1) }, items });
  assert.deepEqual(await issuesOf(most(4_999)), []);
  const [issue] = await issuesOf(most(5_000));
  assert.match(issue!.message, /at most 5000.* and of items included: it has 5001/);
});

Deno.test("validatePayload() refuses a number of an item that a double would change", async () => {
  const items = [{ id: "b", s: 1.5 }, { id: "a", s: 2.5 }];
  const text = JSON.stringify({ ...RESULT, items });
  const exact = text.replace("1.5", "1.50e0").replace("2.5", "0.24641698109917343");
  assert.deepEqual(await issuesOf(exact), []);
  const changed = text.replace("1.5", "0.1000000000000000055").replace('"a"', "9007199254740993");
  for (const [body, at] of [[changed, ""], [`{"results":[${text},${changed}]}`, "/results/1"]]) {
    const issues = await issuesOf(body);
    assert.ok(issues.some(({ pointer, message }) =>
      pointer === `${at}/items/0/s` &&
      message ===
        "is 0.1000000000000000055, which a double changes to 0.1: round it, or send an id as a string"
    ));
    assert.ok(
      issues.some(({ pointer, message }) =>
        pointer === `${at}/items/1/id` && message.includes("changes to 9007199254740992")
      ),
    );
  }
  const long = text.replace("1.5", `0.${"1".repeat(900)}`);
  assert.ok((await issuesOf(long))[0]!.message.length < 200);
});

Deno.test("validatePayload() does not look at more items than there may be", async () => {
  for (const item of ["{}", "12345678901234567890", '{"id":1,"s":0.10000000000000001}']) {
    const items = `[${Array(10_001).fill(item).join()}]`;
    assert.deepEqual(
      await issuesOf(`{"results":[${JSON.stringify(RESULT).slice(0, -1)},"items":${items}}]}`),
      [
        { pointer: "/results/0/items", message: "must have at most 10000 items: it has 10001" },
      ],
    );
  }
});

Deno.test("validatePayload() counts depth within a result, in a batch too", async () => {
  const deep = (depth: number) =>
    JSON.stringify(RESULT).replace("400", "[".repeat(depth) + "1" + "]".repeat(depth));
  const tooDeep = async (text: string) =>
    (await issuesOf(text)).some((issue) => /deeper than 64/.test(issue.message));
  assert.ok(!await tooDeep(deep(62)));
  assert.ok(await tooDeep(deep(63)));
  assert.ok(!await tooDeep(`{"results":[${deep(62)}]}`));
  assert.ok(await tooDeep(`{"results":[${deep(63)}]}`));
});

Deno.test("validatePayload() keeps exact numbers beside the doubles that are validated", async () => {
  const text = JSON.stringify(RESULT).replace("400", "9007199254740993");
  for (const body of [text, `{"results":[${text}]}`]) {
    const document = await parseJsonDocument(new TextEncoder().encode(body));
    const [one] = validatePayload(document).results;
    assert.equal(one!.result.metrics.latency_ms, 9007199254740992);
    assert.match(JSON.stringify(one!.exact), /9007199254740993/);
  }
});

Deno.test("validatePayload() lists a hundred faults and counts the rest", async () => {
  const text = JSON.stringify({ results: Array(100).fill({}) });
  const error = await parseJsonDocument(new TextEncoder().encode(text)).then(validatePayload)
    .catch((error) => error);
  assert.equal(error.errors.length, 100);
  assert.match(error.message, /and 399 more/);
});

Deno.test("validatePayload() takes at most 100 results", async () => {
  assert.deepEqual(await issuesOf({ results: Array(100).fill(RESULT) }), []);
  assert.equal((await issuesOf({ results: Array(101).fill(RESULT) }))[0]!.pointer, "/results");
});

Deno.test("validatePayload() takes a double in items as %.17g writes it, and no other digits", () => {
  const result = (score: string) =>
    `{"model_version":"m","dataset_version":"d","prompt_version":"p","metrics":{},"items":[{"id":"a","x":${score}}]}`;
  for (const score of ["0.10000000000000001", "-2.2000000000000002", "1.0000000000000001e-05"]) {
    const text = result(score);
    assert.equal(validatePayload({ text, value: JSON.parse(text) }).results.length, 1, score);
  }
  for (const score of ["9007199254740993", "0.1000000000000000055511", "12345678901234567890"]) {
    const text = result(score);
    assert.throws(
      () => validatePayload({ text, value: JSON.parse(text) }),
      /which a double changes/,
      score,
    );
  }
});
