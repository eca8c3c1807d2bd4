import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import {
  type BenchmarkValues,
  standardError,
  statisticsOf,
  unitSuffix,
  valuesByName,
} from "./benchmark_values.ts";
import { known, timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { cleanName, joinNames, MAX_VARIANT_LENGTH, nameOf } from "./names.ts";

interface HyperfineDocument extends SourceDocument {
  results: SourceDocument[];
}

/**
 * What `hyperfine --export-json FILE` writes, by 1.x and by 2.0 (`schema_version: 2`, which has the
 * measurements one by one). https://github.com/sharkdp/hyperfine
 *
 * `metrics.values` has the same names for both, by command: `mean_s` with `mean_s_stderr`,
 * `median_s`, `min_s`, `max_s`, `stddev_s`, `runs`, and the means `user_s` and `system_s`; of 2.0 also
 * `cpu_s`, `memory_peak_resident_bytes`, `instructions` and what else was measured, with their standard
 * errors. Parameters are part of a command's name, `make (threads=4)`: a command that was given a
 * name has the same for all of them. All else stays as it is.
 *
 * The variant is the platform, which only 2.0 names. A command has failed when any of its runs did; its
 * times stay, as they may be right (`--ignore-failure`), and `warn` is told.
 */
export const hyperfine: Adapter = {
  name: "hyperfine",
  description: "JSON of hyperfine with results, each with a command and its times",
  matches: (document) =>
    hasKeys(document, "results") && Array.isArray(document.results) &&
    document.results.length > 0 &&
    document.results.every((result) =>
      hasKeys(result, "command") &&
      (isNumber(result.mean) || Array.isArray(result.measurements))
    ),
  convert: (document: HyperfineDocument, options) => {
    if (options.model === undefined) {
      throw new UserError("The document names no model: give what was measured with --model.");
    }
    const metadata = hasKeys(document.metadata) ? document.metadata : {};
    const failures = document.results.filter(hasFailed);
    const failed = failures.length;
    if (failed > 0) {
      options.warn?.(
        `${joinNames(failures.map(nameOfResult))} failed: the times are of runs that did, too.`,
      );
    }
    const values = valuesByName(
      document.results.map((result) => ({
        name: nameOfResult(result),
        values: Array.isArray(result.measurements)
          ? valuesOfMeasurements(result, result.measurements)
          : valuesOf(result),
      })),
      options.warn,
    );
    return {
      model_version: options.model,
      dataset_version: options.datasetVersion ?? "hyperfine",
      prompt_version: options.promptVersion ?? "v1",
      ...known({
        variant: platformOf(metadata.platform),
        timestamp: timeOf(metadata.start_time),
      }),
      dataset_size: document.results.length,
      success_count: document.results.length - failed,
      error_count: failed,
      metrics: withDocument({ values }, document, options.warn),
    };
  },
};

/** Of 1.x, whose numbers are seconds. */
function valuesOf(result: SourceDocument): BenchmarkValues["values"] {
  const runs = [result.times, result.exit_codes].find(Array.isArray)?.length;
  const memory = numbersOf(result.memory_usage_byte);
  return {
    mean_s: result.mean,
    mean_s_stderr: standardError(result.stddev, runs),
    median_s: result.median,
    min_s: result.min,
    max_s: result.max,
    stddev_s: result.stddev,
    user_s: result.user,
    system_s: result.system,
    // As 2.0 names it.
    ...(memory.length > 0 && {
      memory_peak_resident_bytes: statisticsOf(memory).mean,
      memory_peak_resident_bytes_stderr: statisticsOf(memory).stderr,
    }),
    runs,
  };
}

/** Of 2.0: a quantity is the same in each measurement, a value with a unit. */
function valuesOfMeasurements(
  result: SourceDocument,
  measurements: unknown[],
): BenchmarkValues["values"] {
  const runs = measurements.filter((one) => hasKeys(one));
  const summary = hasKeys(result.summary) ? result.summary : {};
  const quantities = [...new Set(runs.flatMap((run) => Object.keys(run)))]
    .filter((quantity) => runs.some((run) => hasKeys(run[quantity], "value")));
  return Object.assign(
    {},
    ...quantities.map((quantity) => {
      const measured = runs.map((run) => run[quantity]).filter((one) => hasKeys(one, "value"));
      const numbers = numbersOf(measured.map(({ value }) => value));
      const said = summary[quantity];
      const isSaid = hasKeys(said, "mean");
      const unit = unitOf(isSaid ? said.unit : measured[0]!.unit);
      const statistics = isSaid ? ofSummary(said) : ofNumbers(numbers);
      return quantity === "time_wall_clock"
        ? valuesOfTime(statistics, unit, measurements.length)
        : {
          [nameOfQuantity(quantity) + unit]: statistics.mean,
          [`${nameOfQuantity(quantity)}${unit}_stderr`]: statistics.stderr,
        };
    }),
  );
}

function valuesOfTime(
  { mean, stderr, median, min, max, stddev }: SourceDocument,
  unit: string,
  runs: number,
): SourceDocument {
  const named = { mean, median, min, max, stddev };
  return {
    ...Object.fromEntries(
      Object.entries(named).map(([name, value]) => [`${name}${unit}`, value]),
    ),
    [`mean${unit}_stderr`]: stderr,
    runs,
  };
}

function ofSummary(summary: SourceDocument): SourceDocument {
  return { ...summary, stderr: standardError(summary.stddev, summary.count) };
}

function ofNumbers(numbers: number[]): SourceDocument {
  if (numbers.length === 0) return {};
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return {
    ...statisticsOf(numbers),
    median: (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2,
    min: sorted[0],
    max: sorted.at(-1),
  };
}

/** `time_user` as 1.x names it: `user`. */
function nameOfQuantity(quantity: string): string {
  return nameOf(quantity.replace(/^time_/, "")) ?? "unnamed";
}

/** As the end of a name; a count has none. */
function unitOf(unit: unknown): string {
  const known: Record<string, string> = {
    second: "_s",
    millisecond: "_ms",
    microsecond: "_us",
    nanosecond: "_ns",
    byte: "_bytes",
  };
  return typeof unit !== "string" ? "" : known[unit] ?? unitSuffix(unit);
}

function numbersOf(values: unknown): number[] {
  return (Array.isArray(values) ? values : []).map(numberOf).filter((one) => one !== undefined);
}

/** null is the exit code of a run that a signal ended. */
function hasFailed({ exit_codes, measurements }: SourceDocument): boolean {
  const codes = Array.isArray(measurements)
    ? measurements.filter((one) => hasKeys(one, "exit_code")).map(({ exit_code }) => exit_code)
    : Array.isArray(exit_codes)
    ? exit_codes
    : [];
  return codes.some((code) => numberOf(code) !== 0);
}

function nameOfResult({ command, parameters }: SourceDocument): string {
  const parts = Object.entries(hasKeys(parameters) ? parameters : {})
    .map(([name, value]) => `${name}=${nameOf(value) ?? ""}`);
  const name = nameOf(command) ?? "unnamed";
  return parts.length === 0 ? name : `${name} (${parts.join(", ")})`;
}

function platformOf(platform: unknown): string | undefined {
  if (!hasKeys(platform)) return undefined;
  const parts = [platform.os, platform.architecture].map((part) => nameOf(part))
    .filter((part) => part !== undefined);
  return cleanName(parts.join(" "), MAX_VARIANT_LENGTH);
}
