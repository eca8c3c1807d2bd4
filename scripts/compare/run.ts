import type { ListedConfiguration } from "../cli/listed_configuration.ts";

/** A stored run. */
export interface Run {
  configuration: ListedConfiguration;
  version: number;
}
