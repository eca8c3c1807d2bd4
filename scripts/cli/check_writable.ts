import { UserError } from "./user_error.ts";

/**
 * Checks that a file can be written, before what it is to tell of is done: or the receipts of what was
 * stored would be lost.
 *
 * @throws {UserError} When it cannot.
 */
export async function checkWritable(path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, create: true })).close();
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${(error as Error).message}`);
  }
}
