import { counted } from "../cli/counted.ts";
import { type Note, parseJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { ImportedRun } from "./imported_run.ts";
import { readExportedRun } from "./read_exported_run.ts";

/**
 * Reads JSON Lines: a result of the ingest format a line, or a run of `deno task export`. Empty
 * lines are passed over.
 *
 * @param note Gets how many decisions of an export are not taken over: but for void runs, they
 * are about versions of another ledger.
 * @throws {UserError} For a line that is no JSON object, with its number.
 */
export async function readJsonLines(
  text: string,
  file: string,
  note: Note,
): Promise<ImportedRun[]> {
  const runs: ImportedRun[] = [];
  let decisions = 0;
  let exported = 0;
  let isEnded = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const source = `${file} line ${index + 1}`;
    const value = parseJson(line, source);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new UserError(`Cannot import ${source}: it must be a JSON object, a result a line.`);
    }
    const { type } = value as { type?: unknown };
    if (type === "decision") decisions++;
    else if (type === "end") isEnded = true;
    else if (type === "run") {
      exported++;
      runs.push(await readExportedRun(line, source, file, runs.length));
    } else runs.push({ source, file, text: line.trim(), order: runs.length });
  }
  if (exported > 0 && !isEnded) {
    throw new UserError(`Cannot import ${file}: the export has no end, it was cut off.`);
  }
  if (decisions > 0) note(`${file}: ${counted(decisions, "decision")} not taken over.`);
  return runs;
}
