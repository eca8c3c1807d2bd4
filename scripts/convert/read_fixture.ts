import { readJson } from "../cli/read_input.ts";
import { assertAccepted } from "./assert_accepted.ts";
import type { Adapter, ConvertOptions, SourceDocument } from "./adapter.ts";

/** For tests: reads a file of `fixtures/` as the commands read it, with every digit of its numbers. */
// deno-lint-ignore no-explicit-any
export function readFixture(name: string): Promise<any> {
  return readJson(new URL(`fixtures/${name}`, import.meta.url).pathname, () => {});
}

/** What an adapter makes of a document. */
export interface Converted {
  result: SourceDocument;
  /** The result but for its metrics and items. */
  fields: SourceDocument;
  // deno-lint-ignore no-explicit-any
  metrics: any;
  items: SourceDocument[] | undefined;
  warnings: string[];
}

/** For tests: converts a document, and asserts that the adapter and then the function take it. */
export function convertWith(
  adapter: Adapter,
  document: unknown,
  options: ConvertOptions = {},
): Converted {
  if (!adapter.matches(document)) throw new Error(`${adapter.name} does not take the document`);
  const warnings: string[] = [];
  const result = adapter.convert(document as never, {
    warn: (sentence) => warnings.push(sentence),
    ...options,
  });
  assertAccepted(result);
  const { metrics, items, ...fields } = result;
  return { result, fields, metrics, items: items as SourceDocument[] | undefined, warnings };
}
