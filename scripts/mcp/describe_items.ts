import type {
  ChangedItem,
  ItemChanges,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { plainNumber } from "../compare/numbers.ts";
import { quoted } from "./inert.ts";

type Counts = Omit<ItemChanges, "items" | "scores">;
type Item = ChangedItem & { metric: string };

/** Which items changed, as people read it: the counts of a metric, and a line an item. */
export function describeItems(counts: Counts[], items: Item[]): string[] {
  return counts.flatMap(({ metric, common, worse, better, added, gone }) => {
    const own = items.filter((item) => item.metric === metric);
    const left = worse + better - own.length;
    return [
      `Items of ${metric}: ${common} in both, ${worse} worse, ${better} better, ${gone} only before, ${added} only after.`,
      ...own.map(describeItem),
      left > 0 && own.length > 0 ? `  … and ${left} more` : "",
    ];
  });
}

function describeItem({ id, group, change, newly_failing, from, to }: Item): string {
  const what = change === "better" ? "better" : newly_failing ? "newly failing" : "worse";
  const scores = Object.keys(to).map((score) =>
    `${quoted(score)} ${plainNumber(from[score] ?? null)} → ${plainNumber(to[score] ?? null)}`
  );
  const where = group === null ? "" : ` of group ${quoted(group)}`;
  return `  ${what}: item ${quoted(id)}${where}: ${scores.join(", ")}`;
}
