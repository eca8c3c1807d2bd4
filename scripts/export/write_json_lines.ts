import type { ExportedDecision, ExportedRun, LedgerWriter } from "./exported_run.ts";

/**
 * JSON Lines: `{"type": "run", "series": …, "entry": …, "items": …}` a run,
 * `{"type": "decision", "decision": …}` a decision, in the database's own text, and at last
 * `{"type": "end", "runs": …, "decisions": …}`, without which it is not complete.
 *
 * @param path A file, which is replaced when everything is written, or `-` for standard output.
 */
export async function createJsonLinesWriter(path: string): Promise<LedgerWriter> {
  const part = `${path}.part`;
  const sink = path === "-"
    ? Deno.stdout.writable
    : (await Deno.open(part, { write: true, create: true, truncate: true })).writable;
  const writer = sink.getWriter();
  const encoder = new TextEncoder();
  const write = async (line: string) => await writer.write(encoder.encode(`${line}\n`));
  let runs = 0;
  let decisions = 0;
  return {
    async writeRun({ text, series }: ExportedRun) {
      runs++;
      await write(`{"type": "run", "series": ${JSON.stringify(series)}, ${text.slice(1)}`);
    },
    async writeDecision({ text }: ExportedDecision) {
      decisions++;
      await write(`{"type": "decision", "decision": ${text}}`);
    },
    async close() {
      await write(`{"type": "end", "runs": ${runs}, "decisions": ${decisions}}`);
      await writer.close();
      if (path !== "-") await Deno.rename(part, path);
    },
    async abort() {
      await writer.close();
      if (path !== "-") await Deno.remove(part);
    },
  };
}
