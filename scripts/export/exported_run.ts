import {
  canonicalJson,
  type ExactJson,
  NumberText,
  parseWithNumberText,
} from "../../ledger/canonical_json.ts";

/** A run as `export_runs()` gives it. */
export interface ExportedRun {
  /** As it was answered: every number as it is stored. */
  text: string;
  /** What the ledger has of it, its numbers as text: what ledger/entry_hash.ts hashes. */
  entry: { [column: string]: ExactJson };
  /** Its items; null when it has none, or they were pruned. */
  items: ExportedItems | null;
  /** What its configuration belongs to, or null. */
  series: string | null;
}

/** Results of single items, column by column, each score in the order of the ids. */
export interface ExportedItems {
  ids: string[];
  epochs: number[] | null;
  groups: (string | null)[] | null;
  scores: Record<string, (number | boolean | null)[]>;
}

/** A decision as `export_decisions()` gives it. */
export interface ExportedDecision {
  text: string;
  decision: { [column: string]: ExactJson };
}

/** Where an export goes. */
export interface LedgerWriter {
  writeRun(run: ExportedRun): Promise<void>;
  writeDecision(decision: ExportedDecision): Promise<void>;
  /** Ends the export: only now it is where it was asked for. */
  close(): Promise<void>;
  /** Leaves what was there before. */
  abort(): Promise<void>;
}

/** A run from the text of one element of `export_runs()`. */
export function toExportedRun(text: string, series: string | null): ExportedRun {
  const { entry } = parseWithNumberText(text) as { entry: { [column: string]: ExactJson } };
  return { text, entry, items: JSON.parse(text).items, series };
}

/** A decision from the text of one element of `export_decisions()`. */
export function toExportedDecision(text: string): ExportedDecision {
  return { text, decision: parseWithNumberText(text) as { [column: string]: ExactJson } };
}

/** A value as a cell: numbers as doubles, objects and arrays as JSON with every digit. */
export function cellOf(value: ExactJson | undefined): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (value instanceof NumberText) return Number(value.text);
  return typeof value === "object" ? canonicalJson(value) : value;
}
