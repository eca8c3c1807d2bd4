import { glob } from "node:fs/promises";
import { readJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { Warn } from "../convert/adapter.ts";
import { ADAPTERS, convertDocument } from "../convert/convert_document.ts";
import { monitoringResult } from "../convert/medbilldozer.ts";

/** A result, and where it was read. */
export interface SourcedResult {
  source: string;
  result: Record<string, unknown>;
}

/**
 * Reads results from a file, the files that a glob matches, or standard input (`-`). A file has
 * one result or `{"results": […]}`, or is a document that can be converted to it.
 *
 * @param warn Gets what was converted, and what of it is left out.
 * @throws {UserError} When nothing matches, or a file is not one.
 */
export async function readResults(input: string, warn: Warn): Promise<SourcedResult[]> {
  const files = input === "-" || await isFile(input)
    ? [input]
    // A file of that name that a pattern matches is a file, and not standard input.
    : (await Array.fromAsync(glob(input))).sort().map((file) => file === "-" ? "./-" : file);
  if (files.length === 0) throw new UserError(`Cannot push: no file matches ${input}.`);
  const results = [];
  for (const file of files) {
    results.push(...resultsOf(converted(await readJson(file), file, warn), file));
  }
  return results;
}

/** What has the format already is taken as it is, and what nobody knows: the function names what is wrong. */
function converted(value: unknown, source: string, warn: Warn): unknown {
  const adapter = ADAPTERS.find((one) => one.matches(value));
  if (adapter === undefined || adapter === monitoringResult) return value;
  try {
    const result = convertDocument(value, { warn: (sentence) => warn(`${source}: ${sentence}`) });
    warn(`${source}: converted from ${adapter.name}. See deno task convert --help.`);
    return result;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Such as the model, which a result must name and this document does not.
    throw new UserError(
      `Cannot push ${source}: it is ${adapter.description}. ${error.message} Convert it first: deno task convert --input ${source} --output result.json`,
    );
  }
}

function resultsOf(value: unknown, source: string): SourcedResult[] {
  const results = (value as { results?: unknown } | null)?.results ?? [value];
  if (!Array.isArray(results) || results.length === 0 || !results.every(isObject)) {
    throw new UserError(`Cannot push ${source}: it holds no result object.`);
  }
  return results.map((result) => ({ source, result }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
