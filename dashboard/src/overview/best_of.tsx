import { Link } from "wouter-preact";
import { joinNames } from "../components/configuration_name.ts";
import { formatNumber } from "../format/numbers.ts";
import type { MetricNames } from "../metrics/metric_names.ts";
import { viewUrl } from "../use_view_url.ts";
import type { OverviewRow } from "./rows.ts";

const KINDS = [
  { title: "Best", metric: "/f1", key: "f1", sign: 1 },
  { title: "Fastest", metric: "/latency_ms", key: "latency_ms", sign: -1 },
  { title: "Cheapest", metric: "/analysis_cost", key: "analysis_cost", sign: -1 },
] as const;

/**
 * The best, the fastest and the cheapest; only where all rows are of one dataset and environment,
 * because elsewhere they measure something else.
 */
export function BestOf({ rows, names }: { rows: OverviewRow[]; names: MetricNames }) {
  const [first] = rows;
  if (first === undefined || rows.length < 2) return null;
  const { dataset_version, environment } = first.configuration;
  const isComparable = rows.every(({ configuration }) =>
    configuration.dataset_version === dataset_version && configuration.environment === environment
  );
  if (!isComparable) return null;
  const cards = KINDS.flatMap(({ title, metric, key, sign }) => {
    const [best] = rows.filter((row) => row[key] !== null)
      .toSorted((a, b) => sign * (b[key]! - a[key]!));
    return best ? [{ title: `${title}: ${names.heading(metric)}`, value: best[key], best }] : [];
  });
  return (
    <dl class="cards">
      {cards.map(({ title, value, best }) => (
        <div class="card" key={title}>
          <dt>{title}</dt>
          <dd>
            <strong>{formatNumber(value)}</strong>
            <Link
              href={viewUrl("run", {
                configuration: best.configuration_id,
                version: best.snapshot_version,
              })}
            >
              {joinNames([
                best.configuration.model_version,
                best.configuration.prompt_version,
                best.configuration.variant,
              ])}
            </Link>
          </dd>
        </div>
      ))}
    </dl>
  );
}
