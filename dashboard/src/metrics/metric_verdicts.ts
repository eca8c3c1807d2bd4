import {
  type Configuration,
  type JudgementDocument,
  judgementDocument,
} from "../../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { directedInterval } from "../../../supabase/functions/ingest-benchmark/receipt/verdict_sentence.ts";
import type { ComparedMetric, Judged } from "../client/documents.ts";

/** What is known of a change: better only where an interval is all on that side. */
export type MetricVerdict = "worse" | "inconclusive" | "better" | "not worse" | "not judged";

/** The order in which people look at them. */
export const VERDICTS: MetricVerdict[] = [
  "worse",
  "inconclusive",
  "better",
  "not worse",
  "not judged",
];

/** A number of two runs, and what the policies say of it. */
export interface JudgedMetric extends ComparedMetric {
  verdict: MetricVerdict;
  judgement: JudgementDocument | null;
  /** Of the change, in the direction of the metric; null where there is none. */
  interval: [number, number] | null;
}

/**
 * Puts numbers and judgements together.
 *
 * @param configuration Of run B.
 * @returns What is worse first, what nobody judges last.
 */
export function judgedMetrics(
  metrics: ComparedMetric[],
  judged: Judged | null,
  configuration: Configuration | undefined,
): JudgedMetric[] {
  const documents = configuration === undefined
    ? []
    : (judged?.judgements ?? []).map((one) =>
      judgementDocument(one, {
        configuration,
        previous: null,
        references: judged!.references,
      })
    );
  const byMetric = new Map<string, JudgementDocument>();
  for (const one of documents) {
    // Two severities of one metric: the graver verdict.
    const other = byMetric.get(one.metric);
    if (
      other === undefined || VERDICTS.indexOf(verdictOf(one)) < VERDICTS.indexOf(verdictOf(other))
    ) {
      byMetric.set(one.metric, one);
    }
  }
  return metrics.map((metric): JudgedMetric => {
    const judgement = byMetric.get(metric.path) ?? null;
    return {
      ...metric,
      judgement,
      verdict: judgement === null ? "not judged" : verdictOf(judgement),
      interval: judgement?.evidence.interval
        ? directedInterval(judgement.evidence.interval, judgement.better)
        : null,
    };
  }).sort((x, y) => VERDICTS.indexOf(x.verdict) - VERDICTS.indexOf(y.verdict));
}

function verdictOf({ verdict, evidence }: JudgementDocument): MetricVerdict {
  if (verdict !== "not-worse") return verdict;
  return evidence.interval !== null && evidence.interval[0] > 0 ? "better" : "not worse";
}
