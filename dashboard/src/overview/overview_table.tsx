import { useMemo } from "preact/hooks";
import { Link } from "wouter-preact";
import { Age } from "../components/age.tsx";
import { Change } from "../components/change.tsx";
import { CommitLink, CommitOfRun, RunLink } from "../components/commit_link.tsx";
import { ConfigurationLink } from "../components/configuration_link.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Sparkline } from "../components/sparkline.tsx";
import { Tags } from "../components/tags.tsx";
import { STATES, VerdictBadge } from "../components/verdict_badge.tsx";
import { alignedFormat, formatInterval, percentOf } from "../format/numbers.ts";
import type { MetricNames } from "../metrics/metric_names.ts";
import { viewUrl } from "../use_view_url.ts";
import type { OverviewRow } from "./rows.ts";

/** A row a configuration: value, change with its verdict, the last runs, commit, age. */
export function OverviewTable(
  { caption, rows, names, changes, fileName, level }: {
    caption: string;
    rows: OverviewRow[];
    names: MetricNames;
    /** By configuration, where its last runs change for good. */
    changes: ReadonlyMap<string, number[]>;
    fileName: string;
    level?: 0 | 2;
  },
) {
  const columns = useMemo((): Column<OverviewRow>[] => {
    // Numbers of one metric are rounded alike, wherever they stand.
    const formats = new Map(
      [...Map.groupBy(rows, ({ metric }) => metric)].map(([metric, group]) => [
        metric,
        alignedFormat(group.map(({ value }) => value)),
      ]),
    );
    return [
      {
        id: "configuration",
        heading: "Configuration",
        isName: true,
        value: ({ configuration }) => configurationName(configuration),
        cell: ({ configuration, snapshot_version }) => (
          <ConfigurationLink
            configuration={configuration}
            href={viewUrl("run", { configuration: configuration.id, version: snapshot_version })}
          />
        ),
      },
      {
        id: "verdict",
        heading: "Verdict",
        isFirstOnCard: true,
        value: ({ state }) => state,
        order: ({ state }) => STATES.indexOf(state),
        cell: (row) => (
          <VerdictBadge
            state={row.state}
            title={verdictTitle(row, names)}
            {...(row.state === "fine" && row.isBetter && { word: "better" })}
          />
        ),
      },
      {
        id: "metric",
        heading: "Metric",
        isPlainOnCard: true,
        value: ({ metric }) => metric === null ? null : names.heading(metric),
      },
      {
        id: "value",
        heading: "Value",
        isPlainOnCard: true,
        value: ({ value }) => value,
        cell: ({ metric, value }) => formats.get(metric)!(value),
        isNumber: true,
      },
      {
        id: "change",
        heading: "Change",
        isPlainOnCard: true,
        value: ({ change, fall }) => fall === null ? change : fall.now - fall.before,
        cell: (row) => <RowChange row={row} format={formats.get(row.metric)!} />,
        isNumber: true,
      },
      {
        id: "runs",
        heading: "Last 30 runs",
        isPlainOnCard: true,
        value: ({ spark }) => spark?.[0]?.length ?? null,
        cell: (row) => (
          <Link
            href={viewUrl("trends", { configurations: row.configuration_id, metric: row.metric })}
            aria-label={`Trend of ${configurationName(row.configuration)}`}
          >
            {row.spark === null ? "Trend" : (
              <Sparkline
                values={row.spark[0] ?? []}
                changes={changes.get(row.configuration_id) ?? []}
                state={row.state}
              />
            )}
          </Link>
        ),
      },
      {
        id: "commit",
        heading: "Commit",
        value: ({ regression, commit_sha }) => regression?.since_commit ?? commit_sha,
        cell: (row) =>
          row.regression === null ? <CommitLink origin={row} /> : (
            <>
              <small class="hint">since</small>{" "}
              <CommitOfRun
                sha={row.regression.since_commit}
                configuration={row.configuration_id}
                version={row.regression.since_version}
              />
            </>
          ),
      },
      {
        id: "age",
        heading: "Age",
        isPlainOnCard: true,
        value: ({ at }) => new Date(at * 1000).toISOString(),
        order: ({ at }) => -at,
        cell: ({ at }) => <Age at={at} />,
      },
      {
        id: "version",
        heading: "Version",
        isFolded: true,
        isNumber: true,
        value: ({ snapshot_version }) => snapshot_version,
        cell: ({ snapshot_version, published, configuration }) => (
          <>
            {snapshot_version}
            {snapshot_version === configuration.baseline_version && (
              <span class="tag">baseline</span>
            )}
            {published && configuration.current_version !== configuration.reference_version && (
              <span class="tag">{configuration.current_version} checked out</span>
            )}
          </>
        ),
      },
      {
        id: "series",
        heading: "Series",
        isFolded: true,
        value: ({ configuration }) => configuration.series,
      },
      { id: "branch", heading: "Branch", isFolded: true, value: ({ branch_name }) => branch_name },
      {
        id: "run",
        heading: "CI run",
        isFolded: true,
        value: ({ run_id }) => run_id,
        cell: (row) => <RunLink origin={row} />,
      },
      {
        id: "tags",
        heading: "Tags",
        isFolded: true,
        value: ({ tags }) => tags.join(" "),
        cell: ({ tags }) => <Tags names={tags} />,
      },
      {
        id: "f1",
        heading: names.heading("/f1"),
        isFolded: true,
        isNumber: true,
        value: ({ f1 }) => f1,
      },
      {
        id: "latency_ms",
        heading: names.heading("/latency_ms"),
        isFolded: true,
        isNumber: true,
        value: ({ latency_ms }) => latency_ms,
      },
      {
        id: "analysis_cost",
        heading: names.heading("/analysis_cost"),
        isFolded: true,
        isNumber: true,
        value: ({ analysis_cost }) => analysis_cost,
      },
    ];
  }, [rows, names, changes]);
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={rows}
      // The newest run of a configuration takes the place of the one before; of candidates, of each branch.
      rowKey={({ configuration_id, published, branch_name }) =>
        `${configuration_id} ${published ? "" : branch_name}`}
      fileName={fileName}
      {...(level !== undefined && { level })}
    />
  );
}

