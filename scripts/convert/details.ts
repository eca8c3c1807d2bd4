import { MAX_NUMBERS } from "../../supabase/functions/ingest-benchmark/payload/count_numbers.ts";
import { toPointer } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";
import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import { MAX_DEPTH } from "../../supabase/functions/ingest-benchmark/request/json_text.ts";
import { shorten } from "../../supabase/functions/ingest-benchmark/shorten.ts";
import { hasKeys, isNumber, type SourceDocument, type Warn } from "./adapter.ts";

/**
 * What becomes of details, which are all that stands under `metrics` and is no score: lists, texts of
 * more than 200 characters, and objects that hold such, or any text.
 *
 * - `fit` keeps them while the result can be posted with them, and else leaves out what is in the way,
 *   the bulkiest first;
 * - `keep` leaves out nothing: what cannot be posted is an error;
 * - `cut` shortens texts of more than 1,000 characters, and then does as `fit`;
 * - `drop` leaves all of them out.
 */
export const DETAILS_MODES = ["fit", "keep", "cut", "drop"] as const;
/** See {@link DETAILS_MODES}. */
export type DetailsMode = typeof DETAILS_MODES[number];

/** The longest text that `cut` leaves as it is. */
export const MAX_CUT_LENGTH = 1_000;

// For what is put in after the conversion: commit, notes, the frame of a batch.
const ROOM_BYTES = 16_384;
// For the metrics that the function makes of items.
const ROOM_NUMBERS = 20;
const MAX_BYTES = MAX_BODY_BYTES - ROOM_BYTES;
const MAX_SCORE_TEXT = 200;
const MAX_POINTER_LENGTH = 200;

type Path = string[];

/**
 * Makes results fit what can be posted, by their details; see {@link DETAILS_MODES}. Scores and items
 * stay, but for items with which not even a result without details would fit: a last resort.
 *
 * @param results Changed in place. They are posted together, as one body.
 * @param warn Gets what is left out.
 */
export function fitDetails(
  results: SourceDocument[],
  mode: DetailsMode,
  warn: Warn | undefined,
): void {
  if (mode === "keep") return;
  if (mode === "drop") return dropAll(results, warn);
  if (mode === "cut") cutTexts(results, warn);
  for (const result of results) dropTooDeep(result, warn);
  for (const result of results) {
    dropWhile(
      [result],
      countOfNumbers,
      () => countOfNumbers(result.metrics) > MAX_NUMBERS - ROOM_NUMBERS,
      `with it there are more than the ${MAX_NUMBERS} numbers that a result may have`,
      warn,
    );
  }
  dropWhile(
    results,
    (value) => JSON.stringify(value).length,
    () => bytesOf(results) > MAX_BYTES,
    "with it, what is posted would be larger than 1 MiB",
    warn,
  );
  if (bytesOf(results) > MAX_BYTES) dropItems(results, warn);
}

/** The size of a body that posts some results. */
export function bytesOf(results: SourceDocument[]): number {
  return new TextEncoder().encode(JSON.stringify(results)).length;
}

/** Leaves out, from all results alike, the bulkiest detail, again and again. */
function dropWhile(
  results: SourceDocument[],
  measure: (value: object) => number,
  isTooMuch: () => boolean,
  reason: string,
  warn: Warn | undefined,
): void {
  const dropped: string[] = [];
  while (isTooMuch()) {
    const found = results.map(({ metrics }) => bulkiest(metrics, measure))
      .filter((one) => one !== undefined)
      .reduce<Bulk | undefined>((a, b) => a === undefined || b.size > a.size ? b : a, undefined);
    if (found === undefined) break;
    for (const result of results) result.metrics = without(result.metrics, found.path);
    dropped.push(pointerOf(found.path));
  }
  if (dropped.length > 0) warn?.(`Left out of metrics: ${dropped.join(", ")}: ${reason}.`);
}

interface Bulk {
  path: Path;
  size: number;
}

/** The detail that takes most room: deep inside another where nearly all of that is it. */
function bulkiest(metrics: unknown, measure: (value: object) => number): Bulk | undefined {
  let found: Bulk | undefined;
  let at: unknown = metrics;
  let path: Path = [];
  while (hasKeys(at) && !isNumber(at)) {
    const largest = Object.entries(at)
      .filter(([, value]) => path.length > 0 ? isBulky(value) : isDetail(value))
      .map(([key, value]) => ({ key, value, size: measure({ value }) }))
      .reduce<{ key: string; value: unknown; size: number } | undefined>(
        (a, b) => a === undefined || b.size > a.size ? b : a,
        undefined,
      );
    if (largest === undefined || largest.size === 0) break;
    if (found !== undefined && largest.size < MOST * found.size) break;
    path = [...path, largest.key];
    found = { path, size: largest.size };
    at = largest.value;
  }
  return found;
}

