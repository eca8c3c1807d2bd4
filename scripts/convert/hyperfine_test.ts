import assert from "node:assert/strict";
import { hyperfine } from "./hyperfine.ts";
import { convertWith, readFixture } from "./read_fixture.ts";

const convert = async (name: string) => {
  const document = await readFixture(`hyperfine/${name}.json`);
  return { document, ...convertWith(hyperfine, document, { model: "parser 2.1" }) };
};

Deno.test("hyperfine names the seconds of each command, and keeps the document", async () => {
  const { document, fields, metrics, items } = await convert("commands");
  assert.deepEqual(fields, {
    model_version: "parser 2.1",
    dataset_version: "hyperfine",
    prompt_version: "v1",
    dataset_size: 2,
    success_count: 2,
    error_count: 0,
  });
  const { values, ...kept } = metrics;
  assert.deepEqual(values, {
    "sleep 0.01": {
      "mean_s": 0.0114569062,
      "mean_s_stderr": 6.360856352284628e-05,
      "median_s": 0.011465072000000001,
      "min_s": 0.011332986000000001,
      "max_s": 0.011682016,
      "stddev_s": 0.00014223307198819778,
      "user_s": 0.001272,
      "system_s": 0.0,
      "runs": 5,
    },
    "sleep 0.02": {
      "mean_s": 0.0212522608,
      "mean_s_stderr": 9.268259101978059e-05,
      "median_s": 0.021129242000000003,
      "min_s": 0.021107849,
      "max_s": 0.021586398,
      "stddev_s": 0.00020724457385104097,
      "user_s": 0.0010477999999999998,
      "system_s": 0.0,
      "runs": 5,
    },
  });
  assert.deepEqual(kept, document);
  assert.equal(items, undefined);
});

Deno.test("hyperfine tells commands of one name apart by their parameters", async () => {
  const { metrics } = await convert("parameters");
  assert.deepEqual(metrics.values, {
    "wait (seconds=0.01)": {
      "mean_s": 0.011564398,
      "mean_s_stderr": 0.00013946875634229583,
      "median_s": 0.011555973,
      "min_s": 0.011291073,
      "max_s": 0.011854573,
      "stddev_s": 0.00027893751268459166,
      "user_s": 0.000572,
      "system_s": 0.00074725,
      "runs": 4,
    },
    "wait (seconds=0.03)": {
      "mean_s": 0.03143501625,
      "mean_s_stderr": 6.466882650651098e-05,
      "median_s": 0.031383124,
      "min_s": 0.031347726,
      "max_s": 0.031626091,
      "stddev_s": 0.00012933765301302195,
      "user_s": 0.000565,
      "system_s": 0.0006385,
      "runs": 4,
    },
  });
});

Deno.test("hyperfine gives no spread of a single run", async () => {
  const { metrics } = await convert("one_run");
  assert.deepEqual(metrics.values, {
    "sleep 0.01": {
      "mean_s": 0.011421337,
      "median_s": 0.011421337,
      "min_s": 0.011421337,
      "max_s": 0.011421337,
      "user_s": 0.001227,
      "system_s": 0.0,
      "runs": 1,
    },
  });
});

Deno.test("hyperfine counts commands that failed", async () => {
  const { fields, metrics, warnings } = await convert("failure");
  assert.deepEqual(warnings, ['sh -c "exit 3" failed: the times are of runs that did, too.']);
  assert.deepEqual([fields.dataset_size, fields.success_count, fields.error_count], [2, 1, 1]);
  assert.deepEqual(metrics.values, {
    "sleep 0.01": {
      "mean_s": 0.012955099,
      "mean_s_stderr": 0.0013474190157428136,
      "median_s": 0.011684469000000001,
      "min_s": 0.011532323,
      "max_s": 0.015648505,
      "stddev_s": 0.002333798194351002,
      "user_s": 0.0008633333333333335,
      "system_s": 0.0005,
      "runs": 3,
    },
    'sh -c "exit 3"': {
      "mean_s": 0.0019950993333333333,
      "mean_s_stderr": 0.0008154840338065759,
      "median_s": 0.00125488,
      "min_s": 0.001106599,
      "max_s": 0.0036238190000000003,
      "stddev_s": 0.0014124597793142054,
      "user_s": 0.001067,
      "system_s": 0.0,
      "runs": 3,
    },
  });
});

