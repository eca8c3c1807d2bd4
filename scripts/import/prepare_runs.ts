import { completeText, fieldOf } from "../push/complete_result.ts";
import type { SourcedResult } from "../push/read_results.ts";
import { createRunIds } from "../push/run_id.ts";
import type { ImportedRun } from "./imported_run.ts";

/** A run as it is stored. */
export interface PreparedRun extends SourcedResult {
  run: ImportedRun;
  /** When it was measured; null when it does not say so. */
  timestamp: string | null;
}

/**
 * Completes runs and puts them into the order of time, so that none comes after a newer one of its
 * configuration. A run without `run_id` gets one made of its content, so that importing it again
 * stores nothing twice; runs that do not say when they were measured stay in their order, at the
 * end: they count as measured now.
 *
 * @param options Fields of a result, for runs that lack them.
 */
export function prepareRuns(
  runs: ImportedRun[],
  options: Record<string, unknown>,
): PreparedRun[] {
  const runIds = createRunIds("import");
  const prepared = runs.map((run): PreparedRun => {
    const known = completeText(run.text, options);
    // By the file, because of two that are equal in two files, one is the other again.
    const text = completeText(known, { run_id: runIds.of(run.file, known) });
    const timestamp = fieldOf(text, "timestamp");
    return {
      run,
      source: run.source,
      pointer: "",
      fileText: undefined,
      text,
      timestamp: typeof timestamp === "string" ? timestamp : null,
    };
  });
  return prepared.toSorted((a, b) =>
    timeOf(a) - timeOf(b) || digitsOf(a).localeCompare(digitsOf(b)) || a.run.order - b.run.order
  );
}

function timeOf({ timestamp }: PreparedRun): number {
  const time = timestamp === null ? NaN : Date.parse(timestamp);
  return Number.isNaN(time) ? Number.MAX_SAFE_INTEGER : time;
}

/** What of a time is below the millisecond, at which a Date ends. */
function digitsOf({ timestamp }: PreparedRun): string {
  return /\.\d{3}(\d+)/.exec(timestamp ?? "")?.[1] ?? "";
}
