import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import type { Configuration, HistoryDocument } from "../client/documents.ts";
import { numberColumn, originColumns, timeColumn } from "../components/columns.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { ConfigurationSelect } from "../components/configuration_select.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { Empty, Failed, Loading, Reads } from "../components/states.tsx";
import { Tags } from "../components/tags.tsx";
import { DecisionsTable } from "../components/decisions_table.tsx";
import { checkWords, LedgerCheck } from "../components/ledger_check.tsx";
import { TrendChart } from "../components/trend_chart.tsx";
import { type HistoryEntry, readEntries } from "../ledger/read_entries.ts";
import { useReading } from "../use_reading.ts";
import { idIn, versionIn } from "../url_values.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";
import { metricNames } from "../metrics/metric_names.ts";
import { adminCommand } from "./admin_command.ts";

const PAGE_SIZE = 25;

/** The versions of a configuration, each checked against the ledger's hash chain. */
export function HistoryView() {
  const { parameters, setParameters } = useViewUrl();
  const configuration = parameters.get("configuration");
  const query = {
    configuration: configuration && idIn(configuration),
    before: versionIn(parameters.get("before")),
  };
  const reading = useReading(
    query,
    (reader, query, signal) => reader.history(query.configuration, query.before, signal),
  );
  return (
    <Reads reading={reading} what="the history">
      {(document) => {
        if (document.configurations.length === 0) {
          return (
            <Empty title="No snapshots yet">
              <p>The first run of a configuration is its version 1.</p>
            </Empty>
          );
        }
        return (
          <>
            <Filters label="What is shown">
              <ConfigurationSelect
                label="Configuration"
                value={document.configuration_id ?? ""}
                configurations={document.configurations}
                onChange={(id) => setParameters({ configuration: id, before: null })}
              />
            </Filters>
            {document.configuration_id !== null && (
              <HistoryChart
                key={document.configuration_id}
                configuration={document.configuration_id}
              />
            )}
            <Entries document={document} />
          </>
        );
      }}
    </Reads>
  );
}

const CHART_POINTS = 500;

/** The versions as a chart, candidates too. */
function HistoryChart({ configuration }: { configuration: string }) {
  const { parameters } = useViewUrl();
  const [, navigate] = useLocation();
  const query = {
    configurations: [configuration],
    metric: parameters.get("metric"),
    from: null,
    to: null,
    points: CHART_POINTS,
    candidates: true,
  };
  const { document } = useReading(query, (reader, query, signal) => reader.trends(query, signal));
  const onOpen = useCallback(
    (id: string, version: number) => navigate(viewUrl("run", { configuration: id, version })),
    [],
  );
  const onZoom = useCallback(
    (from: number, to: number) =>
      navigate(viewUrl("trends", {
        configurations: configuration,
        from: new Date(from * 1000).toISOString(),
        to: new Date(Math.ceil(to * 1000)).toISOString(),
      })),
    [configuration],
  );
  const series = document?.series ?? [];
  if (
    document === null ||
    series.every(({ points, candidates }) => points.length + candidates.length < 2)
  ) return null;
  const heading = metricNames(document.catalogue).heading(document.metric);
  return (
    <TrendChart
      title={`${heading} over versions`}
      metric={heading}
      series={series}
      names={[heading]}
      changePoints={NO_CHANGES}
      xAxis="version"
      onZoom={onZoom}
      onOpen={onOpen}
      fileName="history"
    />
  );
}

// One array, so that the chart is not drawn anew for another that is as empty.
const NO_CHANGES: never[] = [];

function Entries({ document: latest }: { document: HistoryDocument }) {
  const { setParameters } = useViewUrl();
  const [read, setRead] = useState<{ document: HistoryDocument; entries: HistoryEntry[] } | null>(
    null,
  );
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setError(null);
    readEntries(latest.entries).then(
      (entries) => isCurrent && setRead({ document: latest, entries }),
      (error: Error) => isCurrent && setError(error.message),
    );
    return () => isCurrent = false;
  }, [latest]);
  // What was checked last stays until the new page is: entries and the names above them belong
  // together.
  const document = read?.document ?? latest;
  const configuration = document.configurations.find(({ id }) => id === document.configuration_id);
  const columns = useMemo(
    () => configuration && read ? columnsOf(configuration, document, read.entries) : [],
    [document, read],
  );
  if (configuration === undefined) {
    return (
      <Empty title="There is no such configuration">
        <p>Choose one of the list.</p>
      </Empty>
    );
  }
  if (error !== null) return <Failed message={error} />;
  if (read === null) return <Loading what="and checking the entries" />;
  const { entries } = read;
  if (entries.length === 0) {
    return (
      <Empty title="No versions here">
        <p>
          <Link href={viewUrl("history", { configuration: configuration.id })}>
            Show the newest
          </Link>
        </p>
      </Empty>
    );
  }
  const broken = entries.filter(({ check }) => check === "broken").length;
  const oldest = entries.at(-1)!.snapshot_version;
  return (
    <>
      <p class={broken > 0 ? "state error" : "hint"} role={broken > 0 ? "alert" : undefined}>
        {broken > 0
          ? `${broken} of these entries do not match their hash or their place in the chain. Run deno task verify.`
          : entries.some(({ check }) => check === "unchecked")
          ? "The hashes were not checked: this browser cannot, or the page is not served over https."
          : "✓: this page recomputed the entry's SHA-256 from its content, and it continues the entry before. deno task verify does so for the whole ledger."}
      </p>
      <DataTable
        caption={`Versions of ${configurationName(configuration)}`}
        columns={columns}
        rows={entries}
        rowKey={({ snapshot_version }) => String(snapshot_version)}
        sortedBy={{ id: "version", desc: true }}
        fileName={`history-${configuration.model_version.replaceAll(/[^\w.-]+/g, "-")}`}
        rowClass={(row) => isVoid(row, configuration) ? "void" : undefined}
      />
      <nav class="bar" aria-label="Older and newer versions">
        <button
          type="button"
          disabled={entries[0]!.snapshot_version === configuration.last_version}
          onClick={() => setParameters({ configuration: configuration.id, before: null })}
        >
          Newest
        </button>
        <button
          type="button"
          disabled={entries[0]!.snapshot_version === configuration.last_version}
          onClick={() =>
            setParameters({
              configuration: configuration.id,
              before: String(entries[0]!.snapshot_version + PAGE_SIZE + 1),
            })}
        >
          Newer
        </button>
        <button
          type="button"
          disabled={oldest === 1}
          onClick={() => setParameters({ configuration: configuration.id, before: String(oldest) })}
        >
          Older
        </button>
        <span>
          Versions {oldest} to {entries[0]!.snapshot_version} of {configuration.last_version}
        </span>
      </nav>
      <DecisionsTable decisions={document.decisions} />
    </>
  );
}

