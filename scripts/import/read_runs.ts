import { findFiles } from "../cli/find_files.ts";
import { type Note, readText } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { ImportedRun } from "./imported_run.ts";
import {
  type BenchmarkDataOptions,
  isBenchmarkData,
  readBenchmarkData,
} from "./read_benchmark_data.ts";
import { readJsonLines } from "./read_json_lines.ts";
import {
  type CsvFile,
  isOriginalDump,
  isOwnTable,
  readOriginalDump,
} from "./read_original_dump.ts";

/**
 * Reads a history from files, each JSON Lines of the ingest format, `data.js` of
 * github-action-benchmark, or a table of the original system as CSV.
 *
 * @param inputs Files, globs, or `-` for standard input.
 * @throws {UserError} When there is no file, no run, or a file is none of these.
 */
export async function readRuns(
  inputs: string[],
  options: BenchmarkDataOptions,
  note: Note,
): Promise<ImportedRun[]> {
  const runs: ImportedRun[] = [];
  const tables: CsvFile[] = [];
  for (const file of await findFiles(inputs)) {
    const text = await readText(file, note);
    if (isBenchmarkData(text)) runs.push(...readBenchmarkData(text, file, options, note));
    else if (isOwnTable(text)) {
      throw new UserError(
        `Cannot import ${file}: it is a table of deno task export, without items and all facts: import the export as jsonl.`,
      );
    } else if (isOriginalDump(text)) tables.push({ file, text });
    else if (text.trimStart().startsWith("{")) runs.push(...await readJsonLines(text, file, note));
    else {
      throw new UserError(
        text.trim() === ""
          ? `Cannot import ${file}: it is empty.`
          : `Cannot import ${file}: it is neither JSON Lines of results, nor data.js of github-action-benchmark, nor a table of the original system as CSV with a header (benchmark_transactions, benchmark_snapshots).`,
      );
    }
  }
  if (tables.length > 0) runs.push(...readOriginalDump(tables, note));
  if (runs.length === 0) {
    throw new UserError(`Cannot import ${inputs.join(", ")}: there is no run.`);
  }
  return runs;
}
