import { join } from "node:path";
import { StackError } from "./stack_error.ts";

/**
 * Makes the data directory, and takes it for this process: two embedded databases on the same
 * files would destroy them.
 *
 * The lock is the operating system's, on an open file: it ends with the process, however that
 * ends, so there is no stale lock to remove by hand.
 *
 * @returns Gives the directory back.
 * @throws {StackError} When it cannot be written, or another stack has it.
 */
export async function openDataDirectory(directory: string): Promise<() => void> {
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(directory, { recursive: true });
    file = await Deno.open(join(directory, "lock"), { create: true, write: true });
  } catch (error) {
    throw new StackError(
      `Cannot use the data directory ${directory}: ${
        (error as Error).message
      }. Choose another with --data-dir.`,
    );
  }
  const isTaken = await file.tryLock(true).then((locked) => !locked, () => true);
  if (isTaken) {
    file.close();
    throw new StackError(
      `Cannot use the data directory ${directory}: another stack is running on it. Stop that one, or choose another with --data-dir.`,
    );
  }
  return () => file.close();
}
