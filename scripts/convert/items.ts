import {
  type ItemMetric,
  itemMetrics,
} from "../../supabase/functions/ingest-benchmark/payload/item_metrics.ts";
import { MAX_SCORES, readItems } from "../../supabase/functions/ingest-benchmark/payload/items.ts";
import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { IssueList } from "../../supabase/functions/ingest-benchmark/problem/issue_list.ts";
import { isNumber, numberOf, type SourceDocument, type Warn } from "./adapter.ts";

const COUNTS = ["tp", "fp", "fn"];
// The function's bound is of the larger number, this one of the smaller: never too wide.
const TOLERANCE = 0.001;

/** What a document says about one item, before it is checked. */
export interface RawItem {
  id: unknown;
  /** Which repetition of the item it is, from 1 on. */
  epoch?: number;
  /** By the names that the result gets; what a document does not say is null or undefined. */
  scores: Record<string, unknown>;
}

/**
 * Makes the `items` of a result of what a document says about single items. The function refuses a
 * result whose items and metrics contradict each other, so a score goes only where it agrees with
 * the metric of the same name. What is left out is told to `warn`.
 *
 * @param metrics Of the result.
 * @param expected How many items there must be, where the document says it: some of them would
 * stand for all.
 * @returns `{ items }`, or `{}` when the document has none that can be sent.
 */
export function itemsOf(
  raw: RawItem[],
  metrics: SourceDocument,
  warn: Warn | undefined,
  expected?: number,
): { items?: SourceDocument[] } {
  let names = scoreNames(raw);
  if (names.length === 0) return {};
  const without = (reason: string) => {
    warn?.(`The result is converted without items: ${reason}.`);
    return {};
  };
  if (expected !== undefined && raw.length !== expected) {
    return without(`the document has ${raw.length} of ${expected}`);
  }
  if (names.length > MAX_SCORES) {
    return without(`they have ${names.length} scores, at most ${MAX_SCORES} are taken`);
  }
  const items = () =>
    raw.map(({ id, epoch, scores }) => ({
      id,
      ...(epoch !== undefined && { epoch }),
      ...Object.fromEntries(names.map((name) => [name, scoreOf(scores[name])])),
    }));
  const issues = new IssueList();
  const columns = readItems(items(), ["items"], issues);
  if (columns === undefined) {
    return without(issues.first.slice(0, 1).map((one) => `${one.pointer} ${one.message}`).join());
  }
  for (const metric of itemMetrics(columns)) {
    const problem = contradiction(metric, metrics);
    // Counts go together: two of them without the third are no score that anything is made of.
    const scores = COUNTS.includes(metric.scores[0]!) ? COUNTS : metric.scores;
    if (problem === null || !names.includes(scores[0]!)) continue;
    names = names.filter((name) => !scores.includes(name));
    warn?.(`The items are converted without ${scores.join(", ")}: ${problem}.`);
  }
  return names.length === 0 ? {} : { items: items() };
}

// The function takes doubles only here; the document under metrics keeps every digit.
function scoreOf(value: unknown): unknown {
  return numberOf(value) ?? value ?? null;
}

/** The names whose values are all scores of one kind, or null; but not only null. */
function scoreNames(raw: RawItem[]): string[] {
  const names = [...new Set(raw.flatMap(({ scores }) => Object.keys(scores)))].filter((name) => {
    const known = raw.map(({ scores }) => scores[name] ?? null).filter((score) => score !== null);
    return known.length > 0 &&
      (known.every((score) => typeof score === "boolean") || known.every(isNumber));
  });
  return COUNTS.every((count) => names.includes(count))
    ? names
    : names.filter((name) => !COUNTS.includes(name));
}

/** What keeps a metric that items give from standing beside those of the document. */
function contradiction({ name, value }: ItemMetric, metrics: SourceDocument): string | null {
  if (value === null) return null; // nothing counted: the document's own stands
  const said = metrics[name] ?? null;
  if (said === null) {
    const problem = name in metricsSchema.shape
      ? metricsSchema.safeParse({ [name]: value }).error?.issues[0]
      : undefined;
    return problem === undefined ? null : `${name} would be ${value}: it ${problem.message}`;
  }
  const number = numberOf(said);
  if (number === undefined) return `the document has something else under ${name}`;
  const scale = Math.max(1, Math.min(Math.abs(number), Math.abs(value)));
  return Math.abs(number - value) <= TOLERANCE * scale
    ? null
    : `they give ${name} ${value}, the document says ${number}`;
}
