import { UserError } from "../cli/user_error.ts";
import { quoted } from "./inert.ts";

// A time without an offset would mean another moment on another machine.
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Reads a date, which begins at midnight UTC, or a time with its offset.
 *
 * @throws {UserError} For anything else; it says what time it is, so that a Monday can be found.
 */
export function readTime(text: string): Date {
  const time = new Date(TIME.test(text) ? text : NaN);
  if (Number.isNaN(time.getTime())) {
    throw new UserError(
      `since must be a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z: it is ${
        quoted(text)
      }. Now it is ${new Date().toISOString()}.`,
    );
  }
  return time;
}

/** When a run was measured; when it was stored, where it does not say, or says later. */
export function measuredAt(measured: string | null, stored: string): string {
  const times = [measured, stored].flatMap((time) => time === null ? [] : [Date.parse(time)]);
  return new Date(Math.min(...times)).toISOString();
}
