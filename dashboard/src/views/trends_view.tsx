import { useCallback, useMemo } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import type { ChangePoint, Changes } from "../change_points/mark_changes.ts";
import { markChangesAside } from "../change_points/mark_changes_aside.ts";
import type { TrendsDocument } from "../client/documents.ts";
import { commitColumn, numberColumn, timeColumn } from "../components/columns.tsx";
import { configurationName, distinctNames } from "../components/configuration_name.ts";
import { ConfigurationSelect } from "../components/configuration_select.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { SERIES_COLORS } from "../components/palette.ts";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { TrendChart } from "../components/trend_chart.tsx";
import { formatChange, formatNumber } from "../format/numbers.ts";
import { fromLocalInput, toLocalInput } from "../format/times.ts";
import { type MetricNames, metricNames } from "../metrics/metric_names.ts";
import { useReading } from "../use_reading.ts";
import { idIn, timeIn } from "../url_values.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";

const POINTS = 500;
// A line each has a colour and a dash of its own.
const MAX_SERIES = SERIES_COLORS;
const DAY_MS = 86_400_000;
const RANGES = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"]] as const;

/** The history of a number, of one or several configurations. */
export function TrendsView() {
  const { parameters, setParameters } = useViewUrl();
  const named = [...new Set((parameters.get("configurations") ?? "").split(","))]
    .filter((id) => id !== "");
  const chosen = named.slice(0, MAX_SERIES).map(idIn);
  const asked = parameters.get("metric");
  const candidates = parameters.get("candidates") === "1";
  const [from, to] = [timeIn(parameters.get("from")), timeIn(parameters.get("to"))];
  const trends = useReading(
    { configurations: chosen, metric: asked, from, to, points: POINTS, candidates },
    (reader, query, signal) => reader.trends(query, signal),
  );
  const shown = trends.document?.series.map((series) => series.configuration_id) ?? [];
  // After the chart and not before it: finding shifts takes longer than reading. Of what the chart
  // shows, not of what is asked for; a zoom then leaves them as they are.
  const metric = trends.document?.metric ?? asked ?? "/f1";
  const changes = useReading(
    shown.length > 0 ? { shown, metric } : null,
    async (reader, query, signal) =>
      await markChangesAside(
        await reader.metricHistory(query.shown, query.metric, signal),
        signal,
      ),
  );
  const [, navigate] = useLocation();
  const onOpen = useCallback(
    (configuration: string, version: number) =>
      navigate(viewUrl("run", { configuration, version })),
    [],
  );
  const onZoom = useCallback((low: number, high: number) => {
    setParameters({
      from: new Date(low * 1000).toISOString(),
      to: new Date(Math.ceil(high * 1000)).toISOString(),
    });
  }, []);

  return (
    <Reads reading={trends} what="the trends">
      {(document) => {
        if (document.configurations.length === 0) {
          return (
            <Empty title="No snapshots yet">
              <p>A trend needs at least one stored run.</p>
            </Empty>
          );
        }
        const setChosen = (ids: string[]) => setParameters({ configurations: ids.join(",") });
        const axis = parameters.get("x");
        const xAxis = axis === "time" || axis === "version" ? axis : usualAxis(document);
        const names = metricNames(document.catalogue);
        const rest = document.configurations.filter(({ id }) => !shown.includes(id));
        return (
          <>
            <Filters label="What is shown">
              <Select
                label="Metric"
                value={metric}
                options={document.metrics.map((path) => ({
                  value: path,
                  label: names.heading(path),
                }))}
                onChange={(value) => setParameters({ metric: value })}
              />
              {shown.length < MAX_SERIES && rest.length > 0 && (
                <ConfigurationSelect
                  label="Add a configuration"
                  any="Choose …"
                  value=""
                  configurations={rest}
                  onChange={(id) => id !== "" && setChosen([...shown, id])}
                />
              )}
              <TimeRange
                from={from}
                to={to}
                document={document}
                onChange={(range) => setParameters(range)}
              />
              <Select
                label="Horizontal axis"
                value={xAxis}
                options={["time", "version"]}
                onChange={(value) => setParameters({ x: value })}
              />
              <label class="check">
                <input
                  type="checkbox"
                  checked={candidates}
                  onChange={(event) =>
                    setParameters({ candidates: event.currentTarget.checked ? "1" : null })}
                />
                Candidates
              </label>
            </Filters>
            <Notices
              document={document}
              named={named}
              asked={asked}
              names={names}
            />
            <Chips document={document} shown={shown} onChange={setChosen} />
            <Trends
              document={document}
              names={names}
              xAxis={xAxis}
              // None of the metric or configurations before.
              changes={changes.isBehind ? NONE : changes.document ?? NONE}
              changesError={changes.error}
              onZoom={onZoom}
              onOpen={onOpen}
            />
          </>
        );
      }}
    </Reads>
  );
}

