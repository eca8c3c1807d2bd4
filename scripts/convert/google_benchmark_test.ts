import assert from "node:assert/strict";
import { googleBenchmark } from "./google_benchmark.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

const convert = async (name: string) => {
  const document = await readFixture(`google_benchmark/${name}.json`);
  const converted = convertWith(googleBenchmark, document, { model: "parser 2.1" });
  const { values, ...kept } = converted.metrics;
  // It writes 17 digits, some of which a double does not hold: they are kept as they are.
  return { document, kept, values: JSON.parse(JSON.stringify(values)), ...converted };
};

const FIELDS = {
  model_version: "parser 2.1",
  dataset_version: "parser_benchmark",
  prompt_version: "v1",
  variant: "library_build_type=debug",
};

Deno.test("googleBenchmark names times with their unit, rates and counters", async () => {
  const { document, fields, values, kept, items } = await convert("plain");
  assert.deepEqual(fields, {
    ...FIELDS,
    timestamp: "2025-06-01T22:03:53+00:00",
    dataset_size: 5,
    success_count: 4,
    error_count: 1,
  });
  assert.deepEqual(values, {
    "BM_Sort/64": {
      "real_time_ns": 113.5158342968914,
      "cpu_time_ns": 113.02833965536878,
      "items_per_second": 566229674.7447624,
      "width": 42.0,
    },
    "BM_Sort/256": {
      "real_time_ns": 623.8365613893931,
      "cpu_time_ns": 622.2592818280739,
      "items_per_second": 411404068.16901624,
      "width": 42.0,
    },
    "BM_Sort/1024": {
      "real_time_ns": 3094.3478933114234,
      "cpu_time_ns": 3082.8407235826157,
      "items_per_second": 332161175.9461884,
      "width": 42.0,
    },
    "BM_Sort": {
      "BigO_cpu_coefficient_ns": 0.3011563337101751,
      "BigO_real_coefficient_ns": 0.30226669630302283,
      "RMS": 0.002796211026586173,
    },
    "BM_Copy": {
      "real_time_us": 0.13398107032104162,
      "cpu_time_us": 0.13346910750953364,
      "bytes_per_second": 30688749452.433586,
    },
  });
  assert.deepEqual(kept, document);
  assert.equal(items, undefined);
});

Deno.test("googleBenchmark takes means and standard errors of repetitions", async () => {
  const { fields, values } = await convert("repetitions");
  assert.deepEqual([fields.dataset_size, fields.success_count, fields.error_count], [3, 2, 1]);
  assert.deepEqual(values, {
    "BM_Sort/64": {
      "real_time_ns": 118.68403552569913,
      "real_time_ns_stderr": 2.9442269841850233,
      "cpu_time_ns": 115.25764834742186,
      "cpu_time_ns_stderr": 3.0037687481249975,
      "items_per_second": 556014053.8542029,
      "items_per_second_stderr": 14127773.198418496,
      "width": 42.0,
      "width_stderr": 0.0,
      "real_time_median_ns": 121.59420073045516,
      "cpu_time_median_ns": 112.54672619794151,
      "items_per_second_median": 568652702.4112636,
      "width_median": 42.0,
      "real_time_stddev_ns": 5.099550725623749,
      "cpu_time_stddev_ns": 5.202680085940057,
      "items_per_second_stddev": 24470020.977470696,
      "width_stddev": 0.0,
      "real_time_cv": 0.04296745306170115,
      "cpu_time_cv": 0.0451395647971021,
      "items_per_second_cv": 0.04400971667505222,
      "width_cv": 0.0,
    },
    "BM_Sort": {
      "BigO_cpu_coefficient_ns": 115.25764834742188,
      "BigO_real_coefficient_ns": 118.68403552569913,
      "RMS": 0.03685630032139875,
    },
    "BM_Copy": {
      "real_time_us": 0.16571990546590898,
      "real_time_us_stderr": 0.028386306413413574,
      "cpu_time_us": 0.15178476420452922,
      "cpu_time_us_stderr": 0.015510440302979992,
      "bytes_per_second": 27562880691.008858,
      "bytes_per_second_stderr": 2839574280.7886224,
      "real_time_median_us": 0.15098286549928383,
      "cpu_time_median_us": 0.15101728862324668,
      "bytes_per_second_median": 27122722420.335434,
      "real_time_stddev_us": 0.04916652494725058,
      "cpu_time_stddev_us": 0.026864870652525356,
      "bytes_per_second_stddev": 4918286926.191747,
      "real_time_cv": 0.2966844858438859,
      "cpu_time_cv": 0.17699319686872575,
      "bytes_per_second_cv": 0.1784387844408482,
    },
  });
});

