import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { type Cell, type ColumnType, DECISIONS, ITEMS, RUNS, type Table } from "./columns.ts";
import type { LedgerWriter } from "./exported_run.ts";
import { createPartFiles } from "./part_files.ts";

// What is kept in memory before it is written: a row group.
const ROWS_A_GROUP = 50_000;

/** A directory with `runs.parquet`, `items.parquet` and `decisions.parquet`. */
export async function createParquetWriter(directory: string): Promise<LedgerWriter> {
  const tables = [RUNS, ITEMS, DECISIONS] as Table<never>[];
  const files = await createPartFiles(directory, tables.map(({ name }) => `${name}.parquet`));
  const open = <Row>(table: Table<Row>) => openTable(files.pathOf(`${table.name}.parquet`), table);
  const runs = open(RUNS);
  const items = open(ITEMS);
  const decisions = open(DECISIONS);
  return {
    async writeRun(run) {
      await runs.write(run);
      await items.write(run);
    },
    writeDecision: (decision) => decisions.write(decision),
    async close() {
      for (const file of [runs, items, decisions]) await file.close();
      await files.publish();
    },
    abort: () => files.remove(),
  };
}

function openTable<Row>(path: string, table: Table<Row>) {
  const columns = Object.entries(table.columns);
  const columnData = (rows: Cell[][]) =>
    columns.map(([name, type], index) => ({
      name,
      type,
      data: rows.map((row) => valueOf(row[index]!, type)),
    }));
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: schemaFromColumnData({ columnData: columnData([]) }),
  });
  let rows: Cell[][] = [];
  const flush = async () => {
    await writer.write({ columnData: columnData(rows), rowGroupSize: ROWS_A_GROUP });
    rows = [];
  };
  return {
    async write(row: Row): Promise<void> {
      for (const cells of table.rowsOf(row)) rows.push(cells);
      if (rows.length >= ROWS_A_GROUP) await flush();
    },
    async close(): Promise<void> {
      await flush();
      await writer.finish();
    },
  };
}

/** A cell as the writer takes it, and a reader gives it back. */
export function valueOf(cell: Cell, type: ColumnType): Cell | bigint | Date {
  if (cell === null) return null;
  if (type === "INT64") return BigInt(cell as number);
  return type === "TIMESTAMP" ? new Date(cell as string) : cell;
}
