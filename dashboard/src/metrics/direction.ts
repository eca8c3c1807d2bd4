/** Which direction of a number is better; null where nobody said so. */
export type Direction = "higher" | "lower" | null;

const HIGHER =
  /(^|_)(f1|precision|recall|accuracy|score|success|successful|passed|bleu|rouge|auc)(_|$)|exact_match|pass_rate/;
const LOWER = /latency|duration|seconds|_ms$|cost|error|fail|false_|tokens/;

/**
 * Which direction of a metric is better: as a policy says, else by the usual meaning of its name
 * or that of the object it is in. The outermost name counts: in `/category_f1/arithmetic_error`
 * the measure is F1, and the error is what was looked for.
 *
 * @param path JSON pointer.
 * @param policies Directions of the policies, by JSON pointer.
 */
export function directionOf(path: string, policies: Record<string, "higher" | "lower">): Direction {
  const policy = policies[path];
  if (policy !== undefined) return policy;
  for (const key of path.toLowerCase().split("/")) {
    if (HIGHER.test(key)) return "higher";
    if (LOWER.test(key)) return "lower";
  }
  return null;
}

/** Whether a change is for the better: 1, -1 for the worse, 0 for none or where nobody knows. */
export function judge(change: number | null, direction: Direction): -1 | 0 | 1 {
  if (change === null || change === 0 || direction === null) return 0;
  return (change > 0) === (direction === "higher") ? 1 : -1;
}
