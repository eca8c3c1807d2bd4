import { fieldsOf, type JsonField, membersOf } from "../cli/json_members.ts";
import { type Note, parseJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { SourceDocument } from "../convert/adapter.ts";
import { githubActionBenchmark } from "../convert/github_action_benchmark.ts";
import { MAX_NAME_LENGTH, nameOf } from "../convert/names.ts";
import type { ImportedRun } from "./imported_run.ts";

// Comments may stand around it: it is JavaScript, and people edit it.
const COMMENTS = String.raw`(?:\s|//[^\n]*\n|/\*[\s\S]*?\*/)*`;
const PREFIX = new RegExp(`^${COMMENTS}window\\.BENCHMARK_DATA\\s*=`);

/** Whether a text is `data.js` of github-action-benchmark. */
export function isBenchmarkData(text: string): boolean {
  return PREFIX.test(text);
}

/** What a `data.js` does not say. */
export interface BenchmarkDataOptions {
  /** What was measured. Default: the repository, `owner/name`. */
  model: string | undefined;
}

/**
 * Reads the history that github-action-benchmark keeps in `data.js`: an entry a run and suite. The
 * suite is the data set, the repository what was measured, `date` the time of the run; names,
 * values, units and ranges are converted as its JSON is. The author of the commit is left out: it
 * is about a person.
 * https://github.com/benchmark-action/github-action-benchmark
 *
 * @throws {UserError} When it is not one.
 */
export function readBenchmarkData(
  text: string,
  file: string,
  options: BenchmarkDataOptions,
  note: Note,
): ImportedRun[] {
  // Up to its last bracket: what follows is a semicolon, and perhaps a comment.
  const json = text.slice(0, text.lastIndexOf("}") + 1)
    .replace(PREFIX, (prefix) => prefix.replaceAll(/[^\n]/g, " "));
  parseJson(json, file); // or it would not be known where it is broken
  const data = fieldsOf(json);
  const model = options.model ?? modelOf(data.get("repoUrl"));
  if (model === undefined) {
    throw new UserError(
      `Cannot import ${file}: it has no repoUrl, say what was measured with --model.`,
    );
  }
  const entries = data.get("entries");
  if (entries === undefined) throw new UserError(`Cannot import ${file}: it has no entries.`);
  const runs: ImportedRun[] = [];
  for (const suite of membersOf(json, entries.start)) {
    for (const entry of membersOf(json, suite.valueStart)) {
      const source = `${file} /entries/${suite.key}/${entry.key}`;
      runs.push({
        source,
        file,
        text: resultOf(json, entry.valueStart, String(suite.key), model, source, note),
        order: runs.length,
      });
    }
  }
  return runs;
}

function resultOf(
  json: string,
  start: number,
  suite: string,
  model: string,
  source: string,
  note: Note,
): string {
  const entry = fieldsOf(json, start);
  const commit = fieldsOf(json, entry.get("commit")?.start ?? json.length);
  const valueOf = (field: JsonField | undefined) =>
    field === undefined ? undefined : JSON.parse(field.text);
  const date = new Date(valueOf(entry.get("date")));
  const sha = valueOf(commit.get("id"));
  const benches = entry.get("benches");
  if (typeof sha !== "string" || benches === undefined || Number.isNaN(date.getTime())) {
    throw new UserError(`Cannot import ${source}: it lacks commit.id, date or benches.`);
  }
  const tool = valueOf(entry.get("tool"));
  const values = parseJson(benches.text, source);
  if (!githubActionBenchmark.matches(values)) {
    throw new UserError(`Cannot import ${source}: its benches have no name, unit and value.`);
  }
  const { metrics, ...result } = convert(values, model, suite, source, note);
  return JSON.stringify({
    ...result,
    commit_sha: sha,
    timestamp: date.toISOString(),
    metrics: { ...metrics as Record<string, unknown>, ...(tool !== undefined && { tool }) },
  });
}

function convert(
  values: unknown,
  model: string,
  suite: string,
  source: string,
  note: Note,
): SourceDocument {
  try {
    return githubActionBenchmark.convert(values as never, {
      model,
      datasetVersion: nameOf(suite, MAX_NAME_LENGTH) ?? "benchmark",
      warn: (sentence) => note(`${source}: ${sentence}`),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`Cannot import ${source}: ${error.message}`);
  }
}

/** `https://github.com/owner/name` is owner/name. */
function modelOf(field: JsonField | undefined): string | undefined {
  if (field === undefined) return undefined;
  const url = JSON.parse(field.text);
  const [, path] = /^https?:\/\/[^/]+\/([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(String(url)) ?? [];
  return path;
}
