import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Configuration, OpenRegression, RunDocument, RunOrigin } from "../client/documents.ts";
import { Age } from "../components/age.tsx";
import { Clip } from "../components/clip.tsx";
import { CommitLink, RunLink } from "../components/commit_link.tsx";
import { configurationName, joinNames } from "../components/configuration_name.ts";
import { DecisionsTable } from "../components/decisions_table.tsx";
import { ItemChangesTable } from "../components/item_changes.tsx";
import { LedgerCheck } from "../components/ledger_check.tsx";
import { MetricsTable, Sentences } from "../components/metrics_table.tsx";
import { Empty, Reads } from "../components/states.tsx";
import { Tags } from "../components/tags.tsx";
import { stateOfVerdict, VerdictBadge } from "../components/verdict_badge.tsx";
import { formatDay, formatTime } from "../format/times.ts";
import { type Check, checkOneEntry } from "../ledger/read_entries.ts";
import { directionsOf, type MetricNames, metricNames } from "../metrics/metric_names.ts";
import { gravestOfMetric } from "../metrics/gravest_of_metric.ts";
import { judgedMetrics } from "../metrics/metric_verdicts.ts";
import { commitRangeLink } from "../metrics/origin_links.ts";
import { useReading } from "../use_reading.ts";
import { idIn, versionIn } from "../url_values.ts";
import { useViewUrl, viewUrl } from "../use_view_url.ts";

/** One run beside what it was judged against: what changed, in which commits, and who said so. */
export function RunView() {
  const { parameters } = useViewUrl();
  const configuration = parameters.get("configuration");
  const query = configuration === null ? null : {
    configuration: idIn(configuration),
    version: versionIn(parameters.get("version")),
  };
  const reading = useReading(query, (reader, query, signal) => reader.run(query, signal));
  if (query === null) {
    return (
      <Empty title="Which run?">
        <p>
          A run is opened from the{" "}
          <Link href={viewUrl("overview")}>Overview</Link>, a point of a trend, or History.
        </p>
      </Empty>
    );
  }
  return (
    <Reads reading={reading} what="the run">
      {(document) => {
        // Of the run and not of the URL, which is ahead of what is shown while another one is read.
        const found = document.configurations.find(({ id }) =>
          id === document.run?.configuration_id
        );
        if (document.run === null || found === undefined) {
          return (
            <Empty title="There is no such run">
              <p>
                The link may be of another project, or from before its history was moved.{" "}
                <Link href={viewUrl("history")}>History</Link> has what is stored.
              </p>
            </Empty>
          );
        }
        return <Run document={document} run={document.run} configuration={found} />;
      }}
    </Reads>
  );
}

function Run(
  { document, run, configuration }: {
    document: RunDocument;
    run: RunOrigin;
    configuration: Configuration;
  },
) {
  const { catalogue, reference } = document;
  const names = useMemo(() => metricNames(catalogue), [catalogue]);
  const directions = useMemo(() => directionsOf(catalogue, document.policies), [document]);
  const rows = useMemo(
    () => judgedMetrics(document.metrics, document.judged, configuration),
    [document, configuration],
  );
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever comes here by the keyboard goes on from here, and not from the top of the page.
  useEffect(() => heading.current?.focus(), [run.configuration_id, run.snapshot_version]);
  const byItems = rows.filter(({ judgement }) => judgement?.evidence.method === "paired-items")
    .map(({ path }) => path);
  return (
    <>
      <section class="state run">
        <h2 ref={heading} tabIndex={-1}>
          {configuration.model_version}, version {run.snapshot_version}{" "}
          <VerdictBadge state={stateOfVerdict(run.verdict)} />
        </h2>
        <p class="hint">
          {joinNames([
            configuration.dataset_version,
            configuration.prompt_version,
            configuration.environment,
            configuration.variant,
          ])} <Tags names={marksOf(run, configuration)} />
        </p>
        <Facts run={run} reference={reference} configuration={configuration} document={document} />
        <OpenSince
          regressions={document.regressions}
          run={run}
          names={names}
        />
        <Sentences rows={rows} />
        <Neighbours run={run} configuration={configuration} />
      </section>
      {rows.length === 0 && (
        <Empty title="No numbers">
          <p>The run has no number in its metrics.</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <MetricsTable
          rows={rows}
          names={names}
          directions={directions}
          headingA={reference?.configuration_id === run.configuration_id
            ? `Version ${reference.snapshot_version}`
            : "Before"}
          headingB="This run"
        />
      )}
      {reference !== null && byItems.length > 0 && (
        <ItemChangesTable
          metrics={byItems}
          names={names}
          a={{ configuration: reference.configuration_id, version: reference.snapshot_version }}
          b={{ configuration: run.configuration_id, version: run.snapshot_version }}
        />
      )}
      <Receipt document={document} run={run} />
      <DecisionsTable decisions={document.decisions} />
    </>
  );
}

function marksOf(run: RunOrigin, configuration: Configuration): string[] {
  const version = run.snapshot_version;
  const marks = {
    "current": version === configuration.current_version,
    "baseline": version === configuration.baseline_version,
    "candidate": !run.published,
    "backfilled": run.is_backfill,
    "void": configuration.void_versions.includes(version),
  };
  return [
    ...Object.entries(marks).filter(([, holds]) => holds).map(([mark]) => mark),
    ...run.tags,
  ];
}

