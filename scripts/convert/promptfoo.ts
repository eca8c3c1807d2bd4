import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import { countOf, timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { itemsOf } from "./items.ts";
import { type Column, isPromptfoo, partsOf } from "./promptfoo_columns.ts";
import { promptName, providerName, suiteName, variantNames } from "./promptfoo_names.ts";
import { testItems } from "./promptfoo_tests.ts";

/**
 * `output.json` of promptfoo, as `promptfoo eval --output output.json` writes, or the summary that
 * `evaluate()` of its Node package returns: one result for each prompt and provider. What its names
 * are made of is said by {@link providerName}, {@link suiteName}, {@link promptName} and
 * {@link variantNames}. https://www.promptfoo.dev/docs/configuration/outputs/
 */
export const promptfoo: Adapter = {
  name: "promptfoo",
  description: "output.json of promptfoo, or evaluate()'s summary, with results and prompts",
  matches: isPromptfoo,
  convert: (document: SourceDocument, options) => {
    const { columns, summary, timestamp, config, around } = partsOf(document);
    if (columns.length === 0) {
      throw new UserError("The document holds no result: it has no prompt.");
    }
    const variants = variantNames(config, columns, options.warn);
    const totals = columns.map((column) => countsOf(column)?.total ?? 0);
    const { repeat } = hasKeys(around.runtimeOptions) ? around.runtimeOptions : {};
    const dataset = options.datasetVersion ?? suiteName(
      config,
      columns,
      Math.max(...totals),
      numberOf(repeat) || 1,
      options.warn,
    );
    const time = timeOf(timestamp);
    const converted = columns.map((column, index) => {
      const { prompt, kept, rows, table } = column;
      const counts = countsOf(column);
      const warn = columns.length === 1 || options.warn === undefined
        ? options.warn
        : (sentence: string) => options.warn!(`result ${index + 1}: ${sentence}`);
      const metrics = withDocument(
        scoresOf(column, counts),
        {
          ...around,
          results: {
            ...summary,
            ...(time === undefined && timestamp !== undefined && { timestamp }),
            prompt,
            ...(kept !== undefined && { results: kept }),
            ...(table !== undefined && { table }),
          },
        },
        warn,
      );
      return {
        model_version: options.model ?? providerName(column),
        dataset_version: dataset,
        prompt_version: options.promptVersion ?? promptName(column, index),
        ...(variants[index] !== undefined && { variant: variants[index] }),
        ...(counts !== undefined && {
          dataset_size: counts.total,
          success_count: counts.passed,
          error_count: counts.errors,
        }),
        ...(time !== undefined && { timestamp: time }),
        metrics,
        ...itemsOf(
          testItems(rows),
          metrics,
          warn,
          counts !== undefined && counts.total > 0 ? counts.total : undefined,
        ),
      };
    });
    return converted.length === 1 ? converted[0]! : { results: converted };
  },
};

interface Counts {
  passed: number;
  errors: number;
  total: number;
}

/** How many tests passed, and how many there were: as promptfoo counted, else as its rows say. */
function countsOf({ prompt, rows }: Column): Counts | undefined {
  const measured = measuredOf(prompt);
  const names = ["testPassCount", "testFailCount", "testErrorCount"];
  if (names.some((name) => countOf(measured[name]) !== undefined)) {
    // Older versions count no errors: they are failures there.
    const [passed, failed, errors] = names.map((name) => countOf(measured[name]) ?? 0) as [
      number,
      number,
      number,
    ];
    return { passed, errors, total: passed + failed + errors };
  }
  if (rows.length === 0 || rows.some(({ success }) => typeof success !== "boolean")) {
    return undefined;
  }
  return {
    passed: rows.filter(({ success }) => success === true).length,
    errors: rows.filter(({ failureReason }) => numberOf(failureReason) === ERROR).length,
    total: rows.length,
  };
}

// `failureReason` of a test that did not run.
const ERROR = 2;

/** Shares and means over tests, of sums that the document has: what is missing is not 0. */
function scoresOf({ prompt }: Column, counts: Counts | undefined): SourceDocument {
  const measured = measuredOf(prompt);
  const scores: SourceDocument = {};
  if (counts !== undefined && counts.total > 0) {
    scores.pass_rate = counts.passed / counts.total;
    const means = { latency_ms: measured.totalLatencyMs, analysis_cost: measured.cost };
    for (const [name, sum] of Object.entries(means)) {
      const mean = (numberOf(sum) ?? NaN) / counts.total;
      if (mean >= 0) scores[name] = mean;
    }
  }
  const named = hasKeys(measured.namedScores) ? measured.namedScores : {};
  const weights = hasKeys(measured.namedScoreWeights)
    ? measured.namedScoreWeights
    : measured.namedScoresCount;
  for (const [name, sum] of Object.entries(named)) {
    const weight = hasKeys(weights) ? numberOf(weights[name]) ?? 0 : 0;
    const mean = (numberOf(sum) ?? NaN) / weight;
    // Neither over another name nor where it cannot be what the name says.
    if (weight <= 0 || !Number.isFinite(mean) || Object.hasOwn(scores, name)) continue;
    if (!isMetricName(name) || !metricsSchema.safeParse({ [name]: mean }).success) continue;
    scores[name] = mean;
  }
  return scores;
}

function isMetricName(name: string): boolean {
  return name !== "" && name !== "__proto__" && name.length <= 200 && name.isWellFormed() &&
    !name.includes("\0");
}

function measuredOf(prompt: unknown): SourceDocument {
  const metrics = hasKeys(prompt) ? prompt.metrics : undefined;
  return hasKeys(metrics) && !isNumber(metrics) ? metrics : {};
}
