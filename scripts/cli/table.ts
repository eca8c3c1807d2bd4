import Table from "cli-table3";

/** A column: its heading, the value it takes from a row, and how it is aligned. */
export interface Column<Row> {
  heading: string;
  value: (row: Row) => string;
  align?: "left" | "right";
}

/** Renders rows as a plain table without colours or frames, fit for a log. */
export function renderTable<Row>(rows: Row[], columns: Column<Row>[]): string {
  const table = new Table({
    head: columns.map((column) => column.heading),
    colAligns: columns.map((column) => column.align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: Object.fromEntries(
      [
        "top",
        "top-mid",
        "top-left",
        "top-right",
        "bottom",
        "bottom-mid",
        "bottom-left",
        "bottom-right",
        "left",
        "left-mid",
        "mid",
        "mid-mid",
        "right",
        "right-mid",
        "middle",
      ]
        .map((part) => [part, ""]),
    ),
  });
  table.push(...rows.map((row) => columns.map((column) => column.value(row))));
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}
