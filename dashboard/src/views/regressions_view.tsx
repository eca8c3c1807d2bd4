import { useMemo } from "preact/hooks";
import { Link } from "wouter-preact";
import type {
  Configuration,
  OpenRegression,
  Policy,
  RegressionsDocument,
} from "../client/documents.ts";
import { Change } from "../components/change.tsx";
import { commitColumn, timeColumn } from "../components/columns.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { formatLimit, formatNumber } from "../format/numbers.ts";
import { metricLabel } from "../metrics/metric_label.ts";
import { useReading } from "../use_reading.ts";
import { viewUrl } from "../use_view_url.ts";

/** What is worse now than its baseline, and since which commit. */
export function RegressionsView() {
  const reading = useReading({}, (reader, _query, signal) => reader.regressions(signal));
  return (
    <Reads reading={reading} what="the regressions">
      {(document) => (
        <>
          <Regressions document={document} />
          <Policies document={document} />
        </>
      )}
    </Reads>
  );
}

function Regressions({ document }: { document: RegressionsDocument }) {
  const byId = useNames(document.configurations);
  const columns = useMemo((): Column<OpenRegression>[] => [
    {
      id: "severity",
      heading: "Severity",
      value: (row) => row.severity,
      cell: (row) => <span class={`tag ${row.severity}`}>{row.severity}</span>,
    },
    {
      id: "configuration",
      heading: "Configuration",
      value: (row) => byId.get(row.configuration_id) ?? row.configuration_id,
      cell: (row) => (
        <Link
          href={viewUrl("trends", { configurations: row.configuration_id, metric: row.metric })}
        >
          {byId.get(row.configuration_id) ?? row.configuration_id}
        </Link>
      ),
    },
    { id: "metric", heading: "Metric", value: (row) => metricLabel(row.metric) },
    {
      id: "change",
      heading: "Change",
      value: (row) => row.current_value - row.reference_value,
      cell: (row) => (
        <Change change={row.current_value - row.reference_value} direction={row.better} />
      ),
      isNumber: true,
    },
    commitColumn("commit", "Since commit", (row) => row.since_commit),
    {
      id: "since",
      heading: "Since version",
      value: (row) => row.since_version,
      cell: (row) => (
        <Link
          href={viewUrl("compare", {
            a: row.configuration_id,
            a_version: Math.max(1, row.since_version - 1),
            b: row.configuration_id,
            b_version: row.since_version,
          })}
        >
          {row.since_version}
        </Link>
      ),
      isNumber: true,
    },
    timeColumn("at", "Since", (row) => row.since_at),
    {
      id: "reference",
      heading: "Compared with",
      value: (row) => row.reference_value,
      cell: (row) =>
        `${formatNumber(row.reference_value)} (${
          row.is_baseline ? "baseline" : "before it got worse"
        }, version ${row.reference_version})`,
      isNumber: true,
    },
    {
      id: "current",
      heading: "Now",
      value: (row) => row.current_value,
      cell: (row) => `${formatNumber(row.current_value)} (version ${row.current_version})`,
      isNumber: true,
    },
    {
      id: "limit",
      heading: "Limit",
      value: (row) => formatLimit(row.limit_kind, row.limit_value),
      isNumber: true,
    },
  ], [byId]);
  if (document.configurations.length === 0) {
    return (
      <Empty title="No snapshots yet">
        <p>Runs are judged as they are stored.</p>
      </Empty>
    );
  }
  if (document.regressions.length === 0) {
    return (
      <Empty title="Nothing is worse than it should be">
        <p>
          {count(document.configurations.length, "configuration")} judged by{" "}
          {count(document.policies.length, "policy", "policies")}. A baseline is set with{" "}
          <code>deno task admin baseline</code>, see History.
        </p>
      </Empty>
    );
  }
  return (
    <DataTable
      caption="Open regressions"
      columns={columns}
      rows={document.regressions}
      fileName="regressions"
    />
  );
}

function Policies({ document }: { document: RegressionsDocument }) {
  const byId = useNames(document.configurations);
  const columns = useMemo((): Column<Policy>[] => [
    { id: "metric", heading: "Metric", value: (row) => metricLabel(row.metric) },
    { id: "better", heading: "Better", value: (row) => row.better },
    {
      id: "limit",
      heading: "May get worse by",
      value: (row) => formatLimit(row.limit_kind, row.limit_value),
      isNumber: true,
    },
    { id: "severity", heading: "Severity", value: (row) => row.severity },
    {
      id: "scope",
      heading: "For",
      value: (row) =>
        row.configuration_id === null
          ? row.model_version ?? "all"
          : byId.get(row.configuration_id) ?? row.configuration_id,
    },
  ], [byId]);
  return (
    <>
      <DataTable
        caption="Policies"
        columns={columns}
        rows={document.policies}
        fileName="policies"
      />
      <p class="hint">
        Changed with <code>deno task admin policy</code>.
      </p>
    </>
  );
}

function useNames(configurations: Configuration[]): Map<string, string> {
  return useMemo(
    () => new Map(configurations.map((one) => [one.id, configurationName(one)])),
    [configurations],
  );
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
