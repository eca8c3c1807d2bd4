import { counted } from "../cli/counted.ts";
import type { SourceDocument } from "./adapter.ts";

/** The names of a result, and the option that gives each instead of the document. */
const NAMES = {
  model_version: "--model",
  dataset_version: "--dataset-version",
  prompt_version: "--prompt-version",
  variant: "--variant",
};
const MAX_DESCRIBED = 20;

/** A conversion as it is described. */
export interface DescribedConversion {
  /** The name of the adapter. */
  format: string;
  results: SourceDocument[];
  /** The file of each result. */
  sources: string[];
  /** Options that were given; a name that one of them is from says so. */
  given?: string[];
}

/**
 * What documents were converted to, in a line, and one more for each of several results:
 * `r.json: lm-evaluation-harness → 1 result, 1,319 items: model_version org/m, dataset_version gsm8k@3, …`.
 */
export function describeConversion(conversion: DescribedConversion): string {
  const { format, results, sources, given = [] } = conversion;
  const items = results.reduce((sum, result) => sum + itemsOf(result), 0);
  const files = [...new Set(sources)];
  const from = files.length === 1 ? files[0]! : counted(files.length, "file");
  const head = `${from}: ${format} → ${counted(results.length, "result")}${countedItems(items)}`;
  if (results.length === 1) return `${head}: ${namesOf(results[0]!, given)}`;
  const described = results.slice(0, MAX_DESCRIBED).map((result, index) => {
    const file = files.length === 1 ? "" : ` of ${sources[index]}`;
    return `  result ${index + 1}${file}${countedItems(itemsOf(result))}: ${
      namesOf(result, given)
    }`;
  });
  const more = results.length - described.length;
  return [`${head}:`, ...described, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}

function namesOf(result: SourceDocument, given: string[]): string {
  return Object.entries(NAMES).filter(([name]) => name in result).map(([name, option]) =>
    `${name} ${result[name]}${given.includes(option) ? ` (${option})` : ""}`
  ).join(", ");
}

function itemsOf({ items }: SourceDocument): number {
  return Array.isArray(items) ? items.length : 0;
}

function countedItems(count: number): string {
  return count === 0 ? "" : `, ${count.toLocaleString("en")} item${count === 1 ? "" : "s"}`;
}
