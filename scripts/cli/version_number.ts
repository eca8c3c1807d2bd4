import { UsageError } from "./command.ts";

/**
 * The version that `--version` names.
 *
 * @throws {UsageError} When it is left out, or no version.
 */
export function versionNumber(text: string | undefined): number {
  if (!/^[1-9]\d{0,8}$/.test(text ?? "")) {
    throw new UsageError(
      text === undefined
        ? "--version N is required: the version of the run."
        : `--version must be a version: current value is ${text}.`,
    );
  }
  return Number(text);
}
