import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import { digest } from "./names.ts";

/** A score of a document, and what it is called there. */
export interface Score {
  /** From the outermost on, such as scorer and metric. */
  parts: string[];
  value: unknown;
  stderr?: unknown;
  /** Its scale, where it is known not to be that from 0 to 1. */
  scale?: "percent" | "other" | undefined;
}

/** A score by the name that it has in a result. */
export interface NamedScore extends Score {
  name: string;
}

const FRACTIONS = ["precision", "recall", "f1"];
// Keys of an item that are no scores.
const NO_SCORES = ["id", "group", "epoch"];
// A key has at most 200 characters, and `_stderr` may follow.
const MAX_LENGTH = 190;

/**
 * Names scores by plain names: their parts joined by `_`, and what is no letter, digit or `_` becomes
 * `_`. Scores that are no number are left out. A name that is another score's already ends with a digest
 * of its parts; so does one that is cut. A name that a result means something
 * else by gets an end: an `f1` in percent is `f1_percent`, a negative `latency_ms` `latency_ms_score`.
 *
 * @param others Names that other scores have.
 */
export function nameScores(scores: Score[], others: string[] = []): NamedScore[] {
  const taken = new Set(others);
  return scores.filter(({ value }) => Number.isFinite(numberOf(value))).map((score) => {
    const plain = plainName(score.parts);
    const known = isTaken(plain, score) ? plain : `${plain}_${endOf(plain, score)}`;
    const isFree = !taken.has(known) &&
      !(isStandardError(score.stderr) && taken.has(`${known}_stderr`));
    const name = isFree ? known : `${known}_${digest(score.parts)}`;
    taken.add(name).add(`${name}_stderr`);
    return { ...score, name };
  });
}

/** The scores for `metrics`, each with its standard error as `<name>_stderr` where there is one. */
export function scoreMetrics(scores: NamedScore[]): SourceDocument {
  return Object.fromEntries(scores.flatMap(({ name, value, stderr }) => [
    [name, value],
    ...(isStandardError(stderr) ? [[`${name}_stderr`, stderr]] : []),
  ]));
}

/** Parts as one name of letters, digits and `_`, which the score of an item may have, too. */
export function plainName(parts: string[]): string {
  const name = parts.join("_").normalize("NFC").replace(/[^\p{L}\p{N}_]/gu, "_");
  if (NO_SCORES.includes(name)) return `${name}_score`;
  return name.length > 0 && name.length <= MAX_LENGTH
    ? name
    : `${name.slice(0, MAX_LENGTH - 20)}_${digest(parts)}`;
}

/**
 * Whether scores of one family are percentages: one F1 of 0.8 may be one, but not where another score of
 * its kind is above 1.
 */
export function arePercentages(scores: [name: string, value: unknown][]): boolean {
  return scores.some(([name, value]) =>
    /f1|exact|precision|recall|accuracy/i.test(name) && !/std|stderr|var/i.test(name) &&
    (numberOf(value) ?? 0) > 1
  );
}

function endOf(name: string, { scale }: Score): string {
  return scale === "percent" && FRACTIONS.includes(name) ? "percent" : "score";
}

/** Whether the function takes a score under a name. */
function isTaken(name: string, { value, scale }: Score): boolean {
  if (!Object.hasOwn(metricsSchema.shape, name)) return true;
  if (scale !== undefined && FRACTIONS.includes(name)) return false;
  return metricsSchema.safeParse({ [name]: numberOf(value) }).success;
}

function isStandardError(value: unknown): boolean {
  return isNumber(value) && Number.isFinite(numberOf(value)) && numberOf(value)! >= 0;
}
