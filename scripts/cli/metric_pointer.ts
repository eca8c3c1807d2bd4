/** A metric as the JSON pointer that it is stored under: f1 is taken for /f1. */
export function metricPointer(metric: string): string {
  return metric.startsWith("/") ? metric : `/${metric}`;
}
