import type { Metric } from "../client/documents.ts";
import { metricLabel } from "./metric_label.ts";

/** What metrics are called, by their JSON pointers. */
export interface MetricNames {
  /** The label of the catalogue, else the keys of the pointer. */
  label: (pointer: string) => string;
  /** That, with the unit behind it. */
  heading: (pointer: string) => string;
}

/** Names by a catalogue. */
export function metricNames(catalogue: Metric[]): MetricNames {
  const byPointer = new Map(catalogue.map((entry) => [entry.metric, entry]));
  const label = (pointer: string) => byPointer.get(pointer)?.label ?? metricLabel(pointer);
  const heading = (pointer: string) => {
    const unit = byPointer.get(pointer)?.unit;
    return unit ? `${label(pointer)} (${unit})` : label(pointer);
  };
  return { label, heading };
}

/** Directions by the catalogue, and by policies, which count more. */
export function directionsOf(
  catalogue: Metric[],
  policies: Record<string, "higher" | "lower">,
): Record<string, "higher" | "lower"> {
  return {
    ...Object.fromEntries(
      catalogue.flatMap(({ metric, better }) => better === null ? [] : [[metric, better]]),
    ),
    ...policies,
  };
}
