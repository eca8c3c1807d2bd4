import { useMemo } from "preact/hooks";
import type {
  ComparedMetric,
  ComparedSnapshot,
  ComparisonDocument,
  Configuration,
} from "../client/documents.ts";
import { CategoryBars } from "../components/category_bars.tsx";
import { Change } from "../components/change.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { ConfigurationSelect } from "../components/configuration_select.tsx";
import { type Column, DataTable } from "../components/data_table.tsx";
import { Filters } from "../components/filters.tsx";
import { ItemChangesTable } from "../components/item_changes.tsx";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { VerdictTable } from "../components/verdict_table.tsx";
import { formatNumber } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";
import { findCategories } from "../metrics/categories.ts";
import { directionOf, judge } from "../metrics/direction.ts";
import { metricLabel } from "../metrics/metric_label.ts";
import { useReading } from "../use_reading.ts";
import { useViewUrl } from "../use_view_url.ts";

/** Two models or two versions side by side, every number of them. */
export function CompareView() {
  const { parameters, setParameters } = useViewUrl();
  const version = (name: string) => {
    const value = Number(parameters.get(name));
    return Number.isInteger(value) && value > 0 ? value : null;
  };
  const query = {
    a: parameters.get("a"),
    aVersion: version("a_version"),
    b: parameters.get("b"),
    bVersion: version("b_version"),
  };
  const reading = useReading(query, (reader, query, signal) => reader.comparison(query, signal));
  return (
    <Reads reading={reading} what="the comparison">
      {(document) => {
        if (document.configurations.length === 0) {
          return (
            <Empty title="No snapshots yet">
              <p>A comparison needs stored runs.</p>
            </Empty>
          );
        }
        const side = (name: "a" | "b") => (
          <Side
            name={name === "a" ? "A" : "B"}
            snapshot={document[name]}
            configurations={document.configurations}
            onConfiguration={(id) =>
              setParameters({
                a: document.a.configuration_id,
                b: document.b.configuration_id,
                [name]: id,
                [`${name}_version`]: null,
              })}
            onVersion={(chosen) =>
              setParameters({
                a: document.a.configuration_id,
                b: document.b.configuration_id,
                [`${name}_version`]: chosen,
              })}
          />
        );
        return (
          <>
            <Filters label="What is compared">
              {side("a")}
              {side("b")}
              <button
                type="button"
                onClick={() =>
                  setParameters({
                    a: document.b.configuration_id,
                    a_version: String(document.b.snapshot_version ?? ""),
                    b: document.a.configuration_id,
                    b_version: String(document.a.snapshot_version ?? ""),
                  })}
              >
                Swap
              </button>
            </Filters>
            <Comparison document={document} />
          </>
        );
      }}
    </Reads>
  );
}

function Side(
  { name, snapshot, configurations, onConfiguration, onVersion }: {
    name: string;
    snapshot: ComparedSnapshot;
    configurations: Configuration[];
    onConfiguration: (id: string) => void;
    onVersion: (version: string) => void;
  },
) {
  const chosen = configurations.find(({ id }) => id === snapshot.configuration_id);
  return (
    <fieldset class="side">
      <legend>{name}</legend>
      <ConfigurationSelect
        label={`Configuration ${name}`}
        value={snapshot.configuration_id ?? ""}
        configurations={configurations}
        onChange={onConfiguration}
      />
      <label class="field version">
        <span>Version {name}</span>
        <input
          type="number"
          min={1}
          max={chosen?.last_version ?? 1}
          value={snapshot.snapshot_version ?? ""}
          onChange={(event) => onVersion(event.currentTarget.value)}
        />
      </label>
      <p>
        <code>{snapshot.commit_sha?.slice(0, 7) ?? "–"}</code> {formatTime(snapshot.created_at)}
      </p>
    </fieldset>
  );
}

