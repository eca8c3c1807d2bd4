import { useMemo, useState } from "preact/hooks";
import uPlot from "uplot";
import type { ChangePoint } from "../change_points/mark_changes.ts";
import type { TrendPoint, TrendSeries } from "../client/documents.ts";
import { formatChange, formatNumber } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";
import { chartAxis, integerAxis, numberAxis } from "./chart_axis.ts";
import { Chart, type ChartOptions } from "./chart.tsx";
import { type Palette, SERIES_COLORS } from "./palette.ts";

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [3, 6]];
const MARK_PIXELS = 6;

/** The history of a number, of one or several configurations. */
export function TrendChart(
  { title, metric, series, names, changePoints, xAxis, onZoom, onOpen, fileName }: {
    title: string;
    metric: string;
    series: TrendSeries[];
    /** A name for each series. */
    names: string[];
    changePoints: ChangePoint[];
    xAxis: "time" | "version";
    /** A stretch was chosen: seconds since 1970. */
    onZoom: (from: number, to: number) => void;
    /** A point was chosen. */
    onOpen: (configurationId: string, version: number) => void;
    fileName: string;
  },
) {
  // The place and not its index: the data may be read again under the cursor.
  const [at, setAt] = useState<number | null>(null);
  const { data, options, placed } = useMemo(() => {
    // The published runs of all series, and then their candidates.
    const placed = [
      ...series.map(({ points }) => placePoints(points, xAxis)),
      ...series.map(({ candidates }) => placePoints(candidates, xAxis)),
    ];
    const data = uPlot.join(placed.map((points): uPlot.AlignedData => [
      [...points.keys()],
      [...points.values()].map((point) => point[2]),
    ])) as uPlot.AlignedData;
    const colorOf = (palette: Palette, position: number) =>
      palette.series[position % series.length % palette.series.length]!;
    const options: ChartOptions = (palette) => ({
      legend: { show: false },
      scales: {
        x: { time: xAxis === "time" },
        y: { range: (_chart, low, high) => rangeWith(low, high, baselinesOf(series)) },
      },
      axes: [
        xAxis === "time" ? chartAxis(palette) : integerAxis(palette),
        numberAxis(palette),
      ],
      series: [
        {},
        ...names.map((label, position) => ({
          label,
          stroke: colorOf(palette, position),
          dash: DASHES[position % DASHES.length]!,
          width: 2,
          spanGaps: true,
          points: { size: 6, fill: colorOf(palette, position) },
        })),
        // Hollow and without a line: they are not what counts.
        ...names.map((label, position) => ({
          label: `${label}, candidates`,
          stroke: colorOf(palette, position),
          paths: () => null,
          points: { show: true, size: 9, width: 2, fill: palette.surface },
        })),
      ],
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: {
        // Not the hook setCursor, which fires after every redraw, too, and then names the run
        // that is next to the cursor's pixel: in a long history many share one.
        ready: [(chart) => {
          chart.over.addEventListener("pointermove", (event) => {
            setAt(chart.data[0][chart.posToIdx(event.offsetX)] ?? null);
          });
          let pressedAt = 0;
          chart.over.addEventListener("pointerdown", (event) => pressedAt = event.clientX);
          chart.over.addEventListener("click", (event) => {
            // A drag ends with a click, too.
            if (Math.abs(event.clientX - pressedAt) > 3) return;
            const found = nearestPoint(chart, placed, event.offsetX, event.offsetY);
            if (found !== null) {
              onOpen(series[found.position % series.length]!.configuration_id, found.version);
            }
          });
        }],
        setSelect: [(chart) => {
          if (chart.select.width < 4) return;
          const low = chart.posToVal(chart.select.left, "x");
          const high = chart.posToVal(chart.select.left + chart.select.width, "x");
          const times = placed.flatMap((points) =>
            [...points].filter(([x]) => x >= low && x <= high).map(([, point]) => point[1])
          );
          chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          if (times.length > 1) onZoom(Math.min(...times), Math.max(...times));
        }],
        draw: [(chart) => drawMarks(chart, palette, series, changePoints, xAxis)],
      },
    });
    return { data, options, placed };
  }, [series, names.join("\n"), changePoints, xAxis, onZoom, onOpen]);

  const points = series.reduce((sum, { points }) => sum + points.length, 0);
  return (
    <Chart
      title={title}
      summary={`${title}. ${points} points of ${
        names.join(", ")
      }. The same numbers are in the table below. Left and right arrow keys read the points, Enter opens the run.`}
      options={options}
      data={data}
      fileName={fileName}
      onKey={(chart, key) => {
        if (key === "Enter") {
          const position = placed.findIndex((points) => at !== null && points.has(at));
          if (position === -1) return false;
          const { configuration_id } = series[position % series.length]!;
          onOpen(configuration_id, placed[position]!.get(at!)![0]);
          return true;
        }
        if (key !== "ArrowLeft" && key !== "ArrowRight") return false;
        const last = chart.data[0].length - 1;
        const index = at === null ? -1 : chart.data[0].indexOf(at);
        const next = index === -1
          ? (key === "ArrowLeft" ? last : 0)
          : Math.min(last, Math.max(0, index + (key === "ArrowLeft" ? -1 : 1)));
        chart.setCursor({ left: chart.valToPos(chart.data[0][next]!, "x"), top: 0 });
        setAt(chart.data[0][next]!);
        return true;
      }}
    >
      <Legend
        series={series}
        names={names}
        metric={metric}
        pointsThere={series.map((_, index) =>
          at === null ? undefined : placed[index]!.get(at) ?? placed[index + series.length]!.get(at)
        )}
      />
    </Chart>
  );
}