function Facts(
  { run, reference, configuration, document }: {
    run: RunOrigin;
    reference: RunOrigin | null;
    configuration: Configuration;
    document: RunDocument;
  },
) {
  const range = reference && commitRangeLink(reference, run);
  const measured = run.measured_at ?? run.created_at;
  return (
    <dl class="facts">
      <div>
        <dt>Commit</dt>
        <dd>
          <CommitLink origin={run} />
          {run.branch_name !== null && ` on ${run.branch_name}`}
        </dd>
      </div>
      {reference !== null && (
        <div>
          <dt>Compared with</dt>
          <dd>
            <Link
              href={viewUrl("run", {
                configuration: reference.configuration_id,
                version: reference.snapshot_version,
              })}
            >
              {referenceName(reference, configuration, document)}
            </Link>
            {range !== null && (
              <>
                , <a href={range} rel="noreferrer">commits between</a>
              </>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>Measured</dt>
        <dd>
          {formatTime(measured)}{" "}
          <span class="hint">
            <Age at={measured} />
          </span>
        </dd>
      </div>
      {run.run_id !== null && (
        <div>
          <dt>CI run</dt>
          <dd>
            <RunLink origin={run} />
          </dd>
        </div>
      )}
      {run.triggered_by !== null && (
        <div>
          <dt>Started by</dt>
          <dd>{run.triggered_by}</dd>
        </div>
      )}
      {run.notes !== null && (
        <div>
          <dt>Notes</dt>
          <dd>
            <Clip text={run.notes}>{run.notes}</Clip>
          </dd>
        </div>
      )}
    </dl>
  );
}

function referenceName(
  reference: RunOrigin,
  configuration: Configuration,
  { configurations }: RunDocument,
): string {
  const version = `version ${reference.snapshot_version}`;
  if (reference.configuration_id === configuration.id) {
    return reference.snapshot_version === configuration.baseline_version
      ? `the baseline, ${version}`
      : version;
  }
  const other = configurations.find(({ id }) => id === reference.configuration_id);
  return other === undefined ? version : `${configurationName(other)}, ${version}`;
}

/** What is open in the configuration, where this run is part of it. */
function OpenSince(
  { regressions, run, names }: {
    regressions: OpenRegression[];
    run: RunOrigin;
    names: MetricNames;
  },
) {
  const part = gravestOfMetric(regressions).filter(({ since_version, current_version }) =>
    since_version <= run.snapshot_version && run.snapshot_version <= current_version
  );
  return (
    <>
      {part.map((one) => (
        <p key={`${one.metric} ${one.severity}`}>
          {names.label(one.metric)} is worse since{" "}
          {one.since_version === run.snapshot_version ? <strong>this run</strong> : (
            <Link
              href={viewUrl("run", {
                configuration: one.configuration_id,
                version: one.since_version,
              })}
            >
              version {one.since_version}
            </Link>
          )} ({formatDay(one.since_at)}),{" "}
          {one.acknowledged_at === null ? "and nobody has acknowledged it." : (
            <>
              acknowledged as {one.acknowledged_as} by {one.acknowledged_by}:{" "}
              {one.acknowledged_reason}
            </>
          )}
        </p>
      ))}
    </>
  );
}

function Neighbours({ run, configuration }: { run: RunOrigin; configuration: Configuration }) {
  const { id, last_version } = configuration;
  const version = run.snapshot_version;
  const link = (other: number, text: string) => (
    <Link href={viewUrl("run", { configuration: id, version: other })}>{text}</Link>
  );
  return (
    <nav class="bar" aria-label="From here">
      {version > 1 && link(version - 1, "Run before")}
      {version < last_version && link(version + 1, "Run after")}
      <Link href={viewUrl("trends", { configurations: id })}>Trend</Link>
      <Link href={viewUrl("history", { configuration: id, before: version + 1 })}>History</Link>
    </nav>
  );
}

function Receipt({ document, run }: { document: RunDocument; run: RunOrigin }) {
  const [checked, setChecked] = useState<{ entry: string; check: Check } | null>(null);
  // Not what the entry before this one gave.
  const check = checked?.entry === document.entry ? checked!.check : "unchecked";
  useEffect(() => {
    let isCurrent = true;
    checkOneEntry(document.entry!, document.chain_hash)
      .then((found) => isCurrent && setChecked({ entry: document.entry!, check: found }));
    return () => isCurrent = false;
  }, [document]);
  return (
    <details class="state receipt" open={check === "broken"}>
      <summary>
        Receipt: <LedgerCheck check={check} />
      </summary>
      <p class="hint">
        {check === "broken"
          ? "The entry does not match its hash or its place in the chain. Run deno task verify."
          : check === "unchecked"
          ? "The hash was not checked: this browser cannot, or the page is not served over https."
          : "This page recomputed the SHA-256 of the entry from its content and the hash before it."}
      </p>
      <dl class="facts">
        <div>
          <dt>Entry hash</dt>
          <dd>
            <code class="hash">{run.entry_hash}</code>
          </dd>
        </div>
        <div>
          <dt>Stored</dt>
          <dd>{formatTime(run.created_at)}</dd>
        </div>
        <div>
          <dt>Sent by</dt>
          <dd>{run.principal}, by {run.method}</dd>
        </div>
        <div>
          <dt>Commit</dt>
          <dd>
            <code class="hash">{run.commit_sha}</code>
          </dd>
        </div>
      </dl>
    </details>
  );
}
