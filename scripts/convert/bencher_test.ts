import assert from "node:assert/strict";
import { bencher } from "./bencher.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

Deno.test("bencher names every number of a benchmark, and keeps the document", async () => {
  const document = await readFixture("bencher/metrics.json");
  const { fields, metrics, items } = convertWith(bencher, document, { model: "parser 2.1" });
  assert.deepEqual(fields, {
    model_version: "parser 2.1",
    dataset_version: "bencher",
    prompt_version: "v1",
    dataset_size: 3,
  });
  assert.deepEqual(metrics.values, {
    "tests::parse": {
      "latency": 3247.5,
      "latency_lower_value": 3011.25,
      "latency_upper_value": 3502,
      "throughput": 307929.2,
    },
    "/bin/sh -c ./build.sh": { "build-time": 87 },
    "parser": { "file-size": 42 },
  });
  assert.deepEqual(
    metrics.benchmarks,
    Object.entries(document).map(([name, measures]) => ({ name, measures })),
  );
  assert.equal(items, undefined);
});

Deno.test("bencher makes parameters a part of the name, in whatever order they stand", async () => {
  const document = await readFixture("bencher/parameters.json");
  const { fields, metrics } = convertWith(bencher, document, { model: "m" });
  assert.equal(fields.dataset_size, 2);
  assert.deepEqual(metrics.values, {
    "tests::parse": { latency: 3247.5 },
    "tests::read {op=read,size_mb=16}": {
      latency: 42.5,
      latency_p50: 41,
      latency_p99: 77.75,
      throughput: 376.4,
    },
    "tests::read": { latency: 7 },
  });
});

Deno.test("bencher keeps long names, long numbers and what is no number", () => {
  const long = "b".repeat(900);
  const value = (JSON as unknown as { rawJSON(text: string): unknown })
    .rawJSON("0.1234567890123456789012345");
  const { metrics } = convertWith(bencher, {
    [long]: { latency: { value, note: "cold" } },
    [`${long}2`]: { latency: { value: 2 } },
  }, { model: "m" });
  const [first, second] = Object.keys(metrics.values) as [string, string];
  assert.ok(first.length <= 200 && second.length <= 200 && first !== second);
  assert.equal(
    JSON.stringify(metrics.values[first]),
    '{"latency":0.1234567890123456789012345}',
  );
  assert.equal(metrics.benchmarks[0].name, long);
  assert.equal(metrics.benchmarks[0].measures.latency.note, "cold");
});

Deno.test("bencher asks for what was measured", () => {
  assert.throws(() => bencher.convert({ a: { b: { value: 1 } } } as never, {}), /--model/);
});

Deno.test("bencher takes no document whose members are not all benchmarks", () => {
  for (
    const other of [
      {},
      [],
      null,
      { a: {} },
      { a: { b: 1 } },
      { a: { b: { value: "1" } } },
      { a: { b: { value: 1 } }, version: 2 },
      { a: [] },
      { a: [{ parameters: {} }] },
    ]
  ) assert.ok(!bencher.matches(other), JSON.stringify(other));
});