function Comparison({ document }: { document: ComparisonDocument }) {
  const { parameters, setParameters } = useViewUrl();
  const { a, b, metrics, configurations } = document;
  const directions = useMemo(() => ({
    ...Object.fromEntries(
      document.catalogue.flatMap(({ metric, better }) => better === null ? [] : [[metric, better]]),
    ),
    ...document.directions,
  }), [document]);
  const columns = useMemo((): Column<ComparedMetric>[] => [
    { id: "path", heading: "Metric", value: (row) => metricLabel(row.path) },
    {
      id: "a",
      heading: "A",
      value: (row) => row.a,
      cell: (row) => formatNumber(row.a),
      isNumber: true,
    },
    {
      id: "b",
      heading: "B",
      value: (row) => row.b,
      cell: (row) => formatNumber(row.b),
      isNumber: true,
    },
    {
      id: "change",
      heading: "Change",
      value: (row) => row.delta,
      cell: (row) => (
        <Change
          change={row.delta}
          percent={row.percent}
          direction={directionOf(row.path, directions)}
          hasWord={false}
        />
      ),
      isNumber: true,
    },
    {
      // Of the difference as it stands; what of it is more than noise, the verdicts above say.
      id: "direction",
      heading: "Direction",
      value: (row) =>
        ["worse", "", "better"][judge(row.delta, directionOf(row.path, directions)) + 1]!,
    },
  ], [directions]);
  const groups = useMemo(() => findCategories(metrics), [metrics]);

  if (a.snapshot_version === null || b.snapshot_version === null) {
    return (
      <Empty title="There is no such version">
        <p>Choose a version that the configuration has.</p>
      </Empty>
    );
  }
  if (metrics.length === 0) {
    return (
      <Empty title="No numbers">
        <p>Neither snapshot has a number in its metrics.</p>
      </Empty>
    );
  }
  const nameOf = (side: ComparedSnapshot) => {
    const one = configurations.find(({ id }) => id === side.configuration_id);
    return `${one ? configurationName(one) : "?"} version ${side.snapshot_version}`;
  };
  const text = parameters.get("text") ?? "";
  const onlyChanged = parameters.get("changed") === "1";
  const rows = metrics.filter((row) =>
    metricLabel(row.path).toLowerCase().includes(text.toLowerCase()) &&
    (!onlyChanged || row.delta !== 0)
  );
  const configurationB = configurations.find(({ id }) => id === b.configuration_id);
  const judged = document.judgements?.judgements ?? [];
  const byItems = [
    ...new Set(
      judged.filter(({ method }) => method === "paired-items").map(({ metric }) => metric),
    ),
  ];
  const group = groups.find(({ name }) => name === parameters.get("group")) ?? groups[0];
  return (
    <>
      {configurationB && judged.length > 0 && (
        <VerdictTable
          configuration={configurationB}
          judgements={judged}
          references={document.judgements!.references}
        />
      )}
      {byItems.length > 0 && (
        <ItemChangesTable
          metrics={byItems}
          a={{ configuration: a.configuration_id!, version: a.snapshot_version }}
          b={{ configuration: b.configuration_id!, version: b.snapshot_version }}
        />
      )}
      {group && (
        <>
          {groups.length > 1 && (
            <Filters label="Categories">
              <Select
                label="Categories"
                value={group.name}
                options={groups.map(({ name }) => ({ value: name, label: metricLabel(name) }))}
                onChange={(value) => setParameters({ group: value })}
              />
            </Filters>
          )}
          <CategoryBars group={group} nameA={nameOf(a)} nameB={nameOf(b)} />
        </>
      )}
      <Filters label="Metrics">
        <label class="field">
          <span>Metric contains</span>
          <input
            type="search"
            value={text}
            onChange={(event) => setParameters({ text: event.currentTarget.value })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={onlyChanged}
            onChange={(event) =>
              setParameters({ changed: event.currentTarget.checked ? "1" : null })}
          />
          Only what differs
        </label>
      </Filters>
      {rows.length === 0
        ? (
          <Empty title="Nothing matches">
            <p>No metric has this text in its name and differs.</p>
          </Empty>
        )
        : <DataTable caption="All metrics" columns={columns} rows={rows} fileName="comparison" />}
    </>
  );
}
