import { parseOptions, UsageError } from "../cli/command.ts";
import { counted } from "../cli/counted.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { COMMON_OPTIONS } from "./options.ts";

interface PrunedItems {
  /** Runs whose items were removed. */
  runs: number;
  /** Sets of ids that no run has any more. */
  item_sets: number;
  /** Runs that still have items. */
  kept: number;
}

/** `admin items prune`. */
export async function manageItems([action, ...args]: string[]): Promise<number> {
  if (action !== "prune") throw new UsageError("items takes prune.");
  const { values } = parseOptions({
    args,
    options: { ...COMMON_OPTIONS, "older-than": { type: "string" } },
  });
  const age = intervalOf(values["older-than"]);
  const project = await findProject(values["data-dir"]);
  const pruned = await callFunction<PrunedItems>(project, "prune_items", { p_older_than: age });
  if (values.json) console.log(JSON.stringify(pruned));
  else {
    console.log(
      `Pruned the items of ${counted(pruned.runs, "run")} and ${
        counted(pruned.item_sets, "set")
      } of ids that no run has any more; ${counted(pruned.kept, "run")} ${
        pruned.kept === 1 ? "keeps its" : "keep their"
      } items. Current, baseline and reference runs and the last 20 published ones of a configuration are never pruned, and all hashes hold: deno task verify`,
    );
  }
  return 0;
}

/** An age such as 30d or 12w as Postgres takes it. */
function intervalOf(age: string | undefined): string {
  const [, count, unit] = /^([1-9]\d{0,4})([dw])$/.exec(age ?? "") ?? [];
  if (count === undefined) {
    throw new UsageError(
      age === undefined
        ? "--older-than is required: an age in days or weeks, such as 180d or 26w."
        : `--older-than must be an age in days or weeks, such as 180d or 26w: current value is ${age}.`,
    );
  }
  return `${count} ${unit === "d" ? "days" : "weeks"}`;
}
