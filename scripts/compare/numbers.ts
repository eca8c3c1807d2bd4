/** Of what nothing is known. */
export const NONE = "–";

// Four digits are what people compare by; no digit before the point is taken away.
const DIGITS = 4;
const MAX_DIGITS = 15;

/** A number to compare by, with a minus that is one. */
export function plainNumber(value: number | null): string {
  if (value === null) return NONE;
  const wholeDigits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  const digits = Math.min(Math.max(DIGITS, wholeDigits), MAX_DIGITS);
  return String(Number(value.toPrecision(digits))).replaceAll("-", "−");
}

/** A change with its sign. */
export function signedNumber(change: number | null): string {
  if (change === null) return NONE;
  if (change === 0) return "±0";
  return `${change > 0 ? "+" : ""}${plainNumber(change)}`;
}

/** A change with its sign and three digits: what is estimated is not known any better. */
export function roundedChange(end: number): string {
  return signedNumber(Number(end.toPrecision(3)));
}

/** A change with its sign and direction. */
export function directedChange(change: number): string {
  return `${change > 0 ? "▲ " : change < 0 ? "▼ " : ""}${signedNumber(change)}`;
}

/** A fraction as a percentage. */
export function percentage(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(6))} %`;
}
