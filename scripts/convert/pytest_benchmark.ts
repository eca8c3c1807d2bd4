import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { type BenchmarkValues, standardError, valuesByName } from "./benchmark_values.ts";
import { branchOf, commitOf, known, timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { cleanName, MAX_VARIANT_LENGTH, nameOf } from "./names.ts";

/**
 * What `pytest --benchmark-json FILE` writes, and the files of `--benchmark-save`.
 * https://pytest-benchmark.readthedocs.io/
 *
 * `metrics.values` has the numbers by the full name of each benchmark, times in seconds: `mean_s`
 * with `mean_s_stderr`, `median_s`, `min_s`, `max_s`, `stddev_s`, `ops_per_s`, `rounds`, and the
 * numbers of its `extra_info`. All else stays as it is.
 *
 * The model is the project of `commit_info`. The variant is Python's implementation and minor
 * version, system and machine: other timings are to be expected there. Neither its patch level nor
 * the processor is in it: runners of one kind differ in them from day to day.
 */
export const pytestBenchmark: Adapter = {
  name: "pytest-benchmark",
  description: "JSON of pytest-benchmark with machine_info and benchmarks",
  matches: (document) =>
    hasKeys(document, "machine_info", "benchmarks") && Array.isArray(document.benchmarks) &&
    document.benchmarks.every((benchmark) => hasKeys(benchmark, "fullname", "stats")),
  convert: (document: SourceDocument & { benchmarks: SourceDocument[] }, options) => {
    const { datetime, ...rest } = document;
    const commit = hasKeys(document.commit_info) ? document.commit_info : {};
    const model = options.model ?? nameOf(commit.project);
    if (model === undefined) {
      throw new UserError(
        "The document has no commit_info.project: give what was measured with --model.",
      );
    }
    if (commit.dirty === true) {
      options.warn?.("It was measured with changes that are in no commit (commit_info.dirty).");
    }
    const timestamp = timeOf(withOffset(datetime));
    const values = valuesByName(document.benchmarks.map(valuesOf), options.warn);
    return {
      model_version: model,
      dataset_version: options.datasetVersion ?? "pytest-benchmark",
      prompt_version: options.promptVersion ?? "v1",
      ...known({
        variant: variantOf(document.machine_info),
        commit_sha: commitOf(commit.id),
        branch_name: branchOf(commit.branch),
        timestamp,
      }),
      dataset_size: document.benchmarks.length,
      metrics: withDocument(
        { values },
        { ...rest, ...(timestamp === undefined && known({ datetime })) },
        options.warn,
      ),
    };
  },
};

function valuesOf(benchmark: SourceDocument): BenchmarkValues {
  const stats = hasKeys(benchmark.stats) ? benchmark.stats : {};
  const extra = hasKeys(benchmark.extra_info) ? benchmark.extra_info : {};
  return {
    name: nameOf(benchmark.fullname) ?? "unnamed",
    values: {
      ...Object.fromEntries(Object.entries(extra).filter(([, value]) => isNumber(value))),
      mean_s: stats.mean,
      mean_s_stderr: standardError(stats.stddev, stats.rounds),
      median_s: stats.median,
      min_s: stats.min,
      max_s: stats.max,
      stddev_s: stats.stddev,
      ops_per_s: stats.ops,
      rounds: stats.rounds,
    },
  };
}

/** Up to version 4 it writes the time in UTC and does not say so. */
function withOffset(datetime: unknown): unknown {
  return typeof datetime === "string" && /^[\d-]+T[\d:.]+$/.test(datetime)
    ? `${datetime}Z`
    : datetime;
}

function variantOf(machine: unknown): string | undefined {
  if (!hasKeys(machine)) return undefined;
  const minor = /^\d+\.\d+/.exec(nameOf(machine.python_version) ?? "")?.[0];
  const parts = [machine.python_implementation, minor, machine.system, machine.machine]
    .map((part) => nameOf(part)).filter((part) => part !== undefined);
  return cleanName(parts.join(" "), MAX_VARIANT_LENGTH);
}
