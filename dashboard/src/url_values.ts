// What stands in a URL may be typed, cut off by a mail, or of another project: the database would
// answer what it cannot read with an error that helps nobody. What nothing has is not found, and
// the view says so and offers what there is.

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** No configuration has it. */
export const NO_ID = "00000000-0000-0000-0000-000000000000";

/** As PostgreSQL's integer has it; no run gets there. */
const LAST_VERSION = 2 ** 31 - 1;

/** The id of a configuration; of what is none, one that no configuration has. */
export function idIn(text: string): string {
  return UUID.test(text) ? text.toLowerCase() : NO_ID;
}

/** The version that is named; of what is none, one that no run has; null where none is named. */
export function versionIn(text: string | null): number | null {
  if (text === null || text === "") return null;
  return /^[1-9][0-9]*$/.test(text) ? Math.min(Number(text), LAST_VERSION) : LAST_VERSION;
}

/** A point in time as ISO text; null where none is named, or what is named is none. */
export function timeIn(text: string | null): string | null {
  const at = text === null ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
