/** What a metric of a run was judged to be, as receipts have it. */
export interface Judgement {
  /** JSON pointer into the metrics. */
  metric: string;
  verdict: "worse" | "not-worse" | "inconclusive";
  /** Why it is inconclusive, when there is more to say than that too little was measured. */
  reason: string | null;
  from: number;
  to: number;
  change: number;
  better: "higher" | "lower";
  limit: number;
  limit_kind: "absolute" | "relative";
  evidence: Evidence;
}

/** What a {@link Judgement} stands on. */
export interface Evidence {
  method: "paired-items" | "standard-errors" | "history" | "none";
  /** Items, or earlier runs. */
  n: number | null;
  /** ratio: estimate and interval are relative changes. */
  scale: "difference" | "ratio";
  confidence: number | null;
  /** Below 0 is worse, whichever direction is better; of the interval, too. */
  estimate: number | null;
  interval: [number, number] | null;
  /** Of a history, unless somebody named the reference: then the distance is from that. */
  median?: number | null;
  smallest_change_shown: number | null;
  items_needed: number | null;
}

const NOTHING_TO_GO_BY =
  "with nothing to tell noise by (no items, no standard error, fewer than 8 earlier runs)";

/**
 * A judgement as one sentence that a person can repeat. Changes have the direction of the metric:
 * a latency that rose has a plus.
 *
 * @param isIdentical Whether every item gave the same in both runs: then the interval, which says
 *   what so few items could hide, decides nothing.
 * @example
 * ```ts
 * verdictSentence(judgement);
 * // f1 −0.004, 95 % interval −0.02 to +0.012 on 1000 items: shown to be no worse than 0.05.
 * ```
 */
export function verdictSentence(judgement: Judgement, isIdentical = false): string {
  if (isIdentical && judgement.verdict === "not-worse") {
    const { n } = judgement.evidence;
    const items = n === null ? "every item" : `all of ${counted(n, "item")}`;
    return `${nameOf(judgement.metric)} ±0: ${items} gave the same in both runs.`;
  }
  return `${subject(judgement)}: ${conclusion(judgement)}.`;
}

/**
 * An interval in the direction of the metric, the lower end first: a latency that rose is above 0,
 * where evidence has it below.
 */
export function directedInterval(
  interval: [number, number],
  better: "higher" | "lower",
): [number, number] {
  return better === "higher" ? interval : [raw(interval[1], better), raw(interval[0], better)];
}

/** What was measured, and on what. */
function subject(judgement: Judgement): string {
  const { metric, verdict, from, to, evidence } = judgement;
  const shift = `${nameOf(metric)} ${shownChange(judgement)}`;
  // Not beside a median, which from is not.
  const isBetweenTwo = ["paired-items", "standard-errors"].includes(evidence.method);
  const values = verdict === "worse" && isBetweenTwo ? ` (${plain(from)} → ${plain(to)})` : "";
  if (evidence.interval === null) return `${shift}${values}${basis(evidence)}`;
  const interval = shownInterval(judgement, evidence.interval);
  return `${shift}${values}, ${interval}${basis(evidence)}`;
}

function conclusion(judgement: Judgement): string {
  const { verdict, evidence } = judgement;
  const limit = shownLimit(judgement);
  if (verdict === "inconclusive") return `inconclusive; ${explanation(judgement)}`;
  if (evidence.method === "none") {
    return verdict === "worse"
      ? `beyond the limit of ${limit}, ${NOTHING_TO_GO_BY}`
      : `within the limit of ${limit}, ${NOTHING_TO_GO_BY}`;
  }
  if (verdict === "worse") return `worse than the limit of ${limit} allows`;
  return evidence.interval === null
    ? `within the limit of ${limit}`
    : `shown to be no worse than ${limit}`;
}

