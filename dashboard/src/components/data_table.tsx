import {
  createColumnHelper,
  createPaginatedRowModel,
  createSortedRowModel,
  rowPaginationFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/preact-table";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { download, toCsv } from "./download.ts";

/** A column of a {@link DataTable}. */
export interface Column<T> {
  id: string;
  heading: string;
  /** What is sorted by and exported. */
  value: (row: T) => string | number | boolean | null;
  /** What is shown; the value unless given. */
  cell?: (row: T) => ComponentChildren;
  isNumber?: boolean;
}

const PAGE_SIZE = 50;

const features = tableFeatures({
  rowSortingFeature,
  rowPaginationFeature,
  sortedRowModel: createSortedRowModel(),
  paginatedRowModel: createPaginatedRowModel(),
});

/** Text as people sort it: letters without their case, numbers in it by their size. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/**
 * A table that sorts by any column and exports what it shows. Rows without a value come last in
 * either direction.
 */
export function DataTable<T>(
  { caption, columns, rows, sortedBy, fileName, rowClass }: {
    caption: string;
    columns: Column<T>[];
    rows: T[];
    sortedBy?: { id: string; desc: boolean };
    fileName: string;
    rowClass?: (row: T) => string | undefined;
  },
) {
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, T & object>();
    return helper.columns(
      columns.map((column) =>
        helper.accessor((row) => column.value(row) ?? undefined, {
          id: column.id,
          header: column.heading,
          sortUndefined: "last",
          sortDescFirst: column.isNumber ?? false,
          sortFn: (a, b, id) => {
            const [x, y] = [a.getValue(id), b.getValue(id)];
            return typeof x === "number" && typeof y === "number"
              ? x - y
              : collator.compare(String(x), String(y));
          },
        })
      ),
    );
  }, [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows as (T & object)[],
    initialState: {
      ...(sortedBy && { sorting: [sortedBy] }),
      pagination: { pageIndex: 0, pageSize: PAGE_SIZE },
    },
    enableSortingRemoval: false,
    autoResetPageIndex: true,
  });
  const byId = new Map(columns.map((column) => [column.id, column]));
  const sorted = table.getSortedRowModel().rows;
  const { pageIndex } = table.state.pagination;
  const pages = Math.max(1, table.getPageCount());

  const exportCsv = () => {
    const csv = toCsv(
      columns.map((column) => column.heading),
      sorted.map((row) => columns.map((column) => column.value(row.original))),
    );
    download(`${fileName}.csv`, new Blob([csv], { type: "text/csv;charset=utf-8" }));
  };

  return (
    <section class="table">
      <div class="bar">
        <h2>{caption}</h2>
        <span class="count">{rows.length === 1 ? "1 row" : `${rows.length} rows`}</span>
        <button type="button" onClick={exportCsv} disabled={rows.length === 0}>Export CSV</button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${caption}, table`}>
        <table>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {table.getHeaderGroups()[0]!.headers.map((header) => {
                const direction = header.column.getIsSorted();
                const column = byId.get(header.column.id)!;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    class={column.isNumber ? "number" : undefined}
                    aria-sort={direction === "asc"
                      ? "ascending"
                      : direction === "desc"
                      ? "descending"
                      : "none"}
                  >
                    <button type="button" onClick={() => header.column.toggleSorting()}>
                      {column.heading}
                      <span aria-hidden="true" class="arrow">
                        {direction === "asc" ? "▲" : direction === "desc" ? "▼" : ""}
                      </span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} class={rowClass?.(row.original)}>
                {columns.map((column) => (
                  <td key={column.id} class={column.isNumber ? "number" : undefined}>
                    {column.cell ? column.cell(row.original) : column.value(row.original) ?? "–"}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <nav class="bar" aria-label={`Pages of ${caption}`}>
          <button
            type="button"
            onClick={() => table.previousPage()}
            disabled={!table.getCanPreviousPage()}
          >
            Previous
          </button>
          <span>Page {pageIndex + 1} of {pages}</span>
          <button type="button" onClick={() => table.nextPage()} disabled={!table.getCanNextPage()}>
            Next
          </button>
        </nav>
      )}
    </section>
  );
}
