import { type Adapter, hasKeys, type SourceDocument } from "./adapter.ts";

interface PromptfooPrompt {
  provider?: string;
  id?: string;
  metrics?: Record<string, unknown>;
}

interface PromptfooDocument extends SourceDocument {
  results: SourceDocument & {
    prompts: PromptfooPrompt[];
    results?: unknown[];
    timestamp?: unknown;
  };
  config?: { description?: string };
}

/**
 * `output.json` of promptfoo, as `promptfoo eval --output output.json` writes: one result for
 * each prompt and provider. https://www.promptfoo.dev/docs/configuration/outputs/
 */
export const promptfoo: Adapter = {
  name: "promptfoo",
  description: "output.json of promptfoo with results.prompts and results.stats",
  matches: (document) =>
    hasKeys(document, "results") && hasKeys(document.results, "prompts", "stats"),
  convert: (document: PromptfooDocument, options) => {
    const { prompts, results: tests, timestamp, ...results } = document.results;
    const converted = prompts.map((prompt, index) => {
      const measured = prompt.metrics ?? {};
      const number = (name: string) => Number(measured[name] ?? 0);
      const total = number("testPassCount") + number("testFailCount") + number("testErrorCount");
      return {
        model_version: options.model ?? prompt.provider,
        dataset_version: options.datasetVersion ?? document.config?.description?.slice(0, 200) ??
          "promptfoo",
        // Not the label: it may be the whole text of the prompt.
        prompt_version: options.promptVersion ?? prompt.id?.slice(0, 12) ?? `prompt-${index + 1}`,
        dataset_size: total,
        success_count: number("testPassCount"),
        error_count: number("testErrorCount"),
        ...(isTime(timestamp) && { timestamp }),
        metrics: {
          ...(total > 0 && {
            pass_rate: number("testPassCount") / total,
            latency_ms: number("totalLatencyMs") / total,
            analysis_cost: number("cost") / total,
          }),
          ...document,
          results: {
            ...results,
            ...(!isTime(timestamp) && { timestamp }),
            prompt,
            results: (tests ?? []).filter((test) => belongsTo(test, index, prompts.length)),
          },
        },
      };
    });
    return converted.length === 1 ? converted[0]! : { results: converted };
  },
};

/** Tests name their prompt by its index; what does not is kept with every prompt. */
function belongsTo(test: unknown, index: number, prompts: number): boolean {
  return prompts === 1 || !hasKeys(test, "promptIdx") || test.promptIdx === index;
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value);
}
