const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A point in time in the reader's zone and language. */
export function formatTime(at: string | number | null | undefined): string {
  if (at === null || at === undefined) return "–";
  return FORMAT.format(typeof at === "number" ? at * 1000 : new Date(at));
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
