/**
 * The HTTP status that PostgREST answers for an SQLSTATE.
 * https://docs.postgrest.org/en/stable/references/errors.html
 *
 * @param sqlstate Five characters.
 * @param isAnonymous Whether the role is the anonymous one: missing rights are 401 then.
 */
export function statusOfSqlstate(sqlstate: string, isAnonymous: boolean): number {
  const chosen = /^PT([45]\d\d)$/.exec(sqlstate)?.[1];
  if (chosen !== undefined) return Number(chosen);
  if (sqlstate === "42501") return isAnonymous ? 401 : 403;
  const [, status] = STATUSES.find(([prefix]) => sqlstate.startsWith(prefix)) ?? [];
  return status ?? 400;
}

// The first prefix that fits decides.
const STATUSES: [string, number][] = [
  ["08", 503],
  ["09", 500],
  ["0L", 403],
  ["0P", 403],
  ["23503", 409],
  ["23505", 409],
  ["25006", 405],
  ["25", 500],
  ["28", 403],
  ["2D", 500],
  ["38", 500],
  ["39", 500],
  ["3B", 500],
  ["40", 500],
  ["42883", 404],
  ["42P01", 404],
  ["42P17", 500],
  ["53400", 500],
  ["53", 503],
  ["54", 500],
  ["55", 500],
  ["57", 500],
  ["58", 500],
  ["F0", 500],
  ["HV", 500],
  ["P0001", 400],
  ["P0", 500],
  ["XX", 500],
];
