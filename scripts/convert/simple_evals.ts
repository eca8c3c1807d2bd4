import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { UserError } from "../cli/user_error.ts";
import {
  type Adapter,
  type ConvertOptions,
  hasKeys,
  isNumber,
  type SourceDocument,
  type Warn,
} from "./adapter.ts";
import { countOf, known } from "./document_fields.ts";
import { beside, withDocument } from "./document_values.ts";
import { itemsOf, type RawItem } from "./items.ts";
import { digest, nameOf, nameWith } from "./names.ts";
import { arePercentages, nameScores, scoreMetrics } from "./score_names.ts";

/** The name of the file may be given, too: it alone says which model and eval these are. */
export interface SimpleEvalsOptions extends ConvertOptions {
  fileName?: string | undefined;
}

/** What the name of a file says. */
interface FileFacts {
  evaluation: string;
  model: string;
  /** A run of few examples, to try the eval out. */
  isDebug: boolean;
}

/**
 * What OpenAI's simple-evals write: `<eval>_<model>.json`, since 2025 `<eval>_<model>_<time>.json`, with
 * `score` and metrics side by side, or the same and more in `…_allresults.json`.
 * https://github.com/openai/simple-evals
 *
 * Scores keep their names, those of HealthBench such as `theme:hedging`, too; `bootstrap_std` of a score
 * is its standard error, `score_stderr`. `:std` is none: it is the spread of single answers, and the same
 * questions are asked again in some evals. Neither model nor eval is in the document, but in its file's
 * name, if that is given. The data set is the eval, with `debug` for a run of few examples and how many
 * samples a score is of where the document says it; so a run with `--examples` of an eval that does not
 * needs `--dataset-version`. The system message is part of a model's name there (`gpt-4o_assistant`).
 * Only `_allresults.json` of HealthBench has results of single samples that can be told apart.
 */
export const simpleEvals: Adapter = {
  name: "simple-evals",
  description: "JSON of OpenAI's simple-evals with score and score:std, or with htmls and convos",
  matches: (document) =>
    hasKeys(document, "score") &&
    (isFlat(document) ||
      (hasKeys(document, "metrics", "htmls", "convos") && Array.isArray(document.convos))),
  convert: (document: SourceDocument, options: SimpleEvalsOptions) => {
    const file = factsOf(options.fileName);
    const model = options.model ?? file?.model;
    if (model === undefined) {
      throw new UserError(
        "The document names no model: give it with --model, and the eval with --dataset-version, or keep the name of the file, <eval>_<model>.json.",
      );
    }
    const { scores: all, rest } = partsOf(document);
    const metrics = metricsOf(all, rest, options.warn);
    const items = samplesOf(document);
    const count = countOf(all["score:n_samples"]);
    return {
      model_version: model,
      dataset_version: options.datasetVersion ?? nameWith(
        file?.evaluation ?? "simple-evals",
        file?.isDebug ? "debug" : "",
        count === undefined ? "" : `n=${count}`,
      ),
      prompt_version: options.promptVersion ?? "v1",
      ...known({
        dataset_size: items.length > 0 ? new Set(items.map(({ id }) => id)).size : count,
      }),
      metrics,
      ...itemsOf(
        items,
        metrics,
        options.warn,
        Array.isArray(document.convos) ? document.convos.length : undefined,
      ),
    };
  },
};

// Longer names first: the others are their beginnings.
const EVALS = [
  "healthbench_consensus",
  "healthbench_hard",
  "healthbench_meta",
  "healthbench",
  "browsecomp",
  "humaneval",
  "simpleqa",
  "gpqa",
  "mmlu",
  "math",
  "mgsm",
  "drop",
];

function factsOf(fileName: string | undefined): FileFacts | undefined {
  const stem = fileName?.split(/[/\\]/).at(-1)?.replace(/\.json$/, "");
  const evaluation = EVALS.find((one) => stem?.startsWith(`${one}_`));
  if (stem === undefined || evaluation === undefined) return undefined;
  const rest = stem.slice(evaluation.length + 1).replace(/_allresults$/, "");
  const model = nameOf(rest.replace(/_DEBUG$/, "").replace(/_\d{8}_\d{4,6}$/, ""));
  return model === undefined ? undefined : { evaluation, model, isDebug: rest.endsWith("_DEBUG") };
}

function isFlat(document: SourceDocument): boolean {
  return ["score:std", "score:n_samples", "score:bootstrap_std"].some((key) => key in document) &&
    Object.values(document).every((value) => value === null || isNumber(value));
}

/** Parts the scores, which `_allresults.json` has under `metrics`, from all else. */
function partsOf(document: SourceDocument): { scores: SourceDocument; rest: SourceDocument } {
  if (isFlat(document)) return { scores: document, rest: {} };
  const { metrics: inner, score, ...rest } = document;
  return hasKeys(inner) && !isNumber(inner)
    ? { scores: { ...inner, score }, rest }
    : { scores: { score }, rest: { ...rest, metrics: inner } };
}

function metricsOf(
  scores: SourceDocument,
  rest: SourceDocument,
  warn: Warn | undefined,
): SourceDocument {
  const named = renamed(scores);
  const errors = standardErrors(scores);
  const over = Object.entries(named).filter(([name, value]) =>
    Object.hasOwn(errors, name) && digest(errors[name]) !== digest(value)
  );
  return beside(
    withDocument({ ...named, ...errors }, rest, warn),
    Object.fromEntries(over),
    warn,
  );
}

function standardErrors(scores: SourceDocument): SourceDocument {
  return Object.fromEntries(
    Object.keys(scores).filter((name) => isNumber(scores[`${name}:bootstrap_std`]))
      .map((name) => [`${name}_stderr`, scores[`${name}:bootstrap_std`]]),
  );
}

/** All of it, but for scores under another name whose own a result means something else by. */
function renamed(scores: SourceDocument): SourceDocument {
  const scale = arePercentages(Object.entries(scores)) ? "percent" as const : undefined;
  const known = Object.entries(scores).filter(([name]) => Object.hasOwn(metricsSchema.shape, name));
  const rest = Object.fromEntries(
    Object.entries(scores).filter(([name]) => !Object.hasOwn(metricsSchema.shape, name)),
  );
  return {
    ...scoreMetrics(
      nameScores(
        known.map(([name, value]) => ({ parts: [name], value, scale })),
        Object.keys(rest),
      ),
    ),
    ...rest,
  };
}

/** A prompt that was asked again is another epoch of it. */
function samplesOf({ metadata }: SourceDocument): RawItem[] {
  const samples = hasKeys(metadata) && Array.isArray(metadata.example_level_metadata)
    ? metadata.example_level_metadata.filter((sample) => hasKeys(sample, "prompt_id", "score"))
    : [];
  const epochs = new Map<string | undefined, number>();
  const numbered = samples.map((sample) => {
    const id = nameOf(sample.prompt_id);
    const epoch = (epochs.get(id) ?? 0) + 1;
    epochs.set(id, epoch);
    return { id, epoch, scores: { score: sample.score } };
  });
  const hasEpochs = numbered.some(({ epoch }) => epoch > 1);
  return numbered.map(({ epoch, ...item }) => ({ ...item, ...(hasEpochs && { epoch }) }));
}
