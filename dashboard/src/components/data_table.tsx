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
import { useLayoutEffect, useMemo } from "preact/hooks";
import { alignedFormat } from "../format/numbers.ts";
import { useViewUrl } from "../use_view_url.ts";
import { Clip } from "./clip.tsx";
import { ColumnChooser, turnedColumns } from "./column_chooser.tsx";
import { download, toCsv } from "./download.ts";

/** A column of a {@link DataTable}. */
export interface Column<T> {
  id: string;
  heading: string;
  /** What is exported, and sorted by. */
  value: (row: T) => string | number | boolean | null;
  /** What is sorted by where the value's own order says nothing, as that of verdicts by letters. */
  order?: (row: T) => number | null;
  /** What is shown; the value unless given, numbers rounded as their column is. */
  cell?: (row: T) => ComponentChildren;
  isNumber?: boolean;
  /** Takes the room that the others leave, and is cut where it is longer. At most one a table. */
  isName?: boolean;
  /** Hidden until somebody chooses it. */
  isFolded?: boolean;
  /** Left out where a row is a card. */
  isWideOnly?: boolean;
  /** First on the card that a row is on a phone. */
  isFirstOnCard?: boolean;
  /** Says on the card by itself what it is, without its heading. */
  isPlainOnCard?: boolean;
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
 * A table that sorts by any column and exports all of them, also folded ones. Rows without a value
 * come last in either direction. On a phone, each row is a card.
 */
export function DataTable<T>(
  { caption, columns, rows, rowKey, sortedBy, fileName, chosenBy = "", rowClass, level = 2 }: {
    caption: string;
    columns: Column<T>[];
    rows: T[];
    /**
     * Tells rows apart. Read again, a row with focus or with something open stays that row: by its
     * place it would be another one, and what is copied from it another one's.
     */
    rowKey: (row: T) => string;
    /** Left out: the order of the rows. */
    sortedBy?: { id: string; desc: boolean };
    /** Also what the URL calls the table where its columns are chosen. */
    fileName: string;
    /** What the rows are chosen by besides the URL: others begin on their first page. */
    chosenBy?: string;
    rowClass?: (row: T) => string | undefined;
    /** Of the heading; 0 where it stands above the table already. */
    level?: 0 | 2;
  },
) {
  const { parameters } = useViewUrl();
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, T & object>();
    return helper.columns(
      columns.map((column) =>
        helper.accessor((row) => (column.order ?? column.value)(row) ?? undefined, {
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
    getRowId: rowKey,
    initialState: {
      ...(sortedBy && { sorting: [sortedBy] }),
      pagination: { pageIndex: 0, pageSize: PAGE_SIZE },
    },
    enableSortingRemoval: false,
    // Or each new run would turn back the page that somebody reads.
    autoResetPageIndex: false,
  });
  const turned = turnedColumns(parameters.get(columnsParameter(fileName)));
  const shown = columns.filter(({ id, isFolded = false }) => isFolded === turned.includes(id));
  const byId = new Map(shown.map((column) => [column.id, column]));
  const headers = table.getHeaderGroups()[0]!.headers.filter(({ column }) => byId.has(column.id));
  const sorted = table.getSortedRowModel().rows;
  const sorting = table.state.sorting[0];
  const { pageIndex } = table.state.pagination;
  const pages = Math.max(1, table.getPageCount());
  const choice = [...parameters].filter(([name]) => !name.startsWith(COLUMNS)).join("&") + chosenBy;
  useLayoutEffect(() => table.setPageIndex(0), [choice]);
  useLayoutEffect(() => {
    if (pageIndex >= pages) table.setPageIndex(pages - 1);
  }, [pageIndex, pages]);

  // Of all rows and not only of this page, so that paging does not round anew.
  const formats = useMemo(() =>
    new Map(
      columns.filter(({ isNumber, cell }) => isNumber && !cell).map((column) => [
        column.id,
        alignedFormat(
          rows.map(column.value).map((value) => typeof value === "number" ? value : null),
        ),
      ]),
    ), [columns, rows]);

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
        {level === 2 && <h2>{caption}</h2>}
        <span class="count">{rows.length === 1 ? "1 row" : `${rows.length} rows`}</span>
        <label class="field phone-only">
          <span>Sort by</span>
          <select
            value={sorting?.id ?? ""}
            onChange={(event) => {
              const column = byId.get(event.currentTarget.value);
              if (!column) return;
              table.setSorting([{ id: column.id, desc: column.isNumber ?? false }]);
              table.setPageIndex(0);
            }}
          >
            {sorting === undefined && <option value="">as it is</option>}
            {shown.map(({ id, heading }) => <option key={id} value={id}>{heading}</option>)}
          </select>
        </label>
        {columns.some(({ isFolded }) => isFolded) && (
          <ColumnChooser
            parameter={columnsParameter(fileName)}
            columns={columns}
            turned={turned}
          />
        )}
        <button type="button" onClick={exportCsv} disabled={rows.length === 0}>Export CSV</button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${caption}, table`}>
        {/* Roles, because on a phone the cells are no table to the browser any more. */}
        <table role="table">
          <caption class="hidden">{caption}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {headers.map((header) => {
                const direction = header.column.getIsSorted();
                const column = byId.get(header.column.id)!;
                return (
                  <th
                    key={header.id}
                    role="columnheader"
                    scope="col"
                    class={classOf(column)}
                    aria-sort={direction === "asc"
                      ? "ascending"
                      : direction === "desc"
                      ? "descending"
                      : "none"}
                  >
                    <button
                      type="button"
                      onClick={() => {
                        header.column.toggleSorting();
                        table.setPageIndex(0);
                      }}
                    >
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
          <tbody role="rowgroup">
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} role="row" class={rowClass?.(row.original)}>
                {shown.map((column) => (
                  <td
                    key={column.id}
                    role="cell"
                    class={classOf(column)}
                    data-label={column.heading}
                  >
                    <Cell column={column} row={row.original} format={formats.get(column.id)} />
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

function Cell<T>(
  { column, row, format }: {
    column: Column<T>;
    row: T;
    format: ((value: number | null) => string) | undefined;
  },
) {
  const value = column.value(row);
  if (format && (typeof value === "number" || value === null)) return <>{format(value)}</>;
  const shown = column.cell ? column.cell(row) : value ?? "–";
  if (column.isNumber || (column.cell && !column.isName)) return <>{shown}</>;
  return <Clip text={String(value ?? "–")}>{shown}</Clip>;
}

function classOf<T>(column: Column<T>): string | undefined {
  const names = [
    column.isNumber && "number",
    column.isName && "name",
    column.isWideOnly && "wide-only",
    column.isFirstOnCard && "first-on-card",
    (column.isPlainOnCard || column.isFirstOnCard || column.isName) && "plain-on-card",
  ].filter((name) => typeof name === "string");
  return names.length > 0 ? names.join(" ") : undefined;
}

const COLUMNS = "columns-";

function columnsParameter(fileName: string): string {
  return `${COLUMNS}${fileName}`;
}
