import { useMemo } from "preact/hooks";
import type { ComparedSnapshot, ComparisonDocument, Configuration } from "../client/documents.ts";
import { CategoryBars } from "../components/category_bars.tsx";
import { CommitOfRun } from "../components/commit_link.tsx";
import { configurationName } from "../components/configuration_name.ts";
import { ConfigurationSelect } from "../components/configuration_select.tsx";
import { Filters } from "../components/filters.tsx";
import { ItemChangesTable } from "../components/item_changes.tsx";
import { MetricsTable, Sentences } from "../components/metrics_table.tsx";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { formatTime } from "../format/times.ts";
import { findCategories } from "../metrics/categories.ts";
import { metricLabel } from "../metrics/metric_label.ts";
import { directionsOf, metricNames } from "../metrics/metric_names.ts";
import { judgedMetrics } from "../metrics/metric_verdicts.ts";
import { useReading } from "../use_reading.ts";
import { idIn, versionIn } from "../url_values.ts";
import { useViewUrl } from "../use_view_url.ts";

/** Any two runs, configurations or series side by side: every number, item and category of them. */
export function CompareView() {
  const { parameters, setParameters } = useViewUrl();
  const [a, b] = [parameters.get("a"), parameters.get("b")];
  const query = {
    a: a && idIn(a),
    aVersion: versionIn(parameters.get("a_version")),
    b: b && idIn(b),
    bVersion: versionIn(parameters.get("b_version")),
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
        hasSeries
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
        {snapshot.configuration_id !== null && snapshot.snapshot_version !== null && (
          <CommitOfRun
            sha={snapshot.commit_sha!}
            configuration={snapshot.configuration_id}
            version={snapshot.snapshot_version}
          />
        )} {formatTime(snapshot.created_at)}
      </p>
    </fieldset>
  );
}

function Comparison({ document }: { document: ComparisonDocument }) {
  const { parameters, setParameters } = useViewUrl();
  const { a, b, metrics, configurations, catalogue } = document;
  const names = useMemo(() => metricNames(catalogue), [catalogue]);
  const directions = useMemo(() => directionsOf(catalogue, document.directions), [document]);
  const configurationB = configurations.find(({ id }) => id === b.configuration_id);
  const rows = useMemo(
    () => judgedMetrics(metrics, document.judgements, configurationB),
    [document, configurationB],
  );
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
  const byItems = rows.filter(({ judgement }) => judgement?.evidence.method === "paired-items")
    .map(({ path }) => path);
  const group = groups.find(({ name }) => name === parameters.get("group")) ?? groups[0];
  return (
    <>
      <Sentences rows={rows} />
      <MetricsTable rows={rows} names={names} directions={directions} />
      {byItems.length > 0 && (
        <ItemChangesTable
          metrics={byItems}
          names={names}
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
    </>
  );
}
