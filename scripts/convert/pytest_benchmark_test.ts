import assert from "node:assert/strict";
import { pytestBenchmark } from "./pytest_benchmark.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

const read = () => readFixture("pytest_benchmark/benchmark.json");

Deno.test("pytestBenchmark takes project, commit, branch, time, Python and system", async () => {
  const { fields, items, warnings } = convertWith(pytestBenchmark, await read());
  assert.deepEqual(fields, {
    model_version: "parser",
    dataset_version: "pytest-benchmark",
    prompt_version: "v1",
    variant: "CPython 3.11 Linux x86_64",
    commit_sha: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
    branch_name: "main",
    timestamp: "2025-06-01T22:03:50.081703Z",
    dataset_size: 5,
  });
  assert.equal(items, undefined);
  assert.deepEqual(warnings, []);
});

Deno.test("pytestBenchmark names the seconds of each benchmark, and keeps the document", async () => {
  const document = await read();
  const { metrics } = convertWith(pytestBenchmark, document);
  assert.deepEqual(metrics.values, {
    "tests/test_parse.py::test_parse": {
      "mean_s": 9.306022493547062e-05,
      "mean_s_stderr": 2.7010767486226715e-06,
      "median_s": 9.38338998821564e-05,
      "min_s": 8.366280017071403e-05,
      "max_s": 0.00010485039965715259,
      "stddev_s": 7.639798741825611e-06,
      "ops_per_s": 10745.72945308713,
      "rounds": 8,
    },
    "tests/test_parse.py::test_match[10]": {
      "mean_s": 2.74875007259349e-06,
      "mean_s_stderr": 1.3407149061261963e-06,
      "median_s": 1.4256000213208609e-06,
      "min_s": 1.361000249744393e-06,
      "max_s": 9.4521001301473e-06,
      "stddev_s": 3.284067410552629e-06,
      "ops_per_s": 363801.7184503369,
      "rounds": 6,
    },
    "tests/test_parse.py::test_match[1000]": {
      "mean_s": 0.00012205335006001405,
      "mean_s_stderr": 1.143022239654316e-05,
      "median_s": 0.00011046155013900717,
      "min_s": 9.637059993110597e-05,
      "max_s": 0.0001618882000911981,
      "stddev_s": 2.7998212518063025e-05,
      "ops_per_s": 8193.138488278251,
      "rounds": 6,
    },
    "tests/test_parse.py::test_print": {
      "bytes": 10190,
      "mean_s": 0.0001722416001939564,
      "mean_s_stderr": 8.873139610753233e-06,
      "median_s": 0.00016898070025490598,
      "min_s": 0.00015740840026410297,
      "max_s": 0.0001935966000019107,
      "stddev_s": 1.7746279221506467e-05,
      "ops_per_s": 5805.798360407289,
      "rounds": 4,
    },
    "tests/test_parse.py::test_once": {
      "mean_s": 3.1650015444029123e-06,
      "median_s": 3.1650015444029123e-06,
      "min_s": 3.1650015444029123e-06,
      "max_s": 3.1650015444029123e-06,
      "stddev_s": 0,
      "ops_per_s": 315955.612018083,
      "rounds": 1,
    },
  });
  const { datetime: _, ...rest } = document;
  const { values: __, ...kept } = metrics;
  assert.deepEqual(kept, rest);
});

Deno.test("pytestBenchmark gives no standard error of a single round", async () => {
  const { metrics } = convertWith(pytestBenchmark, await read());
  const once = metrics.values["tests/test_parse.py::test_once"];
  assert.equal(once.rounds, 1);
  assert.ok(!("mean_s_stderr" in once));
});

Deno.test("pytestBenchmark takes nothing that only stands in the place of a fact", async () => {
  const document = {
    ...await read(),
    commit_info: { id: "unversioned", branch: "(detached head)", project: "parser", dirty: true },
    datetime: "yesterday",
    machine_info: null,
  };
  const { fields, metrics, warnings } = convertWith(pytestBenchmark, document);
  assert.deepEqual(Object.keys(fields), [
    "model_version",
    "dataset_version",
    "prompt_version",
    "dataset_size",
  ]);
  assert.equal(metrics.datetime, "yesterday");
  assert.match(warnings.join(), /dirty/);
  const unnamed = { ...document, commit_info: null };
  assert.throws(() => pytestBenchmark.convert(unnamed as never, {}), /--model/);
  assert.equal(convertWith(pytestBenchmark, unnamed, { model: "m" }).fields.model_version, "m");
});

Deno.test("pytestBenchmark takes odd statistics as they are", async () => {
  const document = await read();
  const mean = (JSON as unknown as { rawJSON(text: string): unknown })
    .rawJSON("0.0000123456789012345678901");
  document.benchmarks = [
    { fullname: "a", stats: { mean, stddev: null, rounds: 3 } },
    { fullname: "a", stats: { mean: 2 } },
    { fullname: "b", stats: null },
    { fullname: 7, stats: { mean: "1" } },
  ];
  const { metrics, warnings } = convertWith(pytestBenchmark, document);
  assert.deepEqual(warnings.slice(-1), ["No number of b, 7: left out of values."]);
  const of = (benchmarks: unknown[]) =>
    convertWith(pytestBenchmark, { ...document, benchmarks }, { model: "m" });
  assert.throws(() => of([]), /holds no value: it has no benchmark/);
  assert.throws(() => of([{ fullname: "b", stats: null }]), /no benchmark in it has a number/);
  assert.equal(
    JSON.stringify(metrics.values),
    '{"a":{"mean_s":0.0000123456789012345678901,"rounds":3},"a (2)":{"mean_s":2}}',
  );
});
