import * as z from "zod";

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_LENGTH = 100; // Postgres gives up somewhat later
const MAX_OFFSET_HOURS = 15;
const FIRST_MOMENT = Date.parse("0001-01-01T00:00:00Z");

/**
 * What keeps an ISO 8601 time from being stored: Postgres has no year 0 and no offset of 16 hours,
 * and nothing was measured in the future. A day is let pass, for clocks that are set to local time.
 *
 * @param now Milliseconds since 1970.
 */
export function timestampProblem(text: string, now: number): string | null {
  if (text.length > MAX_LENGTH) {
    return `must have at most ${MAX_LENGTH} characters: it has ${text.length}`;
  }
  const [offset, hours] = /[+-](\d\d):\d\d$/.exec(text) ?? [];
  if (Number(hours) > MAX_OFFSET_HOURS) {
    return `must have an offset of less than ${MAX_OFFSET_HOURS + 1} hours: it has ${offset}`;
  }
  const time = Date.parse(text);
  if (time < FIRST_MOMENT) return "must not be before the year 0001, in UTC";
  if (time > now + DAY_MS) {
    return `lies more than a day in the future: here it is ${new Date(now).toISOString()}`;
  }
  return null;
}

/** An ISO 8601 time that Postgres takes, and that is not in the future. */
export const timestamp = z.iso.datetime({
  offset: true,
  error: "must be an ISO 8601 time with an offset, such as 2026-01-31T12:00:00Z",
}).check((context) => {
  if (context.issues.length > 0) return; // no time at all
  const input = context.value;
  const message = timestampProblem(input, Date.now());
  if (message !== null) context.issues.push({ code: "custom", input, message });
}).meta({ maxLength: MAX_LENGTH });
