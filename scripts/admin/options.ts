import type { ParseArgsConfig } from "node:util";
import { environmentLabel } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { UsageError } from "../cli/command.ts";

/** Options that every admin command has. */
export const COMMON_OPTIONS = {
  "data-dir": { type: "string", default: ".local" },
  "json": { type: "boolean", default: false },
} as const satisfies ParseArgsConfig["options"];

/**
 * Environment labels from repeated or comma-separated options.
 *
 * @throws {UsageError} For what is no label.
 */
export function environmentLabels(values: string[]): string[] {
  const labels = values.flatMap((value) => value.split(",")).map((label) => label.trim());
  for (const label of labels) {
    const { error } = environmentLabel.safeParse(label);
    if (error) {
      throw new UsageError(
        `--environment ${error.issues[0]!.message}: current value is ${JSON.stringify(label)}.`,
      );
    }
  }
  return [...new Set(labels)];
}

/**
 * The one positional argument of a command.
 *
 * @throws {UsageError} When there is none, or more than one.
 */
export function onlyPositional(positionals: string[], name: string): string {
  const [value, ...more] = positionals;
  if (value === undefined || more.length > 0) throw new UsageError(`Give exactly one ${name}.`);
  return value;
}