/** The series with their lines, and what stands under the cursor. */
function Legend(
  { series, names, metric, pointsThere }: {
    series: TrendSeries[];
    names: string[];
    metric: string;
    /** The point of each series under the cursor. */
    pointsThere: (TrendPoint | undefined)[];
  },
) {
  return (
    <ul class="legend" aria-live="polite">
      {series.map(({ baseline, configuration_id }, position) => {
        const point = pointsThere[position];
        return (
          <li key={configuration_id}>
            <svg width="28" height="10" aria-hidden="true">
              <line
                x1="0"
                x2="28"
                y1="5"
                y2="5"
                stroke={`var(--series-${position % SERIES_COLORS + 1})`}
                stroke-width="2.5"
                stroke-dasharray={DASHES[position % DASHES.length]!.join(" ")}
              />
            </svg>
            <span>{names[position]}</span>
            {point
              ? (
                <span class="value">
                  version {point[0]}, {formatTime(point[1])}: {metric} {formatNumber(point[2])},
                  {" "}
                  <code>{point[3].slice(0, 7)}</code>
                </span>
              )
              : baseline?.value != null && (
                <span class="value">
                  baseline {formatNumber(baseline.value)} (version {baseline.snapshot_version})
                </span>
              )}
          </li>
        );
      })}
    </ul>
  );
}

// Runs of one batch can have the same time, and a line has one value at each place.
const LEAST_SECONDS_APART = 1e-6;

/** The points of a series by their place on the horizontal axis, which goes up. */
function placePoints(points: TrendPoint[], xAxis: "time" | "version"): Map<number, TrendPoint> {
  const placed = new Map<number, TrendPoint>();
  let last = -Infinity;
  // They come by time, in which a backfilled run stands before those of smaller versions.
  const ordered = xAxis === "time" ? points : points.toSorted((a, b) => a[0] - b[0]);
  for (const point of ordered) {
    last = xAxis === "version" ? point[0] : Math.max(point[1], last + LEAST_SECONDS_APART);
    placed.set(last, point);
  }
  return placed;
}

// A point is hit from so far.
const HIT_PIXELS = 30;

/** The point next to a place of the plot. */
function nearestPoint(
  chart: uPlot,
  placed: Map<number, TrendPoint>[],
  left: number,
  top: number,
): { position: number; version: number } | null {
  let nearest: { position: number; version: number; distance: number } | null = null;
  placed.forEach((points, position) => {
    for (const [x, point] of points) {
      const distance = Math.hypot(
        chart.valToPos(x, "x") - left,
        chart.valToPos(point[2], "y") - top,
      );
      if (distance <= HIT_PIXELS && distance < (nearest?.distance ?? Infinity)) {
        nearest = { position, version: point[0], distance };
      }
    }
  });
  return nearest;
}

function baselinesOf(series: TrendSeries[]): number[] {
  return series.flatMap(({ baseline }) => baseline?.value ?? []);
}

const LARGEST = Number.MAX_VALUE / 4;

/** The range of the values, so far that baselines are in it. */
function rangeWith(low: number | null, high: number | null, values: number[]): [number, number] {
  const all = [low, high, ...values].filter((value) => value !== null);
  if (all.length === 0) return [0, 1];
  // A scale has a length, and that of the largest numbers would be infinite.
  const [least, most] = [Math.min(...all), Math.max(...all)].map((value) =>
    Math.max(-LARGEST, Math.min(LARGEST, value))
  ) as [number, number];
  return uPlot.rangeNum(least, most, 0.1, true) as [number, number];
}

/** Baselines, change points and regressions, above the lines. */
function drawMarks(
  chart: uPlot,
  palette: Palette,
  series: TrendSeries[],
  changePoints: ChangePoint[],
  xAxis: "time" | "version",
): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const xOf = (mark: { at: number; snapshot_version: number }) =>
    chart.valToPos(xAxis === "time" ? mark.at : mark.snapshot_version, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.5 * ratio;
  series.forEach(({ configuration_id, baseline, regressions }, position) => {
    const color = palette.series[position % palette.series.length]!;
    ctx.strokeStyle = color;
    if (baseline?.value != null) {
      const y = chart.valToPos(baseline.value, "y", true);
      ctx.setLineDash([2 * ratio, 4 * ratio]);
      line(ctx, bbox.left, y, bbox.left + bbox.width, y);
    }
    ctx.setLineDash([8 * ratio, 5 * ratio]);
    for (const point of changePoints) {
      if (point.configuration_id !== configuration_id) continue;
      const x = xOf(point);
      line(ctx, x, bbox.top, x, bbox.top + bbox.height);
      // How large it is, on the side where there is room.
      const text = formatChange(point.after - point.before);
      const isRight = x > bbox.left + bbox.width * 0.85;
      ctx.font = `${12 * ratio}px system-ui, sans-serif`;
      ctx.textAlign = isRight ? "right" : "left";
      ctx.fillStyle = color;
      ctx.fillText(text, x + (isRight ? -4 : 4) * ratio, bbox.top + (13 + 14 * position) * ratio);
    }
    ctx.setLineDash([]);
    for (const regression of regressions) {
      const x = xOf(regression);
      const y = chart.valToPos(regression.to, "y", true);
      const size = MARK_PIXELS * ratio;
      ctx.beginPath();
      ctx.moveTo(x - size, y - 2.4 * size);
      ctx.lineTo(x + size, y - 2.4 * size);
      ctx.lineTo(x, y - 0.8 * size);
      ctx.closePath();
      ctx.fillStyle = regression.severity === "fail" ? palette.worse : palette.warning;
      ctx.fill();
    }
  });
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
