import { UserError } from "../cli/user_error.ts";
import { type Adapter, hasKeys, numberOf, type SourceDocument, type Warn } from "./adapter.ts";
import { commitOf, countOf, known, secondsBetween, timeOf } from "./document_fields.ts";
import { withDocument } from "./document_values.ts";
import { datasetName, type EvalLog, modelName, promptName, variantName } from "./inspect_names.ts";
import { samplesOf, scoresOf } from "./inspect_scores.ts";
import { itemsOf } from "./items.ts";
import { nameOf } from "./names.ts";
import { scoreMetrics } from "./score_names.ts";

// Of the format; older logs are written differently, and of newer ones nothing is known.
const VERSION = 2;

/**
 * An eval log of Inspect AI as JSON: what `--log-format json` writes, or `inspect log dump` prints of
 * an `.eval` file. What its names are made of is said by {@link modelName}, {@link datasetName},
 * {@link promptName} and {@link variantName}, its scores by {@link scoresOf}, its items by
 * {@link samplesOf}. Only an eval that succeeded is one: the scores of others are of a part of it.
 *
 * The commit is that of the task's checkout, the time when the eval was started. The data set's size is
 * in samples; successes and errors count each epoch of them.
 * https://inspect.aisi.org.uk/eval-logs.html
 */
export const inspect: Adapter = {
  name: "inspect-ai",
  description: "eval log of Inspect AI as JSON, with status, eval and results",
  matches: (document) =>
    hasKeys(document, "status", "eval") && hasKeys(document.eval, "task", "model", "dataset"),
  convert: (document: EvalLog, options) => {
    checkFinished(document);
    const { eval: spec } = document;
    const scores = scoresOf(document, options.warn);
    const metrics = withDocument(scoreMetrics(scores), document, options.warn);
    const revision = hasKeys(spec.revision) ? spec.revision : {};
    const stats = hasKeys(document.stats) ? document.stats : {};
    warnOfDoubt(document, revision, options.warn);
    const model = options.model ?? modelName(document);
    if (model === undefined) {
      throw new UserError("The eval log names no model (eval.model): give one with --model.");
    }
    const counts = countsOf(document);
    return {
      model_version: model,
      dataset_version: options.datasetVersion ?? datasetName(document) ?? "inspect",
      prompt_version: options.promptVersion ?? promptName(document),
      ...known({
        variant: variantName(document),
        commit_sha: commitOf(revision.commit),
        timestamp: timeOf(stats.started_at) ?? timeOf(spec.created),
        duration_seconds: secondsBetween(stats.started_at, stats.completed_at),
        dataset_size: counts.size,
        success_count: counts.completed,
        error_count: counts.failed,
      }),
      metrics,
      ...itemsOf(
        samplesOf(document, scores, options.warn),
        metrics,
        options.warn,
        counts.total,
      ),
    };
  },
};

function checkFinished(document: EvalLog): void {
  const { status, version, results } = document;
  if ((version ?? null) !== null && numberOf(version) !== VERSION) {
    throw new UserError(
      `The eval log has version ${
        nameOf(version) ?? "?"
      }: only version ${VERSION} is known. Convert it: inspect log convert`,
    );
  }
  if (status !== "success") {
    const { message } = hasKeys(document.error) ? document.error : {};
    throw new UserError(
      `The eval log has the status ${nameOf(status) ?? "?"}, not success${
        typeof message === "string" ? ` (${nameOf(message, 300)})` : ""
      }: its scores would be of a part of the eval. Finish it: inspect eval-retry`,
    );
  }
  if (!hasKeys(results) || !Array.isArray(results.scores) || results.scores.length === 0) {
    throw new UserError("The eval log has no scores (results.scores). Score it: inspect score");
  }
}

function warnOfDoubt(document: EvalLog, revision: SourceDocument, warn: Warn | undefined): void {
  if (revision.dirty === true) {
    warn?.("It was measured with changes that are in no commit (eval.revision.dirty).");
  }
  if (document.invalidated === true) warn?.("Some of its samples were invalidated (invalidated).");
}

function countsOf(document: EvalLog) {
  const results = document.results as SourceDocument;
  const config = hasKeys(document.eval.config) ? document.eval.config : {};
  const epochs = countOf(config.epochs) || 1;
  const samples = Array.isArray(document.samples) ? document.samples : undefined;
  // Every epoch of every sample.
  const total = countOf(results.total_samples) ?? samples?.length;
  const completed = countOf(results.completed_samples);
  return {
    total,
    size: total === undefined || total % epochs !== 0 ? undefined : total / epochs,
    completed,
    failed: total !== undefined && completed !== undefined && completed <= total
      ? total - completed
      : samples?.filter((sample) => hasKeys(sample, "error") && hasKeys(sample.error)).length,
  };
}
