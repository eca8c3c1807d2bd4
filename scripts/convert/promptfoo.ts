import { type Adapter, hasKeys, numberOf, type SourceDocument } from "./adapter.ts";
import { itemsOf } from "./items.ts";
import { testItems } from "./promptfoo_tests.ts";

interface PromptfooPrompt {
  provider?: unknown;
  id?: unknown;
  metrics?: unknown;
}

interface PromptfooDocument extends SourceDocument {
  results: SourceDocument & {
    prompts: unknown[];
    results?: unknown;
    timestamp?: unknown;
  };
  config?: { description?: unknown };
}

/**
 * `output.json` of promptfoo, as `promptfoo eval --output output.json` writes: one result for
 * each prompt and provider. https://www.promptfoo.dev/docs/configuration/outputs/
 */
export const promptfoo: Adapter = {
  name: "promptfoo",
  description: "output.json of promptfoo with results.prompts and results.stats",
  matches: (document) =>
    hasKeys(document, "results") && hasKeys(document.results, "prompts", "stats") &&
    Array.isArray(document.results.prompts),
  convert: (document: PromptfooDocument, options) => {
    const { prompts, results: rows, timestamp, ...results } = document.results;
    const tests = Array.isArray(rows) ? rows : [];
    const converted = prompts.map((entry, index) => {
      const prompt = hasKeys(entry) ? entry as PromptfooPrompt : {};
      const measured = hasKeys(prompt.metrics) ? prompt.metrics : {};
      const count = (name: string) => numberOf(measured[name]) ?? 0;
      const total = count("testPassCount") + count("testFailCount") + count("testErrorCount");
      const own = tests.filter((test) => belongsTo(test, index, prompts.length));
      const metrics = {
        ...(total > 0 && {
          pass_rate: count("testPassCount") / total,
          ...perTest("latency_ms", measured.totalLatencyMs, total),
          ...perTest("analysis_cost", measured.cost, total),
        }),
        ...document,
        results: {
          ...results,
          ...(!isTime(timestamp) && { timestamp }),
          prompt: entry,
          results: rows === undefined || Array.isArray(rows) ? own : rows,
        },
      };
      const items = testItems(own.filter((test) => isKnownToBelong(test, prompts.length)));
      return {
        model_version: options.model ?? prompt.provider,
        dataset_version: options.datasetVersion ?? textOf(document.config?.description, 200) ??
          "promptfoo",
        // Not the label: it may be the whole text of the prompt.
        prompt_version: options.promptVersion ?? textOf(prompt.id, 12) ?? `prompt-${index + 1}`,
        dataset_size: total,
        success_count: count("testPassCount"),
        error_count: count("testErrorCount"),
        ...(isTime(timestamp) && { timestamp }),
        metrics,
        ...itemsOf(items, metrics, options.warn, total > 0 ? total : undefined),
      };
    });
    return converted.length === 1 ? converted[0]! : { results: converted };
  },
};

/** A mean over tests, of a sum that the document has: what is missing is not 0. */
function perTest(name: string, sum: unknown, total: number): SourceDocument {
  const value = numberOf(sum);
  return value === undefined ? {} : { [name]: value / total };
}

function isKnownToBelong(test: unknown, prompts: number): test is SourceDocument {
  return hasKeys(test) && (prompts === 1 || hasKeys(test, "promptIdx"));
}

function textOf(value: unknown, length: number): string | undefined {
  return typeof value === "string" ? value.slice(0, length) : undefined;
}

/** Tests name their prompt by its index; what does not is kept with every prompt. */
function belongsTo(test: unknown, index: number, prompts: number): boolean {
  return prompts === 1 || !hasKeys(test, "promptIdx") || test.promptIdx === index;
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value);
}
