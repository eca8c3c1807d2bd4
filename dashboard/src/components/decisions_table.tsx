import type { Decision } from "../client/documents.ts";
import { decisionText } from "../views/decision_text.ts";
import { timeColumn } from "./columns.tsx";
import { type Column, DataTable } from "./data_table.tsx";

const COLUMNS: Column<Decision>[] = [
  { id: "decision", heading: "Decision", value: decisionText, isName: true },
  { id: "reason", heading: "Reason", value: (row) => row.reason },
  { id: "by", heading: "By", value: (row) => row.decided_by },
  timeColumn("decided", "Decided", (row) => row.decided_at),
];

/** What somebody decided, who, when and why. */
export function DecisionsTable({ decisions }: { decisions: Decision[] }) {
  if (decisions.length === 0) return null;
  return (
    <DataTable
      caption="Decisions"
      columns={COLUMNS}
      rows={decisions}
      rowKey={({ id }) => String(id)}
      fileName="decisions"
    />
  );
}
