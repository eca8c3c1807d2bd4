import { useMemo, useState } from "preact/hooks";
import type { ChangedItem } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { formatNumber } from "../format/numbers.ts";
import type { MetricNames } from "../metrics/metric_names.ts";
import { useReading } from "../use_reading.ts";
import { type Column, DataTable } from "./data_table.tsx";
import { Filters } from "./filters.tsx";
import { Select } from "./select.tsx";

const LIMIT = 10_000;

/** Which items flipped between two runs, new failures first; nothing where they have no items. */
export function ItemChangesTable(
  { metrics, names, a, b }: {
    /** Those that were judged by items. */
    metrics: string[];
    names: MetricNames;
    a: { configuration: string; version: number };
    b: { configuration: string; version: number };
  },
) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [text, setText] = useState("");
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : metrics[0]!;
  const reading = useReading(
    {
      a: a.configuration,
      aVersion: a.version,
      b: b.configuration,
      bVersion: b.version,
      metric,
      limit: LIMIT,
    },
    (reader, query, signal) => reader.itemChanges(query, signal),
  );
  const columns = useMemo((): Column<ChangedItem>[] => [
    { id: "id", heading: "Item", value: (row) => row.id, isName: true },
    {
      id: "change",
      heading: "Change",
      value: (row) => row.newly_failing ? "newly failing" : row.change,
      order: (row) => row.newly_failing ? 0 : row.change === "worse" ? 1 : 2,
      cell: (row) => (
        <span class={`change ${row.change}`}>
          <span aria-hidden="true">{row.change === "worse" ? "▼ " : "▲ "}</span>
          {row.newly_failing ? "newly failing" : row.change}
        </span>
      ),
    },
    { id: "from", heading: "A", value: (row) => scoresText(row.from) },
    { id: "to", heading: "B", value: (row) => scoresText(row.to) },
    { id: "group", heading: "Group", value: (row) => row.group },
  ], []);
  if (reading.error !== null) return <p role="alert">The items: {reading.error}</p>;
  if (reading.document === null) return null;
  const { items, common, worse, better, added, gone } = reading.document;
  const sought = text.toLowerCase();
  const rows = sought === ""
    ? items
    : items.filter(({ id, group, change, newly_failing }) =>
      `${id} ${group ?? ""} ${newly_failing ? "newly failing" : change}`.toLowerCase().includes(
        sought,
      )
    );
  return (
    <>
      <Filters label="Items">
        {metrics.length > 1 && (
          <Select
            label="Items of"
            value={metric}
            options={metrics.map((one) => ({ value: one, label: names.label(one) }))}
            onChange={setChosen}
          />
        )}
        <label class="field">
          <span>Item, group or change contains</span>
          <input
            type="search"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      </Filters>
      <p class="hint">
        {names.label(metric)}: {worse} of {common} items got worse, {better} got better
        {added > 0 && `, ${added} only in B`}
        {gone > 0 && `, ${gone} only in A`}.
      </p>
      <DataTable
        caption="Items that changed"
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        fileName="items"
        chosenBy={`${metric} ${sought}`}
      />
    </>
  );
}

function scoresText(scores: Record<string, number | null>): string {
  const entries = Object.entries(scores);
  return entries.map(([name, value]) =>
    entries.length === 1 ? formatNumber(value) : `${name} ${formatNumber(value)}`
  ).join(", ");
}
