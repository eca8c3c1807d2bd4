/** The number at a path of a metrics document; null where there is none. */
export function numberAt(metrics: unknown, path: string[]): number | null {
  let value = metrics;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === "number" ? value : null;
}
