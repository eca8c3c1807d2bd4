import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PREFIX = "benchmark-test-database-";
const PROJECT = new URL("../", import.meta.url);

/**
 * A migrated database as a tar file, which is kept in the folder for temporary files: making one takes
 * seconds, and the tests need a hundred.
 *
 * @returns Where it is.
 */
export async function databaseTemplate(): Promise<string> {
  const directory = tmpdir();
  const name = `${PREFIX}${await digestOfSources()}.tar`;
  const path = join(directory, name);
  if (await Deno.stat(path).then(() => true, () => false)) return path;

  // Made aside and moved in at once: another process may read it, or make it, too. By a process of its
  // own, because not whoever needs one has the packages that make it.
  const aside = await Deno.makeTempFile({ dir: directory });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet"],
      fileURLToPath(new URL("make_database_template.ts", import.meta.url)),
      aside,
    ],
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.rename(aside, path);
  for (const { name: other } of Deno.readDirSync(directory)) {
    if (!other.startsWith(PREFIX) || other === name) continue;
    await Deno.remove(join(directory, other)).catch(() => {}); // of other sources, or gone already
  }
  return path;
}

/** Puts a copy of it where a stack looks for its database; nothing where there is one. */
export async function copyDatabaseTemplate(directory: string): Promise<void> {
  if (await Deno.stat(directory).then(() => true, () => false)) return;
  const template = await databaseTemplate();
  await Deno.mkdir(directory, { recursive: true });
  const { success, stderr } = await new Deno.Command("tar", {
    args: ["-x", "-f", template, "-C", directory],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Of all that a template is made of: the migrations, what applies them, and the packages. */
async function digestOfSources(): Promise<string> {
  const migrations = [...Deno.readDirSync(new URL("supabase/migrations/", PROJECT))]
    .map(({ name }) => `supabase/migrations/${name}`).toSorted();
  const others = [
    "testing/make_database_template.ts",
    "stack/migrations.ts",
    "stack/supabase_roles.sql",
    "deno.lock",
  ];
  const hash = createHash("sha256");
  for (const path of [...migrations, ...others]) {
    hash.update(`\n${path}\n`).update(await Deno.readTextFile(new URL(path, PROJECT)));
  }
  return hash.digest("hex").slice(0, 16);
}
