import { normalQuantile, tQuantile, twoSidedProbability } from "./quantiles.ts";
import { type Evidence, type Judgement, verdictSentence } from "./verdict_sentence.ts";

// Without the schema, whose packages a page or a cold start would have to load.

/** A judgement as the database gives it: what was decided, and what by. */
export interface StoredJudgement {
  metric: string;
  better: "higher" | "lower";
  limit_kind: "absolute" | "relative";
  limit: number;
  severity: "warn" | "fail";
  /** Of all metrics together that are judged by intervals. */
  policy_confidence: number;
  from: number;
  to: number;
  change: number;
  method: Evidence["method"];
  /** What forbids or decides a verdict, in a word. */
  caveat: string | null;
  n: number | null;
  reference_version: number;
  /** Whether somebody named the reference: a baseline, or what the run asked to be compared with. */
  is_named: boolean;
  /** Null for the run's own configuration. */
  reference_configuration_id: string | null;
  verdict: Judgement["verdict"];
  /** How many metrics were judged by intervals at once; null for the limit alone. */
  metrics: number | null;
  /** Estimate and margin are of logarithms. */
  is_ratio: boolean;
  /** Below 0 is worse. */
  estimate: number | null;
  /** Half the interval. */
  margin: number | null;
  /** Of freedom; null is infinitely many. */
  degrees: number | null;
  /** Of paired items, unless they show it to be no worse. */
  flipped?: ChangedItems | null;
}

/** Which items of a metric are not as they were. */
export interface ChangedItems {
  /** How many both runs have. */
  common: number;
  added: number;
  gone: number;
  worse: number;
  better: number;
  /** New failures, then what got worse most, then what got better; of a receipt the first ten. */
  items: ChangedItem[];
}

/** See {@link ChangedItems}. */
export interface ChangedItem {
  id: string;
  group: string | null;
  change: "worse" | "better";
  /** It was right. */
  newly_failing: boolean;
  /** The scores that the metric is made of, means over epochs. */
  from: Record<string, number | null>;
  to: Record<string, number | null>;
}

/** What get_item_changes() gives: the items of one metric between two runs. */
export interface ItemChanges extends ChangedItems {
  metric: string;
  /** The scores that the metric is made of. */
  scores: string[];
}

/** Where a run belongs. */
export interface Configuration {
  id: string;
  model_version: string;
  dataset_version: string;
  prompt_version: string;
  environment: string;
  variant: string;
}

/** A run that others are compared with. */
export interface Reference {
  configuration: Configuration;
  snapshot_version: number;
  commit_sha: string;
}

/** What a judgement's reference is found by. */
export interface JudgedRun {
  configuration: Configuration;
  /** The published run before it. */
  previous: { snapshot_version: number; commit_sha: string } | null;
  /** The runs it was compared with that are not `previous`. */
  references: Reference[] | null;
}

/** A judgement as receipts have it. */
export interface JudgementDocument extends Judgement {
  summary: string;
  reference: Reference;
  severity: "warn" | "fail";
  evidence: Evidence & { median: number | null; p_value: number | null };
  flipped: ChangedItems | null;
}

/** A number that is worse than a policy allows, as receipts have it. */
export interface Regression {
  metric: string;
  severity: "warn" | "fail";
  better: "higher" | "lower";
  from_version: number;
  from: number;
  to: number;
  change: number;
  limit: number;
  limit_kind: "absolute" | "relative";
}

const CAVEATS_AS_REASON = [
  "undefined",
  "too-few-items",
  "too-few-common-items",
  "no-spread",
  "no-standard-error",
];
// With these, what was estimated has no margin that means anything.
const CAVEATS_WITHOUT_INTERVAL = ["undefined", "no-spread", "no-standard-error"];
// The normal quantile of four of five, as smallest_change_shown and items_needed have it.
const POWER_QUANTILE = 0.8416;
// The database has no quantiles for more: of 40 metrics, each is judged as one of 32.
const MAX_JOINT_METRICS = 32;
// Beyond it is nothing that was measured, and an infinite number is none in JSON.
const LARGEST = 1e300;
// Nothing is decided by the twelfth digit, which depends on the order of sums; in the database, too.
const SLACK = 1e-12;

/**
 * What a receipt says of a judgement: the decision as the database made it, and what follows from
 * its numbers.
 *
 * @throws {Error} When the run that it was compared with is not among those given.
 */
export function judgementDocument(stored: StoredJudgement, run: JudgedRun): JudgementDocument {
  const { metric, verdict, from, to, change, better, limit, limit_kind, severity } = stored;
  const judgement = {
    metric,
    verdict,
    reason: reasonOf(stored),
    from,
    to,
    change,
    better,
    limit,
    limit_kind,
    evidence: evidenceOf(stored),
  };
  // In the order that people read.
  return {
    metric,
    verdict,
    summary: verdictSentence(judgement, stored.caveat === "identical"),
    reason: judgement.reason,
    reference: referenceOf(stored, run),
    from,
    to,
    change,
    better,
    limit,
    limit_kind,
    severity,
    evidence: judgement.evidence,
    flipped: stored.flipped ? changedItems(stored.flipped) : null,
  };
}

function changedItems({ common, added, gone, worse, better, items }: ChangedItems): ChangedItems {
  return {
    common,
    added,
    gone,
    worse,
    better,
    items: items.map(({ id, group, change, newly_failing, from, to }) => ({
      id,
      group,
      change,
      newly_failing,
      from,
      to,
    })),
  };
}

