import { useMemo } from "preact/hooks";
import {
  type Configuration,
  type JudgementDocument,
  judgementDocument,
  type Reference,
  type StoredJudgement,
} from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { directedInterval } from "../../../supabase/functions/ingest-benchmark/receipt/verdict_sentence.ts";
import { formatChange, formatNumber } from "../format/numbers.ts";
import { metricLabel } from "../metrics/metric_label.ts";
import { type Column, DataTable } from "./data_table.tsx";

const WORDS = {
  worse: { word: "worse", sign: "✗" },
  "not-worse": { word: "not worse", sign: "✓" },
  inconclusive: { word: "inconclusive", sign: "?" },
} as const;

/** What the policies say of run B beside run A, with the sentence that a person can repeat. */
export function VerdictTable(
  { configuration, judgements, references }: {
    configuration: Configuration;
    judgements: StoredJudgement[];
    references: Reference[] | null;
  },
) {
  const rows = useMemo(
    () =>
      judgements.map((one) =>
        judgementDocument(one, { configuration, previous: null, references })
      ),
    [judgements, references, configuration],
  );
  const columns = useMemo((): Column<JudgementDocument>[] => [
    { id: "metric", heading: "Metric", value: (row) => metricLabel(row.metric) },
    {
      id: "verdict",
      heading: "Verdict",
      value: (row) => WORDS[row.verdict].word,
      cell: (row) => (
        <span class={`verdict ${row.verdict}`}>
          <span aria-hidden="true">{WORDS[row.verdict].sign}</span> {WORDS[row.verdict].word}
        </span>
      ),
    },
    {
      id: "a",
      heading: "A",
      value: (row) => row.from,
      cell: (row) => formatNumber(row.from),
      isNumber: true,
    },
    {
      id: "b",
      heading: "B",
      value: (row) => row.to,
      cell: (row) => formatNumber(row.to),
      isNumber: true,
    },
    {
      id: "interval",
      heading: "Interval",
      value: (row) => row.evidence.interval?.join(" to ") ?? null,
      cell: (row) => intervalText(row),
      isNumber: true,
    },
    { id: "evidence", heading: "Evidence", value: (row) => evidenceText(row) },
  ], []);
  return (
    <>
      <DataTable caption="Verdicts" columns={columns} rows={rows} fileName="verdicts" />
      <ul class="sentences">
        {rows.map((row) => <li key={`${row.metric} ${row.severity}`}>{row.summary}</li>)}
      </ul>
    </>
  );
}

/** In the direction of the metric: a latency that rose has a plus. */
function intervalText({ better, evidence: { interval, scale } }: JudgementDocument): string {
  if (interval === null) return "–";
  const [low, high] = directedInterval(interval, better);
  const text = (value: number) =>
    scale === "ratio"
      ? `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} %`
      : formatChange(value);
  return `${text(low)} to ${text(high)}`;
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
