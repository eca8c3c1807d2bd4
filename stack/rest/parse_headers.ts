import { needsSupabase, RestError } from "./answer.ts";

/** What the headers of a read say. */
export interface ReadHeaders {
  /** One object and not an array of rows. */
  isSingle: boolean;
  /** Whether all rows are to be counted, those beyond the limit too. */
  isCounted: boolean;
  /** First and last row; the last is Infinity where it is left open. */
  range?: [number, number];
}

/** Of the answer. */
export const OBJECT_TYPE = "application/vnd.pgrst.object+json";

const ARRAY_TYPES = [
  "*/*",
  "application/*",
  "application/json",
  "application/vnd.pgrst.array+json",
];

/**
 * Reads Accept, Accept-Profile, Prefer and Range as PostgREST does.
 *
 * @throws {RestError} For another schema (PGRST106), a range that is none (PGRST103), and what
 * needs `supabase start`.
 */
export function parseReadHeaders(headers: Headers): ReadHeaders {
  const schema = headers.get("accept-profile") ?? "public";
  if (schema !== "public") {
    throw new RestError(
      406,
      "PGRST106",
      `Invalid schema: ${schema}`,
      null,
      "Only the following schemas are exposed: public",
    );
  }
  return {
    isSingle: acceptsObject(headers.get("accept")),
    isCounted: isCounted(headers.get("prefer")),
    ...range(headers.get("range")),
  };
}

function acceptsObject(accept: string | null): boolean {
  for (const type of (accept || "*/*").split(",").map((one) => one.trim().toLowerCase())) {
    if (type.includes("nulls=stripped")) throw needsSupabase("An answer without nulls");
    const [media] = type.split(";", 1) as [string];
    if (media === OBJECT_TYPE) return true;
    if (ARRAY_TYPES.includes(media)) return false;
  }
  throw needsSupabase(`An answer as ${accept}`);
}

function isCounted(prefer: string | null): boolean {
  const preferences = (prefer ?? "").split(",").map((one) => one.trim());
  const other = preferences.find((one) => /^(count=(planned|estimated)$|timezone=)/.test(one));
  if (other !== undefined) throw needsSupabase(`The preference ${other}`);
  return preferences.includes("count=exact");
}

function range(header: string | null): Pick<ReadHeaders, "range"> {
  // One in another form, such as bytes=0-1, is none of ours.
  const [, first, last] = /^(?:items=)?(\d{1,15})-(\d{1,15})?$/.exec(header ?? "") ?? [];
  if (first === undefined) return {};
  const range: [number, number] = [Number(first), last === undefined ? Infinity : Number(last)];
  if (range[0] > range[1]) {
    throw new RestError(
      416,
      "PGRST103",
      "Requested range not satisfiable",
      "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
    );
  }
  return { range };
}
