import { directedInterval } from "../../supabase/functions/ingest-benchmark/receipt/verdict_sentence.ts";
import type { JudgementDocument } from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { counted } from "../cli/counted.ts";
import { renderTable } from "../cli/table.ts";
import { directedChange, NONE, percentage, plainNumber, roundedChange } from "./numbers.ts";

const VERDICTS = {
  "worse": "✗ worse",
  "not-worse": "✓ not worse",
  "inconclusive": "? inconclusive",
};

/** What was judged, a row a policy. */
export function judgementTable(judgements: JudgementDocument[]): string {
  return renderTable(judgements, [
    { heading: "METRIC", value: ({ metric }) => metric },
    { heading: "FROM", value: ({ from }) => plainNumber(from), align: "right" },
    { heading: "TO", value: ({ to }) => plainNumber(to), align: "right" },
    { heading: "CHANGE", value: ({ change }) => directedChange(change), align: "right" },
    { heading: "INTERVAL", value: intervalText, align: "right" },
    { heading: "VERDICT", value: ({ verdict }) => VERDICTS[verdict] },
    { heading: "LIMIT", value: limitCell },
    { heading: "EVIDENCE", value: evidenceCell },
  ]);
}

/** In the direction of the metric, as the change beside it: a latency that rose has a plus. */
export function intervalText(
  { better, evidence: { interval, scale } }: {
    better: "higher" | "lower";
    evidence: { interval: [number, number] | null; scale: "difference" | "ratio" };
  },
): string {
  if (interval === null) return NONE;
  const [low, high] = directedInterval(interval, better);
  const show = (end: number) =>
    scale === "ratio" ? `${roundedChange(end * 100)} %` : roundedChange(end);
  return `${show(low)} to ${show(high)}`;
}

function limitCell({ limit, limit_kind, severity }: JudgementDocument): string {
  return `${limit_kind === "relative" ? percentage(limit) : plainNumber(limit)}, ${severity}`;
}

function evidenceCell({ evidence: { method, n, confidence } }: JudgementDocument): string {
  if (method === "none") return "the limit alone";
  const basis = {
    "paired-items": counted(n ?? 0, "item"),
    "standard-errors": "standard errors",
    "history": counted(n ?? 0, "earlier run"),
  }[method];
  return confidence === null ? basis : `${basis}, ${percentage(confidence)}`;
}
