import { lastKey } from "../../supabase/functions/ingest-benchmark/json_pointer.ts";
import { MAX_BATCH } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { validatePayload } from "../../supabase/functions/ingest-benchmark/payload/validate_payload.ts";
import {
  type Issue,
  ProblemError,
} from "../../supabase/functions/ingest-benchmark/problem/problem.ts";
import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import { offsetOf } from "../cli/json_members.ts";
import { pathOf, problemAt } from "../cli/place.ts";
import type { SourcedResult } from "./read_results.ts";

/** Results that are sent in one request, and its body. */
export interface Batch<Result extends SourcedResult = SourcedResult> {
  results: Result[];
  body: string;
}

/** Something that is wrong with a result that was sent, by its place in the body. */
export type BodyIssue = Pick<Issue, "pointer" | "message">;

/** Distributes results over requests of at most 100 and 1 MiB, in their order. */
export function batchesOf<Result extends SourcedResult>(results: Result[]): Batch<Result>[] {
  const frame = bodyOf([]).length;
  const batches: Result[][] = [];
  let bytes = Infinity;
  for (const result of results) {
    const size = new TextEncoder().encode(result.text).length + 1; // and a comma
    const last = batches.at(-1);
    if (last === undefined || last.length === MAX_BATCH || bytes + size > MAX_BODY_BYTES) {
      batches.push([result]);
      bytes = frame + size;
    } else {
      last.push(result);
      bytes += size;
    }
  }
  return batches.map((results) => ({ results, body: bodyOf(results) }));
}

/**
 * What the function would refuse of a batch, a sentence each, with file, result, pointer, line and
 * column: by its own checks, before anything is sent. Empty when nothing is wrong.
 */
export function problemsOf(batch: Batch): string[] {
  const bytes = new TextEncoder().encode(batch.body).length;
  if (bytes > MAX_BODY_BYTES) {
    const [{ source, pointer }] = batch.results as [SourcedResult];
    const message = `has ${bytes} bytes, and a request at most ${MAX_BODY_BYTES}`;
    return [problemAt(source, pointer, `${message}: send fewer items or details.`)];
  }
  try {
    validatePayload({ text: batch.body, value: JSON.parse(batch.body) });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return describeIssues(batch, error.errors ?? [{ pointer: "", message: error.message }]);
  }
}

/** Issues with a batch, as its files have them. */
export function describeIssues(batch: Batch, issues: readonly BodyIssue[]): string[] {
  return issues.map(({ pointer, message }) => {
    const [, index, rest = ""] = /^\/results\/(\d{1,6})(\/.*)?$/s.exec(pointer) ?? [];
    const result = batch.results[Number(index ?? 0)] ?? batch.results[0]!;
    const own = `${result.pointer}${index === undefined ? "" : rest}`;
    const text = result.fileText;
    return problemAt(
      result.source,
      own,
      // The database's own words begin with the field.
      message.startsWith(`${lastKey(own)} `) ? message.slice(lastKey(own).length + 1) : message,
      text === undefined ? undefined : { text, offset: offsetOf(text, pathOf(own)) },
    );
  });
}

function bodyOf(results: SourcedResult[]): string {
  return `{"results":[${results.map(({ text }) => text).join(",")}]}`;
}
