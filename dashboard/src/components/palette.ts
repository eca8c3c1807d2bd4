/** Colours of the theme for what is drawn on a canvas, from the variables of styles.css. */
export interface Palette {
  text: string;
  muted: string;
  line: string;
  surface: string;
  worse: string;
  warning: string;
  series: string[];
}

/** How many series have a colour of their own. */
export const SERIES_COLORS = 6;

/** Reads the colours that hold now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color("text"),
    muted: color("muted"),
    line: color("line"),
    surface: color("surface"),
    worse: color("worse"),
    warning: color("warning"),
    series: Array.from({ length: SERIES_COLORS }, (_, index) => color(`series-${index + 1}`)),
  };
}
