import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys } from "./adapter.ts";

interface CustomBenchmark {
  name: string;
  value: unknown;
}

/**
 * `customSmallerIsBetter` and `customBiggerIsBetter` JSON of github-action-benchmark. Which of
 * the two it is, the document does not say.
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
        // By name, so that one can be queried; the array keeps units, ranges and equal names.
        values: Object.fromEntries(document.map(({ name, value }) => [name, value])),
        benchmarks: document,
      },
    };
  },
};
