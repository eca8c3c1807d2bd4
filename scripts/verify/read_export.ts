import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { type ExactJson, parseWithNumberText } from "../../ledger/canonical_json.ts";
import type { LedgerEntry } from "../../ledger/entry_hash.ts";
import { linesOf } from "../cli/lines_of.ts";
import { parseJson, readText } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import { type Cell, RUNS } from "../export/columns.ts";
import { toCsv } from "../export/write_csv.ts";
import { valueOf } from "../export/write_parquet.ts";

type Exact = { [key: string]: ExactJson };

/** A run of an export. */
export interface ExportedEntry {
  entry: LedgerEntry;
  /** Its items; null when the export has none of it, undefined where they are not read. */
  items: Exact | null | undefined;
  /** The first column of a table that says something else than what its ledger column says. */
  differingColumn?: string | undefined;
}

/** What an export has: a run, that something was decided, or its end. */
export type ExportPart =
  | { type: "run"; run: ExportedEntry }
  | { type: "decision"; decision: Exact }
  | { type: "end"; runs: number };

/**
 * Reads what `deno task export` wrote.
 *
 * @param path A JSON Lines file, or the directory of a CSV or Parquet export.
 * @throws {UserError} For what is none of these, and for what an exported text never has, such as
 * equal keys: one of the two would be shown and the other hashed.
 */
export async function* readExport(path: string): AsyncGenerator<ExportPart> {
  const info = await Deno.stat(path).catch((error) => {
    throw new UserError(`Cannot read ${path}: ${error.message}`);
  });
  if (!info.isDirectory) return yield* readJsonLines(path);
  for (const [extension, read] of [["parquet", readParquet], ["csv", readCsv]] as const) {
    const runs = join(path, `runs.${extension}`);
    if (!await Deno.stat(runs).then(() => true, () => false)) continue;
    for (const decision of await read(join(path, `decisions.${extension}`))) {
      yield { type: "decision", decision: decision as unknown as Exact };
    }
    const rows = await read(runs);
    for (const [index, row] of rows.entries()) {
      yield { type: "run", run: entryOf(row, extension, `${runs} row ${index + 1}`) };
    }
    return yield { type: "end", runs: rows.length };
  }
  throw new UserError(`Cannot read ${path}: it has neither runs.parquet nor runs.csv.`);
}

async function* readJsonLines(file: string): AsyncGenerator<ExportPart> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() === "") continue;
    const source = `${file} line ${number}`;
    const value = parseObject(line, source);
    if (value.type === "run" && isObject(value.entry) && isObject(value.entry.metrics)) {
      const items = (value.items ?? null) as Exact | null;
      yield { type: "run", run: { entry: value.entry, items } };
    } else if (value.type === "decision" && isObject(value.decision)) {
      yield { type: "decision", decision: value.decision };
    } else if (value.type === "end") yield { type: "end", runs: Number(JSON.parse(line).runs) };
    else throw new UserError(`Cannot read ${source}: it is no run of deno task export.`);
  }
}

type Row = Record<string, unknown>;

async function readCsv(file: string): Promise<Row[]> {
  const text = await readText(file, () => {});
  try {
    return parse(text, { columns: true, skip_empty_lines: true });
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

async function readParquet(file: string): Promise<Row[]> {
  try {
    return await parquetReadObjects({ file: await asyncBufferFromFile(file) });
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

/** The entry of a row, and whether the row says the same. */
function entryOf(row: Row, extension: "csv" | "parquet", source: string): ExportedEntry {
  const { ledger, metrics } = row;
  if (typeof ledger !== "string" || typeof metrics !== "string") {
    throw new UserError(`Cannot read ${source}: it has no columns ledger and metrics.`);
  }
  const entry = {
    ...parseObject(ledger, `${source} ledger`),
    metrics: parseObject(metrics, `${source} metrics`),
  };
  // The series is not in the entry: it is the configuration's, and may change.
  const series = row.series === "" ? null : row.series as string | null;
  const [cells] = RUNS.rowsOf({ text: "", entry, items: null, series });
  const expected = extension === "csv" ? csvRow(cells!) : parquetRow(cells!);
  const differingColumn = Object.keys(RUNS.columns).find((name) =>
    name !== "series" && !isSame(row[name], expected[name])
  );
  return { entry, items: undefined, differingColumn };
}

function csvRow(cells: Cell[]): Row {
  const [row] = parse(toCsv([Object.keys(RUNS.columns), cells]), { columns: true }) as Row[];
  return row!;
}

function parquetRow(cells: Cell[]): Row {
  return Object.fromEntries(
    Object.entries(RUNS.columns).map(([name, type], index) => [name, valueOf(cells[index]!, type)]),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return (a ?? null) === (b ?? null);
}

/**
 * Parses a JSON object with every number as text.
 *
 * @throws {UserError} For what is none, and for what the ledger never has, such as equal keys.
 */
export function parseObject(text: string, source: string): Exact {
  parseJson(text, source);
  const value = parseWithNumberText(text);
  if (!isObject(value)) throw new UserError(`Cannot read ${source}: it must be a JSON object.`);
  return value;
}

function isObject(value: ExactJson | undefined): value is Exact {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype;
}
