import { parse } from "csv-parse/sync";
import { parse as parseArray } from "postgres-array";
import type { Note } from "../cli/read_input.ts";
import { parseJson } from "../cli/read_input.ts";
import { UserError } from "../cli/user_error.ts";
import type { ImportedRun, RunState } from "./imported_run.ts";
import { timestampOf } from "./postgres_timestamp.ts";

type Row = Record<string, string>;

/** A CSV file with a header, as psql's `\copy … to FILE csv header` writes. */
export interface CsvFile {
  file: string;
  text: string;
}

// Texts, by the column of the original and the field of a result.
const TEXTS = [
  "commit_sha",
  "branch_name",
  "model_version",
  "model_provider",
  "dataset_version",
  "prompt_version",
  "environment",
  "variant",
  "triggered_by",
  "notes",
];
const NUMBERS = ["dataset_size", "duration_seconds", "error_count", "success_count"];
const OTHERS = ["id", "created_at", "run_id", "metrics", "tags"];

/** Whether a text is a table of the original system. */
export function isOriginalDump(text: string): boolean {
  return isTransactions(text) || isSnapshots(text);
}

/** Whether a text is a table of `deno task export`, which has neither all facts nor the items. */
export function isOwnTable(text: string): boolean {
  return ["ledger", "entry_hash"].every((name) => headerOf(text).includes(name));
}

function isTransactions(text: string): boolean {
  const header = headerOf(text);
  return ["id", "commit_sha", "model_version", "metrics"].every((name) => header.includes(name)) &&
    !header.includes("transaction_id") && !header.includes("entry_hash");
}

function isSnapshots(text: string): boolean {
  const header = headerOf(text);
  return ["transaction_id", "snapshot_version"].every((name) => header.includes(name));
}

/**
 * Reads the original system's two tables. A transaction is a run; its snapshot says its version,
 * and whether it is current, the baseline, or not active any more.
 *
 * A run's `run_id` is kept; where the original stored one run of a configuration more than once,
 * they are its attempts 1, 2, 3 … A transaction without run id gets one made of its own id.
 *
 * @param note Gets what is not taken over.
 * @throws {UserError} For what is no table of it.
 */
export function readOriginalDump(files: CsvFile[], note: Note): ImportedRun[] {
  const transactions = files.filter(({ text }) => isTransactions(text)).flatMap((one) =>
    rowsOf(one, note)
  );
  if (transactions.length === 0) {
    throw new UserError(
      `Cannot import ${
        files.map(({ file }) => file).join(", ")
      }: benchmark_transactions has the runs, and no row of it is there.`,
    );
  }
  const snapshots = new Map<string, SourcedRow>();
  for (const one of files.filter(({ text }) => isSnapshots(text))) {
    for (const found of rowsOf(one)) snapshots.set(found.row.transaction_id!, found);
  }
  const known = new Set(transactions.map(({ row }) => row.id));
  const strangers = [...snapshots.keys()].filter((id) => !known.has(id));
  if (strangers.length > 0) {
    throw new UserError(
      `Cannot import: ${strangers.length} snapshots are of transactions that the dump has not, the first of ${
        strangers[0]
      }. Dump both tables at one time.`,
    );
  }
  return numberAttempts(withoutRepeated(transactions)).map(({ row, source, file, attempt }) => {
    const snapshot = snapshots.get(row.id!);
    return {
      source,
      text: resultOf(row, attempt, source),
      file,
      order: Number(snapshot?.row.snapshot_version ?? 0),
      ...(snapshot !== undefined && { state: stateOf(snapshot) }),
    };
  });
}

interface SourcedRow {
  source: string;
  file: string;
  row: Row;
}

/** Each transaction once: dumps may overlap. */
function withoutRepeated(rows: SourcedRow[]): SourcedRow[] {
  const byId = new Map<string, SourcedRow>();
  for (const one of rows) {
    const other = byId.get(one.row.id!);
    if (other === undefined) byId.set(one.row.id!, one);
    else if (JSON.stringify(other.row) !== JSON.stringify(one.row)) {
      throw new UserError(
        `Cannot import ${one.source}: it has the id of ${other.source}, and says something else.`,
      );
    }
  }
  return [...byId.values()];
}

