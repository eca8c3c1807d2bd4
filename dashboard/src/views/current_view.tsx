import type { Configuration, CurrentDocument, CurrentSnapshot } from "../client/documents.ts";
import { numberColumn, originColumns, timeColumn } from "../components/columns.tsx";
import { configurationName, joinNames } from "../components/configuration_name.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { Tags } from "../components/tags.tsx";
import { formatNumber } from "../format/numbers.ts";
import { useReading } from "../use_reading.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";
import { Link } from "wouter-preact";

/** A current snapshot with the names of its configuration. */
type Row = CurrentSnapshot & Configuration;

interface Filter {
  name: string;
  label: string;
  of: (row: Row) => string[];
}

const FILTERS: Filter[] = [
  {
    name: "series",
    label: "Series",
    of: (row) => row.series === null ? [] : [row.series],
  },
  { name: "model", label: "Model", of: (row) => [row.model_version] },
  { name: "dataset", label: "Dataset", of: (row) => [row.dataset_version] },
  { name: "prompt", label: "Prompt", of: (row) => [row.prompt_version] },
  { name: "environment", label: "Environment", of: (row) => [row.environment] },
  {
    name: "variant",
    label: "Variant",
    of: (row) => row.variant === "" ? [] : [row.variant],
  },
  { name: "tag", label: "Tag", of: (row) => row.tags },
];

const COLUMNS: Column<Row>[] = [
  {
    id: "model",
    heading: "Model",
    value: (row) => row.model_version,
    cell: (row) => (
      <Link href={viewUrl("history", { configuration: row.configuration_id })}>
        {row.model_version}
      </Link>
    ),
  },
  { id: "dataset", heading: "Dataset", value: (row) => row.dataset_version },
  { id: "prompt", heading: "Prompt", value: (row) => row.prompt_version },
  { id: "environment", heading: "Environment", value: (row) => row.environment },
  { id: "variant", heading: "Variant", value: (row) => row.variant },
  {
    id: "version",
    heading: "Version",
    value: (row) => row.snapshot_version,
    cell: (row) => (
      <>
        {row.snapshot_version}
        {row.snapshot_version === row.baseline_version && <span class="tag">baseline</span>}
        {row.snapshot_version !== row.reference_version && <span class="tag">checked out</span>}
      </>
    ),
    isNumber: true,
  },
  {
    id: "f1",
    heading: "F1",
    value: (row) => row.f1,
    cell: (row) => (
      <Link
        href={viewUrl("trends", { configurations: row.configuration_id })}
        aria-label={`F1 ${formatNumber(row.f1)}, trend of ${configurationName(row)}`}
      >
        {formatNumber(row.f1)}
      </Link>
    ),
    isNumber: true,
  },
  numberColumn("precision", "Precision", (row) => row.precision),
  numberColumn("recall", "Recall", (row) => row.recall),
  numberColumn("latency_ms", "Latency (ms)", (row) => row.latency_ms),
  numberColumn("analysis_cost", "Cost ($)", (row) => row.analysis_cost),
  ...originColumns<Row>(),
  timeColumn("stored", "Stored", (row) => row.created_at),
  {
    id: "tags",
    heading: "Tags",
    value: (row) => row.tags.join(" "),
    cell: (row) => <Tags names={row.tags} />,
  },
];

const WITHOUT_VARIANT = COLUMNS.filter(({ id }) => id !== "variant");

/** The current snapshot of every configuration. */
export function CurrentView() {
  const { parameters, setParameters } = useViewUrl();
  const reading = useReading({}, (reader, _query, signal) => reader.current(signal));
  return (
    <Reads reading={reading} what="the current snapshots">
      {(document) => {
        const snapshots = rowsOf(document);
        if (snapshots.length === 0 && document.configurations.length > 0) {
          return (
            <Empty title="Nothing is current">
              <p>
                What is stored are candidates, such as runs of a pull request, or void. A published
                run becomes current; the others are under{" "}
                <Link href={viewUrl("history")}>History</Link>.
              </p>
            </Empty>
          );
        }
        if (snapshots.length === 0) {
          return (
            <Empty title="No snapshots yet">
              <p>
                Post a first result, and it appears here. <code>deno task push</code>{" "}
                posts files; the README has a curl line and the step for a workflow.
              </p>
            </Empty>
          );
        }
        const chosen = FILTERS.map((filter) => parameters.get(filter.name) ?? "");
        const choices = FILTERS.map((filter) => [...new Set(snapshots.flatMap(filter.of))].sort());
        const rows = snapshots.filter((row) =>
          FILTERS.every((filter, index) =>
            chosen[index] === "" || filter.of(row).includes(chosen[index]!)
          )
        );
        const hasVariants = snapshots.some((row) => row.variant !== "");
        return (
          <>
            <Cards rows={rows} />
            <Filters label="Filters">
              {FILTERS.map((filter, index) =>
                (choices[index]!.length > 0 || chosen[index] !== "") && (
                  <Select
                    key={filter.name}
                    label={filter.label}
                    any="All"
                    value={chosen[index]!}
                    options={choices[index]!}
                    onChange={(value) => setParameters({ [filter.name]: value })}
                  />
                )
              )}
              {chosen.some((value) => value !== "") && (
                <button
                  type="button"
                  onClick={() =>
                    setParameters(Object.fromEntries(FILTERS.map(({ name }) => [name, null])))}
                >
                  Clear filters
                </button>
              )}
            </Filters>
            {rows.length === 0
              ? (
                <Empty title="Nothing matches these filters">
                  <p>Clear one of them.</p>
                </Empty>
              )
              : (
                <DataTable
                  caption="Current snapshots"
                  columns={hasVariants ? COLUMNS : WITHOUT_VARIANT}
                  rows={rows}
                  sortedBy={{ id: "f1", desc: true }}
                  fileName="current-snapshots"
                />
              )}
          </>
        );
      }}
    </Reads>
  );
}

function rowsOf({ snapshots, configurations }: CurrentDocument): Row[] {
  const byId = new Map(configurations.map((one) => [one.id, one]));
  return snapshots.map((snapshot) => ({ ...byId.get(snapshot.configuration_id)!, ...snapshot }));
}

function Cards({ rows }: { rows: Row[] }) {
  const best = (of: (row: Row) => number | null, sign: 1 | -1) =>
    rows.filter((row) => of(row) !== null)
      .reduce<Row | null>(
        (top, row) => top === null || (of(row)! - of(top)!) * sign > 0 ? row : top,
        null,
      );
  const f1 = best((row) => row.f1, 1);
  const fastest = best((row) => row.latency_ms, -1);
  const cheapest = best((row) => row.analysis_cost, -1);
  return (
    <dl class="cards">
      <Card title="Best F1" value={formatNumber(f1?.f1)} of={f1} />
      <Card title="Fastest" value={`${formatNumber(fastest?.latency_ms)} ms`} of={fastest} />
      <Card title="Cheapest" value={`$ ${formatNumber(cheapest?.analysis_cost)}`} of={cheapest} />
      <Card title="Configurations" value={String(rows.length)} of={null} />
    </dl>
  );
}

function Card({ title, value, of }: { title: string; value: string; of: Row | null }) {
  return (
    <div class="card">
      <dt>{title}</dt>
      <dd>
        <strong>{value}</strong>
        {of !== null && <span>{joinNames([of.model_version, of.environment, of.variant])}</span>}
      </dd>
    </div>
  );
}
