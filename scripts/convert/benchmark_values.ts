import { UserError } from "../cli/user_error.ts";
import { numberOf, type SourceDocument, type Warn } from "./adapter.ts";
import { cleanName, digest, joinNames } from "./names.ts";

/** What was measured of one benchmark of a program. */
export interface BenchmarkValues {
  /** As the tool names it. */
  name: string;
  /** By the names that the result gets, units in them; what is no number is left out. */
  values: SourceDocument;
  /** Whether it is known that it has no numbers, and was told. */
  hasFailed?: boolean;
}

/**
 * The numbers of benchmarks by name, for `metrics.values`: `/values/parse/mean_s` is a metric, and
 * `/values/parse/mean_s_stderr` its standard error, as the ledger looks for it. In a name, a pointer
 * writes `/` as `~1` and `~` as `~0`.
 *
 * A name is kept as it is where it can be a key; see {@link cleanName}. Benchmarks of one name are
 * told apart by their order. One without a number is left out, and told to `warn`: nothing was measured.
 *
 * @throws {UserError} When no benchmark has a number, and none is said to have `failed`.
 */
export function valuesByName(
  benchmarks: BenchmarkValues[],
  warn: Warn | undefined,
): SourceDocument {
  const named = new Map<string, SourceDocument>();
  const without: string[] = [];
  for (const { name, values, hasFailed } of benchmarks) {
    const numbers = Object.entries(values)
      .filter(([, value]) => Number.isFinite(numberOf(value)));
    if (numbers.length > 0) named.set(freeName(name, named), Object.fromEntries(numbers));
    else if (hasFailed !== true) without.push(cleanName(name) ?? "unnamed");
  }
  if (named.size === 0 && !benchmarks.some(({ hasFailed }) => hasFailed === true)) {
    throw new UserError(
      `The document holds no value: ${
        benchmarks.length === 0 ? "it has no benchmark" : "no benchmark in it has a number"
      }.`,
    );
  }
  if (without.length > 0) {
    warn?.(`No number of ${joinNames(without).replaceAll(",", ", ")}: left out of values.`);
  }
  return Object.fromEntries(named);
}

/**
 * A unit as the end of a name, so that a value whose unit changes is another metric: `_ns_per_iter` of
 * `ns/iter`, nothing of no unit. Two different units never become one.
 */
export function unitSuffix(unit: unknown): string {
  const text = typeof unit === "string" ? unit.normalize("NFC").trim() : unit ?? "";
  if (text === "") return "";
  if (typeof text !== "string") return `_${digest(text)}`;
  const plain = text.replace(/[\u00b5\u03bc]/g, "u").replaceAll("%", "percent").replaceAll(
    "/",
    "_per_",
  ).replace(/ *_per_ */g, "_per_");
  const name = plain.replace(/[^\p{L}\p{N}_]/gu, "_");
  return name === plain && name.length <= MAX_UNIT_LENGTH
    ? `_${name}`
    : `_${name.slice(0, MAX_UNIT_LENGTH)}_${digest(text)}`;
}

const MAX_UNIT_LENGTH = 40;

/**
 * The standard error of a mean: what is known of it when the standard deviation of its runs is.
 *
 * @param count How many runs; of a single one nothing is known.
 */
export function standardError(deviation: unknown, count: unknown): number | undefined {
  const runs = numberOf(count) ?? 0;
  const spread = numberOf(deviation) ?? -1;
  return runs > 1 && spread >= 0 ? spread / Math.sqrt(runs) : undefined;
}

/** Mean and spread of some numbers, as the tools compute them: n − 1 under the root. */
export function statisticsOf(numbers: number[]) {
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const stddev = numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : undefined;
  return { mean, stddev, stderr: standardError(stddev, numbers.length) };
}

function freeName(name: string, taken: Map<string, unknown>): string {
  // An object takes no key of this name from JSON.
  const first = name === "__proto__" ? "proto" : cleanName(name) ?? "unnamed";
  let free = first;
  for (let count = 2; taken.has(free); count++) free = cleanName(`${first} (${count})`)!;
  return free;
}
