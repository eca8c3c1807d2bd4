import { glob } from "node:fs/promises";
import { relative } from "node:path";
import { userPath } from "./user_directory.ts";
import { UserError } from "./user_error.ts";

/**
 * The files that inputs name: a file, standard input (`-`), or the files that a glob matches, in the
 * order of their names; each once.
 *
 * @param isWanted Which of those that a glob matches; a file that is named is always.
 * @throws {UserError} When one names nothing.
 */
export async function findFiles(
  inputs: string[],
  isWanted: (file: string) => boolean = () => true,
): Promise<string[]> {
  const found: string[] = [];
  for (const given of inputs) {
    const input = userPath(given);
    // A name with brackets may be a file's, and one that is none is told by whoever reads it.
    const files = input === "-" || await isFile(input) || !/[*?[{]/.test(input)
      ? [input]
      : await matches(input, isWanted);
    if (files.length === 0) {
      throw new UserError(
        `No file matches ${given}, so there is no result. Is the pattern in quotes, and relative to this folder?`,
      );
    }
    found.push(...files);
  }
  // ./a.json is a.json, too.
  return [...new Map(found.map((file) => [keyOf(file), file])).values()];
}

function keyOf(file: string): string {
  return file === "-" ? file : `./${relative(".", file)}`;
}

async function matches(pattern: string, isWanted: (file: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern)) {
    if (isWanted(file) && await isFile(file)) files.push(file);
  }
  // A file of that name that a pattern matches is a file, and not standard input.
  return files.sort().map((file) => file === "-" ? "./-" : file);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => !info.isDirectory, () => false);
}
