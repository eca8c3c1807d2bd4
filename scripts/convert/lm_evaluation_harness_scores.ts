import { hasKeys, isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import type { RawItem } from "./items.ts";

/** One score of a task: what lm_eval calls it, what the result calls it, and what it is. */
interface Score {
  task: string;
  metric: string;
  filter: string;
  name: string;
  value: unknown;
  stderr: unknown;
}

// Scores of a result that must be fractions; lm_eval writes some of them as percentages.
const FRACTIONS = ["precision", "recall", "f1"];

/**
 * The scores of a document by plain names, each with its `<name>_stderr` where the document gives
 * one: the ledger judges by a standard error of that name. `acc,none` becomes `acc`,
 * `exact_match,strict-match` becomes `exact_match_strict_match`, and of several tasks
 * `arc_easy,acc,none` becomes `arc_easy_acc`: an average over tasks would be an invention.
 */
export function scoresOf(document: SourceDocument): SourceDocument {
  return Object.fromEntries(
    namedScores(document).flatMap(({ name, value, stderr }) => [
      [name, value],
      ...(isStandardError(stderr) ? [[`${name}_stderr`, stderr]] : []),
    ]),
  );
}

/**
 * The samples of a document that has them (`samples`, as `simple_evaluate()` returns them), an item
 * for each document of a task, with the scores of {@link scoresOf} that samples have, too.
 */
export function samplesOf(document: SourceDocument): RawItem[] {
  const { samples } = document;
  if (!hasKeys(samples)) return [];
  const isOneTask = tasksOf(document).length === 1;
  const scores = namedScores(document);
  const items: RawItem[] = [];
  for (const [task, entries] of Object.entries(samples)) {
    const ofTask = scores.filter((score) => score.task === task);
    const byId = new Map<unknown, RawItem>();
    for (const entry of Array.isArray(entries) ? entries.filter((one) => hasKeys(one)) : []) {
      const filter = entry.filter ?? "none";
      const found = ofTask.filter((score) => score.filter === filter)
        .map(({ name, metric }) => [name, entry[metric]] as const);
      let item = byId.get(entry.doc_id);
      // An entry a document and filter: what is there twice is not the same document.
      if (item === undefined || found.some(([name]) => name in item!.scores)) {
        item = { id: isOneTask ? entry.doc_id : `${task}/${entry.doc_id}`, scores: {} };
        byId.set(entry.doc_id, item);
        items.push(item);
      }
      Object.assign(item.scores, Object.fromEntries(found));
    }
  }
  return items;
}

/** The names of the tasks and groups that have results. */
export function tasksOf(document: SourceDocument): string[] {
  return hasKeys(document.results) ? Object.keys(document.results) : [];
}

function namedScores(document: SourceDocument): Score[] {
  const tasks = tasksOf(document);
  const named = new Map<string, Score>();
  for (const task of tasks) {
    const scores = (document.results as SourceDocument)[task];
    if (!hasKeys(scores)) continue;
    for (const [key, value] of Object.entries(scores)) {
      const [metric = "", filter = "none"] = key.split(",");
      if (metric.endsWith("_stderr") || !isNumber(value)) continue;
      const name = [
        ...(tasks.length > 1 ? [task] : []),
        metric,
        ...(filter === "none" ? [] : [filter]),
      ].join("_").replace(/[^A-Za-z0-9_]/g, "_");
      // Neither over a name of the document's own, nor one score over another.
      if (name in document || named.has(name)) continue;
      if (FRACTIONS.includes(name) && !isFraction(scores)) continue;
      const stderr = scores[`${metric}_stderr${key.slice(metric.length)}`];
      named.set(name, { task, metric, filter, name, value, stderr });
    }
  }
  return [...named.values()];
}

/**
 * Whether the scores of a task are fractions. SQuAD's are percentages, of which one may be below
 * 1; all of them are for a model that finds nothing at all, only.
 */
function isFraction(scores: SourceDocument): boolean {
  return Object.entries(scores)
    .filter(([key]) => /f1|exact|precision|recall/i.test(key) && !key.includes("_stderr"))
    .map(([, value]) => numberOf(value))
    .every((value) => value === undefined || (value >= 0 && value <= 1));
}

function isStandardError(value: unknown): boolean {
  return (numberOf(value) ?? -1) >= 0;
}
