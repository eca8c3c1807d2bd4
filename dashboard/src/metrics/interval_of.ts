/** What is known of a change: from the items or the spread of runs. */
export interface Estimated {
  /** Below 0 is worse, whatever the direction; of a ratio, a difference of logarithms. */
  estimate: number | null;
  /** Half the interval. */
  margin: number | null;
  is_ratio: boolean;
}

/**
 * The interval of a change in the direction of the metric, the lower end first; of a ratio, as a
 * share of what it is compared with. Null where there is none.
 */
export function intervalOf(
  { estimate, margin, is_ratio }: Estimated,
  better: "higher" | "lower",
): [number, number] | null {
  if (estimate === null || margin === null) return null;
  const sign = better === "higher" ? 1 : -1;
  const [low, high] = [estimate - sign * margin, estimate + sign * margin].map((value) =>
    is_ratio ? Math.expm1(sign * value) : sign * value
  ) as [number, number];
  return [low, high];
}