function numberAt({ numbers }: HistoryEntry, metric: string): number | null {
  return numbers.get(metric) ?? null;
}

function isVoid(entry: HistoryEntry, configuration: Configuration): boolean {
  return configuration.void_versions.includes(entry.snapshot_version);
}

// More would be a wall of checkboxes; Compare has every number.
const MAX_METRICS = 30;
const USUALLY_SHOWN = 3;

function columnsOf(
  configuration: Configuration,
  document: HistoryDocument,
  entries: HistoryEntry[],
): Column<HistoryEntry>[] {
  const regressed = new Set(document.regressions);
  const names = metricNames(document.catalogue);
  const judged = document.policies.map(({ metric }) => metric);
  const metrics = [
    ...new Set(["/f1", ...judged, ...entries.flatMap(({ numbers }) => [...numbers.keys()])]),
  ]
    .filter((metric) => entries.some((entry) => numberAt(entry, metric) !== null))
    .slice(0, MAX_METRICS);
  const shown = metrics.slice(0, USUALLY_SHOWN);
  const marksOf = (row: HistoryEntry): string[] => {
    const version = row.snapshot_version;
    const marks = {
      current: version === configuration.current_version,
      baseline: version === configuration.baseline_version,
      candidate: !row.published,
      void: isVoid(row, configuration),
      regression: regressed.has(version),
      erased: row.check === "erased",
    };
    return Object.entries(marks).filter(([, holds]) => holds).map(([mark]) => mark);
  };
  const isSelectable = (row: HistoryEntry) => row.published && !isVoid(row, configuration);
  return [
    {
      id: "version",
      heading: "Version",
      value: (row) => row.snapshot_version,
      cell: (row) => (
        <Link
          href={viewUrl("run", {
            configuration: configuration.id,
            version: row.snapshot_version,
          })}
        >
          {row.snapshot_version}
        </Link>
      ),
      isNumber: true,
    },
    {
      id: "marks",
      heading: "Marks",
      value: (row) => marksOf(row).join(" "),
      cell: (row) => <Tags names={marksOf(row)} failing="regression" />,
    },
    timeColumn("measured", "Measured", (row) => row.measured_at ?? row.created_at),
    ...metrics.map((metric) => ({
      ...numberColumn(metric, names.heading(metric), (row: HistoryEntry) => numberAt(row, metric)),
      // Those that are judged are what people come for.
      isFolded: !shown.includes(metric),
    })),
    ...originColumns<HistoryEntry>(),
    {
      id: "check",
      heading: "Ledger",
      value: (row) => checkWords(row.check),
      cell: (row) => <LedgerCheck check={row.check} />,
    },
    { ...timeColumn("stored", "Stored", (row: HistoryEntry) => row.created_at), isFolded: true },
    { id: "branch", heading: "Branch", value: (row) => row.branch_name, isFolded: true },
    { id: "principal", heading: "Sent by", value: (row) => row.principal, isFolded: true },
    {
      id: "hash",
      heading: "Entry hash",
      isFolded: true,
      value: (row) => row.entry_hash,
      cell: (row) => <code title={row.entry_hash}>{row.entry_hash.slice(0, 12)}…</code>,
    },
    {
      id: "commands",
      heading: "Select",
      value: (row) =>
        isSelectable(row) ? adminCommand("baseline", configuration, row.snapshot_version) : null,
      cell: (row) =>
        isSelectable(row) && (
          <details class="commands">
            <summary>
              Select<span class="hidden">version {row.snapshot_version}</span>
            </summary>
            <p>Run where the secret key is; a page like this one holds none.</p>
            {(["checkout", "baseline"] as const).map((kind) => (
              <pre
                key={kind}
                tabIndex={0}
              >{adminCommand(kind, configuration, row.snapshot_version)}</pre>
            ))}
          </details>
        ),
    },
  ];
}
