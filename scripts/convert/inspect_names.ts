import { hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { distinctive, isMachinery, isPlace } from "./distinctive.ts";
import { digest, joinNames, nameOf, nameWith, settingsName } from "./names.ts";

/** The part of an eval log that says what was evaluated and how. */
export interface EvalLog extends SourceDocument {
  eval: SourceDocument;
}

/**
 * The model, such as `hf/org/base revision=step3000`: its name, and the `model_args` that were given but
 * for those that only say where, for whom and how fast it computes, or are secrets: {@link distinctive}.
 */
export function modelName({ eval: spec }: EvalLog): string | undefined {
  const model = nameOf(spec.model);
  return model === undefined ? undefined : nameWith(model, settings(spec.model_args, isMachinery));
}

/**
 * What was asked, such as `arc@2 subset=easy limit=100 #0f1e2d3c4b5a`: the task, its version, the arguments
 * passed to it, the data set where its name is not the task's, and which of its samples: with a limit also a
 * digest of their ids, as the data set may be shuffled.
 */
export function datasetName({ eval: spec }: EvalLog): string | undefined {
  const task = nameOf(spec.task);
  if (task === undefined) return undefined;
  const { name, sample_ids: ids } = objectOf(spec.dataset);
  const dataset = nameOf(name);
  const config = objectOf(spec.config);
  const shown = isNamedIn(task, dataset) ? undefined : `(${dataset})`;
  const version = nameOf(spec.task_version);
  const hasLimit = (config.limit ?? null) !== null;
  return nameWith(
    version === undefined ? task : `${task}@${version}`,
    shown,
    // Of a task, a timeout and a user may be what is measured.
    settings(spec.task_args_passed ?? spec.task_args, isPlace),
    settings({
      limit: rangeOf(config.limit),
      sample_id: config.sample_id,
      // Which of a seed: with a limit, other samples.
      sample_shuffle: hasLimit ? config.sample_shuffle : null,
    }),
    hasLimit && Array.isArray(ids) && ids.length > 0
      ? `#${digest(ids.map((id) => JSON.stringify(id)).toSorted())}`
      : undefined,
  );
}

/**
 * How it was asked, such as `system_message,generate #0f1e2d3c4b5a`: the solvers, and a digest of the
 * parameters passed to them and of a system message that was set.
 */
export function promptName(log: EvalLog): string {
  const plan = objectOf(log.plan);
  const steps = (Array.isArray(plan.steps) ? plan.steps : []).filter((step) => hasKeys(step));
  const parameters = steps.map((step) =>
    distinctive(objectOf(step.params_passed ?? step.params), isPlace)
  );
  const { system_message } = generationOf(log);
  const isPlain = (system_message ?? null) === null && parameters.every(isEmpty);
  const names = steps.map((step) => nameOf(step.solver) ?? "?");
  return nameWith(
    names.length === 0 ? "default" : joinNames(names),
    isPlain ? undefined : `#${digest([names, parameters, system_message ?? null])}`,
  );
}

/**
 * What else tells a run from others, such as `epochs=4,temperature=0.7`: settings of generation but for
 * those that only say how requests are sent, epochs, limits of a sample, the models of other roles with
 * their settings, and a digest of what the scorers were told, such as which model grades.
 */
export function variantName(log: EvalLog): string | undefined {
  const config = objectOf(log.eval.config);
  const limits = Object.fromEntries(LIMITS.map((name) => [name, config[name]]));
  const { system_message: _, ...generation } = generationOf(log);
  const told: SourceDocument = {
    ...distinctive(generation, isAboutRequests),
    ...limits,
    ...(config.epochs !== 1 && { epochs: config.epochs }),
    scorers: scorersOf(log),
  };
  for (const [role, model] of Object.entries(objectOf(log.eval.model_roles))) {
    // Whatever a role is called, it is none of the settings.
    told[Object.hasOwn(told, role) ? `role_${role}` : role] = roleName(model);
  }
  const name = settingsName(told);
  return name === "" ? undefined : name;
}

const LIMITS = ["message_limit", "token_limit", "time_limit", "working_limit", "cost_limit"];
// Neither is of the answer: how a request is sent, and what comes with its answer.
const isAboutRequests = (key: string) => isMachinery(key) || /^(?:top_)?logprobs$/.test(key);
// Metrics of these names are not of how something was graded.
const SPREADS = ["stderr", "bootstrap_stderr", "std", "var"];

/** A role's model, with a digest of what it was told. */
function roleName(model: unknown): unknown {
  if (Array.isArray(model)) return joinNames(model.map((one) => String(roleName(one))));
  if (!hasKeys(model, "model")) return isObject(model) ? distinctive(model, isMachinery) : model;
  const told = [model.config, model.args].map((one) =>
    distinctive(withoutNull(objectOf(one)), isAboutRequests)
  );
  const name = nameOf(model.model) ?? `#${digest(model.model)}`;
  return told.every(isEmpty) ? name : nameWith(name, `#${digest(told)}`);
}

/** The scorers that were told something, and their metrics that were: how it was graded. */
function scorersOf({ eval: { scorers } }: EvalLog): unknown {
  const told = (Array.isArray(scorers) ? scorers : []).filter((one) => hasKeys(one))
    .map(({ name, options, metrics }) => ({
      name,
      options: distinctive(withoutNull(objectOf(options)), isPlace),
      metrics: optionsOfMetrics(metrics),
    })).filter(({ options, metrics }) => !isEmpty(options) || metrics.length > 0);
  return told.length === 0 ? null : told;
}

/** Metrics are listed, or listed by the key of a value. */
function optionsOfMetrics(metrics: unknown): unknown[] {
  if (Array.isArray(metrics)) return metrics.flatMap(optionsOfMetrics);
  if (!isObject(metrics)) return [];
  const { name, options } = metrics;
  if (typeof name !== "string") return Object.values(metrics).flatMap(optionsOfMetrics);
  const told = distinctive(withoutNull(objectOf(options)), isPlace);
  return isEmpty(told) || SPREADS.includes(name.split("/").at(-1)!) ? [] : [[name, told]];
}

/** The model's settings, and over them those of the task and the command line. */
function generationOf(log: EvalLog): SourceDocument {
  return {
    ...withoutNull(objectOf(log.eval.model_generate_config)),
    ...withoutNull(objectOf(objectOf(log.plan).config)),
  };
}

function settings(values: unknown, isLeftOut: (key: string) => boolean = () => false): string {
  return settingsName(distinctive(objectOf(values), isLeftOut), 150).replaceAll(",", " ");
}

function withoutNull(values: SourceDocument): SourceDocument {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => (value ?? null) !== null));
}

/** `10` and `[10, 20]`. */
function rangeOf(limit: unknown): unknown {
  return Array.isArray(limit) ? limit.map((one) => nameOf(one) ?? "").join("-") : limit;
}

/** `arc_easy` is in `inspect_evals/arc_easy`. */
function isNamedIn(task: string, dataset: string | undefined): boolean {
  return dataset === undefined || task === dataset || task.endsWith(`/${dataset}`);
}

function objectOf(value: unknown): SourceDocument {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is SourceDocument {
  return hasKeys(value) && !isNumber(value);
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
