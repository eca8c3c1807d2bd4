import { useEffect, useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Configuration, Decision, HistoryDocument } from "../client/documents.ts";
import { numberColumn, originColumns, timeColumn } from "../components/columns.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { ConfigurationSelect } from "../components/configuration_select.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { Empty, Loading, Reads } from "../components/states.tsx";
import { Tags } from "../components/tags.tsx";
import { type HistoryEntry, readEntries } from "../ledger/read_entries.ts";
import { useReading } from "../use_reading.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";
import { adminCommand } from "./admin_command.ts";
import { decisionText } from "./decision_text.ts";

const PAGE_SIZE = 25;

/** The versions of a configuration, each checked against the ledger's hash chain. */
export function HistoryView() {
  const { parameters, setParameters } = useViewUrl();
  const before = Number(parameters.get("before"));
  const query = {
    configuration: parameters.get("configuration"),
    before: Number.isInteger(before) && before > 0 ? before : null,
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
            <Entries document={document} />
          </>
        );
      }}
    </Reads>
  );
}

function Entries({ document: latest }: { document: HistoryDocument }) {
  const { setParameters } = useViewUrl();
  const [read, setRead] = useState<{ document: HistoryDocument; entries: HistoryEntry[] } | null>(
    null,
  );
  useEffect(() => {
    let isCurrent = true;
    readEntries(latest.entries).then((entries) =>
      isCurrent && setRead({ document: latest, entries })
    );
    return () => isCurrent = false;
  }, [latest]);
  // What was checked last stays until the new page is: entries and the names above them belong
  // together.
  const document = read?.document ?? latest;
  const configuration = document.configurations.find(({ id }) => id === document.configuration_id);
  const columns = useMemo(
    () => configuration ? columnsOf(configuration, new Set(document.regressions)) : [],
    [document],
  );
  if (configuration === undefined) {
    return (
      <Empty title="There is no such configuration">
        <p>Choose one of the list.</p>
      </Empty>
    );
  }
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
      {document.decisions.length > 0 && (
        <DataTable
          caption="Decisions"
          columns={DECISION_COLUMNS}
          rows={document.decisions}
          fileName="decisions"
        />
      )}
    </>
  );
}

function isVoid(entry: HistoryEntry, configuration: Configuration): boolean {
  return configuration.void_versions.includes(entry.snapshot_version);
}

const DECISION_COLUMNS: Column<Decision>[] = [
  timeColumn("decided", "Decided", (row) => row.decided_at),
  { id: "decision", heading: "Decision", value: decisionText },
  { id: "by", heading: "By", value: (row) => row.decided_by },
  { id: "reason", heading: "Reason", value: (row) => row.reason },
];

const CHECKS = {
  intact: { sign: "✓", words: "verified" },
  erased: { sign: "✓", words: "verified, personal data erased" },
  broken: { sign: "✗", words: "does not verify" },
  unchecked: { sign: "?", words: "not checked" },
};

function columnsOf(configuration: Configuration, regressed: Set<number>): Column<HistoryEntry>[] {
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
      isNumber: true,
    },
    {
      id: "marks",
      heading: "Marks",
      value: (row) => marksOf(row).join(" "),
      cell: (row) => <Tags names={marksOf(row)} failing="regression" />,
    },
    timeColumn("stored", "Stored", (row) => row.created_at),
    numberColumn("f1", "F1", (row) => row.f1),
    numberColumn("latency_ms", "Latency (ms)", (row) => row.latency_ms),
    numberColumn("analysis_cost", "Cost ($)", (row) => row.analysis_cost),
    ...originColumns<HistoryEntry>(),
    { id: "principal", heading: "Sent by", value: (row) => row.principal },
    {
      id: "check",
      heading: "Ledger",
      value: (row) => CHECKS[row.check].words,
      cell: (row) => (
        <span class={`check-mark ${row.check}`}>
          <span aria-hidden="true">{CHECKS[row.check].sign}</span> {CHECKS[row.check].words}
        </span>
      ),
    },
    {
      id: "hash",
      heading: "Entry hash",
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
