import { formatChange, formatPercent } from "../format/numbers.ts";
import { type Direction, judge } from "../metrics/direction.ts";

const WORDS = { "1": "better", "-1": "worse", "0": "" } as const;

/** A change, coloured and also marked by a sign and a word: colour alone says nothing to some. */
export function Change(
  { change, percent, direction, hasWord = true, format }: {
    change: number | null;
    percent?: number | null;
    direction: Direction;
    /** Whether it says better or worse; false where that stands beside it. */
    hasWord?: boolean;
    /** Of the size, where it is rounded as what stands beside it. */
    format?: (value: number) => string;
  },
) {
  const verdict = judge(change, direction);
  const sign = change === null || change === 0 ? "" : change > 0 ? "▲ " : "▼ ";
  return (
    <span class={`change ${WORDS[verdict]}`}>
      <span aria-hidden="true">{sign}</span>
      {formatChange(change, format)}
      {percent !== undefined && percent !== null && percent !== 0 &&
        ` (${formatPercent(percent)})`}
      {hasWord && verdict !== 0 && ` ${WORDS[verdict]}`}
    </span>
  );
}
