import { exactNumber, hasKeys, isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import { distinctive, isMachinery, reproducible } from "./distinctive.ts";
import { groupsOf, leavesOf, tasksOf } from "./lm_evaluation_harness_scores.ts";
import { digest, joinNames, nameOf, nameWith, settingsName } from "./names.ts";

/**
 * The model that was evaluated, such as `org/base@step3000 peft=org/adapter model_sha=50f5173d932e`:
 * its name, the revision where it is not `main`, and whatever else of `model_args` and `config` says
 * which weights they were.
 */
export function modelName(document: SourceDocument): string | undefined {
  const config = objectOf(document.config);
  const args = argumentsOf(config.model_args);
  const base = SOURCES.map((key) => labelOf(args[key])).find((name) => name !== undefined);
  const given = labelOf(document.model_name);
  // lm_eval names an adapter instead of its base, and takes eight letters by chance without a name.
  const isChance = base === undefined && /^[a-z0-9]{8}$/.test(given ?? "") &&
    nameOf(config.model) !== undefined;
  const hasBase = base !== undefined && ("peft" in args || "delta" in args);
  const name = hasBase ? base : isChance ? undefined : given;
  const model = name ?? base ?? nameOf(config.model);
  if (model === undefined) return undefined;
  const revision = nameOf(args.revision) ?? nameOf(config.model_revision);
  const weights = Object.fromEntries([
    ...Object.entries(distinctive(args, isMachinery)).filter(([key, value]) =>
      WEIGHTS.test(key) && value !== false
    ),
    ...SHAS.map((key) => [key, shortSha(config[key])]),
  ]);
  const details = settingsName(weights, 1000).replaceAll(",", " ");
  const withRevision = revision === undefined || revision === "main"
    ? model
    : `${model}@${revision}`;
  // As it stands there: whoever makes the result cleans it, and says so.
  return details === "" ? withRevision : nameWith(withRevision, details);
}

/**
 * The documents that were asked about, such as `gsm8k@3 limit=100`: the tasks and their versions, and
 * how many of their documents. Of a group it names the group, and a digest of all tasks in it with
 * their versions.
 */
export function datasetName(document: SourceDocument): string | undefined {
  const roots = rootsOf(document);
  if (roots.length === 0) return undefined;
  const versioned = (task: string) => `${task}@${nameOf(entryOf(document.versions, task)) ?? "?"}`;
  const leaves = leavesOf(document).toSorted();
  const groups = groupsOf(document);
  const counts = leaves.map((task) => samplesOf(document, task));
  const sum = (name: "original" | "effective") =>
    counts.reduce((total, count) => total + (count?.[name] ?? 0), 0);
  const limit = objectOf(document.config).limit ?? null;
  const isPart = sum("effective") < sum("original");
  const hidden = [
    ...(roots.some((root) => groups.has(root)) ? leaves.map(versioned) : []),
    // Each of them as it is: equal sums may be of other documents.
    ...(limit === null && isPart && leaves.length > 1 ? [JSON.stringify(counts)] : []),
  ];
  return nameWith(
    joinNames(roots.toSorted().map(versioned)),
    hidden.length > 0 ? `#${digest(hidden)}` : undefined,
    limit !== null
      ? `limit=${nameOf(limit) ?? `#${digest(limit)}`}`
      : isPart
      ? `samples=${sum("effective")}/${sum("original")}`
      : undefined,
  );
}

/**
 * How the model was asked, such as `5-shot chat_template=1a2b3c4d5e6f multiturn #0f1e2d3c4b5a`: how many
 * examples, chat template, system instruction, and a digest of what the tasks' `configs` say of prompts,
 * documents, generation, filters and metrics.
 */
export function promptName(document: SourceDocument): string {
  const { fewshot_as_multiturn: multiturn } = document;
  const shaOf = (name: string) => {
    const text = document[name] ?? null;
    const sha = shortSha(document[`${name}_sha`]) ?? (text === null ? undefined : digest(text));
    return sha === undefined ? undefined : `${name}=${sha}`;
  };
  return nameWith(
    shots(document),
    shaOf("chat_template"),
    shaOf("system_instruction"),
    multiturn === true ? "multiturn" : undefined,
    definitions(document),
  );
}

/**
 * What else tells a run from others, such as `dtype=float16,temperature=0.7`: arguments of the model
 * that say how it computes and not where (see {@link distinctive}), generation settings of the command
 * line, seeds that are not lm_eval's own, and the kind of model where it is not `hf`.
 */
export function variantName(document: SourceDocument): string | undefined {
  const config = objectOf(document.config);
  const settings = Object.fromEntries(
    Object.entries(distinctive(argumentsOf(config.model_args), isMachinery)).filter(([key]) =>
      !SOURCES.includes(key) && key !== "revision" && !WEIGHTS.test(key)
    ),
  );
  const name = settingsName({
    ...(config.model !== "hf" && { model: nameOf(config.model) }),
    ...settings,
    ...distinctive(generationSettings(config), isMachinery),
    ...seedsOf(config),
  });
  return name === "" ? undefined : name;
}

/** `a=1,b=x`, JSON, or an object, as lm_eval takes and writes arguments. */
export function argumentsOf(value: unknown): SourceDocument {
  if (hasKeys(value) && !isNumber(value)) return value;
  if (typeof value !== "string") return {};
  if (value.trimStart().startsWith("{")) {
    try {
      return objectOf(JSON.parse(value));
    } catch {
      // Then it is read as the other form.
    }
  }
  return Object.fromEntries(
    value.split(",").filter((part) => part.includes("=")).map((part) => {
      const [name = "", ...rest] = part.split("=");
      const key = name.trim();
      const isName = SOURCES.includes(key) || key === "revision" || WEIGHTS.test(key);
      return [key, textValue(rest.join("=").trim(), isName)];
    }),
  );
}

// In which lm_eval looks for a name.
const SOURCES = ["pretrained", "model", "path", "engine"];
const SHAS = ["model_sha", "peft_sha", "delta_sha"];
const WEIGHTS =
  /^(?:subfolder|peft|delta|gguf_file|filename|autogptq|gptqmodel|load_in_.*|load_format|bnb_.*|quant.*|.*lora.*|adapter.*|.+_revision)$/;
const SEEDS = { random_seed: 0, numpy_seed: 1234, torch_seed: 1234, fewshot_seed: 1234 };

// Of a task's configuration: what it asks and how answers are read. Not its name, number of examples
// and version, which are in the names, nor what lm_eval adds about a run.
const DEFINING = [
  "dataset_path",
  "dataset_name",
  "dataset_kwargs",
  "training_split",
  "validation_split",
  "test_split",
  "fewshot_split",
  "process_docs",
  "doc_to_text",
  "doc_to_target",
  "doc_to_choice",
  "doc_to_image",
  "doc_to_audio",
  "process_results",
  "use_prompt",
  "description",
  "target_delimiter",
  "fewshot_delimiter",
  "fewshot_config",
  "gen_prefix",
  "metric_list",
  "output_type",
  "generation_kwargs",
  "repeats",
  "filter_list",
];

/** A digest of the definitions of all tasks; undefined when the document has none. */
function definitions(document: SourceDocument): string | undefined {
  // Those of the command line stand in every task's, too, and are in the variant.
  const generation = generationSettings(objectOf(document.config));
  const entries = Object.entries(objectOf(document.configs)).flatMap(([task, config]) => {
    const parts = DEFINING.map((key) => {
      const value = entryOf(config, key) ?? null;
      return [
        key,
        key !== "generation_kwargs" || !hasKeys(value) || isNumber(value)
          ? key === "dataset_kwargs" ? ofAnyPlace(value) : value
          : Object.fromEntries(
            Object.entries(value).filter(([name]) => !Object.hasOwn(generation, name)),
          ),
      ] as const;
    }).filter(([, value]) => value !== null && !(hasKeys(value) && isEmpty(value)));
    return parts.length === 0 ? [] : [[task, Object.fromEntries(parts)] as const];
  });
  if (entries.length === 0) return undefined;
  return `#${digest(reproducible(Object.fromEntries(entries)))}`;
}

/** How a data set is loaded, without where from: of a full path its end, without somebody's home. */
function ofAnyPlace(value: unknown): unknown {
  if (typeof value === "string") {
    const path = value.replaceAll("\\", "/").replace(/^file:\/\//, "");
    return /^(?:\/|~|[A-Za-z]:\/)/.test(path)
      ? path.replace(HOME, "").split("/").filter((part) => part !== "").slice(-2).join("/")
      : value;
  }
  if (Array.isArray(value)) return value.map(ofAnyPlace);
  return hasKeys(value) && !isNumber(value)
    ? Object.fromEntries(
      Object.entries(distinctive(value, isMachinery)).map((
        [key, inner],
      ) => [key, ofAnyPlace(inner)]),
    )
    : value;
}

const HOME =
  /^(?:[A-Za-z]:)?(?:~|\/(?:root|tmp|workspace)|\/(?:home|Users|scratch)\/[^/]+)(?=\/|$)/;

function shots(document: SourceDocument): string {
  const counts = leavesOf(document).map((task) => [
    task,
    nameOf(entryOf(document["n-shot"], task)) ??
      nameOf(entryOf(entryOf(document.configs, task), "num_fewshot")) ??
      nameOf(objectOf(document.config).num_fewshot),
  ]).filter(([, count]) => count !== undefined);
  const different = [...new Set(counts.map(([, count]) => count))];
  if (different.length === 0) return "default";
  const name = `${joinNames(different.map(String)).replaceAll(",", "/")}-shot`;
  return different.length === 1 ? name : `${name} #${digest(counts.toSorted())}`;
}

function generationSettings(config: SourceDocument): SourceDocument {
  return argumentsOf(config.gen_kwargs);
}

/** Seeds that somebody set; `seed` where all are the same. */
function seedsOf(config: SourceDocument): SourceDocument {
  const given = Object.keys(SEEDS).map((name) => config[name]);
  if (isNumber(given[0]) && given.every((seed) => numberOf(seed) === numberOf(given[0]))) {
    return { seed: given[0] };
  }
  return Object.fromEntries(
    Object.entries(SEEDS).filter(([name, usual]) => numberOf(config[name]) !== usual)
      .map(([name]) => [name, config[name]]),
  );
}

/** What was asked for: groups and tasks that are in no other group. */
function rootsOf(document: SourceDocument): string[] {
  const groups = groupsOf(document);
  const inGroups = new Set([...groups.values()].flat());
  const names = new Set([...groups.keys(), ...tasksOf(document)]);
  const roots = [...names].filter((name) => !inGroups.has(name));
  // Groups that hold each other have none.
  return roots.length > 0 ? roots : [...names];
}

function samplesOf(document: SourceDocument, task: string) {
  const counts = entryOf(document["n-samples"], task);
  if (!hasKeys(counts)) return undefined;
  return { original: numberOf(counts.original) ?? 0, effective: numberOf(counts.effective) ?? 0 };
}

function labelOf(value: unknown): string | undefined {
  const name = nameOf(value);
  return name !== undefined && typeof value === "string" ? value : name;
}

/** What lm_eval makes of the text of an argument. */
function textValue(text: string, isName: boolean): unknown {
  if (/^(?:true|false)$/i.test(text)) return /^true$/i.test(text);
  if (/^none$/i.test(text)) return null;
  // A name stays a text: a revision 1.10 is not 1.1.
  return isName ? text : pythonNumber(text) ?? text;
}

/** The number that Python reads in a text such as `.5`, `1.` and `1e-05`; undefined for another text. */
function pythonNumber(text: string): unknown {
  const [, sign, whole, fraction = "", exponent = ""] =
    /^([+-]?)(?=\.?\d)0*(\d*)(?:\.(\d*))?(e[+-]?\d+)?$/i.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return exactNumber(
    `${sign === "-" ? "-" : ""}${whole || "0"}${fraction === "" ? "" : `.${fraction}`}${exponent}`,
  );
}

function shortSha(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== ""
    ? /^[0-9a-f]{12,}$/i.test(value) ? value.slice(0, 12).toLowerCase() : nameOf(value)
    : undefined;
}

function objectOf(value: unknown): SourceDocument {
  return hasKeys(value) && !isNumber(value) ? value : {};
}

function entryOf(object: unknown, key: string): unknown {
  return hasKeys(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
