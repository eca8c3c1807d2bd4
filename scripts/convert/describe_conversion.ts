import { counted } from "../cli/counted.ts";
import type { SourceDocument } from "./adapter.ts";

const NAMES = ["model_version", "dataset_version", "prompt_version", "variant"];
const MAX_DESCRIBED = 20;

/**
 * What a document was converted to, in a line, and one more for each of several results:
 * `r.json: lm-evaluation-harness → 1 result, 1,319 items: model_version org/m, dataset_version gsm8k@3, …`.
 *
 * @param source What was converted.
 * @param format The name of its adapter.
 */
export function describeConversion(
  source: string,
  format: string,
  results: SourceDocument[],
): string {
  const items = results.reduce((sum, result) => sum + itemsOf(result), 0);
  const head = `${source}: ${format} → ${counted(results.length, "result")}${countedItems(items)}`;
  if (results.length === 1) return `${head}: ${namesOf(results[0]!)}`;
  const described = results.slice(0, MAX_DESCRIBED).map((result, index) =>
    `  result ${index + 1}${countedItems(itemsOf(result))}: ${namesOf(result)}`
  );
  const more = results.length - described.length;
  return [`${head}:`, ...described, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}

function namesOf(result: SourceDocument): string {
  return NAMES.filter((name) => name in result).map((name) => `${name} ${result[name]}`).join(", ");
}

function itemsOf({ items }: SourceDocument): number {
  return Array.isArray(items) ? items.length : 0;
}

function countedItems(count: number): string {
  return count === 0 ? "" : `, ${count.toLocaleString("en")} item${count === 1 ? "" : "s"}`;
}
