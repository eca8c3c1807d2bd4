import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { type BenchmarkValues, valuesByName } from "./benchmark_values.ts";
import { nameOf, settingsName } from "./names.ts";

/** The measures of a benchmark, and with which parameters it ran. */
interface Entry {
  parameters: SourceDocument;
  measures: Record<string, SourceDocument>;
}

/**
 * Bencher Metric Format: `{benchmark: {measure: {value, lower_value?, upper_value?}}}`, or a list of
 * `{parameters, measures}` for a benchmark. https://bencher.dev/docs/reference/bencher-metric-format/
 *
 * `metrics.values` has `<measure>` for the value, and every other number of it as
 * `<measure>_lower_value`, `<measure>_upper_value` and the like; units are what the measure has in
 * Bencher (`latency` is in nanoseconds). Parameters are part of a benchmark's name:
 * `read {op=random,size_mb=16}`. A range is no standard error, whose meaning the format leaves open.
 * `metrics.benchmarks` has the document. It says nothing of what was measured and when.
 */
export const bencher: Adapter = {
  name: "bencher-metric-format",
  description:
    "Bencher Metric Format: an object of benchmarks, each with measures that have a value",
  matches: (document) =>
    hasKeys(document) && Object.keys(document).length > 0 &&
    Object.values(document).every((entry) =>
      Array.isArray(entry)
        ? entry.length > 0 &&
          entry.every((one) => hasKeys(one, "measures") && areMeasures(one.measures))
        : areMeasures(entry)
    ),
  convert: (document: SourceDocument, options) => {
    if (options.model === undefined) {
      throw new UserError("The document names no model: give what was measured with --model.");
    }
    return {
      model_version: options.model,
      dataset_version: options.datasetVersion ?? "bencher",
      prompt_version: options.promptVersion ?? "v1",
      dataset_size: Object.keys(document).length,
      metrics: {
        values: valuesByName(Object.entries(document).flatMap(benchmarksOf), options.warn),
        // A list: a benchmark's name may be longer than a key of metrics.
        benchmarks: Object.entries(document).map(([name, measures]) => ({ name, measures })),
      },
    };
  },
};

function areMeasures(measures: unknown): boolean {
  return hasKeys(measures) && !isNumber(measures) && Object.keys(measures).length > 0 &&
    Object.values(measures).every((measure) =>
      hasKeys(measure, "value") && isNumber(measure.value)
    );
}

/** Entries with equal parameters are one benchmark, and the later value of a measure counts. */
function benchmarksOf([name, entry]: [string, unknown]): BenchmarkValues[] {
  const entries = ((Array.isArray(entry) ? entry : [{ measures: entry }]) as Partial<Entry>[])
    .map(({ parameters, measures }) => ({
      name: withParameters(name, hasKeys(parameters) ? parameters : {}),
      values: valuesOf(measures as Entry["measures"]),
    }));
  return [...Map.groupBy(entries, (one) => one.name)].map(([name, same]) => ({
    name,
    values: Object.assign({}, ...same.map(({ values }) => values)),
  }));
}

function withParameters(name: string, parameters: SourceDocument): string {
  const text = settingsName(parameters);
  return text === "" ? name : `${name} {${text}}`;
}

function valuesOf(measures: Entry["measures"]): SourceDocument {
  return Object.fromEntries(
    Object.entries(measures).flatMap(([measure, metric]) =>
      Object.entries(metric).map(([key, value]) => [
        nameOf(key === "value" ? measure : `${measure}_${key}`) ?? key,
        value,
      ])
    ),
  );
}
