import { metricsSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { hasKeys, isNumber, numberOf, type SourceDocument } from "./adapter.ts";
import type { RawItem } from "./items.ts";
import { digest, nameOf } from "./names.ts";

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
// Numbers of a task's results that are no scores.
const NO_SCORES = ["sample_len"];
const MAX_KEY_LENGTH = 200;

/**
 * The scores of a document by plain names, each with its `<name>_stderr` where the document gives
 * one: the ledger judges by a standard error of that name. `acc,none` becomes `acc`,
 * `exact_match,strict-match` becomes `exact_match_strict_match`, and of several tasks
 * `arc_easy,acc,none` becomes `arc_easy_acc`: an average over tasks would be an invention. Of SQuAD,
 * whose scores are percentages, `f1` becomes `f1_percent`.
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
      const id = isOneTask ? entry.doc_id : `${task}/${nameOf(entry.doc_id) ?? ""}`;
      const key = nameOf(id);
      let item = byId.get(key);
      // An entry a document and filter: what is there twice is not the same document.
      if (item === undefined || found.some(([name]) => name in item!.scores)) {
        item = { id, scores: {} };
        byId.set(key, item);
        items.push(item);
      }
      Object.assign(item.scores, Object.fromEntries(found));
    }
  }
  return items;
}

/** The names of the tasks and groups that have results. */
export function tasksOf(document: SourceDocument): string[] {
  return Object.keys(resultsOf(document));
}

/** The groups of a document, and what is in each of them: tasks and groups. */
export function groupsOf(document: SourceDocument): Map<string, string[]> {
  const { group_subtasks: groups } = document;
  const known = tasksOf(document);
  return new Map(
    Object.entries(hasKeys(groups) && !isNumber(groups) ? groups : {})
      .map(([group, members]) =>
        [
          group,
          Array.isArray(members) ? members.filter((member) => typeof member === "string") : [],
        ] as const
      )
      // A task without a group stands there with no members, and a stray one with unknown ones.
      .filter(([group, members]) =>
        members.length > 0 && (known.includes(group) || members.some((one) => known.includes(one)))
      ),
  );
}

/** The tasks that were run: what has results and is no group. */
export function leavesOf(document: SourceDocument): string[] {
  const groups = groupsOf(document);
  return tasksOf(document).filter((task) => !groups.has(task));
}

/** Results by task and group; older versions have groups beside and not among them. */
function resultsOf(document: SourceDocument): SourceDocument {
  const { results, groups } = document;
  const own = hasKeys(results) ? results : {};
  const missing = Object.entries(hasKeys(groups) && !isNumber(groups) ? groups : {})
    .filter(([name]) => !Object.hasOwn(own, name));
  return { ...own, ...Object.fromEntries(missing) };
}

function namedScores(document: SourceDocument): Score[] {
  const results = resultsOf(document);
  const tasks = Object.keys(results);
  const named = new Map<string, Score>();
  for (const task of tasks) {
    const scores = results[task];
    if (!hasKeys(scores)) continue;
    for (const [key, value] of Object.entries(scores)) {
      const [metric = "", filter = "none"] = key.split(",");
      if (metric.endsWith("_stderr") || !isNumber(value) || NO_SCORES.includes(metric)) continue;
      const plain = [
        ...(tasks.length > 1 ? [task] : []),
        metric,
        ...(filter === "none" ? [] : [filter]),
      ].join("_").replace(/[^A-Za-z0-9_]/g, "_");
      const first = FRACTIONS.includes(plain) && !areFractions(task, scores)
        ? `${plain}_percent`
        : plain;
      // Not one score over another.
      const name = named.has(first) ? `${first}_${digest([task, key])}` : first;
      if (name.length > MAX_KEY_LENGTH - 10) continue;
      if (!metricsSchema.safeParse({ [name]: numberOf(value) }).success) continue;
      const stderr = scores[`${metric}_stderr${key.slice(metric.length)}`];
      named.set(name, { task, metric, filter, name, value, stderr });
    }
  }
  return [...named.values()];
}

/**
 * Whether F1, precision and recall of a task are fractions. Those of SQuAD v2 and of SCROLLS are
 * percentages, of which all may be below 1: they are known by their names, and others by one above 1.
 */
function areFractions(task: string, scores: SourceDocument): boolean {
  const entries = Object.entries(scores).map(([key, value]) =>
    [key.split(",")[0]!, numberOf(value)] as const
  );
  return !/scrolls/i.test(task) &&
    !entries.some(([metric]) => metric === "exact" || /^(?:HasAns|NoAns|best)_/.test(metric)) &&
    entries.filter(([metric]) => /f1|exact|precision|recall|^em$/i.test(metric))
      .filter(([metric]) => !metric.includes("_stderr"))
      .every(([, value]) => value === undefined || (value >= 0 && value <= 1));
}

function isStandardError(value: unknown): boolean {
  return (numberOf(value) ?? -1) >= 0;
}
