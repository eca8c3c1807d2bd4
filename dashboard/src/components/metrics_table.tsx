import { useMemo } from "preact/hooks";
import type { JudgementDocument } from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { alignedFormat, formatInterval, formatLimit } from "../format/numbers.ts";
import { directionOf } from "../metrics/direction.ts";
import type { MetricNames } from "../metrics/metric_names.ts";
import { type JudgedMetric, type MetricVerdict, VERDICTS } from "../metrics/metric_verdicts.ts";
import { useViewUrl } from "../use_view_url.ts";
import { Change } from "./change.tsx";
import { type Column, DataTable } from "./data_table.tsx";
import { Filters } from "./filters.tsx";
import { Empty } from "./states.tsx";

const SIGNS: Record<MetricVerdict, string> = {
  "worse": "✗",
  "inconclusive": "?",
  "better": "▲",
  "not worse": "✓",
  "not judged": "–",
};

/** Every number of two runs with verdict and interval; what is within noise has no colour. */
export function MetricsTable(
  { rows, names, directions, headingA = "A", headingB = "B" }: {
    rows: JudgedMetric[];
    names: MetricNames;
    directions: Record<string, "higher" | "lower">;
    headingA?: string;
    headingB?: string;
  },
) {
  const { parameters, setParameters } = useViewUrl();
  const columns = useMemo((): Column<JudgedMetric>[] => [
    {
      id: "metric",
      heading: "Metric",
      value: (row) => names.heading(row.path),
      isName: true,
    },
    {
      id: "verdict",
      heading: "Verdict",
      isFirstOnCard: true,
      value: (row) => row.verdict,
      order: (row) => VERDICTS.indexOf(row.verdict),
      cell: (row) => (
        <span class={`verdict ${row.verdict.replace(" ", "-")}`}>
          <span aria-hidden="true">{SIGNS[row.verdict]}</span> {row.verdict}
        </span>
      ),
    },
    {
      id: "a",
      heading: headingA,
      value: (row) => row.a,
      cell: (row) => formatOf(row)(row.a),
      isNumber: true,
    },
    {
      id: "b",
      heading: headingB,
      value: (row) => row.b,
      cell: (row) => formatOf(row)(row.b),
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
          format={formatOf(row)}
          direction={["worse", "better"].includes(row.verdict)
            ? directionOf(row.path, directions)
            : null}
          hasWord={false}
        />
      ),
      isNumber: true,
    },
    {
      id: "interval",
      heading: "Interval",
      value: (row) => row.interval?.join(" to ") ?? null,
      order: (row) => row.interval?.[0] ?? null,
      cell: (row) => intervalText(row),
      isNumber: true,
    },
    {
      id: "evidence",
      heading: "Evidence",
      value: (row) => row.judgement && evidenceText(row.judgement),
    },
    {
      id: "limit",
      heading: "Limit",
      isFolded: true,
      value: ({ judgement }) => judgement && formatLimit(judgement.limit_kind, judgement.limit),
    },
    {
      id: "better",
      heading: "Better",
      isFolded: true,
      value: (row) => directionOf(row.path, directions),
    },
  ], [names, directions, headingA, headingB]);

  const text = (parameters.get("text") ?? "").toLowerCase();
  const onlyChanged = parameters.get("changed") === "1";
  const shown = rows.filter((row) =>
    names.heading(row.path).toLowerCase().includes(text) && (!onlyChanged || row.delta !== 0)
  );
  return (
    <>
      {rows.length > 8 && (
        <Filters label="Metrics">
          <label class="field">
            <span>Metric contains</span>
            <input
              type="search"
              value={parameters.get("text") ?? ""}
              onInput={(event) =>
                setParameters({ text: event.currentTarget.value }, { replace: true })}
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
      )}
      {shown.length === 0
        ? (
          <Empty title="Nothing matches">
            <p>No metric has this text in its name and differs.</p>
          </Empty>
        )
        : (
          <DataTable
            caption="Metrics"
            columns={columns}
            rows={shown}
            rowKey={({ path }) => path}
            fileName="metrics"
          />
        )}
    </>
  );
}

/** What of it a person should repeat: the sentences of what is worse or open, else of all. */
export function Sentences({ rows }: { rows: JudgedMetric[] }) {
  const judged = rows.filter(({ judgement }) => judgement !== null);
  const urgent = judged.filter(({ verdict }) => ["worse", "inconclusive"].includes(verdict));
  const said = urgent.length > 0 ? urgent : judged;
  if (said.length === 0) return null;
  return (
    <ul class="sentences">
      {said.map(({ judgement, verdict }) => (
        <li key={judgement!.metric} class={verdict.replace(" ", "-")}>{judgement!.summary}</li>
      ))}
    </ul>
  );
}

/** A row is one metric: its numbers are rounded alike. */
function formatOf({ a, b }: JudgedMetric): (value: number | null) => string {
  return alignedFormat([a, b]);
}

function intervalText({ interval, judgement }: JudgedMetric): string {
  if (interval === null) return "–";
  return formatInterval(interval, judgement!.evidence.scale === "ratio");
}

function evidenceText({ evidence: { method, n } }: JudgementDocument): string {
  switch (method) {
    case "paired-items":
      return `${n} paired items`;
    case "standard-errors":
      return "standard errors";
    case "history":
      return `${n} earlier runs`;
    case "none":
      return "the limit alone";
  }
}
