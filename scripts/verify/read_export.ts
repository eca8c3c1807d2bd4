import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { type ExactJson, parseWithNumberText } from "../../ledger/canonical_json.ts";
import type { LedgerEntry } from "../../ledger/entry_hash.ts";
import { UserError } from "../cli/user_error.ts";

/** An entry of an export. */
export interface ExportedEntry {
  entry: LedgerEntry;
  /** Its items; null when the export has none of it, undefined where they are not read. */
  items: { [key: string]: ExactJson } | null | undefined;
}

/**
 * Reads the runs that `deno task export` wrote.
 *
 * @param path A JSON Lines file, `runs.csv`, `runs.parquet`, or the directory of one of the two.
 * @throws {UserError} For what is none of these.
 */
export async function* readExport(path: string): AsyncGenerator<ExportedEntry> {
  const file = await findFile(path);
  if (file.endsWith(".parquet")) yield* readParquet(file);
  else if (file.endsWith(".csv")) yield* await readCsv(file);
  else yield* readJsonLines(file);
}

async function findFile(path: string): Promise<string> {
  const info = await Deno.stat(path).catch((error) => {
    throw new UserError(`Cannot read ${path}: ${error.message}`);
  });
  if (!info.isDirectory) return path;
  for (const name of ["runs.parquet", "runs.csv"]) {
    const file = join(path, name);
    if (await Deno.stat(file).then(() => true, () => false)) return file;
  }
  throw new UserError(`Cannot read ${path}: it has neither runs.parquet nor runs.csv.`);
}

async function* readJsonLines(file: string): AsyncGenerator<ExportedEntry> {
  let number = 0;
  // A line at a time: an export is as large as the ledger.
  for await (
    const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  ) {
    number++;
    if (line.trim() === "") continue;
    const value = parseLine(line, `${file} line ${number}`);
    if (value.type === "decision") continue;
    if (value.type !== "run") {
      throw new UserError(`Cannot read ${file} line ${number}: it is no run of deno task export.`);
    }
    yield {
      entry: value.entry as LedgerEntry,
      items: (value.items ?? null) as ExportedEntry["items"],
    };
  }
}

async function readCsv(file: string): Promise<ExportedEntry[]> {
  let rows: Record<string, string>[];
  try {
    rows = parse(await Deno.readTextFile(file), { columns: true });
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
  }
  return rows.map((row, index) => entryOf(row, `${file} row ${index + 1}`));
}

async function* readParquet(file: string): AsyncGenerator<ExportedEntry> {
  let rows: Record<string, string>[];
  try {
    rows = await parquetReadObjects({
      file: await asyncBufferFromFile(file),
      columns: ["ledger", "metrics"],
    }) as Record<string, string>[];
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
  }
  for (const [index, row] of rows.entries()) yield entryOf(row, `${file} row ${index + 1}`);
}

function entryOf({ ledger, metrics }: Record<string, string>, source: string): ExportedEntry {
  if (ledger === undefined || metrics === undefined) {
    throw new UserError(`Cannot read ${source}: it has no columns ledger and metrics.`);
  }
  return {
    entry: { ...parseLine(ledger, source), metrics: parseLine(metrics, source) } as LedgerEntry,
    items: undefined,
  };
}

function parseLine(text: string, source: string): { [key: string]: ExactJson } {
  let value: ExactJson;
  try {
    value = parseWithNumberText(text);
  } catch (error) {
    throw new UserError(`Cannot read ${source}: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserError(`Cannot read ${source}: it must be a JSON object.`);
  }
  return value as { [key: string]: ExactJson };
}
