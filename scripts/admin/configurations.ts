import type { ParseArgsConfig } from "node:util";
import { callFunction, type Project } from "../cli/project.ts";
import { UserError } from "../cli/user_error.ts";

/** Options that name a configuration. */
export const CONFIGURATION_OPTIONS = {
  "model": { type: "string" },
  "dataset": { type: "string" },
  "prompt": { type: "string" },
  "environment": { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** The four parts as the parameters of SQL functions. */
export interface ConfigurationNames {
  p_model_version: string;
  p_dataset_version: string;
  p_prompt_version: string;
  p_environment: string;
}

/** The parts of a configuration from its options, or null when one is missing. */
export function configurationNames(
  { model, dataset, prompt, environment }: {
    [name in keyof typeof CONFIGURATION_OPTIONS]?: string | undefined;
  },
): ConfigurationNames | null {
  if (!model || !dataset || !prompt || !environment) return null;
  return {
    p_model_version: model,
    p_dataset_version: dataset,
    p_prompt_version: prompt,
    p_environment: environment,
  };
}

/**
 * The id of a configuration.
 *
 * @throws {UserError} When there is none of these names.
 */
export async function findConfiguration(
  project: Project,
  names: ConfigurationNames,
): Promise<string> {
  const id = await callFunction<string | null>(project, "find_configuration", { ...names });
  if (id === null) {
    throw new UserError(`There is no configuration ${Object.values(names).join(" / ")}.`);
  }
  return id;
}
