import type { Configuration } from "../client/documents.ts";

type Names = Pick<
  Configuration,
  "model_version" | "dataset_version" | "prompt_version" | "environment" | "variant"
>;

/** A configuration in one line. */
export function configurationName(names: Names): string {
  const { model_version, dataset_version, prompt_version, environment, variant } = names;
  return joinNames([model_version, dataset_version, prompt_version, environment, variant]);
}

/**
 * Names of configurations next to each other: without the parts that all of them share.
 *
 * @returns A name for each, in their order.
 */
export function distinctNames(configurations: Names[]): string[] {
  const parts = ["dataset_version", "prompt_version", "environment", "variant"] as const;
  const differing = parts.filter((part) =>
    new Set(configurations.map((configuration) => configuration[part])).size > 1
  );
  return configurations.map((configuration) =>
    joinNames([configuration.model_version, ...differing.map((part) => configuration[part])])
  );
}

/** Parts of a name, of which the variant may be empty. */
export function joinNames(parts: string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
