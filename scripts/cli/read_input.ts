import { IssueList } from "../../supabase/functions/ingest-benchmark/problem/issue_list.ts";
import {
  inspectJsonText,
  MAX_DEPTH,
  parseExactly,
} from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { UserError } from "./user_error.ts";

// "results" and its array come before a result in a batch.
const MAX_FILE_DEPTH = MAX_DEPTH + 2;

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws {UserError} When it cannot be read.
 */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-"
      ? await new Response(Deno.stdin.readable).bytes()
      : await Deno.readFile(path);
  } catch (error) {
    throw new UserError(`Cannot read ${path}: ${(error as Error).message}`);
  }
  try {
    // fatal: without it a broken byte becomes U+FFFD in silence. The byte order mark stays, for
    // whoever parses the text to refuse.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UserError(
      `Cannot read ${path}: it is not valid UTF-8. Is it Latin-1? Convert it: iconv -f latin1 -t utf8`,
    );
  }
}

/**
 * Reads JSON as {@link readText} does, with every digit of its numbers.
 *
 * @throws {UserError} When it cannot be read, is no JSON, or says what the function refuses: equal
 * keys, numbers beyond a double and the like, of which parsing makes something else in silence.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UserError(`Cannot read ${path} as JSON: ${(error as Error).message}`);
  }
  const issues = new IssueList();
  const { inexact } = inspectJsonText(text, MAX_FILE_DEPTH, issues);
  const [issue] = issues.first;
  if (issue !== undefined) {
    const more = issues.total > 1 ? ` (and ${issues.total - 1} more)` : "";
    throw new UserError(`Cannot take ${path}: ${issue.pointer || "it"} ${issue.message}${more}.`);
  }
  return parseExactly(text, inexact);
}
