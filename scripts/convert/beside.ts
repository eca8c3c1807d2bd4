import { basename, dirname, join } from "node:path";
import { counted } from "../cli/counted.ts";
import { readText } from "../cli/read_input.ts";
import type { SourceDocument, Warn } from "./adapter.ts";
import type { NamedDocument } from "./convert_document.ts";
import { everyEvalEver, joinSamples } from "./every_eval_ever.ts";
import { lmEvaluationHarness } from "./lm_evaluation_harness.ts";
import {
  factsOfSampleFile,
  type SampleFile,
  samplesByTask,
} from "./lm_evaluation_harness_samples.ts";
import { parseDocument, readDocument, type ReadOptions } from "./read_document.ts";

/** The key under which samples are put into a document that was written without them. */
const SAMPLES = "samples";

/**
 * Reads a document, see {@link readDocument}, with the samples that stand beside it, see
 * {@link withSamples}.
 */
export async function readWithSamples(
  path: string,
  options: ReadOptions,
  note: Warn,
): Promise<NamedDocument> {
  const document = await readDocument(path, options, note);
  const whole = await withSamples(path, document, options, note);
  return whole === undefined
    ? { source: path, document }
    : { source: path, document: whole, aside: [SAMPLES] };
}

/** Whether a file holds samples, which are read with the results that they stand beside. */
export function isSampleFile(path: string): boolean {
  return factsOfSampleFile(path) !== undefined || path.endsWith(EVERY_EVAL_EVER);
}

/**
 * Puts into a document the samples that its tool wrote beside it: `samples_<task>_<time>.jsonl` beside
 * `results_<time>.json` of lm_eval, `<id>_samples.jsonl` beside `<id>.json` of Every Eval Ever.
 *
 * @param path Where the document was read.
 * @returns The document, with its samples under `samples`; undefined where there are none.
 * @throws {UserError} For samples that are not of this document, or cannot be read.
 */
export async function withSamples(
  path: string,
  document: unknown,
  options: ReadOptions,
  note: Warn,
): Promise<SourceDocument | undefined> {
  if (path === "-") return undefined;
  const isHarness = lmEvaluationHarness.matches(document);
  if (!isHarness && !everyEvalEver.matches(document)) return undefined;
  if (SAMPLES in (document as SourceDocument)) return undefined;
  const files = isHarness ? await harnessFiles(path) : await everyEvalEverFiles(path);
  const read = await Promise.all(files.map(async (source) => ({
    source,
    rows: await readLines(source, options, note),
  })));
  const withRows = read.filter(({ rows }) => rows.length > 0);
  if (withRows.length === 0) return undefined;
  const total = withRows.reduce((sum, { rows }) => sum + rows.length, 0);
  note(
    `${path}: with ${counted(total, "sample")} of ${
      withRows.map(({ source }) => source).join(", ")
    }.`,
  );
  if (isHarness) {
    const samples: SampleFile[] = withRows.map(({ source, rows }) => ({
      source,
      rows,
      task: factsOfSampleFile(source)!.task,
    }));
    return { ...document as SourceDocument, [SAMPLES]: samplesByTask(samples) };
  }
  const [{ rows, source }] = withRows as [typeof withRows[number]];
  return joinSamples(document as SourceDocument, rows, source);
}

const EVERY_EVAL_EVER = "_samples.jsonl";

async function harnessFiles(path: string): Promise<string[]> {
  const [, time] = /(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.json$/.exec(basename(path)) ?? [];
  if (time === undefined) return [];
  const names = await Array.fromAsync(Deno.readDir(dirname(path)), ({ name }) => name);
  return names.filter((name) => factsOfSampleFile(name)?.time === time).sort()
    .map((name) => join(dirname(path), name));
}

async function everyEvalEverFiles(path: string): Promise<string[]> {
  const beside = path.replace(/\.json$/, EVERY_EVAL_EVER);
  const isThere = beside !== path && await Deno.stat(beside).then(() => true, () => false);
  return isThere ? [beside] : [];
}

/** The lines of a file, a JSON value each. */
async function readLines(path: string, options: ReadOptions, note: Warn): Promise<unknown[]> {
  const lines = (await readText(path, note)).split("\n");
  return lines.flatMap((line, index) =>
    line.trim() === "" ? [] : [parseDocument(line, `${path}, line ${index + 1}`, options, note)]
  );
}
