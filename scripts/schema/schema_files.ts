import type pg from "pg";

const SCHEMAS = new URL("../../supabase/schemas/", import.meta.url);

/** The names of the schema files, in the order in which they are applied. */
function schemaFiles(): string[] {
  return [...Deno.readDirSync(SCHEMAS)]
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(".sql"))
    .sort();
}

/** The declarative schema as one text: every file with its name above it. */
export async function readSchemas(): Promise<string> {
  const texts = [];
  for (const file of schemaFiles()) {
    const text = await Deno.readTextFile(new URL(file, SCHEMAS));
    texts.push(`-- supabase/schemas/${file}\n\n${text.trim()}\n`);
  }
  return texts.join("\n\n");
}

/** Makes the schema as it is now, from the schema files and not from the migrations. */
export async function applySchemas(pool: pg.Pool): Promise<void> {
  // One string is one transaction.
  await pool.query(await readSchemas());
}
