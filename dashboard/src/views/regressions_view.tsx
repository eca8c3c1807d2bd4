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
import { CommitOfRun } from "../components/commit_link.tsx";
import { numberColumn, timeColumn } from "../components/columns.tsx";
import { ConfigurationLink } from "../components/configuration_link.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { alignedFormat, formatLimit, percentOf } from "../format/numbers.ts";
import { formatDay, formatTime } from "../format/times.ts";
import { gravestOfMetric } from "../metrics/gravest_of_metric.ts";
import { metricNames } from "../metrics/metric_names.ts";
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
  const columns = useRegressionColumns(document);
  const rows = useMemo(() => gravestOfMetric(document.regressions), [document]);
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
      rows={rows}
      rowKey={keyOf}
      fileName="regressions"
    />
  );
}

/** What open and acknowledged regressions have in common. */
function useRegressionColumns(document: RegressionsDocument): Column<OpenRegression>[] {
  return useMemo((): Column<OpenRegression>[] => {
    const names = metricNames(document.catalogue);
    return [
      configurationColumn(document.configurations, (row) => ({
        configuration: row.configuration_id,
        version: row.since_version,
      })),
      {
        id: "severity",
        heading: "Severity",
        isFirstOnCard: true,
        value: (row) => row.severity,
        cell: (row) => <span class={`tag ${row.severity}`}>{row.severity}</span>,
      },
      { id: "metric", heading: "Metric", value: (row) => names.heading(row.metric) },
      fallColumn((row) => ({
        from: row.reference_value,
        to: row.current_value,
        better: row.better,
      })),
      sinceColumn((row) => ({
        configuration: row.configuration_id,
        version: row.since_version,
        sha: row.since_commit,
        at: row.since_at,
      })),
      {
        id: "reference",
        heading: "From",
        value: (row) => row.reference_value,
        cell: (row) => (
          <>
            {alignedFormat([row.reference_value, row.current_value])(row.reference_value)}
            {row.is_baseline && <span class="tag">baseline</span>}
          </>
        ),
        isNumber: true,
      },
      {
        id: "current",
        heading: "Now",
        value: (row) => row.current_value,
        cell: (row) => alignedFormat([row.reference_value, row.current_value])(row.current_value),
        isNumber: true,
      },
      {
        id: "reference_version",
        heading: "Compared with version",
        isFolded: true,
        value: (row) => row.reference_version,
        isNumber: true,
      },
      { ...timeColumn("at", "Measured", (row: OpenRegression) => row.since_at), isFolded: true },
      {
        id: "since",
        heading: "Since version",
        isFolded: true,
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
        isFolded: !document.regressions.some((row) => replaced(row, document.configurations)),
        value: (row) => replaced(row, document.configurations),
      },
      limitColumn((row) => row),
    ];
  }, [document]);
}

/** The configuration in two lines, linked to a run of it. */
function configurationColumn<T extends { configuration_id: string }>(
  configurations: Configuration[],
  run: (row: T) => { configuration: string; version: number },
): Column<T> {
  const byId = new Map(configurations.map((one) => [one.id, one]));
  return {
    id: "configuration",
    heading: "Configuration",
    isName: true,
    value: (row) => {
      const one = byId.get(row.configuration_id);
      return one ? configurationName(one) : row.configuration_id;
    },
    cell: (row) => {
      const one = byId.get(row.configuration_id);
      return one && <ConfigurationLink configuration={one} href={viewUrl("run", run(row))} />;
    },
  };
}

function keyOf(
  { configuration_id, metric, severity }: OpenRegression | InconclusiveMetric,
): string {
  return `${configuration_id} ${metric} ${severity}`;
}

/** How far something fell; all rows did, so that no word need say it. */
function fallColumn<T>(
  of: (row: T) => { from: number; to: number; better: "higher" | "lower" },
): Column<T> {
  return {
    id: "change",
    heading: "Change",
    value: (row) => of(row).to - of(row).from,
    cell: (row) => {
      const { from, to, better } = of(row);
      return (
        <Change
          change={to - from}
          percent={percentOf(to - from, from)}
          direction={better}
          format={alignedFormat([from, to])}
          hasWord={false}
        />
      );
    },
    isNumber: true,
  };
}

/** The commit with which it began, and the day. */
function sinceColumn<T>(
  of: (row: T) => { configuration: string; version: number; sha: string; at: string | number },
): Column<T> {
  return {
    id: "commit",
    heading: "Since",
    value: (row) => of(row).sha,
    cell: (row) => {
      const { at, ...run } = of(row);
      return (
        <>
          <CommitOfRun {...run} /> <time title={formatTime(at)}>on {formatDay(at)}</time>
        </>
      );
    },
  };
}