/** Why a judgement is inconclusive, and what would help. */
function explanation(judgement: Judgement): string {
  const { reason, better, evidence } = judgement;
  const limit = shownLimit(judgement);
  const drop = better === "higher" ? "drop" : "rise";
  const remedy = remedyOf(evidence, `${drop} of ${limit}`);
  switch (reason) {
    case "limit-not-shown":
      return `the ${drop} is real, but not shown to exceed the limit of ${limit}`;
    case "too-few-items":
      return ["too few items to tell", remedy ?? []].flat().join("; ");
    case "too-much-noise":
      return evidence.method === "history"
        ? "the earlier runs vary too much to tell"
        : "the standard errors are too large to tell";
    case "too-few-common-items":
      return "fewer than 95 % of the reference's items are in both runs";
    case "undefined":
      return "it cannot be computed from these items with each of them left out in turn";
    case "no-spread":
      return evidence.n === null
        ? "the earlier runs did not differ at all"
        : `the last ${counted(evidence.n, "run")} did not differ at all`;
    case "no-standard-error":
      return "a standard error of 0 tells nothing";
  }
  if (remedy !== null) return remedy;
  const unproven = `a ${drop} beyond the limit of ${limit} is not proven`;
  return evidence.smallest_change_shown === null
    ? unproven
    : `${unproven}: the smallest that would show is ${
      size(evidence.smallest_change_shown, isRatio(judgement))
    }`;
}

/** How many items it takes; null where it is not about that, or beyond what anybody has. */
function remedyOf({ n, items_needed }: Evidence, change: string): string | null {
  if (items_needed === null || items_needed <= (n ?? 0) || items_needed > 1_000_000) return null;
  return `about ${counted(roundUp(items_needed), "item")} would show a ${change}`;
}

/** What the numbers stand on; nothing for a limit alone. */
function basis({ method, n, median }: Evidence): string {
  switch (method) {
    case "paired-items":
      return n === null ? " on the items of both runs" : ` on ${counted(n, "item")}`;
    case "standard-errors":
      return " by the standard errors sent";
    case "history":
      return ` ${median === null ? "by the spread" : "against the median"} of ${
        n === null ? "earlier runs" : counted(n, "earlier run")
      }`;
    case "none":
      return "";
  }
}

/** The estimate, which the interval belongs to; without one the plain difference. */
function shownChange(judgement: Judgement): string {
  const { from, change, better, limit_kind, evidence } = judgement;
  if (evidence.estimate !== null) {
    return signed(raw(evidence.estimate, better), isRatio(judgement));
  }
  return limit_kind === "relative" && from !== 0
    ? signed(change / Math.abs(from), true)
    : signed(change, false);
}

function shownInterval(judgement: Judgement, interval: [number, number]): string {
  const { better, evidence: { confidence } } = judgement;
  const [low, high] = directedInterval(interval, better);
  const level = confidence === null ? "" : `${plain(confidence * 100)} % `;
  const show = (end: number) => signed(end, isRatio(judgement));
  return `${level}interval ${show(low)} to ${show(high)}`;
}

function shownLimit({ limit, limit_kind }: Judgement): string {
  return size(limit, limit_kind === "relative");
}

function isRatio({ evidence }: Judgement): boolean {
  return evidence.scale === "ratio";
}

/** A change whose sign says whether it is better, in the direction of the metric. */
function raw(change: number, better: "higher" | "lower"): number {
  return better === "lower" ? -change : change;
}

/** The metric without its leading slash. */
function nameOf(metric: string): string {
  return metric.startsWith("/") ? metric.slice(1) : metric;
}

function size(value: number, isPercent: boolean): string {
  return isPercent ? `${plain(value * 100)} %` : plain(value);
}

function signed(value: number, isPercent: boolean): string {
  const sign = value > 0 ? "+" : value === 0 ? "±" : "";
  return `${sign}${size(value, isPercent)}`;
}

/** At most three significant digits, and a minus that is one. */
function plain(value: number): string {
  return String(Number(value.toPrecision(3))).replaceAll("-", "−");
}

/** Two digits, and never too few: more would say that it was known so well. */
function roundUp(count: number): number {
  const step = 10 ** Math.max(0, String(Math.ceil(count)).length - 2);
  return Math.ceil(count / step) * step;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
