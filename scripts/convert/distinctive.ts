import { hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { digest } from "./names.ts";

/**
 * What of some settings belongs into a name: what tells runs apart, and neither where, by whom and how fast
 * they were computed, nor secrets.
 *
 * - A known credential is left out, by its key (`api_key`, `hf_token`, `password`) or its value (`ghp_…`), at
 *   any depth: of a short one not even a digest may be shown, as it can be guessed.
 * - What merely looks like one (`answer_key`, `stop_token`) is its digest: such settings change scores. A
 *   boolean is none, and stays as it is.
 * - Where Python writes an object by its address in memory, the address is left out.
 *
 * @param isLeftOut Takes a key in snake case, such as `base_url` for `baseUrl`.
 */
export function distinctive(
  settings: SourceDocument,
  isLeftOut: (key: string) => boolean,
): SourceDocument {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]): [string, unknown][] => {
      const name = snakeCase(key);
      if (isSecret(name, value) || isLeftOut(name)) return [];
      if (PASSED_ON.test(name) && isObject(value)) {
        const inner = distinctive(value, isLeftOut);
        const isEmptied = Object.keys(inner).length === 0 && Object.keys(value).length > 0;
        return isEmptied ? [] : [[key, inner]];
      }
      const same = reproducible(value);
      return [[key, LOOKS_SECRET.test(name) ? hidden(same) : same]];
    }),
  );
}

/** A value as it is in every run: without credentials at any depth, and addresses in memory. */
export function reproducible(value: unknown): unknown {
  return withoutAddresses(withoutSecrets(value, false));
}

/** A value without addresses in memory in its texts. */
export function withoutAddresses(value: unknown): unknown {
  if (typeof value === "string") return value.replace(ADDRESS, "");
  if (Array.isArray(value)) return value.map(withoutAddresses);
  return isObject(value)
    ? Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, withoutAddresses(inner)]),
    )
    : value;
}

/** Whether a key, in snake case, says on what and from where it was computed. */
export function isPlace(key: string): boolean {
  return PLACES.test(key);
}

/** Whether a key, in snake case, says where, by whom or how fast it was computed. */
export function isMachinery(key: string): boolean {
  return PLACES.test(key) || MACHINERY.test(key);
}

const wholly = (...words: string[]) => new RegExp(`^(?:${words.join("|")})$`);

const PLACES = wholly(
  "devices?|device_.*",
  "hosts?|host_?name|port|base_url|base_path|api_base(?:_url)?|api_host|prox(?:y|ies)",
  "cwd|work(?:ing)?_?dir(?:ectory)?|local_dir",
  "(?:download|logs?|logging|output|save|tmp|temp|scratch|cache|offload)_?(?:dir|directory|folder|path|file)",
  ".*executable|(?:python|node|ruby|go)_(?:path|bin)",
);
const MACHINERY = wholly(
  // By whom, and whether they may.
  "user|user_?(?:id|name)|email|organi[sz]ation(?:_id)?|project(?:_(?:id|name))?|account(?:_id)?|tenant(?:_id)?|region|profile|safety_identifier|user_agent",
  "(?:.*_)?(?:url|endpoint)|server",
  "trust_remote_code|download_mode|verify_certificate|ca_cert_path|(?:extra_|default_)?headers?",
  // How fast, and how often it is tried.
  "batch|(?:max_)?batch_size(?:_.*)?|parallelize|.*parallel_size|[tdpe]p_size|max_num_(?:seqs|batched_tokens)|tp_plan",
  "max_(?:memory_per_gpu|cpu_memory)|gpu_memory_utilization|mem_fraction.*|swap_space|low_cpu_mem_usage|cpu_offload_gb|offload_.*",
  "(?:num_|n_|max_)?workers|worker_.*|(?:num_)?gpus|(?:base_)?gpu_id|num_proc(?:esses)?|.*use_ray|ray_.*|distributed_executor_backend|disable_custom_all_reduce|block_size|num_scheduler_steps|service_tier",
  "num_concurrent|.*concurrency|max_concurrent(?:_.*)?|max_connections|adaptive_connections|(?:max_)?retries|delay",
  "(?:.*_)?timeout(?:_?ms|_s|_seconds)?",
  "cache|cache_.*|.*_cache|enable_(?:prefix_caching|chunked_prefill)",
  "verbose|verbosity|log_level|disable_log.*|use_tqdm|(?:show_)?progress(?:_bar)?",
);
// What is passed on as it is to who computes: it has such settings, too.
const PASSED_ON = wholly("passthrough|extra_body|(?:model|engine|client)_(?:kwargs|args)");

const SECRETS = wholly(
  "token",
  "(?:.+_)?(?:auth|oauth|access|api|bearer|refresh|session|security|secret|hub|hf|hugging_?face|github|gh|gitlab|wandb|sas|csrf|ad|personal|service|deploy)_?tokens?",
  "(?:.+_)?(?:api|access|secret|private|signing|encryption|subscription|account|storage|master|ssh|license|consumer|client|hf|hugging_?face|openai|anthropic|azure|google|gemini|mistral|cohere|groq|wandb)_?keys?(?:_id)?",
  // Where a key is taken from.
  "(?:.+_)?(?:api|access|secret|private)_?key_?(?:env|var|name|file|file_?name|path)|(?:.+_)?(?:key|token)_?(?:env_?v?ar|file(?:_?name)?)",
  "(?:.+_)?(?:password|passwd|passphrase|pwd|credentials?|authorization|authentication|cookies?)",
  "secrets?|(?:.+_)?(?:client|app|api|shared|consumer|webhook|aws|user)_?secret",
  "o?auth|auth_(?:headers?|config)|(?:basic|http|proxy|signature)_auth|bearer|jwt|connection_string",
);
const LOOKS_SECRET =
  /(?:token|key)$|secret|password|passwd|passphrase|credential|(?:^|_)auth(?:_|$)/;
// As those who issue them write them, and addresses with a password in them.
const CREDENTIAL =
  /^(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|AKIA[A-Z0-9]{12,}|AIza[\w-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|Bearer\s+[\w.~+/-]{16,}=*|[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@.*)$/;
const ADDRESS = / at 0x[0-9a-f]+/gi;

function isSecret(name: string, value: unknown): boolean {
  return SECRETS.test(name) || (typeof value === "string" && CREDENTIAL.test(value));
}

function hidden(value: unknown): unknown {
  return typeof value === "boolean" || (value ?? null) === null || value === ""
    ? value
    : `#${digest(value)}`;
}

/** @param isSchema Whether these are properties of a JSON Schema, whose names are no secrets. */
function withoutSecrets(value: unknown, isSchema: boolean): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => !isSecret("", one)).map((one) => withoutSecrets(one, false));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !isSecret(isSchema ? "" : snakeCase(key), inner))
      .map(([key, inner]) => [key, withoutSecrets(inner, key === "properties")]),
  );
}

/** `api_key` of `apiKey`, `API-KEY` and `api_key`. */
function snakeCase(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_").toLowerCase();
}

function isObject(value: unknown): value is SourceDocument {
  return hasKeys(value) && !isNumber(value);
}
