import { timestamp } from "../../supabase/functions/ingest-benchmark/payload/timestamp.ts";
import { isLine } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { numberOf } from "./adapter.ts";

/** What a document says of a run that has a field of its own in a result, where it can be that. */

/** A time that the contract takes; undefined for any other text, which stays where it is. */
export function timeOf(value: unknown): string | undefined {
  return typeof value === "string" && timestamp.safeParse(value).success ? value : undefined;
}

/** The seconds between two times that {@link timeOf} takes; undefined when they run backwards. */
export function secondsBetween(from: unknown, to: unknown): number | undefined {
  const seconds = (Date.parse(timeOf(to) ?? "") - Date.parse(timeOf(from) ?? "")) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

/** A commit; undefined for what stands in the place of one, such as `unversioned`. */
export function commitOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-fA-F]{7,64}$/.test(value) ? value : undefined;
}

/**
 * A branch; undefined for what stands in the place of one, such as `(detached head)`: a run that
 * claims another branch than its token's is no run of the default branch.
 */
export function branchOf(value: unknown): string | undefined {
  return typeof value === "string" && isLine(value, 255) && !value.startsWith("(") &&
      value !== "HEAD"
    ? value
    : undefined;
}

/** A count; undefined for what is no whole number from 0 on. */
export function countOf(value: unknown): number | undefined {
  const count = numberOf(value);
  return Number.isSafeInteger(count) && count! >= 0 ? count : undefined;
}

/** An object without the keys that have no value: nothing is sent as null that was not said. */
export function known<Fields extends Record<string, unknown>>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
