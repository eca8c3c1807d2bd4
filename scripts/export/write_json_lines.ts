import type { ExportedDecision, ExportedRun, LedgerWriter } from "./exported_run.ts";

/**
 * JSON Lines: `{"type": "run", "series": …, "entry": …, "items": …}` a run and
 * `{"type": "decision", "decision": …}` a decision, in the database's own text.
 */
export function createJsonLinesWriter(sink: WritableStream<Uint8Array>): LedgerWriter {
  const writer = sink.getWriter();
  const encoder = new TextEncoder();
  const write = async (line: string) => await writer.write(encoder.encode(`${line}\n`));
  return {
    writeRun: ({ text, series }: ExportedRun) =>
      write(`{"type": "run", "series": ${JSON.stringify(series)}, ${text.slice(1)}`),
    writeDecision: ({ text }: ExportedDecision) =>
      write(`{"type": "decision", "decision": ${text}}`),
    close: () => writer.close(),
  };
}
