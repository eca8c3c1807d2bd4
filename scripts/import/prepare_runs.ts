import { createHash } from "node:crypto";
import { completeText, fieldOf } from "../push/complete_result.ts";
import type { SourcedResult } from "../push/read_results.ts";
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
  const seen = new Map<string, number>();
  const prepared = runs.map((run): PreparedRun => {
    const known = completeText(run.text, options);
    // Of two that are equal in one file both are runs; in two files they are the same one.
    const place = `${run.file}\n${known}`;
    const occurrence = (seen.get(place) ?? 0) + 1;
    seen.set(place, occurrence);
    const text = completeText(known, { run_id: runId(known, occurrence) });
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

function runId(content: string, occurrence: number): string {
  const digest = createHash("sha256").update(`${occurrence}\n${content}`).digest("hex");
  return `import-${digest.slice(0, 32)}`;
}
