import { makeBadge } from "badge-maker";
import { lastKey } from "../json_pointer.ts";

// The steps that coverage badges use; what is no fraction has no good and bad that we know of.
const STEPS: [atLeast: number, color: string][] = [
  [0.9, "brightgreen"],
  [0.8, "green"],
  [0.7, "yellowgreen"],
  [0.6, "yellow"],
  [0.5, "orange"],
  [0, "red"],
];
const FRACTIONS = new Set(["f1", "precision", "recall"]);
const SIGNIFICANT_DIGITS = 4;

/**
 * An SVG badge in the style of shields.io.
 *
 * @param metric JSON pointer of the number, as in the badge's URL.
 * @param value The number, or null when there is none to show.
 * @param label Text on the left; the last key of the metric unless given.
 */
export function renderBadge(metric: string, value: number | null, label?: string): string {
  const key = lastKey(metric);
  const left = label ?? key;
  if (value === null) return makeBadge({ label: left, message: "no data", color: "lightgrey" });
  const color = FRACTIONS.has(key) ? STEPS.find(([atLeast]) => value >= atLeast)?.[1] : undefined;
  const message = String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
  return makeBadge({ label: left, message, color: color ?? "blue" });
}
