import { fileURLToPath } from "node:url";
import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../../stack/migrations.ts";
import { applySchemas, readSchemas } from "./schema_files.ts";
import { startPostgresServer } from "../../testing/postgres_server.ts";
import { parseOptions, runCommand, UsageError } from "../cli/command.ts";
import { UserError } from "../cli/user_error.ts";
import { schemaDifference } from "./schema_difference.ts";

const HELP = `
Usage: deno task schema NAME [options]
       deno task schema --baseline

Makes the next migration: what a database made from supabase/migrations lacks to be one made from
supabase/schemas, as the Supabase CLI finds it. Read it before you commit it: the CLI does not see
rows nor column compression. Needs a Postgres server (DATABASE_URL, else installed binaries).

Options:
  --baseline    write the one baseline migration anew from the schema files; only until 1.0.0 is
                tagged, because a migration that somebody has applied is never edited
  -h, --help    show this
`;

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);
const BASELINE = "20261125000000_baseline.sql";

await runCommand(HELP, async (args) => {
  const { values, positionals } = parseOptions({
    args,
    options: { baseline: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (values.baseline) return await writeBaseline();
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0 || !/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new UsageError("NAME must be one word of lowercase letters, digits and underscores.");
  }
  return await writeNext(name);
});

async function writeBaseline(): Promise<number> {
  const others = [...Deno.readDirSync(MIGRATIONS)].map((entry) => entry.name)
    .filter((file) => file !== BASELINE);
  if (others.length > 0) {
    throw new UserError(
      `The baseline is not the only migration (${
        others.join(", ")
      }): make the next one with: deno task schema NAME`,
    );
  }
  const text = "-- Made by `deno task schema --baseline` from supabase/schemas, which is what to " +
    `read and edit.\n\n${await readSchemas()}`;
  await Deno.writeTextFile(new URL(BASELINE, MIGRATIONS), text);
  console.log(`Wrote supabase/migrations/${BASELINE}.`);
  return 0;
}

async function writeNext(name: string): Promise<number> {
  const server = await startPostgresServer();
  try {
    const [from, to] = [await server.createDatabase(), await server.createDatabase()];
    await prepare(from, (pool) => applyMigrations(pool));
    await prepare(to, applySchemas);
    const difference = await schemaDifference(from, to);
    if (difference === "") {
      console.log("The migrations make what the schema files say: nothing to write.");
      return 0;
    }
    const version = new Date().toISOString().replace(/[-:T]|\.\d+Z$/g, "");
    const path = fileURLToPath(new URL(`${version}_${name}.sql`, MIGRATIONS));
    await Deno.writeTextFile(path, difference + "\n");
    console.log(`Wrote ${path}. Read it, and add what the CLI does not see: rows, compression.`);
    return 0;
  } finally {
    await server.close();
  }
}

async function prepare(url: string, apply: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  await createSupabaseRoles(pool);
  await apply(pool);
  await pool.end();
}
