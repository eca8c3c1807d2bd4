import { glob } from "node:fs/promises";
import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
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
  if (input === "-") return parse(await new Response(Deno.stdin.readable).text(), "-");
  const files = await isFile(input) ? [input] : (await Array.fromAsync(glob(input))).sort();
  if (files.length === 0) throw new UserError(`Cannot push: no file matches ${input}.`);
  const results = [];
  for (const file of files) {
    let text: string;
    try {
      text = await Deno.readTextFile(file);
    } catch (error) {
      throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
    }
    results.push(...parse(text, file));
  }
  return results;
}

function parse(text: string, source: string): SourcedResult[] {
  let value: unknown;
  try {
    // Exactly: what is sent on must have every digit that was read.
    value = parseExactly(text);
  } catch (error) {
    throw new UserError(`Cannot read ${source} as JSON: ${(error as Error).message}`);
  }
  const results = (value as { results?: unknown } | null)?.results ?? [value];
  if (!Array.isArray(results) || !results.every(isObject)) {
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
