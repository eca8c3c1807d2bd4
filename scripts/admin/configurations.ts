import type { ParseArgsConfig } from "node:util";
import { UsageError } from "../cli/command.ts";
import { isId } from "../cli/is_id.ts";
import { callFunction, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";

/** Options that name a configuration. */
export const CONFIGURATION_OPTIONS = {
  "model": { type: "string" },
  "dataset": { type: "string" },
  "prompt": { type: "string" },
  "environment": { type: "string" },
  "variant": { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** Options of which either the id or the names say a configuration; see {@link configurationReference}. */
export const REFERENCE_OPTIONS = {
  ...CONFIGURATION_OPTIONS,
  "configuration": { type: "string" },
} as const satisfies ParseArgsConfig["options"];

type ConfigurationValues = { [name in keyof typeof CONFIGURATION_OPTIONS]?: string | undefined };

/** The five parts as the parameters of SQL functions. */
export interface ConfigurationNames {
  p_model_version: string;
  p_dataset_version: string;
  p_prompt_version: string;
  p_environment: string;
  p_variant: string;
}

/** The parts of a configuration from its options, or null when one is missing. */
export function configurationNames(
  { model, dataset, prompt, environment, variant }: ConfigurationValues,
): ConfigurationNames | null {
  if (!model || !dataset || !prompt || !environment) return null;
  return {
    p_model_version: model,
    p_dataset_version: dataset,
    p_prompt_version: prompt,
    p_environment: environment,
    p_variant: variant ?? "",
  };
}

/** What names a configuration: its id, or its parts. */
export type ConfigurationReference = string | ConfigurationNames;

/**
 * A configuration from `--configuration ID` or from the options that name its parts.
 *
 * @throws {UsageError} When it is neither, or both.
 */
export function configurationReference(
  values: ConfigurationValues & { configuration?: string | undefined },
): ConfigurationReference {
  const names = configurationNames(values);
  const isNamed = Object.keys(CONFIGURATION_OPTIONS)
    .some((name) => values[name as keyof ConfigurationValues] !== undefined);
  if (values.configuration !== undefined) {
    if (isNamed || !isId(values.configuration)) {
      throw new UsageError("--configuration takes an id, and then no names beside it.");
    }
    return values.configuration;
  }
  if (names === null) {
    throw new UsageError(
      "Name the configuration: --configuration ID, or --model, --dataset, --prompt and --environment, and --variant if it has one.",
    );
  }
  return names;
}

/**
 * The id of a configuration.
 *
 * @throws {UserError} When there is none of these names.
 */
export async function findConfiguration(
  project: Project,
  reference: ConfigurationReference,
): Promise<string> {
  if (typeof reference === "string") return reference;
  const id = await callFunction<string | null>(project, "find_configuration", { ...reference });
  if (id === null) throw new UserError(`There is no configuration ${describe(reference)}.`);
  return id;
}

/** A configuration in words. */
export function describe(reference: ConfigurationReference): string {
  return typeof reference === "string"
    ? reference
    : Object.values(reference).filter((part) => part !== "").join(" / ");
}
