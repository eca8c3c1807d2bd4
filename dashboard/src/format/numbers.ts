const EMPTY = "–";

/** A number with at most four significant digits after its whole part, or a dash for none. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return EMPTY;
  if (value === 0) return "0";
  if (isBeyondDecimals(value)) return value.toExponential(3);
  return value.toLocaleString("en-US", { maximumFractionDigits: decimalsOf(value) });
}

/**
 * A format for numbers that stand below each other: all with as many decimals as the largest has
 * room for, and none that is 0 in all of them.
 */
export function alignedFormat(
  values: (number | null | undefined)[],
): (value: number | null | undefined) => string {
  const numbers = values.filter((value): value is number =>
    typeof value === "number" && value !== 0
  );
  if (numbers.length === 0 || numbers.some(isBeyondDecimals)) return formatNumber;
  const room = Math.min(...numbers.map(decimalsOf));
  // What the small ones need, as far as the largest leaves it: 1,801.5 does not need four.
  const used = Math.max(
    ...numbers.map((value) => (value.toFixed(room).split(".")[1] ?? "").replace(/0+$/, "").length),
  );
  const format = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: used,
    maximumFractionDigits: used,
  });
  return (value) => value === null || value === undefined ? EMPTY : format.format(value);
}

function isBeyondDecimals(value: number): boolean {
  return Math.abs(value) >= 1e9 || Math.abs(value) < 1e-6;
}

function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (size >= 1000) return 1;
  // Four digits that say something; of what is small, as many as there is room for.
  return size < 0.1
    ? Math.min(6, 3 - Math.floor(Math.log10(size)))
    : Math.max(0, 4 - Math.max(0, Math.ceil(Math.log10(size))));
}

/**
 * A change with its sign; "±0" for none.
 *
 * @param format Of the number without its sign.
 */
export function formatChange(
  value: number | null | undefined,
  format: (value: number) => string = formatNumber,
): string {
  if (value === null || value === undefined) return EMPTY;
  if (value === 0) return "±0";
  return `${value > 0 ? "+" : "−"}${format(Math.abs(value))}`;
}

/**
 * An interval of changes, its ends rounded alike.
 *
 * @param isRatio Whether its ends are shares of what it is compared with.
 */
export function formatInterval([low, high]: [number, number], isRatio = false): string {
  if (isRatio) return `${formatPercent(low * 100)} to ${formatPercent(high * 100)}`;
  const format = alignedFormat([low, high]);
  return `${formatChange(low, format)} to ${formatChange(high, format)}`;
}

/** How much a change is of what it is from, in percent; null from 0. */
export function percentOf(change: number, from: number): number | null {
  return from === 0 ? null : change / Math.abs(from) * 100;
}

/** A change in percent with its sign. */
export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return EMPTY;
  const size = Math.abs(value);
  // From almost nothing to something is a number of twenty digits, of which none says anything.
  const rounded = size >= 1e6 ? size.toExponential(1) : size.toLocaleString("en-US", {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return `${value === 0 ? "±" : value > 0 ? "+" : "−"}${rounded} %`;
}

/** A limit of a policy. */
export function formatLimit(kind: "absolute" | "relative", value: number): string {
  return kind === "relative" ? `${formatNumber(value * 100)} %` : formatNumber(value);
}
