import type { Items, Score } from "./items.ts";

/** A metric that items give. */
export interface ItemMetric {
  name: string;
  /** The scores that it is made of. */
  scores: string[];
  /** null when nothing was counted, or the number is beyond a double. */
  value: number | null;
}

/** The counts that each of these needs, and what each weighs in the denominator. */
const RATIOS = [
  { name: "precision", weights: { tp: 1, fp: 1 } },
  { name: "recall", weights: { tp: 1, fn: 1 } },
  { name: "f1", weights: { tp: 1, fp: 0.5, fn: 0.5 } },
];
const COUNTS = ["tp", "fp", "fn"];

/**
 * The metrics that follow from items: `precision`, `recall` and `f1` from the counts `tp`, `fp`
 * and `fn`, summed over all items; of a boolean score the share of true, of `correct` under the
 * name `accuracy`; of any other score the mean.
 *
 * An item that ran in several epochs counts once, with the mean over them. Where a score is null,
 * the item, or its epoch, does not count; for a ratio, where one of its counts is.
 *
 * @returns In a fixed order. Two of one name, when scores give it in two ways.
 */
export function itemMetrics({ ids, scores }: Items): ItemMetric[] {
  const starts = ids.flatMap((id, index) => id === ids[index - 1] ? [] : [index]);
  const means = (name: string) => epochMeans(scores[name]!, starts);
  const metrics: ItemMetric[] = [];
  for (const { name, weights } of RATIOS) {
    const counts = Object.keys(weights);
    if (!counts.every((count) => Object.hasOwn(scores, count))) continue;
    // An epoch that lacks one of the counts lacks all: as runs are compared.
    const isWhole = ids.map((_, index) => counts.every((count) => scores[count]![index] !== null));
    const columns = counts.map((count) =>
      epochMeans(scores[count]!.map((score, index) => isWhole[index] ? score : null), starts)
    );
    metrics.push({ name, scores: counts, value: ratio(columns, Object.values(weights)) });
  }
  for (const name of Object.keys(scores)) {
    if (COUNTS.includes(name)) continue;
    const isCorrect = name === "correct" &&
      scores[name]!.some((score) => score === true || score === false);
    metrics.push({
      name: isCorrect ? "accuracy" : name,
      scores: [name],
      value: mean(means(name)),
    });
  }
  return metrics;
}

/** Of each item the mean of a score over its epochs. */
function epochMeans(score: Score[], starts: number[]): (number | null)[] {
  return starts.map((start, item) => mean(score.slice(start, starts[item + 1])));
}

/** In the order given and not compensated: whoever adds up what is stored gets the same number. */
function mean(scores: Score[]): number | null {
  let sum = 0;
  let count = 0;
  for (const score of scores) {
    if (score === null) continue;
    sum += Number(score);
    count++;
  }
  return quotient(sum, count);
}

/** The first of the counts to all of them by weight, of the items that have all. */
function ratio(counts: (number | null)[][], weights: number[]): number | null {
  let numerator = 0;
  let denominator = 0;
  for (const [item, first] of counts[0]!.entries()) {
    if (counts.some((column) => column[item] === null)) continue;
    numerator += first!;
    for (const [index, column] of counts.entries()) denominator += column[item]! * weights[index]!;
  }
  return quotient(numerator, denominator);
}

function quotient(numerator: number, denominator: number): number | null {
  const value = numerator / denominator;
  return Number.isFinite(value) ? value : null;
}
