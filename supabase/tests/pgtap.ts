import type { TestDatabase } from "../../testing/embedded_database.ts";

const TESTS = new URL("./", import.meta.url);

/** Names of the pgTAP files. */
export function pgtapFiles(): string[] {
  return [...Deno.readDirSync(TESTS)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".test.sql")).sort();
}

/**
 * Runs a pgTAP file on an embedded database; pg_prove and `supabase test db` run the same files
 * on servers.
 *
 * @param before SQL that runs in the transaction of the file, and is rolled back with it.
 * @returns What failed: lines of TAP, or the error that ended the file.
 */
export async function runPgtap(
  database: TestDatabase,
  file: string,
  before = "",
): Promise<string[]> {
  const sql = (await Deno.readTextFile(new URL(file, TESTS)))
    .replace(/^begin;$/m, () => `begin;\n${before};`);
  try {
    const results = await database.pglite.exec(sql);
    const lines = results.flatMap((result) => result.rows)
      .flatMap((row) => Object.values(row as Record<string, unknown>))
      .filter((value) => typeof value === "string");
    const failed = lines.filter((line) => /^not ok|^# Looks like/m.test(line));
    const passed = lines.filter((line) => /^ok /.test(line));
    return passed.length === 0 ? [...failed, "no test ran"] : failed;
  } catch (error) {
    await database.pglite.exec("rollback");
    return [(error as Error).message];
  }
}
