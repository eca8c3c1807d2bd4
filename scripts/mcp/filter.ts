import * as z from "zod";
import { UserError } from "../cli/user_error.ts";
import type { LedgerConfiguration } from "./documents.ts";
import { nearestNames } from "./find_run.ts";
import { quoted } from "./inert.ts";

const name = (what: string) => z.string().max(200).optional().describe(`Only of this ${what}`);

/** Arguments that choose configurations, by whole names. */
export const filterShape = {
  model: name("model_version"),
  dataset: name("dataset_version"),
  prompt: name("prompt_version"),
  environment: name("environment"),
  series: name("series"),
};

/** See {@link filterShape}. */
export type Filter = { [Name in keyof typeof filterShape]?: string | undefined };

const COLUMNS = {
  model: "model_version",
  dataset: "dataset_version",
  prompt: "prompt_version",
  environment: "environment",
  series: "series",
} as const;

/**
 * The configurations that are asked for.
 *
 * @throws {UserError} For a name that none of them has, with the nearest that there are.
 */
export function filterConfigurations(
  configurations: LedgerConfiguration[],
  filter: Filter,
): LedgerConfiguration[] {
  if (configurations.length === 0) throw new UserError("No run is stored yet.");
  const asked = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[])
    .filter((argument) => filter[argument] !== undefined);
  for (const argument of asked) {
    const values = configurations.flatMap((one) => one[COLUMNS[argument]] ?? []);
    const value = filter[argument]!;
    if (values.includes(value)) continue;
    throw new UserError(
      `There is no ${argument} ${quoted(value)}; ${
        values.length === 0
          ? "there is none at all"
          : `the nearest are ${nearestNames(value, values)}`
      }.`,
    );
  }
  const found = configurations.filter((one) =>
    asked.every((argument) => one[COLUMNS[argument]] === filter[argument])
  );
  if (found.length === 0) {
    throw new UserError(
      `No configuration has all of ${
        asked.map((argument) => `${argument} ${quoted(filter[argument]!)}`).join(", ")
      }: leave one of them out.`,
    );
  }
  return found;
}
