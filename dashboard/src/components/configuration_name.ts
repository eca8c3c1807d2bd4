import type { Configuration } from "../client/documents.ts";

type Names = Pick<
  Configuration,
  "model_version" | "dataset_version" | "prompt_version" | "environment"
>;

/** A configuration in one line. */
export function configurationName(names: Names): string {
  return [names.model_version, names.dataset_version, names.prompt_version, names.environment]
    .join(" · ");
}

/**
 * Names of configurations next to each other: without the parts that all of them share.
 *
 * @returns A name for each, in their order.
 */
export function distinctNames(configurations: Names[]): string[] {
  const parts = ["dataset_version", "prompt_version", "environment"] as const;
  const differing = parts.filter((part) =>
    new Set(configurations.map((configuration) => configuration[part])).size > 1
  );
  return configurations.map((configuration) =>
    [configuration.model_version, ...differing.map((part) => configuration[part])].join(" · ")
  );
}
