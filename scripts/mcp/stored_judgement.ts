import {
  type JudgementDocument,
  judgementDocument,
  type StoredJudgement,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { pathOf } from "../cli/place.ts";
import type { EntryJudgement, LedgerEntry, Policy } from "./documents.ts";
import { numberAt } from "./number_at.ts";

/** The judgement of a metric that was stored with a run, and what it was made by. */
export interface MadeJudgement {
  judgement: EntryJudgement;
  policy: Policy;
}

/**
 * Finds what was judged of a metric when a run was stored, the gravest first. An entry names a
 * policy by its id, and readers see those in force: a judgement by another one is not found.
 */
export function judgementMade(
  entry: LedgerEntry,
  policies: Policy[],
  metric: string,
): MadeJudgement | null {
  const made = (entry.judgements ?? []).flatMap((judgement) => {
    const policy = policies.find(({ id, metric: own }) =>
      id === judgement.policy_id && own === metric
    );
    return policy === undefined ? [] : [{ judgement, policy }];
  });
  const urgency = ({ judgement, policy }: MadeJudgement) =>
    ["worse", "inconclusive", "not-worse"].indexOf(judgement.verdict) * 2 +
    (policy.severity === "fail" ? 0 : 1);
  return made.toSorted((a, b) => urgency(a) - urgency(b))[0] ?? null;
}

/** It as receipts have it: what was decided then, with interval and sentence. */
export function judgementAsReceipt(
  { judgement, policy }: MadeJudgement,
  entry: LedgerEntry,
  reference: LedgerEntry,
): JudgementDocument {
  const to = numberAt(entry.metrics, pathOf(policy.metric)) ?? NaN;
  const stored: StoredJudgement = {
    metric: policy.metric,
    better: policy.better,
    limit_kind: policy.limit_kind,
    limit: policy.limit_value,
    severity: policy.severity,
    policy_confidence: policy.confidence,
    from: judgement.from_value,
    to,
    change: to - judgement.from_value,
    method: judgement.method,
    caveat: judgement.caveat,
    n: judgement.n,
    reference_version: judgement.reference_version,
    is_named: judgement.is_named,
    reference_configuration_id: judgement.reference_configuration_id,
    verdict: judgement.verdict,
    metrics: judgement.metrics,
    is_ratio: judgement.is_ratio,
    estimate: judgement.estimate,
    margin: judgement.margin,
    degrees: judgement.degrees,
  };
  return judgementDocument(stored, {
    configuration: configurationOf(entry),
    previous: null,
    references: [{
      configuration: configurationOf(reference),
      snapshot_version: reference.snapshot_version,
      commit_sha: reference.commit_sha,
    }],
  });
}

function configurationOf(entry: LedgerEntry) {
  const { configuration_id, model_version, dataset_version, prompt_version, environment, variant } =
    entry;
  return {
    id: configuration_id,
    model_version,
    dataset_version,
    prompt_version,
    environment,
    variant,
  };
}
