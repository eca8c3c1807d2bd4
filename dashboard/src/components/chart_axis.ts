import type uPlot from "uplot";
import { alignedFormat } from "../format/numbers.ts";
import type { Palette } from "./palette.ts";

const FONT = "12px system-ui, sans-serif";

/** An axis in the colours of the theme. */
export function chartAxis(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    grid: { stroke: palette.line, width: 1 },
    ticks: { stroke: palette.line, width: 1 },
    font: FONT,
  };
}

/** Such an axis with numbers as they stand in the tables. */
export function numberAxis(palette: Palette): uPlot.Axis {
  return {
    ...chartAxis(palette),
    values: (_chart, ticks) => ticks.map(alignedFormat(ticks)),
    size: (chart, labels) => {
      // As wide as the widest: uPlot has room for five characters and cuts the rest.
      chart.ctx.font = FONT;
      const widths = (labels ?? []).map((label) => chart.ctx.measureText(label).width);
      return Math.max(40, ...widths.map((width) => width / devicePixelRatio + 18));
    },
  };
}

// There is no version 2.5.
const STEPS = Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power))
  .flat();

/** Such an axis of whole numbers. */
export function integerAxis(palette: Palette): uPlot.Axis {
  return {
    ...chartAxis(palette),
    incrs: STEPS,
    values: (_chart, ticks) => ticks.map((tick) => Number.isInteger(tick) ? String(tick) : ""),
  };
}