function limitColumn<T>(
  of: (row: T) => { limit_kind: "absolute" | "relative"; limit_value: number },
): Column<T> {
  return {
    id: "limit",
    heading: "Limit",
    isFolded: true,
    isNumber: true,
    value: (row) => formatLimit(of(row).limit_kind, of(row).limit_value),
  };
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

type DriftRow = Drift & { configuration_id: string };

/** Looked for on the page, in a worker: it needs whole histories. */
function Drifts({ document }: { document: RegressionsDocument }) {
  const { reader } = useApp();
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
  const columns = useMemo((): Column<DriftRow>[] => {
    const names = metricNames(document.catalogue);
    return [
      configurationColumn(document.configurations, ({ since }) => ({
        configuration: since.configuration_id,
        version: since.snapshot_version,
      })),
      {
        id: "kind",
        heading: "Kind",
        isFirstOnCard: true,
        value: ({ since }) => since.kind,
        cell: ({ since }) => <span class="tag warn">{since.kind}</span>,
      },
      { id: "metric", heading: "Metric", value: ({ policy }) => names.heading(policy.metric) },
      fallColumn(({ before, now, policy }) => ({ from: before, to: now, better: policy.better })),
      sinceColumn(({ since }) => ({
        configuration: since.configuration_id,
        version: since.snapshot_version,
        sha: since.commit_sha,
        at: since.at,
      })),
      numberColumn("before", "From", ({ before }) => before),
      numberColumn("now", "Now", ({ now }) => now),
      {
        id: "version",
        heading: "Since version",
        isFolded: true,
        value: ({ since }) => since.snapshot_version,
        isNumber: true,
      },
      limitColumn(({ policy }) => policy),
    ];
  }, [document]);
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
        <DataTable
          caption="Drifted"
          columns={columns}
          rows={state.drifts.map((drift) => ({
            ...drift,
            configuration_id: drift.since.configuration_id,
          }))}
          rowKey={({ configuration_id, policy }) => `${configuration_id} ${policy.id}`}
          fileName="drift"
        />
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
  const columns = useMemo((): Column<InconclusiveMetric>[] => {
    const names = metricNames(document.catalogue);
    return [
      configurationColumn(document.configurations, (row) => ({
        configuration: row.configuration_id,
        version: row.snapshot_version,
      })),
      {
        id: "severity",
        heading: "Severity",
        isFirstOnCard: true,
        value: (row) => row.severity,
        cell: (row) => <span class="tag">{row.severity}</span>,
      },
      { id: "metric", heading: "Metric", value: (row) => names.heading(row.metric) },
      {
        id: "change",
        heading: "Change",
        value: (row) => row.to_value - row.from_value,
        // Without colour: it is not known to be more than noise.
        cell: (row) => (
          <Link
            class="plain"
            href={viewUrl("compare", {
              a: row.reference_configuration_id,
              a_version: row.from_version,
              b: row.configuration_id,
              b_version: row.snapshot_version,
            })}
          >
            <Change
              change={row.to_value - row.from_value}
              percent={percentOf(row.to_value - row.from_value, row.from_value)}
              direction={null}
            />
          </Link>
        ),
        isNumber: true,
      },
      {
        id: "why",
        heading: "Why it is open",
        value: (row) => whyOpen(row),
      },
      timeColumn("at", "Stored", (row) => row.created_at),
      {
        ...numberColumn("from", "From", (row: InconclusiveMetric) => row.from_value),
        isFolded: true,
      },
      { ...numberColumn("to", "To", (row: InconclusiveMetric) => row.to_value), isFolded: true },
      {
        ...numberColumn("version", "Version", (row: InconclusiveMetric) => row.snapshot_version),
        isFolded: true,
      },
      limitColumn((row) => row),
    ];
  }, [document]);
  if (document.inconclusive.length === 0) return null;
  return (
    <DataTable
      caption="Inconclusive"
      columns={columns}
      rows={document.inconclusive}
      rowKey={keyOf}
      fileName="inconclusive"
    />
  );
}

/** What it rests on, and what is missing. */
function whyOpen({ method, n, caveat }: InconclusiveMetric): string {
  if (caveat !== null) return caveat.replaceAll("-", " ");
  return method === "paired-items"
    ? `${n} paired items are too few`
    : method === "history"
    ? `${n} earlier runs vary too much`
    : "the standard errors are too large";
}

function Acknowledged({ document }: { document: RegressionsDocument }) {
  const common = useRegressionColumns(document);
  const columns = useMemo((): Column<OpenRegression>[] => {
    const byId = new Map(common.map((column) => [column.id, column]));
    const folded = ["commit", "reference", "current", "since", "at", "limit", "cause"];
    return [
      ...["configuration", "severity", "metric", "change"].map((id) => byId.get(id)!),
      { id: "as", heading: "As", value: (row) => row.acknowledged_as },
      { id: "reason", heading: "Why", value: (row) => row.acknowledged_reason },
      { id: "by", heading: "By", value: (row) => row.acknowledged_by },
      {
        id: "when",
        heading: "When",
        value: (row) => row.acknowledged_at,
        cell: (row) => (
          <time title={formatTime(row.acknowledged_at)}>{formatDay(row.acknowledged_at!)}</time>
        ),
      },
      ...folded.map((id) => ({ ...byId.get(id)!, isFolded: true })),
    ];
  }, [common]);
  const rows = useMemo(() => gravestOfMetric(document.acknowledged), [document]);
  if (document.acknowledged.length === 0) return null;
  return (
    <DataTable
      caption="Acknowledged"
      columns={columns}
      rows={rows}
      rowKey={keyOf}
      fileName="acknowledged"
    />
  );
}

function Policies({ document }: { document: RegressionsDocument }) {
  const byId = useNames(document.configurations);
  const names = useMemo(() => metricNames(document.catalogue), [document]);
  const columns = useMemo((): Column<Policy>[] => [
    {
      id: "metric",
      heading: "Metric",
      value: (row) => names.heading(row.metric),
      isName: true,
    },
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
        rowKey={({ id }) => String(id)}
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
