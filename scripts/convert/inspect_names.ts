import { hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { digest, joinNames, nameOf, nameWith, settingsName } from "./names.ts";

/** The part of an eval log that says what was evaluated and how. */
export interface EvalLog extends SourceDocument {
  eval: SourceDocument;
}

/**
 * The model, such as `hf/org/base revision=step3000`: its name, and the `model_args` that were given but
 * for those that only say where and how fast it computes, or are secrets.
 */
export function modelName({ eval: spec }: EvalLog): string | undefined {
  const model = nameOf(spec.model);
  return model === undefined ? undefined : nameWith(model, settings(spec.model_args));
}

/**
 * What was asked, such as `arc@2 subset=easy limit=100`: the task, its version, the arguments passed to it,
 * the data set where its name is not the task's, and which of its samples.
 */
export function datasetName({ eval: spec }: EvalLog): string | undefined {
  const task = nameOf(spec.task);
  if (task === undefined) return undefined;
  const dataset = hasKeys(spec.dataset) ? nameOf(spec.dataset.name) : undefined;
  const config = objectOf(spec.config);
  const shown = isNamedIn(task, dataset) ? undefined : `(${dataset})`;
  const version = nameOf(spec.task_version);
  return nameWith(
    version === undefined ? task : `${task}@${version}`,
    shown,
    settings(spec.task_args_passed ?? spec.task_args),
    settings({
      limit: rangeOf(config.limit),
      sample_id: config.sample_id,
      // Which of a seed: with a limit, other samples.
      sample_shuffle: (config.limit ?? null) === null ? null : config.sample_shuffle,
    }),
  );
}

/**
 * How it was asked, such as `system_message,generate #0f1e2d3c4b5a`: the solvers, and a digest of the
 * parameters passed to them and of a system message that was set.
 */
export function promptName(log: EvalLog): string {
  const plan = objectOf(log.plan);
  const steps = (Array.isArray(plan.steps) ? plan.steps : []).filter((step) => hasKeys(step));
  const parameters = steps.map((step) => objectOf(step.params_passed ?? step.params));
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
 * those that only say how requests are sent, epochs, limits of a sample, and the models of other roles.
 */
export function variantName(log: EvalLog): string | undefined {
  const config = objectOf(log.eval.config);
  const limits = Object.fromEntries(LIMITS.map((name) => [name, config[name]]));
  const roles = Object.entries(objectOf(log.eval.model_roles))
    .map(([role, model]) => [role, hasKeys(model, "model") ? model.model : model]);
  const { system_message: _, ...generation } = generationOf(log);
  const name = settingsName(withoutMachinery({
    ...generation,
    ...limits,
    ...Object.fromEntries(roles),
    ...(config.epochs !== 1 && { epochs: config.epochs }),
  }));
  return name === "" ? undefined : name;
}

const LIMITS = ["message_limit", "token_limit", "time_limit", "working_limit", "cost_limit"];
// How requests are sent and where it computes, and what must not be in a name.
const MACHINERY =
  /^(?:max_retries|timeout|attempt_timeout|max_connections|adaptive_connections|cache|cache_prompt|batch|batch_size|extra_headers|logprobs|top_logprobs|device.*|.*parallel_size|gpu_memory_utilization|swap_space|base_url|host|port|.*(?:token|key|secret|password|credentials?)|auth.*)$/i;

/** The model's settings, and over them those of the task and the command line. */
function generationOf(log: EvalLog): SourceDocument {
  return {
    ...withoutNull(objectOf(log.eval.model_generate_config)),
    ...withoutNull(objectOf(objectOf(log.plan).config)),
  };
}

function settings(values: unknown): string {
  return settingsName(withoutMachinery(objectOf(values)), 150).replaceAll(",", " ");
}

function withoutMachinery(values: SourceDocument): SourceDocument {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !MACHINERY.test(key)));
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
  return hasKeys(value) && !isNumber(value) ? value : {};
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