/** Rows in the order of storing, each with the attempt of its run that it is. */
function numberAttempts(rows: SourcedRow[]): (SourcedRow & { attempt: number })[] {
  const attempts = new Map<string, number>();
  // By the id where times are equal, so that the order of the file does not decide.
  const keyOf = ({ row }: SourcedRow) => `${row.created_at} ${row.id}`;
  return rows.toSorted((a, b) => keyOf(a) < keyOf(b) ? -1 : 1).map((one) => {
    const { model_version, dataset_version, prompt_version, environment, run_id } = one.row;
    const run = JSON.stringify([
      model_version,
      dataset_version,
      prompt_version,
      environment,
      run_id,
    ]);
    const attempt = (attempts.get(run) ?? 0) + 1;
    attempts.set(run, attempt);
    return { ...one, attempt };
  });
}

function resultOf(row: Row, attempt: number, source: string): string {
  const members: [string, string][] = [];
  for (const name of TEXTS) {
    if (row[name]) members.push([name, JSON.stringify(row[name])]);
  }
  for (const name of NUMBERS) {
    const value = row[name];
    if (value === undefined || value === "") continue;
    if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(value)) {
      throw new UserError(`Cannot import ${source}: ${name} must be a number, it is ${value}.`);
    }
    members.push([name, value]); // with every digit
  }
  if (row.run_id) {
    members.push(["run_id", JSON.stringify(row.run_id)]);
    members.push(["run_attempt", JSON.stringify(attempt)]);
  } else members.push(["run_id", JSON.stringify(`import-${row.id}`)]);
  const tags = tagsOf(row.tags, source);
  if (tags.length > 0) members.push(["tags", JSON.stringify(tags)]);
  members.push(["timestamp", JSON.stringify(timestampOf(row.created_at ?? "", source))]);
  parseJson(row.metrics!, `${source} metrics`);
  members.push(["metrics", row.metrics!]);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

/** An array as Postgres writes it, or as JSON. */
function tagsOf(text: string | undefined, source: string): string[] {
  if (!text || text === "NULL") return [];
  try {
    const tags = text.startsWith("{") ? parseArray(text) : JSON.parse(text);
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  } catch {
    // Said below.
  }
  throw new UserError(
    `Cannot import ${source}: tags must be an array such as {nightly,"a b"}; it is ${
      JSON.stringify(text.slice(0, 50))
    }.`,
  );
}

function stateOf({ row, source }: SourcedRow): RunState {
  return {
    isCurrent: flagOf(row, "is_current", source, false),
    isBaseline: flagOf(row, "is_baseline", source, false),
    isActive: flagOf(row, "is_active", source, true),
  };
}

/** psql writes t and f, other tools the words; what is left out says nothing. */
function flagOf(row: Row, name: string, source: string, unknown: boolean): boolean {
  const text = row[name]?.trim().toLowerCase() ?? "";
  if (["", "null"].includes(text)) return unknown;
  if (["t", "true", "1", "yes"].includes(text)) return true;
  if (["f", "false", "0", "no"].includes(text)) return false;
  // Guessed, it could make a whole history void.
  throw new UserError(`Cannot import ${source}: ${name} must be t or f, it is ${row[name]}.`);
}

function rowsOf({ file, text }: CsvFile, note?: Note): SourcedRow[] {
  let parsed: { record: Row; info: { lines: number } }[];
  try {
    const columns = (header: string[]) => header.map((name) => name.trim());
    parsed = parse(text, { columns, info: true, skip_empty_lines: true });
  } catch (error) {
    throw new UserError(`Cannot import ${file}: ${(error as Error).message}`);
  }
  const known = [...TEXTS, ...NUMBERS, ...OTHERS];
  const left = headerOf(text).filter((name) =>
    !known.includes(name) && parsed.some(({ record }) => record[name])
  );
  if (left.length > 0) note?.(`${file}: not taken over: ${left.join(", ")}.`);
  return parsed.map(({ record, info }) => ({
    source: `${file} line ${info.lines}`,
    file,
    row: record,
  }));
}

function headerOf(text: string): string[] {
  const [line = ""] = text.split(/\r?\n/, 1);
  return line.split(",").map((name) => name.trim().replace(/^"|"$/g, ""));
}
