import { parseExactly } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { UserError } from "./user_error.ts";

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws {UserError} When it cannot be read.
 */
export async function readText(path: string): Promise<string> {
  try {
    return path === "-"
      ? await new Response(Deno.stdin.readable).text()
      : await Deno.readTextFile(path);
  } catch (error) {
    throw new UserError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

/**
 * Reads JSON as {@link readText} does, with every digit of its numbers.
 *
 * @throws {UserError} When it cannot be read, or is no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parseExactly(text);
  } catch (error) {
    throw new UserError(`Cannot read ${path} as JSON: ${(error as Error).message}`);
  }
}
