import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DASHBOARD = fileURLToPath(new URL("./", import.meta.url));

/** What is bundled: the page, whose files are named by their content, and its worker. */
const ENTRIES: ((directory: string) => string[])[] = [
  (directory) => ["--outdir", directory, "index.html"],
  // The page names it by its URL, which the bundler leaves as it is: so it keeps its name.
  (directory) => ["--output", join(directory, "worker.js"), "src/change_points/worker.ts"],
];

/**
 * Builds the page by the bundler of Deno.
 *
 * @param directory Where the files go; made when it is missing.
 * @throws {Error} With what the bundler says.
 */
export async function buildPage(directory: string): Promise<void> {
  // One after the other: the first one of all may have to download the bundler.
  for (const entry of ENTRIES) await bundle(entry(directory));
  for await (const { name } of Deno.readDir(join(DASHBOARD, "public"))) {
    await Deno.copyFile(join(DASHBOARD, "public", name), join(directory, name));
  }
}

async function bundle(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // Lazily: not the packages that only the types and the tests are from.
    args: [
      ...["bundle", "--quiet", "--unstable-npm-lazy-caching", "--platform", "browser", "--minify"],
      ...args,
    ],
    cwd: DASHBOARD,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

if (import.meta.main) {
  const output = join(DASHBOARD, "dist");
  await Deno.remove(output, { recursive: true }).catch(() => {});
  await buildPage(output);
}