/** Coloured only where the verdict says that it is more than noise. */
function RowChange(
  { row, format }: { row: OverviewRow; format: (value: number) => string },
) {
  const { change, from, better, interval, state, isBetter, fall, configuration_id } = row;
  if (fall !== null) {
    return (
      <Link
        href={viewUrl("trends", { configurations: configuration_id, metric: row.metric })}
        class="plain"
        title={`from ${format(fall.before)}, in small steps over the last 100 runs`}
      >
        <Change
          change={fall.now - fall.before}
          format={format}
          percent={percentOf(fall.now - fall.before, fall.before)}
          direction={better}
          hasWord={false}
        />
      </Link>
    );
  }
  if (change === null || from === null) return <>–</>;
  const title = `from ${format(from.value)} of ${
    from.isBaseline ? "the baseline, " : ""
  }version ${from.version}${
    interval === null ? "" : `; interval ${formatInterval(interval, row.judgement!.is_ratio)}`
  }`;
  return (
    <Link
      href={viewUrl("compare", {
        a: from.configuration_id,
        a_version: from.version,
        b: configuration_id,
        b_version: row.snapshot_version,
      })}
      class="plain"
      title={title}
    >
      <Change
        change={change}
        format={format}
        percent={percentOf(change, from.value)}
        direction={state === "worse" || isBetter ? better : null}
        hasWord={false}
      />
    </Link>
  );
}

function verdictTitle(
  { regression, openRegressions, judgement, fall }: OverviewRow,
  names: MetricNames,
): string {
  if (fall !== null) {
    return `${
      names.label(judgement!.metric)
    } has got worse for good, and no single run was worse than the limit allows`;
  }
  if (regression !== null) {
    const others = openRegressions - 1;
    return `${names.label(regression.metric)} is worse since version ${regression.since_version}${
      others > 0 ? `, and ${others} more metric${others > 1 ? "s" : ""}` : ""
    }`;
  }
  return judgement === null
    ? "It had nothing to be compared with, or no policy is for what it measures"
    : `${names.label(judgement.metric)}, compared with version ${judgement.from_version}`;
}
