import { parseJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { ImportedRun } from "./imported_run.ts";

/**
 * Reads JSON Lines: a result of the ingest format a line, as `deno task export` writes, too. Empty
 * lines are passed over.
 *
 * @throws {UserError} For a line that is no JSON object, with its number.
 */
export function readJsonLines(text: string, file: string): ImportedRun[] {
  const runs: ImportedRun[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const source = `${file} line ${index + 1}`;
    const value = parseJson(line, source);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new UserError(`Cannot import ${source}: it must be a JSON object, a result a line.`);
    }
    runs.push({ source, text: line.trim(), order: runs.length });
  }
  return runs;
}
