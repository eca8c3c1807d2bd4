import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { CategoryGroup } from "../metrics/categories.ts";
import { metricLabel } from "../metrics/metric_label.ts";
import { chartAxis, numberAxis } from "./chart_axis.ts";
import { Chart, type ChartOptions } from "./chart.tsx";

// More would be too narrow to read; the table beside has all.
const MAX_BARS = 40;

/** A measure of every category, of two snapshots side by side. */
export function CategoryBars(
  { group, nameA, nameB }: { group: CategoryGroup; nameA: string; nameB: string },
) {
  const title = metricLabel(group.name);
  const rows = group.rows.slice(0, MAX_BARS);
  const { data, options } = useMemo(() => {
    const data: uPlot.AlignedData = [
      rows.map((_, index) => index),
      rows.map((row) => row.a),
      rows.map((row) => row.b),
    ];
    const bars = (align: -1 | 1) => uPlot.paths.bars!({ size: [0.38, 48], align });
    const options: ChartOptions = (palette) => {
      const side = (label: string, color: string, align: -1 | 1) => ({
        label,
        stroke: color,
        fill: color,
        paths: bars(align),
        points: { show: false },
      });
      return {
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: () => [-0.6, rows.length - 0.4] },
          y: {
            range: (_chart, low, high) =>
              uPlot.rangeNum(Math.min(0, low ?? 0), Math.max(0, high ?? 1), 0.1, true) as [
                number,
                number,
              ],
          },
        },
        axes: [
          {
            ...chartAxis(palette),
            grid: { show: false },
            splits: () => rows.map((_, index) => index),
            values: (_chart, splits) => splits.map((index) => shorten(rows[index]?.category ?? "")),
            rotate: -35,
            size: 90,
          },
          numberAxis(palette),
        ],
        series: [
          {},
          side(nameA, palette.series[0]!, -1),
          side(nameB, palette.series[1]!, 1),
        ],
      };
    };
    return { data, options };
  }, [group, nameA, nameB]);
  return (
    <Chart
      title={`By category: ${title}`}
      summary={`Bars of ${title} for ${rows.length} categories: ${nameA} and ${nameB}. The same numbers are in the table below.`}
      options={options}
      data={data}
      fileName={`compare${group.name.replaceAll(/[^\w]+/g, "-")}`}
    >
      <ul class="legend">
        {[nameA, nameB].map((name, index) => (
          <li key={index}>
            <span class="swatch" style={{ background: `var(--series-${index + 1})` }} />
            {index === 0 ? "A: " : "B: "}
            {name}
          </li>
        ))}
      </ul>
      {group.rows.length > MAX_BARS && (
        <p>The first {MAX_BARS} of {group.rows.length} categories.</p>
      )}
    </Chart>
  );
}

function shorten(text: string): string {
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}
