import {
  type ItemChanges,
  type JudgementDocument,
  judgementDocument,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import type { ComparedNumber } from "../compare/read_comparison.ts";
import type { ComparisonAnswer } from "./documents.ts";
import type { FoundRun } from "./find_run.ts";
import type { Ledger } from "./ledger.ts";
import { type AnsweredConfiguration, answeredConfiguration } from "./schemas.ts";

/** A run of a comparison, as answers have it. */
export interface AnsweredRun {
  configuration: AnsweredConfiguration;
  snapshot_version: number;
  commit_sha: string;
  stored_at: string;
}

/** Run b judged against run a by the policies in force. */
export interface Difference {
  a: AnsweredRun;
  b: AnsweredRun;
  judgements: JudgementDocument[];
  numbers: ComparedNumber[];
}

/** Reads how two runs differ. */
export async function readDifference(
  ledger: Ledger,
  a: FoundRun,
  b: FoundRun,
): Promise<Difference> {
  const answer = await ledger.call<ComparisonAnswer>("get_dashboard_comparison", pairOf(a, b));
  const { judgements = [], references = null } = answer.judgements ?? {};
  return {
    a: answeredRun(a, answer.a),
    b: answeredRun(b, answer.b),
    judgements: judgements.map((stored) =>
      judgementDocument(stored, { configuration: b.configuration, previous: null, references })
    ),
    numbers: answer.metrics,
  };
}

/** Which items of a metric changed, at most so many; null when the runs have none that tell. */
export async function readItemChanges(
  ledger: Ledger,
  a: FoundRun,
  b: FoundRun,
  metric: string,
  limit: number,
): Promise<ItemChanges | null> {
  return await ledger.call<ItemChanges | null>("get_item_changes", {
    ...pairOf(a, b),
    p_metric: metric,
    p_limit: limit,
  });
}

/** A run as answers have it. */
export function answeredRun(
  { configuration, version }: FoundRun,
  { commit_sha, created_at }: { commit_sha: string; created_at: string },
): AnsweredRun {
  return {
    configuration: answeredConfiguration(configuration),
    snapshot_version: version,
    commit_sha,
    stored_at: new Date(created_at).toISOString(),
  };
}

/** Items of metrics as answers have them: the counts of each, and the items in one list. */
export function answeredItems(changes: ItemChanges[]) {
  return {
    item_counts: changes.map(({ metric, common, worse, better, added, gone }) => ({
      metric,
      common,
      worse,
      better,
      added,
      gone,
    })),
    items: changes.flatMap(({ metric, items }) =>
      items.map(({ id, group, change, newly_failing, from, to }) => ({
        metric,
        id,
        group,
        change,
        newly_failing,
        from,
        to,
      }))
    ),
  };
}

function pairOf(a: FoundRun, b: FoundRun) {
  return {
    p_configuration_a: a.configuration.id,
    p_version_a: a.version,
    p_configuration_b: b.configuration.id,
    p_version_b: b.version,
  };
}
