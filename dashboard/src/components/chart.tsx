import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { download } from "./download.ts";
import { type Palette, readPalette } from "./palette.ts";

/** What is drawn, for the colours of the theme. */
export type ChartOptions = (palette: Palette) => Omit<uPlot.Options, "width" | "height">;

const HEIGHT = 320;
const PNG_TITLE_HEIGHT = 36;

/**
 * A uPlot chart that follows the width of its place and the theme, and exports itself as PNG.
 *
 * @param summary What it shows, for those who do not see it; the numbers must stand in a table
 * beside it.
 */
export function Chart(
  { title, summary, options, data, fileName, onKey, children }: {
    title: string;
    summary: string;
    options: ChartOptions;
    data: uPlot.AlignedData;
    fileName: string;
    /** Moves the cursor by keys; returns whether the key was one of its own. */
    onKey?: (chart: uPlot, key: string) => boolean;
    children?: ComponentChildren;
  },
) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = place.current!;
    const made = new uPlot(
      { ...options(readPalette()), width: element.clientWidth, height: HEIGHT },
      data,
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    // The first picture of a page that was opened: `deno task bench` reads it.
    requestAnimationFrame(() => performance.mark("chart-drawn"));
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [options, data, theme]);

  const exportPng = () => {
    const source = chart.current!.ctx.canvas;
    const ratio = source.width / chart.current!.width;
    const image = document.createElement("canvas");
    image.width = source.width;
    image.height = source.height + PNG_TITLE_HEIGHT * ratio;
    const context = image.getContext("2d")!;
    const palette = readPalette();
    context.fillStyle = palette.surface;
    context.fillRect(0, 0, image.width, image.height);
    context.fillStyle = palette.text;
    context.font = `${15 * ratio}px system-ui, sans-serif`;
    context.fillText(title, 12 * ratio, 24 * ratio, image.width - 24 * ratio);
    context.drawImage(source, 0, PNG_TITLE_HEIGHT * ratio);
    image.toBlob((blob) => blob && download(`${fileName}.png`, blob), "image/png");
  };

  return (
    <figure class="chart">
      <div class="bar">
        <figcaption>
          <h2>{title}</h2>
        </figcaption>
        <button type="button" onClick={exportPng}>Export PNG</button>
      </div>
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={summary}
        tabIndex={0}
        onKeyDown={(event) => {
          if (chart.current && onKey?.(chart.current, event.key)) event.preventDefault();
        }}
      />
      {children}
    </figure>
  );
}

/** Changes with the colour scheme of the system. */
function useTheme(): string {
  const [isDark, setDark] = useState(matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const onChange = () => setDark(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  return isDark ? "dark" : "light";
}
