import { UserError } from "../cli/user_error.ts";

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d(?::?\d\d)?)$/;

/**
 * A `timestamptz` as Postgres writes it, as ISO 8601: `2026-01-02 03:04:05.5+00` is
 * `2026-01-02T03:04:05.5+00:00`. Every digit is kept.
 *
 * @throws {UserError} For anything else, and for one without time zone, which may be any.
 */
export function timestampOf(text: string, source: string): string {
  const [, date, time, zone = ""] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined) {
    throw new UserError(
      `Cannot import ${source}: created_at must be a time with its zone, such as 2026-01-02 03:04:05+00; it is ${
        JSON.stringify(text.slice(0, 50))
      }. In psql: set timezone to 'UTC'; set datestyle to 'ISO'.`,
    );
  }
  return `${date}T${time}${
    zone === "Z" ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}`
  }`;
}
