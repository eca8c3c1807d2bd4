import { formatNumber } from "../format/numbers.ts";

const WIDTH = 120;
const HEIGHT = 26;
const INSET = 3;

/** A history in a line of text: no axis, but where it changed for good. */
export function Sparkline(
  { values, changes, state }: {
    /** Oldest first; null where a run lacks the number. */
    values: (number | null)[];
    /** Indices of the values at which a new level begins. */
    changes: number[];
    /** Colours the last point. */
    state: string;
  },
) {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length < 2) return <span class="hint">–</span>;
  const low = Math.min(...numbers);
  // Of halves: the distance of two numbers can be beyond what a number can be.
  const span = Math.max(...numbers) / 2 - low / 2;
  const x = (index: number) => INSET + index / (values.length - 1) * (WIDTH - 2 * INSET);
  const y = (value: number) =>
    span === 0 ? HEIGHT / 2 : HEIGHT - INSET - (value / 2 - low / 2) / span * (HEIGHT - 2 * INSET);
  const place = (value: number, index: number) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`;
  const points = values.flatMap((value, index) => value === null ? [] : [place(value, index)]);
  const last = values.findLastIndex((value) => value !== null);
  return (
    <svg
      class={`spark ${state.replace(" ", "-")}`}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`The last ${values.length} runs: from ${formatNumber(numbers[0])} to ${
        formatNumber(numbers.at(-1))
      }${
        changes.length > 0
          ? `, ${changes.length} lasting change${changes.length > 1 ? "s" : ""}`
          : ""
      }`}
    >
      {changes.map((index) => (
        <line key={index} class="change" x1={x(index)} x2={x(index)} y1="0" y2={HEIGHT} />
      ))}
      <polyline points={points.join(" ")} />
      <circle cx={x(last)} cy={y(values[last]!)} r="2.5" />
    </svg>
  );
}
