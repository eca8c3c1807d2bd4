import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, isNumber } from "./adapter.ts";
import { digest, nameOf } from "./names.ts";

interface CustomBenchmark {
  name: unknown;
  value: unknown;
}

/**
 * `customSmallerIsBetter` and `customBiggerIsBetter` JSON of github-action-benchmark. Which of
 * the two it is, the document does not say. `metrics.values` has each value by its name, so that one can
 * be asked for: of benchmarks of one name the second is `name (2)`, in their order. `metrics.benchmarks` is
 * the document, with units, ranges and what else there is.
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
        values: valuesOf(document),
        benchmarks: document,
      },
    };
  },
};

function valuesOf(benchmarks: CustomBenchmark[]): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { name, value } of benchmarks) {
    if (!isNumber(value)) continue; // nothing that could be drawn; the array has it
    const first = keyOf(name);
    let key = first;
    for (let count = 2; values.has(key); count++) key = `${first} (${count})`;
    values.set(key, value);
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
