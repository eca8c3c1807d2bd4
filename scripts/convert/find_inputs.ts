import { findFiles } from "../cli/find_files.ts";
import { UserError } from "../cli/user_error.ts";
import { isSampleFile } from "./beside.ts";

/**
 * The documents that inputs name, see {@link findFiles}. Files of samples are none: they are read with
 * the results that they stand beside.
 *
 * @throws {UserError} When one names nothing, or samples.
 */
export async function findInputs(inputs: string[]): Promise<string[]> {
  const files = await findFiles(inputs, (file) => !isSampleFile(file));
  const samples = files.find(isSampleFile);
  if (samples !== undefined) {
    throw new UserError(
      `Cannot convert ${samples}: it holds samples only. Convert the results beside it, and they are read with them.`,
    );
  }
  return files;
}
