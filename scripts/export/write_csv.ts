import { stringify } from "csv-stringify/sync";
import { type Cell, DECISIONS, ITEMS, RUNS, type Table } from "./columns.ts";
import type { LedgerWriter } from "./exported_run.ts";
import { createPartFiles } from "./part_files.ts";

/**
 * Rows as CSV (RFC 4180). Texts are quoted, so that no separator of a spreadsheet cuts them, and one
 * that it would take for a formula gets a ' in front.
 */
export function toCsv(rows: Cell[][]): string {
  return stringify(rows, {
    escape_formulas: true,
    quoted_string: true,
    cast: { boolean: String },
  });
}

/**
 * A directory with `runs.csv`, `items.csv` and `decisions.csv`, each with a header. `metrics` and
 * `ledger` are JSON, and never a formula.
 */
export async function createCsvWriter(directory: string): Promise<LedgerWriter> {
  const tables = [RUNS, ITEMS, DECISIONS] as Table<never>[];
  const files = await createPartFiles(directory, tables.map(({ name }) => `${name}.csv`));
  const open = async <Row>(table: Table<Row>) => {
    const file = await Deno.open(files.pathOf(`${table.name}.csv`), {
      write: true,
      create: true,
      truncate: true,
    });
    const writer = file.writable.getWriter();
    const write = async (rows: Cell[][]) => {
      if (rows.length > 0) await writer.write(new TextEncoder().encode(toCsv(rows)));
    };
    await write([Object.keys(table.columns)]);
    return { write: (row: Row) => write(table.rowsOf(row)), close: () => writer.close() };
  };
  const runs = await open(RUNS);
  const items = await open(ITEMS);
  const decisions = await open(DECISIONS);
  const closeAll = async () => {
    for (const file of [runs, items, decisions]) await file.close();
  };
  return {
    async writeRun(run) {
      await runs.write(run);
      await items.write(run);
    },
    writeDecision: (decision) => decisions.write(decision),
    async close() {
      await closeAll();
      await files.publish();
    },
    async abort() {
      await closeAll();
      await files.remove();
    },
  };
}
