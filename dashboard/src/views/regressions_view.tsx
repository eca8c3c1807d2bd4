import { useEffect, useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useApp } from "../app_context.ts";
import { type Drift, findDrift, MAX_CONFIGURATIONS } from "../change_points/find_drift.ts";
import { markChangesAside } from "../change_points/mark_changes_aside.ts";
import type {
  Configuration,
  InconclusiveMetric,
  OpenRegression,
  Policy,
  RegressionsDocument,
} from "../client/documents.ts";
import { Change } from "../components/change.tsx";
import { commitColumn, numberColumn, timeColumn } from "../components/columns.tsx";
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
          <Drifts document={document} />
          <Inconclusive document={document} />
          <Acknowledged document={document} />
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
            a: row.reference_configuration_id,
            a_version: row.reference_configuration_id === row.configuration_id
              ? Math.max(1, row.since_version - 1)
              : row.reference_version,
            b: row.configuration_id,
            b_version: row.since_version,
          })}
        >
          {row.since_version}
        </Link>
      ),
      isNumber: true,
    },
    {
      id: "cause",
      heading: "Replaced",
      value: (row) => replaced(row, document.configurations),
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
  ], [byId, document.configurations]);
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

/** What a new configuration of a series took the place of. */
function replaced(row: OpenRegression, configurations: Configuration[]): string {
  if (row.reference_configuration_id === row.configuration_id) return "";
  const now = configurations.find(({ id }) => id === row.configuration_id);
  const before = configurations.find(({ id }) => id === row.reference_configuration_id);
  if (!now || !before) return "";
  return (["model_version", "prompt_version", "variant"] as const)
    .filter((part) => now[part] !== before[part])
    .map((part) => `${now[part] || "none"} replaced ${before[part] || "none"}`)
    .join(", ");
}

/** Looked for on the page, in a worker: it needs whole histories. */
function Drifts({ document }: { document: RegressionsDocument }) {
  const { reader } = useApp();
  const byId = useNames(document.configurations);
  const [state, setState] = useState<{ drifts: Drift[] | null; error: string | null }>({
    drifts: null,
    error: null,
  });
  useEffect(() => {
    const stop = new AbortController();
    findDrift(document, reader, markChangesAside, stop.signal).then(
      (drifts) => stop.signal.aborted || setState({ drifts, error: null }),
      (error: Error) =>
        stop.signal.aborted || setState((last) => ({ ...last, error: error.message })),
    );
    return () => stop.abort();
  }, [document, reader]);
  const columns = useMemo((): Column<Drift>[] => [
    {
      id: "configuration",
      heading: "Configuration",
      value: ({ change }) => byId.get(change.configuration_id) ?? change.configuration_id,
      cell: ({ change, policy }) => (
        <Link
          href={viewUrl("trends", {
            configurations: change.configuration_id,
            metric: policy.metric,
          })}
        >
          {byId.get(change.configuration_id) ?? change.configuration_id}
        </Link>
      ),
    },
    { id: "metric", heading: "Metric", value: ({ policy }) => metricLabel(policy.metric) },
    { id: "kind", heading: "Kind", value: ({ change }) => change.kind },
    {
      id: "change",
      heading: "Change",
      value: ({ change }) => change.after - change.before,
      cell: ({ change, policy }) => (
        <Change change={change.after - change.before} direction={policy.better} />
      ),
      isNumber: true,
    },
    numberColumn("before", "From", ({ change }) => change.before),
    numberColumn("after", "To", ({ change }) => change.after),
    commitColumn("commit", "Drifted since commit", ({ change }) => change.commit_sha),
    {
      id: "version",
      heading: "Since version",
      value: ({ change }) => change.snapshot_version,
      isNumber: true,
    },
    timeColumn("at", "Since", ({ change }) => new Date(change.at * 1000).toISOString()),
    {
      id: "limit",
      heading: "Limit",
      value: ({ policy }) => formatLimit(policy.limit_kind, policy.limit_value),
      isNumber: true,
    },
  ], [byId]);
  if (state.error !== null) {
    return <p role="alert">Looking for drift failed: {state.error}</p>;
  }
  if (state.drifts === null) {
    return document.configurations.length > 0 ? <p class="hint">Looking for drift …</p> : null;
  }
  const left = document.configurations.length - MAX_CONFIGURATIONS;
  return (
    <>
      {state.drifts.length > 0 && (
        <DataTable caption="Drifted" columns={columns} rows={state.drifts} fileName="drift" />
      )}
      {left > 0 && (
        <p class="hint">
          {count(left, "configuration")} more were not looked at for drift: see their trends.
        </p>
      )}
    </>
  );
}

function Inconclusive({ document }: { document: RegressionsDocument }) {
  const byId = useNames(document.configurations);
  const columns = useMemo((): Column<InconclusiveMetric>[] => [
    {
      id: "configuration",
      heading: "Configuration",
      value: (row) => byId.get(row.configuration_id) ?? row.configuration_id,
      cell: (row) => (
        <Link
          href={viewUrl("compare", {
            a: row.reference_configuration_id,
            a_version: row.from_version,
            b: row.configuration_id,
            b_version: row.snapshot_version,
          })}
        >
          {byId.get(row.configuration_id) ?? row.configuration_id}
        </Link>
      ),
    },
    { id: "metric", heading: "Metric", value: (row) => metricLabel(row.metric) },
    { id: "severity", heading: "Severity", value: (row) => row.severity },
    {
      id: "change",
      heading: "Change",
      value: (row) => row.to_value - row.from_value,
      cell: (row) => <Change change={row.to_value - row.from_value} direction={row.better} />,
      isNumber: true,
    },
    numberColumn("from", "From", (row) => row.from_value),
    numberColumn("to", "To", (row) => row.to_value),
    { id: "evidence", heading: "Evidence", value: (row) => row.method.replace("-", " ") },
    numberColumn("n", "Items or runs", (row) => row.n),
    numberColumn("version", "Version", (row) => row.snapshot_version),
    timeColumn("at", "Stored", (row) => row.created_at),
    {
      id: "limit",
      heading: "Limit",
      value: (row) => formatLimit(row.limit_kind, row.limit_value),
      isNumber: true,
    },
  ], [byId]);
  if (document.inconclusive.length === 0) return null;
  return (
    <DataTable
      caption="Inconclusive"
      columns={columns}
      rows={document.inconclusive}
      fileName="inconclusive"
    />
  );
}

function Acknowledged({ document }: { document: RegressionsDocument }) {
  const byId = useNames(document.configurations);
  const columns = useMemo((): Column<OpenRegression>[] => [
    {
      id: "configuration",
      heading: "Configuration",
      value: (row) => byId.get(row.configuration_id) ?? row.configuration_id,
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
    numberColumn("since", "Since version", (row) => row.since_version),
    { id: "as", heading: "As", value: (row) => row.acknowledged_as },
    { id: "by", heading: "By", value: (row) => row.acknowledged_by },
    timeColumn("at", "When", (row) => row.acknowledged_at!),
    { id: "reason", heading: "Why", value: (row) => row.acknowledged_reason },
  ], [byId]);
  if (document.acknowledged.length === 0) return null;
  return (
    <DataTable
      caption="Acknowledged"
      columns={columns}
      rows={document.acknowledged}
      fileName="acknowledged"
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
