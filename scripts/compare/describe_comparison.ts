import { configurationName } from "../cli/listed_configuration.ts";
import type { Shift } from "./find_shifts.ts";
import { itemTable } from "./item_table.ts";
import { judgementTable } from "./judgement_table.ts";
import { numberTable } from "./number_table.ts";
import { plainNumber } from "./numbers.ts";
import type { ComparedRun, Comparison } from "./read_comparison.ts";

/** A comparison as people read it. */
export function describeComparison(
  { a, b, judgements, metrics, item_changes }: Comparison,
  shifts: Shift[],
): string {
  const judged = new Set(judgements.map(({ metric }) => metric));
  const sections = [
    `A: ${describeRun(a)}\nB: ${describeRun(b)}`,
    judgements.length === 0
      ? "Nothing is judged: no policy in force is about a number that both runs have."
      : judgementTable(judgements),
    numberTable(metrics, judged),
    ...item_changes.map(itemTable),
    shifts.map(describeShift).join("\n"),
    judgements.map(({ summary }) => summary).join("\n"),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function describeRun({ configuration, snapshot_version, commit_sha, created_at }: ComparedRun) {
  return `${configurationName(configuration)}, version ${snapshot_version}, ${
    commit_sha.slice(0, 7)
  }, ${created_at.slice(0, 10)}`;
}

function describeShift(shift: Shift): string {
  const { metric, kind, snapshot_version, commit_sha, measured_at } = shift;
  const [before, after] = [plainNumber(shift.before), plainNumber(shift.after)];
  const where = `at version ${snapshot_version} (${commit_sha.slice(0, 7)}, ${
    measured_at.slice(0, 10)
  })`;
  return kind === "shift"
    ? `${metric} shifted from ${before} to ${after} ${where}`
    : `${metric} changed its trend ${where}: its median was ${before} before, and is ${after} since`;
}
