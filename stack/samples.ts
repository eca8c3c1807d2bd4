import process from "node:process";
import { SingleBar } from "cli-progress";
import type pg from "pg";

const SAMPLES = new URL("../samples/", import.meta.url);

/**
 * Posts the sample results through the ingest function, one after the other, so that they get
 * versions as CI would give them.
 *
 * Done when the database holds nothing but samples, and not all of them: an interrupted first
 * start is completed by the next one. Each sample names its run, so none is stored twice.
 *
 * @returns How many are new.
 */
export async function ingestSamples(
  pool: pg.Pool,
  ingestUrl: string,
  token: string,
): Promise<number> {
  const files = await listSamples();
  const { rows: [counts] } = await pool.query(
    `
    select count(*)::int as all, count(*) filter (where 'sample' = any (tags))::int as samples
    from (select tags from public.benchmark_transactions limit $1) as t`,
    [files.length],
  );
  if (counts.samples < counts.all || counts.all === files.length) return 0;

  // Draws nothing where standard output is not a terminal.
  const bar = new SingleBar({
    format: "Ingesting sample results {bar} {value}/{total}",
    barsize: 30,
    stream: process.stdout,
  });
  if (!Deno.stdout.isTerminal()) console.error(`Ingesting ${files.length} sample results`);
  bar.start(files.length, 0);
  for (const file of files) {
    const response = await fetch(ingestUrl, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: await Deno.readTextFile(new URL(file, SAMPLES)),
    });
    if (!response.ok) {
      throw new Error(`Sample ${file} was refused: ${response.status} ${await response.text()}`);
    }
    await response.body?.cancel();
    bar.increment();
  }
  bar.stop();
  return files.length - counts.all;
}

async function listSamples(): Promise<string[]> {
  const files = [];
  for await (const entry of Deno.readDir(SAMPLES)) {
    if (entry.name.endsWith(".json")) files.push(entry.name);
  }
  return files.sort();
}