/** What of the URL is not shown, and why. */
function Notices(
  { document, named, asked, names }: {
    document: TrendsDocument;
    named: string[];
    asked: string | null;
    names: MetricNames;
  },
) {
  const { series, configurations, metric } = document;
  const shown = series.map(({ configuration_id }) => configuration_id);
  const unknown = named.slice(0, MAX_SERIES).filter((id) => !shown.includes(id));
  const without = series.filter(({ points, candidates }) => points.length + candidates.length === 0)
    .map(({ configuration_id }) =>
      configurationName(configurations.find(({ id }) => id === configuration_id)!)
    );
  const notices = [
    named.length > MAX_SERIES &&
    `The URL names ${named.length} configurations, and ${MAX_SERIES} can be told apart in a chart: the first ${MAX_SERIES} are shown.`,
    unknown.length > 0 && `Not found: ${unknown.join(", ")}.`,
    asked !== null && asked !== metric &&
    `None of these has ${names.label(asked)}: this is ${names.label(metric)}.`,
    without.length > 0 && without.length < series.length &&
    `No ${names.label(metric)} here: ${without.join("; ")}.`,
  ].filter((notice) => typeof notice === "string");
  return (
    <>
      {notices.map((notice) => <p key={notice} class="hint" role="status">{notice}</p>)}
    </>
  );
}

const NONE: Changes = { points: [], unstable: [] };
const HOUR_SECONDS = 3600;

/** Runs that were stored at once, as an import does, are told apart by their versions. */
function usualAxis({ series }: TrendsDocument): "time" | "version" {
  const times = series.flatMap(({ points }) => points.map((point) => point[1]));
  // Not spread over arguments: a chart has thousands of points.
  const low = times.reduce((least, time) => Math.min(least, time), Infinity);
  const high = times.reduce((most, time) => Math.max(most, time), -Infinity);
  return high - low < HOUR_SECONDS ? "version" : "time";
}

