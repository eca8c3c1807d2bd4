import type {
  ChangedItem,
  ItemChanges,
} from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import { renderTable } from "../cli/table.ts";
import { NONE, plainNumber } from "./numbers.ts";

/** Which items a metric changed by: how many in a line, and the first of them as a table. */
export function itemTable(changes: ItemChanges): string {
  const { metric, scores, common, added, gone, worse, better, items } = changes;
  const counts = [
    `${common} in both`,
    `${worse} worse`,
    `${better} better`,
    ...gone > 0 ? [`${gone} only in A`] : [],
    ...added > 0 ? [`${added} only in B`] : [],
  ];
  const summary = `Items of ${metric}: ${counts.join(", ")}`;
  if (items.length === 0) return `${summary}.`;
  const table = renderTable(items, [
    { heading: "ITEM", value: ({ id }) => id },
    ...items.some(({ group }) => group !== null)
      ? [{ heading: "GROUP", value: ({ group }: ChangedItem) => group ?? "" }]
      : [],
    { heading: "", value: stateCell },
    { heading: "FROM", value: ({ from }) => scoresCell(scores, from) },
    { heading: "TO", value: ({ to }) => scoresCell(scores, to) },
  ]);
  const left = worse + better - items.length;
  return `${summary}:\n${table}${left > 0 ? `\n… and ${left} more: --items N` : ""}`;
}

function stateCell({ change, newly_failing }: ChangedItem): string {
  if (change === "better") return "✓ better";
  return newly_failing ? "✗ newly failing" : "✗ worse";
}

function scoresCell(scores: string[], values: Record<string, number | null>): string {
  const shown = scores.map((score) => plainNumber(values[score] ?? null));
  if (scores.length === 1) return shown[0] ?? NONE;
  return scores.map((score, index) => `${score} ${shown[index]}`).join(", ");
}
