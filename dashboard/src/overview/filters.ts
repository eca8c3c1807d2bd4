import { configurationName } from "../components/configuration_name.ts";
import type { OverviewRow } from "./rows.ts";

/** A choice among what rows have; its name is that of the URL's parameter. */
export interface Filter {
  name: string;
  label: string;
  of: (row: OverviewRow) => string[];
}

/** In the order in which they stand; the verdict is last, because the line above counts by it. */
export const FILTERS: Filter[] = [
  { name: "series", label: "Series", of: ({ configuration }) => some(configuration.series) },
  { name: "model", label: "Model", of: ({ configuration }) => [configuration.model_version] },
  { name: "dataset", label: "Dataset", of: ({ configuration }) => [configuration.dataset_version] },
  { name: "prompt", label: "Prompt", of: ({ configuration }) => [configuration.prompt_version] },
  { name: "variant", label: "Variant", of: ({ configuration }) => some(configuration.variant) },
  {
    name: "environment",
    label: "Environment",
    of: ({ configuration }) => [configuration.environment],
  },
  { name: "branch", label: "Branch", of: (row) => some(row.branch_name) },
  { name: "tag", label: "Tag", of: (row) => row.tags },
];

/** What the rows can be grouped by: names of {@link FILTERS}. */
export const GROUPINGS = ["dataset", "environment", "series", "model", "prompt"];

/**
 * The rows that the URL asks for, whatever their verdict.
 *
 * @param parameters Names of {@link FILTERS}, and `q`: words that must all be in the names.
 */
export function filterRows(rows: OverviewRow[], parameters: URLSearchParams): OverviewRow[] {
  const chosen = FILTERS.map((filter) => parameters.get(filter.name) ?? "");
  const words = (parameters.get("q") ?? "").toLowerCase().split(/\s+/).filter((word) =>
    word !== ""
  );
  return rows.filter((row) => {
    const isChosen = FILTERS.every((filter, index) =>
      chosen[index] === "" || filter.of(row).includes(chosen[index]!)
    );
    if (!isChosen || words.length === 0) return isChosen;
    const text = [
      configurationName(row.configuration),
      row.configuration.series ?? "",
      row.commit_sha,
      row.branch_name ?? "",
    ].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function some(value: string | null): string[] {
  return value === null || value === "" ? [] : [value];
}
