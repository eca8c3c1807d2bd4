import { UserError } from "../cli/user_error.ts";
import { type Adapter, exactNumber, hasKeys, numberOf, type SourceDocument } from "./adapter.ts";
import { countOf, known, timeOf } from "./document_fields.ts";
import { distinctive, isMachinery, reproducible } from "./distinctive.ts";
import { withDocument } from "./document_values.ts";
import { type EvaluationLog, samplesOf, scoresOf } from "./every_eval_ever_scores.ts";
import { itemsOf } from "./items.ts";
import { digest, joinNames, nameOf, nameWith, settingsName } from "./names.ts";
import { scoreMetrics } from "./score_names.ts";

/**
 * An evaluation log of Every Eval Ever, schema 0.2 and 0.3. Its scores are named by {@link scoresOf}, its
 * items are what {@link joinSamples} put into it, see {@link samplesOf}.
 *
 * The data set is that of each result, with its split, and where its samples are listed with a digest of
 * their ids, and how many were asked where these are not all: `GAIA@test samples=2/165 #0f1e2d3c4b5a`. The
 * prompt is a digest of prompt templates, plans and agents. The variant has the settings of generation, the
 * precision of the weights, on what the model ran, by which library it was evaluated (not its version, which
 * changes from day to day), and a digest of the models that judge: `engine=vllm,library=lm_eval`; where
 * results have different settings, a digest of them. The time is when it was evaluated, never when the log
 * was written.
 * https://github.com/evaleval/every_eval_ever
 */
export const everyEvalEver: Adapter = {
  name: "every-eval-ever",
  description: "log of Every Eval Ever with schema_version, model_info and evaluation_results",
  matches: (document) =>
    hasKeys(document, "schema_version", "model_info", "evaluation_results") &&
    Array.isArray(document.evaluation_results) &&
    document.evaluation_results.every((one) => hasKeys(one)),
  convert: (log: EvaluationLog, options) => {
    const scores = scoresOf(log);
    if (scores.length === 0) {
      throw new UserError(
        "The log has no score: evaluation_results[].score_details.score has no number.",
      );
    }
    const info = objectOf(log.model_info);
    const model = options.model ?? nameOf(info.id) ?? nameOf(info.name);
    if (model === undefined) {
      throw new UserError("The log names no model (model_info.id): give one with --model.");
    }
    const metrics = withDocument(scoreMetrics(scores), log, options.warn);
    const rows = Array.isArray(log.samples) ? log.samples.length : 0;
    const said = countOf(objectOf(log.detailed_evaluation_results).total_rows);
    const isWhole = rows === 0 || said === undefined || rows === said;
    if (!isWhole) {
      options.warn?.(
        `The result is converted without items: there are ${rows} of ${said} samples.`,
      );
    }
    return {
      model_version: model,
      dataset_version: options.datasetVersion ?? datasetName(log),
      prompt_version: options.promptVersion ?? promptName(log),
      ...known({
        variant: variantName(log),
        model_provider: nameOf(info.developer),
        timestamp: timestampOf(log),
        dataset_size: sizeOf(log),
      }),
      metrics,
      ...(isWhole && itemsOf(samplesOf(log, scores, options.warn), metrics, options.warn)),
    };
  },
};

/**
 * Puts the rows of a log's `<id>_samples.jsonl`, which stands beside it, under its `samples`.
 *
 * @param rows A parsed line each.
 * @param source What the rows are called in an error.
 * @throws {UserError} For a row that is of another log.
 */
export function joinSamples(log: SourceDocument, rows: unknown[], source: string): EvaluationLog {
  for (const [index, row] of rows.entries()) {
    const problem = !hasKeys(row, "sample_id", "evaluation")
      ? "is no sample: it has no sample_id and evaluation"
      : row.evaluation_id !== log.evaluation_id
      ? `has evaluation_id ${nameOf(row.evaluation_id) ?? "none"}, and the log ${
        nameOf(log.evaluation_id) ?? "none"
      }`
      : undefined;
    if (problem !== undefined) throw new UserError(`${source}, line ${index + 1}, ${problem}.`);
  }
  return { ...log, samples: rows } as EvaluationLog;
}

