import * as z from "zod";
import { UserError } from "../cli/user_error.ts";
import { inertText } from "./inert.ts";
import type { CallToolResult } from "./sdk.ts";

/** Rows that a list has at most. */
export const MAX_ROWS = 50;

// Together 30 kB: what an assistant reads is what it can think about.
const MAX_DATA_BYTES = 20_000;
const MAX_TEXT_BYTES = 10_000;

/** A list that does not have all there is. */
export interface Cut {
  list: string;
  shown: number;
  of: number;
}

/** In every answer: which of its lists are cut, none when all is there. */
export const cutSchema = z.array(z.object({
  list: z.string(),
  shown: z.number().int(),
  of: z.number().int(),
})).describe("Lists that were cut, and how many rows there are; narrow the question to see them");

/**
 * An answer whose lists are cut to {@link MAX_ROWS} rows each, and further, the largest first,
 * until all of it has at most 20 kB.
 *
 * @param lists Names of the members that may be cut: arrays, the most important row first.
 * @param totals How many rows there are of a list that has not all of them.
 */
export function bounded<Data extends Record<string, unknown>>(
  data: Data,
  lists: (keyof Data & string)[],
  totals: Partial<Record<keyof Data & string, number>> = {},
): Data & { cut: Cut[] } {
  const rows = new Map(lists.map((name) => [name, data[name] as unknown[]]));
  const shown = new Map([...rows].map(([name, list]) => [name, list.slice(0, MAX_ROWS)]));
  const others = Object.fromEntries(Object.entries(data).filter(([name]) => !shown.has(name)));
  const sizes = new Map([...shown].map(([name, list]) => [name, list.map(byteLength)]));
  let size = byteLength(others) + sum([...sizes.values()].map(sum));
  while (size > MAX_DATA_BYTES) {
    const [largest] = [...sizes].sort(([, a], [, b]) => sum(b) - sum(a));
    const removed = largest?.[1].pop();
    if (removed === undefined) break; // what is left is no list
    shown.get(largest![0])!.pop();
    size -= removed;
  }
  const cut = [...shown].map(([name, list]) => ({
    list: name,
    shown: list.length,
    of: totals[name] ?? rows.get(name)!.length,
  })).filter((one) => one.shown < one.of);
  return { ...data, ...Object.fromEntries(shown), cut };
}

/** What a tool gives back: the data, and the same for people. */
export function answer(data: Record<string, unknown> & { cut: Cut[] }, lines: string[]) {
  return {
    content: [{
      type: "text" as const,
      text: boundedText([...lines, ...data.cut.map(describeCut)]),
    }],
    structuredContent: data,
  };
}

/** An answer that says what is wrong and what to do. */
export function refusal(error: unknown): CallToolResult {
  if (error instanceof UserError) {
    return { content: [{ type: "text", text: error.message }], isError: true };
  }
  console.error(error);
  const message = inertText(error instanceof Error ? error.message : String(error));
  return {
    content: [{ type: "text", text: `Failed unexpectedly: ${message}. The log has more.` }],
    isError: true,
  };
}

function describeCut({ list, shown, of }: Cut): string {
  return `Cut: ${shown} of ${of} rows of ${list} are here. A narrower question or another limit shows the others.`;
}

function boundedText(lines: string[]): string {
  const text = lines.filter((line) => line !== "").join("\n");
  if (encode(text).length <= MAX_TEXT_BYTES) return text;
  const end = `\n… the text is cut: the structured content has more.`;
  const bytes = encode(text).slice(0, MAX_TEXT_BYTES - encode(end).length);
  // To the last whole line: half a name or number would be another one.
  const whole = new TextDecoder().decode(bytes);
  return whole.slice(0, Math.max(whole.lastIndexOf("\n"), 0)) + end;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function byteLength(value: unknown): number {
  return encode(JSON.stringify(value) + ",").length;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
