import { compareCodePoints } from "../code_point_order.ts";
import type { IssueList } from "../problem/issue_list.ts";
import { shorten } from "../shorten.ts";
import { type ItemMetric, itemMetrics } from "./item_metrics.ts";
import type { Items } from "./items.ts";
import { METRIC_GROUPS, metricsSchema } from "./result_schema.ts";

/** A metric that a result leaves out and its items give. */
export interface ComputedMetric {
  name: string;
  value: number;
}

/** How far a metric that was sent may be from what the items give, of the larger one or of 1. */
const TOLERANCE = 0.001;

/**
 * Holds the metrics of a result against its items.
 *
 * @param sent The result as it was sent.
 * @param path Where it stands in the body.
 * @param issues Gets metrics that contradict the items, and those that items must not give.
 * @returns The metrics that were left out, in the order of code points.
 */
export function computedMetrics(
  items: Items,
  sent: Record<string, unknown>,
  path: PropertyKey[],
  issues: IssueList,
): ComputedMetric[] {
  const computed: ComputedMetric[] = [];
  const metrics = itemMetrics(items);
  for (const [index, metric] of metrics.entries()) {
    const { name, value } = metric;
    const other = metrics.slice(0, index).find((before) => before.name === name);
    if (other !== undefined) {
      issues.add(
        [...path, "items"],
        `give ${quote(name)} twice, by ${scoresOf(other)} and by ${
          scoresOf(metric)
        }: leave one out, or rename it`,
      );
      continue;
    }
    if (value === null) continue;
    const given = givenMetric(name, sent);
    const problem = given === undefined ? knownProblem(name, value) : conflict(given, value);
    if (problem !== null) issues.add([...path, "metrics", name], problem);
    else if (given === undefined) computed.push({ name, value });
  }
  return computed.sort((a, b) => compareCodePoints(a.name, b.name));
}

/** What was sent under a name; undefined for null, which says the same as leaving it out. */
function givenMetric(name: string, sent: Record<string, unknown>): unknown {
  const metrics = sent.metrics as Record<string, unknown> | null | undefined;
  const isObject = typeof metrics === "object" && metrics !== null;
  const given = isObject && Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  // Groups are moved into metrics from beside it.
  const isGroup = (METRIC_GROUPS as readonly string[]).includes(name);
  return given ?? (isGroup ? sent[name] : undefined) ?? undefined;
}

function conflict(given: unknown, value: number): string | null {
  if (typeof given !== "number") {
    return `is no number, but the items give ${show(value)}: leave it out, or rename the score`;
  }
  const scale = Math.max(1, Math.abs(given), Math.abs(value));
  if (Math.abs(given - value) <= TOLERANCE * scale) return null;
  return `is ${show(given)}, but the items give ${
    show(value)
  }: send only one of them, or correct the harness`;
}

/** What is wrong with a known score, which a result may not have as the items give it. */
function knownProblem(name: string, value: number): string | null {
  if (!Object.hasOwn(metricsSchema.shape, name)) return null;
  const issue = metricsSchema.safeParse({ [name]: value }).error?.issues[0];
  return issue === undefined
    ? null
    : `follows from the items as ${show(value)}: it ${issue.message}`;
}

function scoresOf({ scores }: ItemMetric): string {
  return scores.map(quote).join(", ");
}

function quote(name: string): string {
  return JSON.stringify(shorten(name, 30));
}

/** Six digits: two numbers that differ by more than the tolerance do so in these. */
function show(value: number): string {
  return String(Number(value.toPrecision(6)));
}
