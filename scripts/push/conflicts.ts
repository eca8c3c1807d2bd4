import { CONFIGURATION_PARTS } from "../cli/listed_configuration.ts";
import { fieldOf } from "./complete_result.ts";
import type { SourcedResult } from "./read_results.ts";

/**
 * Results that name one run of one configuration and differ, a sentence each: only one of them could
 * be stored. Where they are equal, the second is the first again.
 */
export function conflictsOf(results: SourcedResult[]): string[] {
  const seen = new Map<string, SourcedResult>();
  const conflicts: string[] = [];
  for (const result of results) {
    const run = fieldOf(result.text, "run_id");
    if (run === undefined) continue;
    const attempt = fieldOf(result.text, "run_attempt") ?? 1;
    const key = JSON.stringify([
      String(run),
      String(attempt),
      ...CONFIGURATION_PARTS.map((name) => fieldOf(result.text, name) ?? ""),
    ]);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, result);
    else if (other.text !== result.text) {
      conflicts.push(
        `${placeOf(result)}: differs from ${
          placeOf(other)
        }, which is the same run (${run}) of the same configuration: give each a variant`,
      );
    }
  }
  return conflicts;
}

/** The file, and which of its results, where there are more. */
export function placeOf({ source, pointer }: SourcedResult): string {
  const index = /^\/results\/(\d+)$/.exec(pointer)?.[1];
  return index === undefined ? source : `${source}: result ${Number(index) + 1}`;
}