Deno.test("googleBenchmark takes aggregates alone", async () => {
  const { fields, values } = await convert("aggregates");
  assert.deepEqual([fields.dataset_size, fields.success_count, fields.error_count], [2, 2, 0]);
  assert.deepEqual(values, {
    "BM_Sort/64": {
      "real_time_ns": 124.68458012523682,
      "real_time_ns_stderr": 8.962102723296407,
      "cpu_time_ns": 124.29095742046263,
      "cpu_time_ns_stderr": 8.821667836440135,
      "items_per_second": 519824914.443374,
      "items_per_second_stderr": 34554986.12145946,
      "width": 42.0,
      "width_stderr": 0.0,
      "real_time_median_ns": 117.05994816875123,
      "cpu_time_median_ns": 116.89630008750352,
      "items_per_second_median": 547493803.9278606,
      "width_median": 42.0,
      "real_time_stddev_ns": 15.522817259400776,
      "cpu_time_stddev_ns": 15.279576900210524,
      "items_per_second_stddev": 59850991.61720521,
      "width_stddev": 0.0,
      "real_time_cv": 0.12449668791288551,
      "cpu_time_cv": 0.12293393837591417,
      "items_per_second_cv": 0.1151368277168734,
      "width_cv": 0.0,
    },
    "BM_Sort": {
      "BigO_cpu_coefficient_ns": 124.29095742046262,
      "BigO_real_coefficient_ns": 124.68458012523683,
      "RMS": 0.1003751403639135,
    },
    "BM_Copy": {
      "real_time_us": 0.13914643718795136,
      "real_time_us_stderr": 0.011815798150703069,
      "cpu_time_us": 0.1390257401622758,
      "cpu_time_us_stderr": 0.011951138680765151,
      "bytes_per_second": 29911749253.983784,
      "bytes_per_second_stderr": 2624292918.232105,
      "real_time_median_us": 0.1398569929771162,
      "cpu_time_median_us": 0.1399032239052278,
      "bytes_per_second_median": 29277381075.754776,
      "real_time_stddev_us": 0.020465562728996096,
      "cpu_time_stddev_us": 0.020699979403386925,
      "bytes_per_second_stddev": 4545408668.321202,
      "real_time_cv": 0.1470793154506165,
      "cpu_time_cv": 0.14889314294766692,
      "bytes_per_second_cv": 0.15196064361618117,
    },
  });
});

Deno.test("googleBenchmark gives no values of what failed or was skipped", async () => {
  const { values } = await convert("plain");
  assert.ok(!("BM_Broken" in values));
  const { fields, metrics } = convertWith(googleBenchmark, {
    context: {
      library_build_type: "release",
      executable: "build\\bench.exe",
      date: "2016-01-02 3:04",
    },
    benchmarks: [
      { name: "a", real_time: 0, cpu_time: 0, time_unit: "ns", skipped: true },
      { name: "b", real_time: 2, cpu_time: 1, time_unit: "ms", run_type: "iteration" },
      { name: "b", real_time: 4, cpu_time: 1, time_unit: "ms", run_type: "iteration" },
      { name: "c", real_time: 1, time_unit: "s", family_index: 0 },
      { name: "c", real_time: 3, time_unit: "s", family_index: 1 },
      { name: "d", run_type: "iteration", real_time: "x", error_occurred: null },
    ],
  }, { model: "m" });
  assert.deepEqual(fields, {
    model_version: "m",
    dataset_version: "bench",
    prompt_version: "v1",
    dataset_size: 5,
    success_count: 4,
    error_count: 0,
  });
  assert.deepEqual(metrics.values, {
    "b": { real_time_ms: 3, real_time_ms_stderr: 1, cpu_time_ms: 1, cpu_time_ms_stderr: 0 },
    "c": { real_time_s: 1 },
    "c (2)": { real_time_s: 3 },
  });
});

Deno.test("googleBenchmark says what has no values, and refuses what has no result", async () => {
  const { warnings } = await convert("plain");
  assert.deepEqual(warnings, ["Left out of values, because they failed: BM_Broken."]);
  const of = (benchmarks: unknown[]) =>
    convertWith(googleBenchmark, { context: {}, benchmarks }, { model: "m" });
  assert.throws(() => of([]), /holds no value: it has no benchmark\.$/);
  const text = { name: "a", real_time: "fast", run_type: "iteration" };
  assert.throws(() => of([text]), /holds no value: no benchmark in it has a number\.$/);
  const some = of([
    text,
    { name: "b", real_time: 1, skipped: true },
    { name: "c", real_time: 1, cpu_time: 1 },
  ]);
  assert.deepEqual(Object.keys(some.metrics.values), ["c"]);
  assert.deepEqual(some.warnings, [
    "Left out of values, because they were skipped: b.",
    "No number of a: left out of values.",
  ]);
  // That all of it failed is a result, too.
  const failed = of([{ name: "a", real_time: 0, error_occurred: true }]);
  assert.deepEqual([failed.metrics.values, failed.fields.error_count], [{}, 1]);
});

Deno.test("googleBenchmark asks for what was measured", async () => {
  const document = await readFixture("google_benchmark/plain.json");
  assert.throws(() => googleBenchmark.convert(document as never, {}), /--model/);
});
