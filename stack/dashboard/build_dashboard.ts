import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "../../dashboard/build.ts";

const DASHBOARD = fileURLToPath(new URL("../../dashboard/", import.meta.url));
const SHARED = ["ledger", "statistics", "supabase/functions/ingest-benchmark"];
const SOURCES = [
  ...["src", "public", "index.html", "build.ts", "deno.json", "deno.lock"],
  // What the page imports from elsewhere is in these folders.
  ...SHARED.map((name) => `../${name}`),
];

/** Where the built dashboard is. */
export const DASHBOARD_FILES = join(DASHBOARD, "dist");

/**
 * Builds the dashboard unless it is built from the sources that are there now.
 *
 * @returns Whether there is a built dashboard to serve; when not, the reason is on standard error.
 */
export async function buildDashboard(): Promise<boolean> {
  try {
    return await buildIfChanged();
  } catch (error) {
    // The ledger does not depend on it: the stack starts without.
    console.error(
      `The dashboard could not be built, and is not served: ${(error as Error).message}`,
    );
    return false;
  }
}

async function buildIfChanged(): Promise<boolean> {
  const builtAt = await newestIn(join(DASHBOARD_FILES, "index.html"));
  const changedAt = Math.max(
    ...await Promise.all(SOURCES.map((name) => newestIn(join(DASHBOARD, name)))),
  );
  if (builtAt >= changedAt) return true;

  // Built aside and moved in at once: another stack may be serving the files, or building them, too.
  const output = await Deno.makeTempDir({ dir: DASHBOARD, prefix: ".building-" });
  const earlier = `${output}-earlier`;
  try {
    await buildPage(output);
    await Deno.rename(DASHBOARD_FILES, earlier).catch(ignoreMissing);
    try {
      await Deno.rename(output, DASHBOARD_FILES);
    } catch (error) {
      // What another one has built meanwhile is as new.
      if (await newestIn(join(DASHBOARD_FILES, "index.html")) < changedAt) throw error;
    }
    return true;
  } finally {
    for (const left of [output, earlier]) {
      await Deno.remove(left, { recursive: true }).catch(ignoreMissing);
    }
  }
}

/** The newest time of change in a file or folder; 0 when it is missing. */
async function newestIn(path: string): Promise<number> {
  const found = await Deno.stat(path).catch(() => null);
  let newest = found?.mtime?.getTime() ?? 0;
  if (!found?.isDirectory) return newest;
  for await (const entry of Deno.readDir(path)) {
    newest = Math.max(newest, await newestIn(join(path, entry.name)));
  }
  return newest;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
