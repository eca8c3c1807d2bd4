import { UserError } from "../cli/user_error.ts";
import {
  type Adapter,
  exactNumber,
  hasKeys,
  isNumber,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import { unitSuffix } from "./benchmark_values.ts";
import { cleanName, digest, joinNames, nameOf } from "./names.ts";

interface CustomBenchmark {
  name: unknown;
  unit: unknown;
  value: unknown;
}

/**
 * `customSmallerIsBetter` and `customBiggerIsBetter` JSON of github-action-benchmark. Which of
 * the two it is, the document does not say. `metrics.values` has each value by its name and unit,
 * `/values/parse/value_ns_per_iter`, so that a value whose unit changes is another metric: of benchmarks
 * of one name and unit the second is `name (2)`, in their order. A value that is the text of a number is that number;
 * one that is none is left out, and told to `warn`. `metrics.benchmarks` is the document, with units, ranges
 * and what else there is.
 *
 * https://github.com/benchmark-action/github-action-benchmark
 */
export const githubActionBenchmark: Adapter = {
  name: "github-action-benchmark",
  description: "an array of objects with name, unit and value",
  matches: (document) =>
    Array.isArray(document) && document.length > 0 &&
    document.every((benchmark) => hasKeys(benchmark, "name", "unit", "value")),
  convert: (document: CustomBenchmark[], options) => {
    if (options.model === undefined) {
      throw new UserError("The document names no model: give what was measured with --model.");
    }
    return {
      model_version: options.model,
      dataset_version: options.datasetVersion ?? "benchmark",
      prompt_version: options.promptVersion ?? "v1",
      metrics: {
        values: valuesOf(document, options.warn),
        benchmarks: document,
      },
    };
  },
};

function valuesOf(benchmarks: CustomBenchmark[], warn: Warn | undefined): SourceDocument {
  const values = new Map<string, SourceDocument>();
  const without: string[] = [];
  for (const { name, unit, value } of benchmarks) {
    const number = typeof value === "string" ? exactNumber(value) : value;
    const first = keyOf(name);
    if (!isNumber(number)) {
      without.push(cleanName(first) ?? "unnamed");
      continue;
    }
    const measure = `value${unitSuffix(unit)}`;
    const isTaken = (key: string) => Object.hasOwn(values.get(key) ?? {}, measure);
    let key = first;
    for (let count = 2; isTaken(key); count++) key = `${first} (${count})`;
    values.set(key, { ...values.get(key), [measure]: number });
  }
  if (values.size === 0) {
    throw new UserError("The document holds no value: no benchmark in it has a number.");
  }
  if (without.length > 0) {
    warn?.(
      `Left out of values, because the value is no number: ${
        joinNames(without).replaceAll(",", ", ")
      }.`,
    );
  }
  return Object.fromEntries(values);
}

/** A name as it is, but for one that cannot be a key. */
function keyOf(name: unknown): string {
  const isKey = typeof name === "string" && name !== "" && name !== "__proto__" &&
    [...name].length <= MAX_KEY_LENGTH;
  return isKey ? name : nameOf(name, MAX_KEY_LENGTH)?.replace(/^__proto__$/, "proto") ??
    `#${digest(name)}`;
}

// A key has at most 200 characters, and a number may follow.
const MAX_KEY_LENGTH = 190;