function Chips(
  { document, shown, onChange }: {
    document: TrendsDocument;
    shown: string[];
    onChange: (ids: string[]) => void;
  },
) {
  const byId = new Map(document.configurations.map((one) => [one.id, one]));
  return (
    <ul class="chips" aria-label="Configurations shown">
      {shown.map((id) => {
        const name = configurationName(byId.get(id)!);
        return (
          <li key={id}>
            <Link href={viewUrl("history", { configuration: id })}>{name}</Link>
            {shown.length > 1 && (
              <button
                type="button"
                aria-label={`Remove ${name}`}
                onClick={() => onChange(shown.filter((other) => other !== id))}
              >
                ×
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function TimeRange(
  { from, to, document, onChange }: {
    from: string | null;
    to: string | null;
    document: TrendsDocument;
    onChange: (range: { from: string | null; to: string | null }) => void;
  },
) {
  // Around the middle of what is shown, for those who do not drag.
  const zoom = (factor: number) => {
    const times = document.series.flatMap(({ points }) => points.map((point) => point[1] * 1000));
    if (times.length === 0) return;
    const low = from === null ? Math.min(...times) : Date.parse(from);
    const high = to === null ? Math.max(...times) : Date.parse(to);
    const half = Math.max((high - low) * factor, 1000) / 2;
    const middle = (low + high) / 2;
    onChange({
      from: new Date(middle - half).toISOString(),
      to: new Date(middle + half).toISOString(),
    });
  };
  return (
    <fieldset class="range">
      <legend>Time range</legend>
      <label class="field">
        <span>From</span>
        <input
          type="datetime-local"
          value={toLocalInput(from)}
          onChange={(event) => onChange({ from: fromLocalInput(event.currentTarget.value), to })}
        />
      </label>
      <label class="field">
        <span>To</span>
        <input
          type="datetime-local"
          value={toLocalInput(to)}
          onChange={(event) => onChange({ from, to: fromLocalInput(event.currentTarget.value) })}
        />
      </label>
      <div class="buttons">
        {RANGES.map(([days, label]) => (
          <button
            key={days}
            type="button"
            onClick={() =>
              onChange({
                from: new Date(Date.now() - Number(days) * DAY_MS).toISOString(),
                to: null,
              })}
          >
            {label}
          </button>
        ))}
        <button type="button" onClick={() => zoom(0.5)}>Zoom in</button>
        <button type="button" onClick={() => zoom(2)}>Zoom out</button>
        <button
          type="button"
          disabled={from === null && to === null}
          onClick={() => onChange({ from: null, to: null })}
        >
          All
        </button>
      </div>
    </fieldset>
  );
}

interface PointRow {
  configuration: string;
  configurationId: string;
  version: number;
  at: number;
  value: number;
  commit: string;
  mark: string;
}

const POINT_COLUMNS: Column<PointRow>[] = [
  {
    id: "configuration",
    heading: "Configuration",
    value: (row) => row.configuration,
    isName: true,
  },
  {
    id: "version",
    heading: "Version",
    value: (row) => row.version,
    cell: (row) => (
      <Link
        href={viewUrl("run", { configuration: row.configurationId, version: row.version })}
      >
        {row.version}
      </Link>
    ),
    isNumber: true,
  },
  timeColumn("measured", "Measured", (row) => new Date(row.at * 1000).toISOString()),
  numberColumn("value", "Value", (row) => row.value),
  commitColumn("commit", "Commit", (row) => row.commit),
  { id: "mark", heading: "Mark", value: (row) => row.mark },
];

function Trends(
  { document, names: metrics, xAxis, changes, changesError, onZoom, onOpen }: {
    document: TrendsDocument;
    names: MetricNames;
    xAxis: "time" | "version";
    changes: Changes;
    changesError: string | null;
    onZoom: (from: number, to: number) => void;
    onOpen: (configuration: string, version: number) => void;
  },
) {
  const { metric } = document;
  const names = useMemo(() => {
    const byId = new Map(document.configurations.map((one) => [one.id, one]));
    return distinctNames(document.series.map((series) => byId.get(series.configuration_id)!));
  }, [document]);
  const rows = useMemo(
    () => pointRows(document, names, changes.points),
    [document, names, changes],
  );
  if (rows.length === 0) {
    return (
      <Empty title={`No ${metrics.label(metric)} here`}>
        <p>
          No published run of this time range has a number at{" "}
          {metric}. Choose another metric or range.
        </p>
      </Empty>
    );
  }
  const every = document.series.flatMap(({ points }) => points.map((point) => point[4]))
    .reduce((most, one) => Math.max(most, one), 1);
  return (
    <>
      <TrendChart
        title={`${metrics.heading(metric)} over ${xAxis === "time" ? "time" : "versions"}`}
        metric={metrics.label(metric)}
        series={document.series}
        names={names}
        changePoints={changes.points}
        xAxis={xAxis}
        onZoom={onZoom}
        onOpen={onOpen}
        fileName={`trend${metric.replaceAll(/[^\w]+/g, "-")}`}
      />
      <p class="hint">
        Published runs that are not void, when they were measured; candidates are hollow. A click on
        a point, or Enter, opens the run beside what it was judged against; drag across the chart to
        zoom. Dotted line: baseline. Dashed upright line: a lasting change and its size, looked for
        in the newest 1,000 runs. ▼ above a point: a regression when it was stored. Of more than
        {" "}
        {POINTS} runs, the lowest and the highest of each stretch are shown
        {every > 1 && `; of this number only each ${every}th run was looked at`}.
      </p>
      {changes.unstable.length > 0 && (
        <p class="hint">
          {names.filter((_, index) =>
            changes.unstable.includes(document.series[index]!.configuration_id)
          ).join(", ")}: no change points, because it changes too often for one to stand out.
        </p>
      )}
      {changesError !== null && (
        <p class="hint" role="alert">Change points could not be found: {changesError}</p>
      )}
      <DataTable
        caption="Points"
        columns={POINT_COLUMNS}
        rows={rows}
        rowKey={({ configurationId, version }) => `${configurationId} ${version}`}
        sortedBy={{ id: "version", desc: true }}
        fileName={`trend${metric.replaceAll(/[^\w]+/g, "-")}`}
      />
    </>
  );
}

function pointRows(
  document: TrendsDocument,
  names: string[],
  changePoints: ChangePoint[],
): PointRow[] {
  return document.series.flatMap((series, index) => {
    const { configuration_id, points, candidates, regressions, baseline } = series;
    const marks = new Map<number, string[]>();
    const mark = (version: number, text: string) =>
      marks.set(version, [...marks.get(version) ?? [], text]);
    if (baseline !== null) mark(baseline.snapshot_version, "baseline");
    for (const { snapshot_version, from_version, from, severity } of regressions) {
      mark(
        snapshot_version,
        `regression (${severity}) from ${formatNumber(from)} in ${from_version}`,
      );
    }
    for (const point of changePoints) {
      if (point.configuration_id !== configuration_id) continue;
      const size = formatChange(point.after - point.before);
      const levels = `${formatNumber(point.before)} to ${formatNumber(point.after)}`;
      mark(point.snapshot_version, `change point (${point.kind}) ${size}, ${levels}`);
    }
    const row = (version: number, at: number, value: number, commit: string): PointRow => ({
      configuration: names[index]!,
      configurationId: configuration_id,
      version,
      at,
      value,
      commit,
      mark: marks.get(version)?.join("; ") ?? "",
    });
    for (const [version] of candidates) mark(version, "candidate");
    const rows = [...points, ...candidates].map(([version, at, value, commit]) =>
      row(version, at, value, commit)
    );
    // What is marked is listed, also where the stretch it lies in is drawn by other runs.
    const drawn = new Set(rows.map(({ version }) => version));
    const low = points[0]?.[0] ?? Infinity;
    const high = points.at(-1)?.[0] ?? -Infinity;
    for (const { snapshot_version, at, value, commit_sha, ...point } of changePoints) {
      if (point.configuration_id !== configuration_id || drawn.has(snapshot_version)) continue;
      if (snapshot_version < low || snapshot_version > high) continue;
      rows.push(row(snapshot_version, at, value, commit_sha));
    }
    return rows;
  });
}