/** Those of a run's judgements that are worse, in the short form that receipts had first. */
export function regressionsOf(judgements: JudgementDocument[]): Regression[] {
  return judgements.filter(({ verdict }) => verdict === "worse").map((judgement) => {
    const { metric, severity, better, reference, from, to, change, limit, limit_kind } = judgement;
    return {
      metric,
      severity,
      better,
      from_version: reference.snapshot_version,
      from,
      to,
      change,
      limit,
      limit_kind,
    };
  });
}

function referenceOf(stored: StoredJudgement, run: JudgedRun): Reference {
  const { configuration, previous, references } = run;
  const { reference_version, reference_configuration_id } = stored;
  const id = reference_configuration_id ?? configuration.id;
  if (id === configuration.id && previous?.snapshot_version === reference_version) {
    const { snapshot_version, commit_sha } = previous;
    return { configuration, snapshot_version, commit_sha };
  }
  const reference = references?.find((one) =>
    one.configuration.id === id && one.snapshot_version === reference_version
  );
  if (reference === undefined) {
    throw new Error(
      `The judgement of ${stored.metric} names version ${reference_version} of configuration ${id}, which the database did not describe. Is its schema the one of this function (supabase db push)?`,
    );
  }
  const { snapshot_version, commit_sha } = reference;
  return { configuration: reference.configuration, snapshot_version, commit_sha };
}

function evidenceOf(stored: StoredJudgement): JudgementDocument["evidence"] {
  const { method, n, is_ratio, is_named, estimate, to, better } = stored;
  const median = method === "history" && !is_named && estimate !== null
    ? rounded(to - (better === "higher" ? estimate : -estimate))
    : null;
  const confidence = confidenceOf(stored);
  const shown = (value: number) => rounded(is_ratio ? relativeChange(value, stored) : value);
  const interval = intervalOf(stored);
  return {
    method,
    n,
    median,
    scale: is_ratio ? "ratio" : "difference",
    confidence: confidence === null ? null : rounded(confidence),
    estimate: estimate === null ? null : shown(estimate),
    interval: interval && [shown(interval[0]), shown(interval[1])],
    ...precisionOf(stored, confidence),
  };
}

/** Of the interval: higher than the policy's, where several metrics share it (Bonferroni). */
function confidenceOf({ method, policy_confidence, metrics }: StoredJudgement): number | null {
  if (method === "none") return null;
  return 1 - (1 - policy_confidence) / Math.min(metrics ?? 1, MAX_JOINT_METRICS);
}

/** On the scale of the estimate. */
function intervalOf({ caveat, estimate, margin }: StoredJudgement): [number, number] | null {
  if (estimate === null || margin === null) return null;
  if (caveat !== null && CAVEATS_WITHOUT_INTERVAL.includes(caveat)) return null;
  return [estimate - margin, estimate + margin];
}

/** What two runs alone say of themselves; a history is a third party. */
function precisionOf(
  stored: StoredJudgement,
  confidence: number | null,
): Pick<JudgementDocument["evidence"], "p_value" | "smallest_change_shown" | "items_needed"> {
  const nothing = { p_value: null, smallest_change_shown: null, items_needed: null };
  const { method, n, estimate, margin, degrees, is_ratio } = stored;
  if (method !== "paired-items" && method !== "standard-errors") return nothing;
  if (confidence === null || estimate === null || margin === null) return nothing;
  if (intervalOf(stored) === null) return nothing;

  const quantile = normalQuantile((1 + confidence) / 2);
  const t = tQuantile(degrees, quantile);
  const standardError = margin / t;
  const errors = estimate === 0 ? 0 : Math.abs(estimate) / standardError;
  const p_value = rounded(twoSidedProbability(degrees, errors));
  if (!(standardError > 0)) return { ...nothing, p_value };

  const smallest = (t + tQuantile(degrees, POWER_QUANTILE)) * standardError;
  const limit = limitOf(stored);
  const needed = Math.ceil((n ?? NaN) * ((quantile + POWER_QUANTILE) * standardError / limit) ** 2);
  return {
    p_value,
    smallest_change_shown: rounded(is_ratio ? -relativeChange(-smallest, stored) : smallest),
    items_needed: method === "paired-items" && limit < Infinity && Number.isSafeInteger(needed)
      ? needed
      : null,
  };
}

function reasonOf(stored: StoredJudgement): string | null {
  const { verdict, caveat, method, estimate, margin, is_ratio, from, to } = stored;
  if (verdict !== "inconclusive") return null;
  if (caveat !== null && CAVEATS_AS_REASON.includes(caveat)) return caveat;
  const slack = SLACK * (is_ratio ? 1 : Math.max(Math.abs(from), Math.abs(to)));
  if ((estimate ?? 0) + (margin ?? 0) < -slack) return "limit-not-shown";
  if ((estimate ?? 0) < -(limitOf(stored) + slack)) return "not-proven";
  return method === "paired-items" ? "too-few-items" : "too-much-noise";
}

/** On the scale of the estimate: infinite, where no fall of a ratio is as large. */
function limitOf({ limit, limit_kind, is_ratio, better, from }: StoredJudgement): number {
  if (!is_ratio) return limit_kind === "absolute" ? limit : limit * Math.abs(from);
  if (better === "lower") return Math.log1p(limit);
  return limit < 1 ? -Math.log1p(-limit) : Infinity;
}

/** What a difference of logarithms is of the reference, signed alike: half as slow again is -0.5. */
function relativeChange(value: number, { better }: StoredJudgement): number {
  const sign = better === "higher" ? 1 : -1;
  return sign * Math.expm1(sign * value);
}

/** Twelve digits: what is beyond is the noise of the arithmetic. */
function rounded(value: number): number {
  return Number(Math.max(-LARGEST, Math.min(LARGEST, value)).toPrecision(12));
}
