import { UserError } from "../cli/user_error.ts";
import { type Adapter, exactNumber, hasKeys, numberOf, type SourceDocument } from "./adapter.ts";
import { timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { itemsOf } from "./items.ts";
import { datasetName, modelName, promptName, variantName } from "./lm_evaluation_harness_names.ts";
import { leavesOf, samplesOf, scoresOf, tasksOf } from "./lm_evaluation_harness_scores.ts";

/**
 * `results_<time>.json` of EleutherAI's lm-evaluation-harness, as `lm_eval --output_path` writes,
 * or what its `simple_evaluate()` returns, which has the samples, too. What its names are made of is
 * said by {@link modelName}, {@link datasetName}, {@link promptName} and {@link variantName}.
 * https://github.com/EleutherAI/lm-evaluation-harness
 */
export const lmEvaluationHarness: Adapter = {
  name: "lm-evaluation-harness",
  description: "results_*.json of lm_eval with results and versions by task, and configs",
  matches: (document) =>
    hasKeys(document, "results", "versions") && hasKeys(document.results) &&
    // Before version 0.4 without configs.
    ("configs" in document || hasKeys(document.config, "model_args")),
  convert: (document: SourceDocument, options) => {
    if (tasksOf(document).length === 0) {
      throw new UserError("The document holds no result: no task has any.");
    }
    const { taken, rest } = takeTimes(document);
    const metrics = withDocument(scoresOf(document), rest, options.warn);
    const size = sizeOf(document);
    const variant = variantName(document);
    return {
      model_version: options.model ?? modelName(document),
      dataset_version: options.datasetVersion ?? datasetName(document),
      prompt_version: options.promptVersion ?? promptName(document),
      ...(variant !== undefined && { variant }),
      ...(size > 0 && { dataset_size: size }),
      ...taken,
      metrics,
      ...itemsOf(
        samplesOf(document),
        metrics,
        options.warn,
        size > 0 ? size : undefined,
      ),
    };
  },
};

/** Parts time and duration, where they can be ones, from what stays as it is. */
function takeTimes(document: SourceDocument): { taken: SourceDocument; rest: SourceDocument } {
  const { date, total_evaluation_time_seconds: duration, ...rest } = document;
  const taken: SourceDocument = {};
  const seconds = typeof duration === "string" ? exactNumber(duration.trim()) : duration;
  if ((numberOf(seconds) ?? -1) >= 0) taken.duration_seconds = seconds;
  else if (duration !== undefined) rest.total_evaluation_time_seconds = duration;
  const milliseconds = (numberOf(date) ?? NaN) * 1000;
  const timestamp = milliseconds > 0 && milliseconds <= LAST_MOMENT
    ? timeOf(new Date(milliseconds).toISOString())
    : undefined;
  if (timestamp !== undefined) taken.timestamp = timestamp;
  // A time is given in milliseconds: a moment that is finer stays, too.
  const isWhole = typeof date === "number" && Number.isInteger(milliseconds);
  if (date !== undefined && (timestamp === undefined || !isWhole)) rest.date = date;
  return { taken, rest };
}

// The last of the year 9999: what a timestamp can say.
const LAST_MOMENT = 253_402_300_799_999;

function sizeOf(document: SourceDocument): number {
  const counts = document["n-samples"];
  const size = (task: string) => {
    const count = hasKeys(counts) && Object.hasOwn(counts, task) ? counts[task] : undefined;
    return hasKeys(count) ? numberOf(count.effective) ?? 0 : 0;
  };
  return leavesOf(document).map(size).reduce((a, b) => a + b, 0);
}
