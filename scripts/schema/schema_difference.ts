/**
 * What has to be done to one database to give it the schema of another, as the Supabase CLI finds
 * it: tables, functions with their settings and comments, grants, row security. It does not see
 * rows nor the compression of columns.
 *
 * @returns SQL; empty when the two do not differ.
 * @throws {Error} When the CLI fails.
 */
export async function schemaDifference(from: string, to: string): Promise<string> {
  // In a folder of its own: the CLI would read the project's config.toml and write beside it.
  const directory = await Deno.makeTempDir();
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: [
      "-y",
      "supabase@3",
      "db",
      "diff",
      "--from",
      `${from}?sslmode=disable`,
      "--to",
      `${to}?sslmode=disable`,
      "--use-pg-delta",
    ],
    cwd: directory,
    env: { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" },
  }).output();
  await Deno.remove(directory, { recursive: true });
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`supabase db diff failed: ${decode(stderr) || decode(stdout)}`);
  return decode(stdout);
}