Deno.test("hyperfine names what 2.0 measured as it names what 1.x did", async () => {
  const { document, fields, metrics } = await convert("schema_2");
  assert.deepEqual(fields, {
    model_version: "parser 2.1",
    dataset_version: "hyperfine",
    prompt_version: "v1",
    variant: "Linux x86_64",
    timestamp: "2025-06-01T10:20:30Z",
    dataset_size: 2,
    success_count: 1,
    error_count: 1,
  });
  const { values, ...kept } = metrics;
  assert.deepEqual(values, {
    "parser small.txt (input=small.txt)": {
      mean_s: 0.75,
      mean_s_stderr: 0.25 / Math.sqrt(3),
      median_s: 0.75,
      min_s: 0.5,
      max_s: 1,
      stddev_s: 0.25,
      runs: 3,
      cpu_s: 0.5,
      cpu_s_stderr: 0.125 / Math.sqrt(3),
      user_s: 0.375,
      user_s_stderr: 0.125 / Math.sqrt(3),
      system_s: 0.125,
      system_s_stderr: 0,
      memory_peak_resident_bytes: 2097152,
      memory_peak_resident_bytes_stderr: 0,
      instructions: 1200,
      instructions_stderr: 200 / Math.sqrt(3),
    },
    // Without a summary: of the measurements.
    "parser large.txt (input=large.txt)": {
      mean_s: 2.5,
      mean_s_stderr: 0.5,
      median_s: 2.5,
      min_s: 2,
      max_s: 3,
      stddev_s: Math.SQRT1_2,
      runs: 2,
      user_s: 2,
      user_s_stderr: 0.5,
      system_s: 0.25,
      system_s_stderr: 0,
    },
  });
  assert.deepEqual(kept, document);
});

Deno.test("hyperfine takes memory of 1.x, and times in another unit under another name", () => {
  const measured = (value: number) => ({ time_wall_clock: { value, unit: "millisecond" } });
  const { metrics } = convertWith(hyperfine, {
    results: [
      { command: "a", mean: 1, memory_usage_byte: [100, 300], exit_codes: [0, 0] },
      { command: "b", measurements: [measured(5), measured(5), measured(8), measured(6)] },
      { command: "c", measurements: [] },
      {
        command: "e",
        measurements: [{ time_wall_clock: { value: 0.5, unit: "second" } }],
        summary: { time_wall_clock: { unit: "millisecond", count: 1, mean: 500 } },
      },
      { command: "d", mean: 1, times: null, stddev: "x", parameters: ["y"] },
    ],
  }, { model: "m" });
  assert.deepEqual(metrics.values.a, {
    mean_s: 1,
    memory_peak_resident_bytes: 200,
    memory_peak_resident_bytes_stderr: 100,
    runs: 2,
  });
  assert.equal(metrics.values.b.mean_ms, 6);
  assert.deepEqual(metrics.values.e, { mean_ms: 500, runs: 1 });
  assert.equal(metrics.values.b.median_ms, 5.5);
  assert.ok(!("c" in metrics.values));
});

Deno.test("hyperfine asks for what was measured, and takes no results without commands", () => {
  assert.throws(() => hyperfine.convert({ results: [] } as never, {}), /--model/);
  for (
    const other of [
      { results: [] },
      { results: {} },
      { results: [{ command: "a" }] },
      { results: [{ mean: 1 }] },
      { results: [{ model_version: "m", metrics: {} }] },
    ]
  ) assert.ok(!hyperfine.matches(other));
});
