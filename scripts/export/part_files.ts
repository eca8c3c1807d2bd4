import { join } from "node:path";

/** Files of a directory that appear together, when all of them are written. */
export interface PartFiles {
  /** Where a file is written until then. */
  pathOf(name: string): string;
  publish(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes the directory where it is missing. */
export async function createPartFiles(directory: string, names: string[]): Promise<PartFiles> {
  await Deno.mkdir(directory, { recursive: true });
  const pathOf = (name: string) => join(directory, `${name}.part`);
  return {
    pathOf,
    async publish() {
      for (const name of names) await Deno.rename(pathOf(name), join(directory, name));
    },
    async remove() {
      for (const name of names) await Deno.remove(pathOf(name)).catch(() => {});
    },
  };
}
