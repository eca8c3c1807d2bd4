import { useEffect, useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { markChangesAside } from "../change_points/mark_changes_aside.ts";
import type { OverviewDocument } from "../client/documents.ts";
import { Filters } from "../components/filters.tsx";
import { Select } from "../components/select.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { STATES } from "../components/verdict_badge.tsx";
import { metricNames } from "../metrics/metric_names.ts";
import { BestOf } from "../overview/best_of.tsx";
import { filterRows, FILTERS, GROUPINGS } from "../overview/filters.ts";
import { findDrifted, type SparkChanges } from "../overview/find_drifted.ts";
import { OverviewTable } from "../overview/overview_table.tsx";
import { type OverviewRow, overviewRows } from "../overview/rows.ts";
import { SummaryLine } from "../overview/summary_line.tsx";
import { useReading } from "../use_reading.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";

/** The first screen: what got worse, where, since when, and is it real. */
export function OverviewView() {
  const { parameters } = useViewUrl();
  const candidates = parameters.get("runs") === "candidates";
  const reading = useReading(
    { candidates },
    (reader, query, signal) => reader.overview(query.candidates, signal),
  );
  return (
    <Reads reading={reading} what="the overview">
      {(document) =>
        document.configurations.length === 0
          ? (
            <Empty title="No snapshots yet">
              <p>
                Post a first result, and it appears here. <code>deno task push</code>{" "}
                posts files; the README has a curl line and the step for a workflow.
              </p>
            </Empty>
          )
          : <Overview document={document} />}
    </Reads>
  );
}

const NO_CHANGES: SparkChanges = { changes: new Map(), drifted: new Map() };

function Overview({ document }: { document: OverviewDocument }) {
  const { parameters } = useViewUrl();
  const found = useSparkChanges(document);
  const names = useMemo(() => metricNames(document.catalogue), [document]);
  const all = useMemo(() => overviewRows(document, found.drifted), [document, found]);
  const rows = useMemo(() => filterRows(all, parameters), [all, parameters]);
  const verdict = parameters.get("verdict") ?? "";
  const shown = useMemo(
    () => rows.filter(({ state }) => verdict === "" ? state !== "replaced" : state === verdict),
    [rows, verdict],
  );
  const grouping = FILTERS.find(({ name }) => name === parameters.get("group"));
  const isCandidates = parameters.get("runs") === "candidates";
  const unseen = document.runs.filter(({ spark }) => spark === null).length;
  const left = document.configurations.filter(({ reference_version }) => reference_version !== null)
    .length - document.runs.length;
  return (
    <>
      <SummaryLine
        rows={rows}
        regressions={document.regressions}
        isFiltered={rows.length < all.length}
        isCandidates={isCandidates}
      />
      <OverviewFilters rows={all} />
      <BestOf rows={shown} names={names} />
      {shown.length === 0 && <NothingShown hasRows={all.length > 0} isCandidates={isCandidates} />}
      {shown.length > 0 && grouping === undefined && (
        <OverviewTable
          caption={isCandidates ? "Candidates" : "Configurations"}
          rows={shown}
          names={names}
          changes={found.changes}
          fileName="overview"
        />
      )}
      {shown.length > 0 && grouping !== undefined && (
        <Groups rows={shown} of={grouping.of}>
          {(group, name) => (
            <OverviewTable
              caption={name}
              rows={group}
              names={names}
              changes={found.changes}
              fileName="overview"
              level={0}
            />
          )}
        </Groups>
      )}
      {unseen > 0 && (
        <p class="hint">
          Of {unseen}{" "}
          configurations that ran longer ago nobody looked whether they drifted: their trends show
          it.
        </p>
      )}
      {left > 0 && !isCandidates && (
        <p class="hint">
          {left} more configurations, which ran longer ago, are not shown: find them under{" "}
          <Link href={viewUrl("history")}>History</Link>.
        </p>
      )}
    </>
  );
}

/** Looked for on the page, in a worker, after the first picture. */
function useSparkChanges(document: OverviewDocument): SparkChanges {
  const [found, setFound] = useState(NO_CHANGES);
  useEffect(() => {
    const stop = new AbortController();
    findDrifted(document, markChangesAside, stop.signal).then(
      (changes) => stop.signal.aborted || setFound(changes),
      (error: Error) => stop.signal.aborted || console.error(`Lasting changes: ${error.message}`),
    );
    return () => stop.abort();
  }, [document]);
  return found;
}

function OverviewFilters({ rows }: { rows: OverviewRow[] }) {
  const { parameters, setParameters } = useViewUrl();
  const choices = useMemo(
    () => FILTERS.map((filter) => [...new Set(rows.flatMap(filter.of))].sort()),
    [rows],
  );
  const names = [...FILTERS.map(({ name }) => name), "q", "verdict", "runs", "group"];
  const set = names.filter((name) => parameters.get(name));
  return (
    <Filters label="Filters" chosen={set.length}>
      <label class="field">
        <span>Search</span>
        <input
          type="search"
          placeholder="Name, commit or branch"
          value={parameters.get("q") ?? ""}
          onInput={(event) => setParameters({ q: event.currentTarget.value }, { replace: true })}
        />
      </label>
      <Select
        label="Verdict"
        any="All"
        value={parameters.get("verdict") ?? ""}
        options={[...STATES]}
        onChange={(value) => setParameters({ verdict: value })}
      />
      {FILTERS.map((filter, index) => {
        const value = parameters.get(filter.name) ?? "";
        return (choices[index]!.length > 1 || value !== "") && (
          <Select
            key={filter.name}
            label={filter.label}
            any="All"
            value={value}
            options={choices[index]!}
            onChange={(chosen) => setParameters({ [filter.name]: chosen })}
          />
        );
      })}
      <Select
        label="Runs"
        value={parameters.get("runs") === "candidates" ? "candidates" : "published"}
        options={["published", "candidates"]}
        onChange={(value) => setParameters({ runs: value === "candidates" ? value : null })}
      />
      <Select
        label="Group by"
        any="Nothing"
        value={parameters.get("group") ?? ""}
        options={FILTERS.filter(({ name }) => GROUPINGS.includes(name))
          .map(({ name, label }) => ({ value: name, label }))}
        onChange={(value) => setParameters({ group: value })}
      />
      {set.length > 0 && (
        <button
          type="button"
          onClick={() => setParameters(Object.fromEntries(names.map((name) => [name, null])))}
        >
          Clear filters
        </button>
      )}
    </Filters>
  );
}

function NothingShown({ hasRows, isCandidates }: { hasRows: boolean; isCandidates: boolean }) {
  if (hasRows) {
    return (
      <Empty title="Nothing matches these filters">
        <p>Clear one of them.</p>
      </Empty>
    );
  }
  return isCandidates
    ? (
      <Empty title="No candidates">
        <p>
          Runs of pull requests and of branches that are not published appear here, of each
          configuration and branch the newest.
        </p>
      </Empty>
    )
    : (
      <Empty title="Nothing is published">
        <p>
          What is stored are candidates, such as runs of a pull request, or void. They are under
          {" "}
          <Link href={viewUrl("overview", { runs: "candidates" })}>candidates</Link> and{" "}
          <Link href={viewUrl("history")}>History</Link>.
        </p>
      </Empty>
    );
}

/** Rows by what they share, the group with the worst row first, and open where not all is fine. */
function Groups(
  { rows, of, children }: {
    rows: OverviewRow[];
    of: (row: OverviewRow) => string[];
    children: (rows: OverviewRow[], name: string) => preact.ComponentChildren;
  },
) {
  const groups = [...Map.groupBy(rows, (row) => of(row)[0] ?? "none")];
  return (
    <>
      {groups.map(([name, group], index) => {
        const open = group.filter(({ state }) => state !== "fine").length;
        return (
          <Group key={name} name={name} rows={group} isOpen={open > 0 || index === 0}>
            {children}
          </Group>
        );
      })}
    </>
  );
}

function Group(
  { name, rows, isOpen, children }: {
    name: string;
    rows: OverviewRow[];
    isOpen: boolean;
    children: (rows: OverviewRow[], name: string) => preact.ComponentChildren;
  },
) {
  // A closed group costs nothing: a thousand rows in hidden tables would.
  const [open, setOpen] = useState(isOpen);
  const counts = STATES.map((state) => ({
    state,
    count: rows.filter((row) => row.state === state).length,
  })).filter(({ count }) => count > 0);
  return (
    <details
      class="group"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <strong>{name}</strong>{" "}
        <span class="hint">{counts.map(({ state, count }) => `${count} ${state}`).join(", ")}</span>
      </summary>
      {open && children(rows, name)}
    </details>
  );
}
