import { UserError } from "../cli/user_error.ts";
import { hasKeys, isNumber, type SourceDocument } from "./adapter.ts";
import { nameOf } from "./names.ts";

/** The rows of a file of samples, a parsed line each. */
export interface SampleFile {
  /** What the file is called, in errors. */
  source: string;
  task: string;
  rows: unknown[];
}

/**
 * The task and the time of a file that `lm_eval --log_samples` writes beside `results_<time>.json`:
 * `samples_<task>_<time>.jsonl`. Its results have the same time.
 *
 * @returns undefined for a file of another name.
 */
export function factsOfSampleFile(path: string): { task: string; time: string } | undefined {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  const [, task, time] = /^samples_(.+)_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl$/
    .exec(name) ?? [];
  return task === undefined || time === undefined ? undefined : { task, time };
}

/**
 * The samples of a run as its results have them under `samples`, when `simple_evaluate()` returns both:
 * the rows of each task. A row is what one document got with one filter of the answers; its `metrics`
 * name the keys that hold its scores.
 *
 * @throws {UserError} For a row that is none, or two documents of one `doc_id`: their scores would be
 * compared with another document's.
 */
export function samplesByTask(files: SampleFile[]): Record<string, SourceDocument[]> {
  const samples = new Map<string, SourceDocument[]>();
  for (const { source, task, rows } of files) {
    if (samples.has(task)) {
      throw new UserError(
        `${source} has samples of ${task}, and so has another file: give those of one run.`,
      );
    }
    samples.set(task, rows.map((row, index) => sampleOf(row, `${source}, line ${index + 1},`)));
    refuseOtherDocuments(samples.get(task)!, source);
  }
  return Object.fromEntries(samples);
}

function sampleOf(row: unknown, place: string): SourceDocument {
  if (!hasKeys(row)) throw new UserError(`${place} is no JSON object.`);
  const { doc_id, filter, metrics } = row;
  if (!isNumber(doc_id) && typeof doc_id !== "string") {
    throw new UserError(`${place} names no document: doc_id must be a number or a text.`);
  }
  if ((filter ?? null) !== null && typeof filter !== "string") {
    throw new UserError(`${place} has a filter that is no text.`);
  }
  // Older versions do not say which keys are metrics.
  if ((metrics ?? null) === null) return row;
  if (!Array.isArray(metrics) || !metrics.every((name) => typeof name === "string")) {
    throw new UserError(`${place} has metrics that are no list of names.`);
  }
  const missing = metrics.filter((name) => !Object.hasOwn(row, name));
  if (missing.length > 0) {
    throw new UserError(`${place} has no ${missing.join(", ")}, which its metrics name.`);
  }
  return row;
}

/** `doc_hash` is a document's own; with several filters it is there as often. */
function refuseOtherDocuments(rows: SourceDocument[], source: string): void {
  const hashes = new Map<string, unknown>();
  for (const [index, { doc_id, doc_hash }] of rows.entries()) {
    const id = nameOf(doc_id) ?? "";
    if ((doc_hash ?? null) === null) continue;
    if ((hashes.get(id) ?? doc_hash) !== doc_hash) {
      throw new UserError(
        `${source}, line ${
          index + 1
        }, has another document of the doc_id ${id}: its doc_hash differs. Are these rows of two runs?`,
      );
    }
    hashes.set(id, doc_hash);
  }
}
