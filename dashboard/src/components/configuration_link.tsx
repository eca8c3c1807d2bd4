import { Link } from "wouter-preact";
import type { Configuration } from "../client/documents.ts";
import { configurationName, joinNames } from "./configuration_name.ts";

/** A configuration in two lines: the model, and what tells it apart from others of the model. */
export function ConfigurationLink(
  { configuration, href, parts = ["dataset_version", "prompt_version", "environment", "variant"] }:
    {
      configuration: Configuration;
      href: string;
      /** What the second line says: where all rows share a part, it need not be in each. */
      parts?: ("dataset_version" | "prompt_version" | "environment" | "variant")[];
    },
) {
  return (
    <Link href={href} class="configuration" title={configurationName(configuration)}>
      <span>{configuration.model_version}</span>
      <small>{joinNames(parts.map((part) => configuration[part]))}</small>
    </Link>
  );
}
