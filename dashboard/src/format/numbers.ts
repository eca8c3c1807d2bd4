const EMPTY = "–";

/** A number with at most four significant digits after its whole part, or a dash for none. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return EMPTY;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-6) return value.toExponential(3);
  const decimals = size >= 1000 ? 1 : Math.max(0, 4 - Math.max(0, Math.ceil(Math.log10(size))));
  return value.toLocaleString("en-US", {
    maximumFractionDigits: size < 0.1 ? 6 : decimals,
  });
}

/** A change with its sign; "±0" for none. */
export function formatChange(value: number | null | undefined): string {
  if (value === null || value === undefined) return EMPTY;
  if (value === 0) return "±0";
  return `${value > 0 ? "+" : "−"}${formatNumber(Math.abs(value))}`;
}

/** A change in percent with its sign. */
export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined) return EMPTY;
  return `${formatChange(Math.round(value * 100) / 100)} %`;
}

/** A limit of a policy. */
export function formatLimit(kind: "absolute" | "relative", value: number): string {
  return kind === "relative" ? `${formatNumber(value * 100)} %` : formatNumber(value);
}
