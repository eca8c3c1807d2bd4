import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = resolve(fileURLToPath(new URL("../../", import.meta.url)));

/**
 * The directory that the person is in. `deno task` runs in that of the project, and hands over
 * theirs as INIT_CWD; whatever else may have inherited that variable is not meant.
 */
export function userDirectory(): string {
  const initial = Deno.env.get("INIT_CWD");
  return initial !== undefined && Deno.cwd() === PROJECT ? initial : Deno.cwd();
}

/** A path that the person gave, so that it is found from where this runs; `-` stays. */
export function userPath(path: string): string {
  if (path === "-" || userDirectory() === Deno.cwd()) return path;
  return relative(Deno.cwd(), resolve(userDirectory(), path)) || ".";
}
