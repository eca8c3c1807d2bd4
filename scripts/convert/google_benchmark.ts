import { UserError } from "../cli/user_error.ts";
import {
  type Adapter,
  hasKeys,
  isNumber,
  numberOf,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import {
  type BenchmarkValues,
  standardError,
  statisticsOf,
  valuesByName,
} from "./benchmark_values.ts";
import { known, timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { joinNames, nameOf } from "./names.ts";

interface GoogleBenchmarkDocument extends SourceDocument {
  context: SourceDocument;
  benchmarks: SourceDocument[];
}

// What an entry says of itself. All other numbers are measured: times, rates and counters.
const ABOUT = [
  "family_index",
  "per_family_instance_index",
  "repetitions",
  "repetition_index",
  "threads",
  "iterations",
];
const TIMES = ["real_time", "cpu_time"];

/**
 * What a program with Google Benchmark writes with `--benchmark_format=json` or `--benchmark_out`.
 * https://github.com/google/benchmark/blob/main/docs/user_guide.md
 *
 * `metrics.values` has the numbers by run name: `real_time_ns` and `cpu_time_ns` (the unit is the
 * benchmark's own) and rates and counters under their names. With repetitions these are means, each
 * with its `_stderr`, and other aggregates are `real_time_median_ns`, `real_time_stddev_ns`,
 * `real_time_cv` and so on; so a metric keeps its name however often it is repeated. What a
 * complexity was fitted to is under the family: `BigO_real_coefficient_ns`, `RMS`.
 *
 * A benchmark that ended in an error, or was skipped, has no values: the times of its entry are 0.
 *
 * The data set is the program that ran. The variant is the build type of the library where that is not
 * `release`. Neither host nor processor is in it: runners of one kind differ in them from day to day.
 */
export const googleBenchmark: Adapter = {
  name: "google-benchmark",
  description: "JSON of Google Benchmark with context and benchmarks",
  matches: (document) =>
    hasKeys(document, "context", "benchmarks") && hasKeys(document.context) &&
    Array.isArray(document.benchmarks) &&
    document.benchmarks.every((entry) =>
      hasKeys(entry, "name") && (hasKeys(entry, "run_type") || hasKeys(entry, "real_time"))
    ),
  convert: (document: GoogleBenchmarkDocument, options) => {
    if (options.model === undefined) {
      throw new UserError("The document names no model: give what was measured with --model.");
    }
    const { context, benchmarks } = document;
    const runs = [...Map.groupBy(benchmarks, identityOf).values()];
    const measured = runs.filter((entries) => entries.some((entry) => !isFit(entry)));
    const failed = measured.filter((entries) => entries.some(hasFailed)).length;
    const skipped = measured.filter((entries) => entries.every((entry) => entry.skipped === true));
    warnOfMissing("failed", benchmarks.filter(hasFailed), options.warn);
    warnOfMissing("were skipped", skipped.flat(), options.warn);
    const values = valuesByName(
      runs.map((entries) => ({
        name: nameOfRun(entries[0]!),
        values: valuesOf(entries.filter((entry) => !hasFailed(entry) && entry.skipped !== true)),
        hasFailed: entries.some((entry) => hasFailed(entry) || entry.skipped === true),
      })),
      options.warn,
    );
    const build = nameOf(context.library_build_type);
    return {
      model_version: options.model,
      dataset_version: options.datasetVersion ?? programOf(context.executable) ??
        "google-benchmark",
      prompt_version: options.promptVersion ?? "v1",
      ...known({
        variant: build === undefined || build === "release"
          ? undefined
          : `library_build_type=${build}`,
        timestamp: timeOf(context.date),
      }),
      dataset_size: measured.length,
      success_count: measured.length - failed - skipped.length,
      error_count: failed,
      metrics: withDocument({ values }, document, options.warn),
    };
  },
};

/** Two benchmarks may have one name, but not one place. */
function identityOf(entry: SourceDocument): string {
  return JSON.stringify([
    entry.run_name ?? entry.name,
    entry.family_index ?? null,
    entry.per_family_instance_index ?? null,
    isFit(entry),
  ]);
}

function warnOfMissing(what: string, entries: SourceDocument[], warn: Warn | undefined): void {
  if (entries.length === 0) return;
  const names = joinNames([...new Set(entries.map(nameOfRun))]).replaceAll(",", ", ");
  warn?.(`Left out of values, because they ${what}: ${names}.`);
}

function nameOfRun(entry: SourceDocument): string {
  return nameOf(entry.run_name ?? entry.name) ?? "unnamed";
}

function isAggregate(entry: SourceDocument): boolean {
  return entry.run_type === "aggregate";
}

/** Whether an entry says what the complexity of a family was fitted to. */
function isFit(entry: SourceDocument): boolean {
  return isAggregate(entry) && !TIMES.some((time) => time in entry);
}

function hasFailed(entry: SourceDocument): boolean {
  return entry.error_occurred === true;
}

/** The numbers of the entries of one benchmark. */
function valuesOf(entries: SourceDocument[]): BenchmarkValues["values"] {
  const aggregates = entries.filter(isAggregate);
  const repetitions = entries.filter((entry) => !isAggregate(entry));
  const named = new Map(
    aggregates.map((entry) => [nameOf(entry.aggregate_name) ?? "unnamed", entry]),
  );
  const { mean, ...others } = Object.fromEntries(named);
  return {
    ...(mean === undefined ? meansOf(repetitions) : meanOf(mean, others.stddev)),
    ...Object.assign(
      {},
      ...Object.entries(others).map(([name, entry]) => aggregateOf(name, entry)),
    ),
  };
}

/** What a program measured that has reported no mean: mostly a single time. */
function meansOf(repetitions: SourceDocument[]): SourceDocument {
  const [first] = repetitions;
  if (first === undefined) return {};
  if (repetitions.length === 1) return numbersOf(first, (name, unit) => name + unit);
  return Object.assign(
    {},
    ...Object.keys(numbersOf(first, (name) => name)).map((name) => {
      const { mean, stderr } = statisticsOf(
        repetitions.map((entry) => numberOf(entry[name])).filter((one) => one !== undefined),
      );
      const unit = unitOf(first, name);
      return { [name + unit]: mean, [`${name}${unit}_stderr`]: stderr };
    }),
  );
}

function meanOf(mean: SourceDocument, deviation: SourceDocument | undefined): SourceDocument {
  const errors = numbersOf(
    deviation ?? {},
    (name, unit) => `${name}${unit}_stderr`,
    // The iterations of an aggregate are the repetitions that it is made of.
    (value) => standardError(value, mean.iterations),
  );
  return { ...numbersOf(mean, (name, unit) => name + unit), ...errors };
}

function aggregateOf(aggregate: string, entry: SourceDocument): SourceDocument {
  // A coefficient of variation is a fraction, although its unit is said to be a percentage.
  const hasUnit = entry.aggregate_unit !== "percentage";
  return numbersOf(
    entry,
    (name, unit) =>
      isFit(entry) && name === aggregate.toLowerCase()
        ? aggregate
        : isFit(entry)
        ? `${aggregate}_${name}_${nameOf(entry.time_unit) ?? "ns"}`
        : `${name}_${aggregate}${hasUnit ? unit : ""}`,
  );
}

function numbersOf(
  entry: SourceDocument,
  rename: (name: string, unit: string) => string,
  change: (value: unknown) => unknown = (value) => value,
): SourceDocument {
  return Object.fromEntries(
    Object.entries(entry)
      .filter(([name, value]) => isNumber(value) && !ABOUT.includes(name))
      .map(([name, value]) => [
        nameOf(rename(name, unitOf(entry, name))) ?? "unnamed",
        change(value),
      ]),
  );
}

/** As the end of a name; rates and counters have none. */
function unitOf(entry: SourceDocument, name: string): string {
  return TIMES.includes(name) ? `_${nameOf(entry.time_unit) ?? "ns"}` : "";
}

/** `parser_benchmark` of `./build/parser_benchmark` and `build\parser_benchmark.exe`. */
function programOf(executable: unknown): string | undefined {
  const file = typeof executable === "string" ? executable.split(/[/\\]/).at(-1) : undefined;
  return nameOf(file?.replace(/\.exe$/i, ""));
}
