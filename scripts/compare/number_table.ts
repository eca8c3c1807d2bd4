import { counted } from "../cli/counted.ts";
import { renderTable } from "../cli/table.ts";
import { NONE, plainNumber, roundedChange, signedNumber } from "./numbers.ts";
import type { ComparedNumber } from "./read_comparison.ts";

/** What is beyond is counted. */
const SHOWN = 10;

/**
 * The numbers that differ most and were not judged, and how many each run has alone; empty when
 * there is nothing to say. Numbers of single documents and the like are left out: they would bury
 * the rest.
 *
 * @param judged JSON pointers of what was judged.
 */
export function numberTable(numbers: ComparedNumber[], judged: Set<string>): string {
  const others = numbers.filter(({ path }) => !judged.has(path) && !/\/\d+(\/|$)/.test(path));
  const differing = others.filter(({ delta }) => delta !== null && delta !== 0)
    .sort((x, y) => difference(y) - difference(x) || (x.path < y.path ? -1 : 1));
  const shown = differing.slice(0, SHOWN);
  const lines = [];
  if (shown.length > 0) {
    lines.push(
      shown.length < differing.length
        ? `The ${shown.length} of ${differing.length} other numbers that differ most:`
        : "Other numbers that differ:",
      renderTable(shown, [
        { heading: "NUMBER", value: ({ path }) => path },
        { heading: "FROM", value: ({ a }) => plainNumber(a), align: "right" },
        { heading: "TO", value: ({ b }) => plainNumber(b), align: "right" },
        { heading: "CHANGE", value: ({ delta }) => signedNumber(delta), align: "right" },
        { heading: "PERCENT", value: percentCell, align: "right" },
      ]),
    );
  }
  const onlyA = others.filter(({ b }) => b === null).length;
  const onlyB = others.filter(({ a }) => a === null).length;
  if (onlyA + onlyB > 0) {
    lines.push(`Only A has ${counted(onlyA, "other number")}, only B ${onlyB}: --json lists them.`);
  }
  return lines.join("\n");
}

/** Of the larger of both, so that what came from 0 does not hide the rest. */
function difference({ a, b, delta }: ComparedNumber): number {
  return Math.abs(delta!) / Math.max(Math.abs(a!), Math.abs(b!)) || 0;
}

function percentCell({ percent }: ComparedNumber): string {
  return percent === null ? NONE : `${roundedChange(percent)} %`;
}
