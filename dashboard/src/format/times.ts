const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

const AGES: [seconds: number, unit: string][] = [
  [60, "min"],
  [3600, "h"],
  [86_400, "d"],
  [604_800, "wk"],
  [2_629_746, "mo"],
  [31_556_952, "yr"],
];

/** A point in time in the reader's zone and language. */
export function formatTime(at: string | number | null | undefined): string {
  if (at === null || at === undefined) return "–";
  return FORMAT.format(dateOf(at));
}

/** The day of it; with the year where that is another one than now. */
export function formatDay(at: string | number, now = new Date()): string {
  const date = dateOf(at);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_AND_YEAR).format(date);
}

/** The time of day. */
export function formatClock(at: Date): string {
  return CLOCK.format(at);
}

/** How long ago, in the largest unit of which it is at least one. */
export function formatAge(at: string | number, now = Date.now()): string {
  const seconds = (now - dateOf(at).getTime()) / 1000;
  const unit = AGES.findLast(([size]) => seconds >= size);
  return unit === undefined ? "just now" : `${Math.floor(seconds / unit[0])} ${unit[1]} ago`;
}

/** For `<input type="datetime-local">`: the reader's zone, to the minute. */
export function toLocalInput(iso: string | null): string {
  if (iso === null || Number.isNaN(Date.parse(iso))) return "";
  const date = new Date(iso);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** The ISO time of such an input, or null when it is empty. */
export function fromLocalInput(text: string): string | null {
  const at = text === "" ? NaN : new Date(text).getTime();
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function dateOf(at: string | number): Date {
  return typeof at === "number" ? new Date(at * 1000) : new Date(at);
}
