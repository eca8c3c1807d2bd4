import { callFunction, type Project } from "./project.ts";

/** The parts that a configuration is named by, in the order that people read. */
export const CONFIGURATION_PARTS = [
  "model_version",
  "dataset_version",
  "prompt_version",
  "environment",
  "variant",
] as const;

/** See {@link CONFIGURATION_PARTS}. */
export type ConfigurationPart = typeof CONFIGURATION_PARTS[number];

/** A configuration as `list_configurations()` has it. */
export interface ListedConfiguration extends Record<ConfigurationPart, string> {
  id: string;
  series: string | null;
  last_version: number;
  /** Null until a run is published: there are candidates only. */
  current_version: number | null;
  void_versions: number[];
}

/** Every configuration of a project, ordered by name. */
export async function listConfigurations(project: Project): Promise<ListedConfiguration[]> {
  return await callFunction<ListedConfiguration[]>(project, "list_configurations");
}

/** A configuration in words; a variant only where there is one. */
export function configurationName(
  configuration: { readonly [part in ConfigurationPart]?: unknown },
): string {
  return CONFIGURATION_PARTS.map((part) => configuration[part] ?? "").filter((name) => name !== "")
    .join(" / ");
}
