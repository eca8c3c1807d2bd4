import { useMemo } from "preact/hooks";
import type { LeaderboardDocument, LeaderboardRow } from "../client/documents.ts";
import { Age } from "../components/age.tsx";
import { commitColumn } from "../components/columns.tsx";
import { ConfigurationLink } from "../components/configuration_link.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { IntervalBar } from "../components/interval_bar.tsx";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { alignedFormat, formatChange, formatInterval } from "../format/numbers.ts";
import { intervalOf } from "../metrics/interval_of.ts";
import { metricNames } from "../metrics/metric_names.ts";
import { useReading } from "../use_reading.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";

/** The current runs of a dataset and environment, each with its distance from the best. */
export function LeaderboardView() {
  const { parameters } = useViewUrl();
  const query = {
    dataset: parameters.get("dataset"),
    environment: parameters.get("environment"),
    metric: parameters.get("metric"),
  };
  const reading = useReading(query, (reader, query, signal) => reader.leaderboard(query, signal));
  return (
    <Reads reading={reading} what="the leaderboard">
      {(document) =>
        document.configurations.length === 0
          ? (
            <Empty title="No snapshots yet">
              <p>A leaderboard needs stored runs of two models or prompts on one dataset.</p>
            </Empty>
          )
          : <Leaderboard document={document} />}
    </Reads>
  );
}

interface Ranked extends LeaderboardRow {
  rank: number;
  /** Of the difference from the leader, in the direction of the metric. */
  interval: [number, number] | null;
}

function Leaderboard({ document }: { document: LeaderboardDocument }) {
  const { setParameters } = useViewUrl();
  const { leaderboard, configurations, metrics, catalogue } = document;
  const { metric, better, dataset_version, environment } = leaderboard;
  const names = useMemo(() => metricNames(catalogue), [catalogue]);
  const rows = useMemo(
    () => leaderboard.rows.map((row, index) => ranked(row, index, better)),
    [leaderboard],
  );
  const columns = useMemo(() => columnsOf(document, rows), [document, rows]);
  const published = configurations.filter(({ current_version }) => current_version !== null);
  const choices = (values: string[]) => [...new Set(values)].sort();
  const ofDataset = published.filter((one) => one.dataset_version === dataset_version);
  return (
    <>
      <Filters label="What is ranked">
        <Select
          label="Dataset"
          value={dataset_version ?? ""}
          options={choices(published.map((one) => one.dataset_version))}
          onChange={(dataset) => setParameters({ dataset, environment: null, metric: null })}
        />
        <Select
          label="Environment"
          value={environment ?? ""}
          options={choices(ofDataset.map((one) => one.environment))}
          onChange={(value) => setParameters({ dataset: dataset_version, environment: value })}
        />
        <Select
          label="Metric"
          value={metric}
          options={metrics.map((path) => ({ value: path, label: names.heading(path) }))}
          onChange={(value) =>
            setParameters({ dataset: dataset_version, environment, metric: value })}
        />
      </Filters>
      {rows.length === 0
        ? (
          <Empty title={`Nothing has ${names.label(metric)} here`}>
            <p>No current run of this dataset and environment has the number.</p>
          </Empty>
        )
        : (
          <>
            <DataTable
              caption={`${names.label(metric)} on ${dataset_version}, ${environment}`}
              columns={columns}
              rows={rows}
              rowKey={({ configuration_id }) => configuration_id}
              fileName="leaderboard"
            />
            <p class="hint">
              {better === "higher" ? "Higher" : "Lower"}{" "}
              is better. The bar is the 95 % interval of the difference from the leader, by the same
              items in both runs, else by standard errors; where it reaches 0, the two cannot be
              told apart. Each interval stands by itself. At most 20 are ranked.
            </p>
          </>
        )}
    </>
  );
}

function ranked(row: LeaderboardRow, index: number, better: "higher" | "lower"): Ranked {
  return { ...row, rank: index + 1, interval: intervalOf(row, better) };
}

function columnsOf(document: LeaderboardDocument, rows: Ranked[]): Column<Ranked>[] {
  const byId = new Map(document.configurations.map((one) => [one.id, one]));
  const leader = rows[0];
  const format = alignedFormat(rows.map(({ value }) => value));
  // One scale for all bars; a ratio has another one, and so no bar beside differences.
  const bounds = rows.flatMap(({ interval, is_ratio }) =>
    interval === null || is_ratio !== rows.find((row) => row.interval !== null)?.is_ratio
      ? []
      : interval
  );
  const scale: [number, number] = [Math.min(0, ...bounds), Math.max(0, ...bounds)];
  return [
    {
      id: "configuration",
      heading: "Configuration",
      isName: true,
      value: (row) => configurationName(byId.get(row.configuration_id)!),
      cell: (row) => (
        <ConfigurationLink
          configuration={byId.get(row.configuration_id)!}
          parts={["prompt_version", "variant"]}
          href={viewUrl("run", {
            configuration: row.configuration_id,
            version: row.snapshot_version,
          })}
        />
      ),
    },
    { id: "rank", heading: "Rank", value: (row) => row.rank, isNumber: true },
    { id: "value", heading: "Value", value: (row) => row.value, isNumber: true },
    {
      id: "standing",
      heading: "Against the leader",
      isFirstOnCard: true,
      value: standingOf,
      cell: (row) => (
        <span class={`verdict ${STANDING_CLASS[standingOf(row)]}`}>{standingOf(row)}</span>
      ),
    },
    {
      id: "difference",
      heading: "Difference",
      value: (row) => leader === undefined ? null : row.value - leader.value,
      cell: (row) => row.rank === 1 ? "–" : formatChange(row.value - leader!.value, format),
      isNumber: true,
    },
    {
      id: "interval",
      heading: "95 % interval",
      value: (row) => row.interval?.join(" to ") ?? null,
      order: (row) => row.interval?.[0] ?? null,
      cell: (row) =>
        row.interval === null ? "–" : (
          <>
            {formatInterval(row.interval, row.is_ratio)}
            <IntervalBar interval={row.interval} scale={scale} />
          </>
        ),
      isNumber: true,
    },
    {
      id: "evidence",
      heading: "Evidence",
      value: ({ method, n }) =>
        method === "paired-items"
          ? `${n} paired items`
          : method === "leader"
          ? null
          : method.replace("-", " "),
    },
    {
      id: "age",
      heading: "Stored",
      isWideOnly: true,
      value: (row) => row.created_at,
      cell: (row) => <Age at={row.created_at} />,
    },
    { ...commitColumn("commit", "Commit", (row: Ranked) => row.commit_sha), isFolded: true },
    { id: "series", heading: "Series", isFolded: true, value: (row) => row.series },
  ];
}

const STANDING_CLASS: Record<string, string> = {
  "leader": "fine",
  "cannot be told apart": "inconclusive",
  "behind": "worse",
  "no interval": "not-judged",
};

function standingOf({ rank, is_tie }: Ranked): string {
  if (rank === 1) return "leader";
  return is_tie === null ? "no interval" : is_tie ? "cannot be told apart" : "behind";
}