const MOST = 0.7;

function isBulky(value: unknown): boolean {
  return typeof value === "object" && value !== null && !isNumber(value) ||
    typeof value === "string" && value.length > MAX_SCORE_TEXT;
}

/** What is no score, nor an object of scores only, such as one by category. */
function isDetail(value: unknown): boolean {
  if (typeof value === "string") return value.length > MAX_SCORE_TEXT;
  return typeof value === "object" && value !== null && !isScores(value);
}

function isScores(value: unknown): boolean {
  if (typeof value !== "object" || value === null || isNumber(value)) {
    return typeof value !== "string";
  }
  return !Array.isArray(value) && Object.values(value).every(isScores);
}

function dropAll(results: SourceDocument[], warn: Warn | undefined): void {
  const dropped = new Set<string>();
  for (const result of results) {
    const { metrics } = result;
    if (!hasKeys(metrics)) continue;
    const [details, scores] = [true, false].map((are) =>
      Object.entries(metrics).filter(([, value]) => isDetail(value) === are)
    ) as [[string, unknown][], [string, unknown][]];
    for (const [key] of details) dropped.add(pointerOf([key]));
    result.metrics = Object.fromEntries(scores);
  }
  if (dropped.size > 0) warn?.(`Left out of metrics: ${[...dropped].join(", ")} (--details drop).`);
}

function cutTexts(results: SourceDocument[], warn: Warn | undefined): void {
  let count = 0;
  const cut = (value: unknown): unknown => {
    if (typeof value === "string") {
      const short = shorten(value, MAX_CUT_LENGTH);
      if (short !== value) count++;
      return short;
    }
    if (typeof value !== "object" || value === null || isNumber(value)) return value;
    if (Array.isArray(value)) return value.map(cut);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner)]));
  };
  for (const result of results) result.metrics = cut(result.metrics);
  if (count > 0) {
    warn?.(`Texts of metrics cut to ${MAX_CUT_LENGTH} characters: ${count} (--details cut).`);
  }
}

/** Puts null in the place of what is nested deeper than a result may be. */
function dropTooDeep(result: SourceDocument, warn: Warn | undefined): void {
  const dropped: string[] = [];
  const visit = (value: unknown, depth: number, path: Path): unknown => {
    if (typeof value !== "object" || value === null || isNumber(value)) return value;
    if (depth > MAX_DEPTH) {
      dropped.push(pointerOf(path));
      return null;
    }
    const entries = Object.entries(value).map(([key, inner]) =>
      [key, visit(inner, depth + 1, [...path, key])] as const
    );
    if (entries.every(([key, inner]) => inner === (value as SourceDocument)[key])) return value;
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  };
  // The result itself is the first level.
  result.metrics = visit(result.metrics, 2, []);
  if (dropped.length === 0) return;
  const more = dropped.length > 1 ? ` and ${dropped.length - 1} more` : "";
  warn?.(
    `Left out of metrics: ${
      dropped[0]
    }${more}: a result must not be nested deeper than ${MAX_DEPTH}, so it is null.`,
  );
}

function dropItems(results: SourceDocument[], warn: Warn | undefined): void {
  const withItems = results.filter((result) => "items" in result);
  if (withItems.length === 0) return;
  for (const result of withItems) delete result.items;
  warn?.(
    "The document is converted without items: with them it would be larger than the 1 MiB that can be posted, even without details.",
  );
}

/** A copy without what is at a path: the document that it was made of stays as it is. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || !hasKeys(value) || !Object.hasOwn(value, key)) return value;
  const { [key]: inner, ...others } = value;
  return rest.length === 0
    ? others
    // Where it was, so that keys keep their order.
    : Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name,
        name === key ? without(inner, rest) : one,
      ]),
    );
}

function countOfNumbers(value: unknown): number {
  // Those with more digits than a double are objects here, and numbers for the function.
  if (isNumber(value)) return 1;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, inner) => sum + countOfNumbers(inner), 0);
}

function pointerOf(path: Path): string {
  return toPointer(path, MAX_POINTER_LENGTH).toWellFormed();
}
