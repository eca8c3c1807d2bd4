import { unescapeSegment } from "../../../supabase/functions/ingest-benchmark/json_pointer.ts";
import type { ComparedMetric } from "../client/documents.ts";

/** Numbers that belong side by side: one of each category. */
export interface CategoryGroup {
  /** `/category_f1/*` or `/domain_breakdown/* /f1`. */
  name: string;
  rows: { category: string; a: number | null; b: number | null }[];
}

/**
 * Finds numbers that are the same measure of different categories: the keys of one object, or
 * the same key in each object of an object.
 */
export function findCategories(metrics: ComparedMetric[]): CategoryGroup[] {
  const groups = new Map<string, CategoryGroup["rows"]>();
  for (const { path, a, b } of metrics) {
    const keys = path.slice(1).split("/");
    // What is numbered is a list of documents or calls and not of categories.
    if (keys.some((key) => /^\d+$/.test(key))) continue;
    for (const position of [keys.length - 1, keys.length - 2]) {
      if (position < 1) continue;
      const name = "/" + keys.map((key, index) => index === position ? "*" : key).join("/");
      const rows = groups.get(name) ?? [];
      rows.push({ category: unescapeSegment(keys[position]!), a, b });
      groups.set(name, rows);
    }
  }
  return [...groups].filter(([, rows]) => rows.length > 1)
    .map(([name, rows]) => ({ name, rows }))
    .sort((x, y) => rank(x.name) - rank(y.name) || (x.name < y.name ? -1 : 1));
}

// What people look at first.
function rank(name: string): number {
  return /f1/.test(name) ? 0 : /(precision|recall|accuracy)/.test(name) ? 1 : 2;
}
