import { glob } from "node:fs/promises";
import { readJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";

/** A result, and where it was read. */
export interface SourcedResult {
  source: string;
  result: Record<string, unknown>;
}

/**
 * Reads results from a file, the files that a glob matches, or standard input (`-`). A file has
 * one result or `{"results": […]}`.
 *
 * @throws {UserError} When nothing matches, or a file is not one.
 */
export async function readResults(input: string): Promise<SourcedResult[]> {
  const files = input === "-" || await isFile(input)
    ? [input]
    // A file of that name that a pattern matches is a file, and not standard input.
    : (await Array.fromAsync(glob(input))).sort().map((file) => file === "-" ? "./-" : file);
  if (files.length === 0) throw new UserError(`Cannot push: no file matches ${input}.`);
  const results = [];
  for (const file of files) results.push(...resultsOf(await readJson(file), file));
  return results;
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
