import { hasKeys, isNumber, type SourceDocument } from "./adapter.ts";

/** A prompt asked of a provider: a column of promptfoo's table. */
export interface Column {
  /** As `prompts` has it, whatever it is. */
  prompt: unknown;
  /** What is its own of the rows of `results`; what names no column is kept with every one. */
  kept: unknown;
  /** Rows that are known to be its own. */
  rows: SourceDocument[];
  /** Its part of the table of version 2. */
  table: unknown;
}

/** A promptfoo document, taken apart. */
export interface Promptfoo {
  columns: Column[];
  /** The summary without its columns: version, statistics. */
  summary: SourceDocument;
  timestamp: unknown;
  config: SourceDocument;
  /** What stands around the summary. */
  around: SourceDocument;
}

/** Whether a document is one of promptfoo's; see {@link partsOf}. */
export function isPromptfoo(document: unknown): boolean {
  return hasKeys(document) && summaryOf(document) !== undefined;
}

/**
 * Takes apart an output file (`promptfoo eval --output`), or what `evaluate()` of promptfoo's Node
 * package returns: the summary alone, or the whole record. The prompts are at `prompts`, and up to
 * version 2 of the summary at `table.head.prompts`.
 */
export function partsOf(document: SourceDocument): Promptfoo {
  const summary = summaryOf(document)!;
  const { prompts, results, table, timestamp, ...rest } = summary;
  const heads = promptsOf(summary)!;
  const columns = heads.map((prompt, index) => {
    const count = heads.length;
    const own = Array.isArray(results) ? results.filter((row) => belongsTo(row, index, count)) : [];
    const known = own.filter((row): row is SourceDocument =>
      hasKeys(row) && (count === 1 || hasKeys(row, "promptIdx"))
    );
    return {
      prompt,
      kept: Array.isArray(results) ? own : results,
      rows: known.length > 0 ? known : tableRows(table, index),
      table: tableColumn(table, index),
    };
  });
  const around = summary === document.results
    ? Object.fromEntries(Object.entries(document).filter(([key]) => key !== "results"))
    : {};
  const isOutput = summary === document.results;
  const config = isOutput ? around.config : rest.config;
  // Where the summary is the document, its settings stand where those of an output file do.
  if (!isOutput && config !== undefined) {
    around.config = config;
    delete rest.config;
  }
  // One that has no columns in it stays as it is.
  if (prompts !== undefined && !Array.isArray(prompts)) rest.prompts = prompts;
  return {
    columns,
    summary: rest,
    timestamp: timestamp ?? momentOf(rest.createdAt),
    config: hasKeys(config) && !isNumber(config) ? config : {},
    around,
  };
}

function summaryOf(document: SourceDocument): SourceDocument | undefined {
  const { results } = document;
  // An output file says more of itself than its prompts; other documents have such names, too.
  if (hasKeys(results)) {
    return promptsOf(results) !== undefined && ("stats" in results || "version" in results ||
        "evalId" in document)
      ? results
      : undefined;
  }
  return Array.isArray(results) && promptsOf(document) !== undefined ? document : undefined;
}

function promptsOf(summary: SourceDocument): unknown[] | undefined {
  if (Array.isArray(summary.prompts)) return summary.prompts;
  const { table } = summary;
  return hasKeys(table) && hasKeys(table.head) && Array.isArray(table.head.prompts)
    ? table.head.prompts
    : undefined;
}

/** A record of `evaluate()` has the milliseconds since 1970 instead of a timestamp. */
function momentOf(milliseconds: unknown): string | undefined {
  return typeof milliseconds === "number" && milliseconds > 0 && milliseconds < 1e14
    ? new Date(milliseconds).toISOString()
    : undefined;
}

/** Tests name their prompt by its index; what does not is kept with every prompt. */
function belongsTo(test: unknown, index: number, prompts: number): boolean {
  return prompts === 1 || !hasKeys(test, "promptIdx") || test.promptIdx === index;
}

/** Rows of version 2 name no column, but its table has them by column. */
function tableRows(table: unknown, index: number): SourceDocument[] {
  if (!hasKeys(table) || !Array.isArray(table.body)) return [];
  return table.body.flatMap((line, testIdx) => {
    if (!hasKeys(line) || !Array.isArray(line.outputs)) return [];
    const output = line.outputs[index];
    if (!hasKeys(output)) return [];
    return [{
      ...output,
      testIdx,
      success: output.pass,
      testCase: line.test ?? output.testCase,
      description: line.description,
      // Values without their names: those of the head.
      vars: varsOf(table.head, line.vars),
    }];
  });
}

function varsOf(head: unknown, values: unknown): unknown {
  const names = hasKeys(head) ? head.vars : undefined;
  if (!Array.isArray(names) || !Array.isArray(values)) return values;
  return Object.fromEntries(names.map((name, index) => [String(name), values[index]]));
}

function tableColumn(table: unknown, index: number): unknown {
  if (!hasKeys(table) || !Array.isArray(table.body)) return table;
  const { head, body, ...rest } = table;
  const { prompts, ...otherHead } = hasKeys(head) ? head : {} as SourceDocument;
  return {
    ...rest,
    head: Array.isArray(prompts) ? { ...otherHead, prompts: [prompts[index]] } : head,
    body: (body as unknown[]).map((line) =>
      hasKeys(line) && Array.isArray(line.outputs)
        ? { ...line, outputs: [line.outputs[index] ?? null] }
        : line
    ),
  };
}