function datasetName(log: EvaluationLog): string {
  const names = log.evaluation_results.map(({ source_data }) => {
    const source = objectOf(source_data);
    const name = nameOf(source.dataset_name) ?? nameOf(source.hf_repo) ?? "?";
    const split = nameOf(source.hf_split);
    const asked = Array.isArray(source.sample_ids) ? source.sample_ids : [];
    const all = countOf(source.samples_number);
    return nameWith(
      split === undefined ? name : `${name}@${split}`,
      asked.length > 0 && all !== undefined && asked.length < all
        ? `samples=${asked.length}/${all}`
        : "",
      // In any order: these, and no others.
      asked.length > 0 ? `#${digest(asked.map((id) => JSON.stringify(id)).toSorted())}` : "",
    );
  });
  return joinNames([...new Set(names)].toSorted());
}

function promptName(log: EvaluationLog): string {
  const prompts = argumentsOf(log).map(({ prompt_template, eval_plan, agentic_eval_config }) =>
    known({ prompt_template, eval_plan, agentic_eval_config })
  );
  const different = distinct(
    prompts.filter((prompt) => Object.keys(prompt).length > 0)
      .map((prompt) => objectOf(reproducible(prompt))),
  );
  return different.length === 0 ? "default" : `#${digest(different)}`;
}

function variantName(log: EvaluationLog): string | undefined {
  const info = objectOf(log.model_info);
  const settings = distinct(
    log.evaluation_results.map(({ generation_config }, index) => {
      const { eval_limits, ...given } = argumentsOf(log)[index]!;
      return withoutNull(distinctive({
        ...objectOf(objectOf(generation_config).additional_details),
        ...given,
        ...objectOf(eval_limits),
      }, isLeftOut));
    }),
  );
  const name = settingsName({
    ...(settings.length === 1 ? settings[0] : { generation: settings }),
    platform: unlessUnknown(info.inference_platform),
    engine: unlessUnknown(objectOf(info.inference_engine).name),
    precision: unlessUnknown(objectOf(info.additional_details).precision),
    library: unlessUnknown(objectOf(log.eval_library).name),
    judge: judgesOf(log),
  });
  return name === "" ? undefined : name;
}

/** Of each result, what it was generated with. */
function argumentsOf(log: EvaluationLog): SourceDocument[] {
  return log.evaluation_results.map(({ generation_config }) =>
    objectOf(objectOf(generation_config).generation_args)
  );
}

/** Which models judged which result, and how they were asked. */
function judgesOf(log: EvaluationLog): unknown {
  const judged = log.evaluation_results.flatMap(({ evaluation_name, metric_config }) => {
    const { metric_id, metric_name, llm_scoring } = objectOf(metric_config);
    // How well people did is no setting.
    const { expert_baseline: _, ...judge } = objectOf(llm_scoring);
    return Object.keys(judge).length === 0
      ? []
      : [digest([evaluation_name, metric_id ?? metric_name, reproducible(judge)])];
  });
  return judged.length === 0 ? null : judged.toSorted();
}

/** Besides machinery what the prompt is made of, how it was started, and where it ran. */
function isLeftOut(key: string): boolean {
  return isMachinery(key) ||
    /^(?:prompt_template|eval_plan|agentic_eval_config|execution_command|sandbox)$/.test(key);
}

function withoutNull(settings: SourceDocument): SourceDocument {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** Seconds since 1970 as a text, as most logs have it, or an ISO 8601 time. */
function timestampOf(log: EvaluationLog): string | undefined {
  const times = new Set(
    [log.evaluation_timestamp ?? null].concat(
      log.evaluation_results.map((result) => result.evaluation_timestamp ?? null),
    ).filter((time) => time !== null),
  );
  const [time] = times;
  if ((log.evaluation_timestamp ?? null) === null && times.size !== 1) return undefined;
  const seconds = numberOf(typeof time === "string" ? exactNumber(time) : time);
  if (seconds === undefined) return timeOf(time);
  const moment = new Date(seconds * 1000);
  return seconds > 0 && !isNaN(moment.getTime()) ? timeOf(moment.toISOString()) : undefined;
}

/** How many samples each score is of, where that is the same for all. */
function sizeOf(log: EvaluationLog): number | undefined {
  const counts = new Set(
    log.evaluation_results.map(({ score_details }) =>
      countOf(objectOf(objectOf(score_details).uncertainty).num_samples)
    ),
  );
  return counts.size === 1 ? [...counts][0] : undefined;
}

function unlessUnknown(value: unknown): string | undefined {
  const name = nameOf(value);
  return name === "unknown" ? undefined : name;
}

function distinct(values: SourceDocument[]): SourceDocument[] {
  return [...new Map(values.map((value) => [digest(value), value])).values()];
}

function objectOf(value: unknown): SourceDocument {
  return hasKeys(value) && numberOf(value) === undefined ? value : {};
}
