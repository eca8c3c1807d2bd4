import { parseWithNumberText } from "../../ledger/canonical_json.ts";
import { derivedProblem } from "../../ledger/derived_columns.ts";
import { checkEntry, type LedgerEntry } from "../../ledger/entry_hash.ts";
import { fieldsOf } from "../cli/json_members.ts";
import { UserError } from "../cli/user_error.ts";
import type { ExportedItems } from "../export/exported_run.ts";
import type { ImportedRun } from "./imported_run.ts";

// Fields of a result that the ledger has under the same names.
const FIELDS = [
  "model_version",
  "dataset_version",
  "prompt_version",
  "environment",
  "variant",
  "commit_sha",
  "branch_name",
  "model_provider",
  "dataset_size",
  "run_id",
  "run_attempt",
  "triggered_by",
  "duration_seconds",
  "error_count",
  "success_count",
  "tags",
  "notes",
  "metrics",
];

/**
 * The result that a run of `deno task export` once was. It gets a version, time of storing and
 * hash of its own: what proves it where it was stored first is the export.
 *
 * @param line One with `"type": "run"`.
 * @throws {UserError} For one that was changed since it was exported.
 */
export async function readExportedRun(
  line: string,
  source: string,
  file: string,
  order: number,
): Promise<ImportedRun> {
  const run = fieldsOf(line);
  const entry = fieldsOf(line, run.get("entry")?.start ?? line.length);
  const problem = await problemOf(line);
  if (problem !== null) {
    throw new UserError(
      `Cannot import ${source}: ${problem}. deno task verify --export says more.`,
    );
  }
  const valueOf = (name: string): unknown => JSON.parse(entry.get(name)?.text ?? "null");
  const members: [string, string][] = [];
  for (const name of FIELDS) {
    const text = entry.get(name)?.text ?? "null";
    if (text !== "null" && text !== '""') members.push([name, text]);
  }
  members.push(["timestamp", JSON.stringify(valueOf("measured_at") ?? valueOf("created_at"))]);
  if (valueOf("published") === false) members.push(["candidate", "true"]);
  const series = run.get("series")?.text ?? "null";
  if (series !== "null") members.push(["series", series]);
  const items = JSON.parse(run.get("items")?.text ?? "null") as ExportedItems | null;
  if (items !== null) members.push(["items", JSON.stringify(itemsOf(items))]);
  return {
    source,
    file,
    text: `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`,
    order,
    state: { isActive: valueOf("is_void") !== true, isCurrent: false, isBaseline: false },
  };
}

/** What is imported must be what was stored, and not what somebody made of it since. */
async function problemOf(line: string): Promise<string | null> {
  const { entry } = parseWithNumberText(line) as { entry?: LedgerEntry };
  if (entry === undefined || entry.metrics === undefined) return "it has no entry";
  const { hash } = await checkEntry(entry);
  return hash === entry.entry_hash ? await derivedProblem(entry) : "its content was changed";
}

function itemsOf({ ids, epochs, groups, scores }: ExportedItems): Record<string, unknown>[] {
  return ids.map((id, index) => ({
    id,
    ...(epochs !== null && { epoch: epochs[index] }),
    ...(groups !== null && { group: groups[index] }),
    ...Object.fromEntries(Object.entries(scores).map(([name, values]) => [name, values[index]])),
  }));
}
