import type uPlot from "uplot";
import { formatNumber } from "../format/numbers.ts";
import type { Palette } from "./palette.ts";

/** An axis in the colours of the theme. */
export function chartAxis(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    grid: { stroke: palette.line, width: 1 },
    ticks: { stroke: palette.line, width: 1 },
    font: "12px system-ui, sans-serif",
  };
}

/** Such an axis with numbers as they stand in the tables. */
export function numberAxis(palette: Palette): uPlot.Axis {
  return { ...chartAxis(palette), values: (_chart, ticks) => ticks.map(formatNumber) };
}
