import { numberOf, type SourceDocument } from "./adapter.ts";
import { cleanName } from "./names.ts";

/** What was measured of one benchmark of a program. */
export interface BenchmarkValues {
  /** As the tool names it. */
  name: string;
  /** By the names that the result gets, units in them; what is no number is left out. */
  values: SourceDocument;
}

/**
 * The numbers of benchmarks by name, for `metrics.values`: `/values/parse/mean_s` is a metric, and
 * `/values/parse/mean_s_stderr` its standard error, as the ledger looks for it. In a name, a pointer
 * writes `/` as `~1` and `~` as `~0`.
 *
 * A name is kept as it is where it can be a key; see {@link cleanName}. Benchmarks of one name are
 * told apart by their order. One without a number is left out: nothing was measured.
 */
export function valuesByName(benchmarks: BenchmarkValues[]): SourceDocument {
  const named = new Map<string, SourceDocument>();
  for (const { name, values } of benchmarks) {
    const numbers = Object.entries(values)
      .filter(([, value]) => Number.isFinite(numberOf(value)));
    if (numbers.length === 0) continue;
    named.set(freeName(name, named), Object.fromEntries(numbers));
  }
  return Object.fromEntries(named);
}

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
