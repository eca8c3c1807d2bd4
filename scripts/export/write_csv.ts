import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { DECISIONS, ITEMS, RUNS, type Table } from "./columns.ts";
import type { LedgerWriter } from "./exported_run.ts";

/**
 * A directory with `runs.csv`, `items.csv` and `decisions.csv` (RFC 4180, with a header). A text
 * that a spreadsheet would take for a formula gets a ' in front; `metrics` and `ledger` are JSON,
 * and never one.
 */
export async function createCsvWriter(directory: string): Promise<LedgerWriter> {
  await Deno.mkdir(directory, { recursive: true });
  const open = async <Row>(table: Table<Row>) => {
    const file = await Deno.open(join(directory, `${table.name}.csv`), {
      write: true,
      create: true,
      truncate: true,
    });
    const writer = file.writable.getWriter();
    const write = async (rows: unknown[][]) => {
      if (rows.length === 0) return;
      const text = stringify(rows, { escape_formulas: true, cast: { boolean: String } });
      await writer.write(new TextEncoder().encode(text));
    };
    await write([Object.keys(table.columns)]);
    return { write: (row: Row) => write(table.rowsOf(row)), close: () => writer.close() };
  };
  const runs = await open(RUNS);
  const items = await open(ITEMS);
  const decisions = await open(DECISIONS);
  return {
    async writeRun(run) {
      await runs.write(run);
      await items.write(run);
    },
    writeDecision: (decision) => decisions.write(decision),
    async close() {
      for (const file of [runs, items, decisions]) await file.close();
    },
  };
}
