import * as z from "zod";
import { compareCodePoints } from "../code_point_order.ts";
import type { IssueList } from "../problem/issue_list.ts";
import { shorten } from "../shorten.ts";
import { isLine, lineProblem } from "./line.ts";

/** The most items of one result. */
export const MAX_ITEMS = 10_000;
/** The most scores of an item. */
export const MAX_SCORES = 16;

const MAX_NAME_LENGTH = 200;
const MAX_EPOCH = 999_999_999;
const RESERVED = ["id", "group", "epoch"];
const COUNTS = ["tp", "fp", "fn"];

/** What an item got: null where it got nothing. */
export type Score = number | boolean | null;

/** The items of a result as columns, in the order of their ids (by code points) and epochs. */
export interface Items {
  ids: string[];
  /** Left out when all are 1. */
  epochs?: number[];
  /** Left out when no item has one. */
  groups?: (string | null)[];
  /** Each of one kind, booleans or numbers; the names in the order of code points. */
  scores: Record<string, Score[]>;
}

const name = { type: "string", minLength: 1, maxLength: MAX_NAME_LENGTH } as const;
const number = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/**
 * What editors and the OpenAPI document say of items. They are looked at by {@link readItems}: zod
 * would copy ten thousand records, and list every fault of every one of them.
 */
export const itemsSchema = z.unknown().meta({
  type: "array",
  maxItems: MAX_ITEMS,
  description:
    'What each item of the dataset got, for verdicts on what changed item by item: {"id": "bill-7", "tp": 3, "fp": 0, "fn": 1}. Every key but id, group and epoch is a score, the same ones in every item.',
  items: {
    type: "object",
    required: ["id"],
    minProperties: 2,
    maxProperties: RESERVED.length + MAX_SCORES,
    propertyNames: { minLength: 1, maxLength: MAX_NAME_LENGTH },
    properties: {
      id: {
        anyOf: [name, number],
        description: "Which item; the same one has the same id in every run",
      },
      group: {
        anyOf: [name, number, { type: "null" }],
        description: "What items have in common that are not independent, such as a document",
      },
      epoch: {
        type: ["integer", "null"],
        minimum: 0,
        maximum: MAX_EPOCH,
        default: 1,
        description: "Which repetition of the item",
      },
      ...Object.fromEntries(COUNTS.map((count) => [count, {
        type: ["integer", "null"],
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
      }])),
    },
    additionalProperties: { type: ["number", "boolean", "null"] },
  },
});

/** An item that has an id, and where it stands. */
interface Row {
  index: number;
  item: Record<string, unknown>;
  id: string;
  group: string | null;
  epoch: number;
}

/**
 * Validates the items of a result.
 *
 * By hand and in one pass a score: nothing may take longer because of what the items hold. No Set
 * nor Map is made of what was sent, because hashes of texts that are numbers can be made collide.
 *
 * @param value What stands under `items`, as `JSON.parse` gives it.
 * @param path Where that is in the body.
 * @param issues Gets everything that is wrong.
 * @returns The items as they are stored; undefined when something is wrong, or there are none.
 */
export function readItems(
  value: unknown,
  path: PropertyKey[],
  issues: IssueList,
): Items | undefined {
  if (!Array.isArray(value)) {
    issues.add(path, "must be an array of items");
    return undefined;
  }
  if (value.length > MAX_ITEMS) {
    issues.add(path, `must have at most ${MAX_ITEMS} items: it has ${value.length}`);
    return undefined;
  }
  const total = issues.total;
  const rows: Row[] = [];
  for (const [index, item] of value.entries()) {
    if (isObject(item)) rows.push(readRow(item, index, path, issues));
    else issues.add([...path, index], "must be a JSON object");
  }
  const names = readScoreNames(rows, path, issues);
  for (const name of names) checkScore(name, rows, path, issues);
  // Only those that have an id: without one, two items are not the same.
  const sorted = rows.filter(({ id }) => id !== "")
    .sort((a, b) => compareCodePoints(a.id, b.id) || a.epoch - b.epoch);
  checkUnique(sorted, path, issues);
  return issues.total > total || rows.length === 0 ? undefined : toColumns(sorted, names);
}

function readRow(
  item: Record<string, unknown>,
  index: number,
  path: PropertyKey[],
  issues: IssueList,
): Row {
  const label = (key: "id" | "group"): string => {
    const value = item[key];
    if (typeof value === "string" && isLine(value, MAX_NAME_LENGTH)) return value;
    if (Number.isSafeInteger(value) && value as number >= 0) return String(value);
    issues.add([...path, index, key], () => labelProblem(value));
    return "";
  };
  const id = label("id");
  const group = (item.group ?? null) === null ? null : label("group");
  const epoch = item.epoch ?? 1;
  if (typeof epoch === "number" && Number.isInteger(epoch) && epoch >= 0 && epoch <= MAX_EPOCH) {
    return { index, item, id, group, epoch: epoch + 0 }; // of -0, too, 0
  }
  issues.add([...path, index, "epoch"], `must be an integer from 0 to ${MAX_EPOCH}`);
  return { index, item, id, group, epoch: 1 };
}

function labelProblem(value: unknown): string {
  if (value === undefined) return "is required";
  return (typeof value === "string" ? lineProblem(value, MAX_NAME_LENGTH) : null) ??
    `must be a string, or an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;
}

/** The scores of the first item, in the order of code points, if every other item has the same. */
function readScoreNames(rows: Row[], path: PropertyKey[], issues: IssueList): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first.item).filter((key) => !RESERVED.includes(key));
  if (names.length === 0 || names.length > MAX_SCORES) {
    issues.add(
      [...path, first.index],
      names.length === 0
        ? 'must have a score beside id, group and epoch, such as "correct": true'
        : `must have at most ${MAX_SCORES} scores: it has ${names.length}`,
    );
    return [];
  }
  for (const name of names) {
    if (!isLine(name, MAX_NAME_LENGTH)) {
      issues.add([...path, first.index, name], () => lineProblem(name, MAX_NAME_LENGTH)!);
    }
  }
  const same = "every item must have the same scores, null where it got nothing";
  for (const { index, item } of rows.slice(1)) {
    let known = 0;
    for (const key of RESERVED) if (Object.hasOwn(item, key)) known++;
    for (const name of names) {
      if (Object.hasOwn(item, name)) known++;
      else {
        issues.add([...path, index, name], `is missing, and item ${first.index} has it: ${same}`);
      }
    }
    const keys = Object.keys(item);
    if (keys.length === known) continue;
    for (const key of keys) {
      if (RESERVED.includes(key) || names.includes(key)) continue;
      issues.add([...path, index, key], `is a score that item ${first.index} has not: ${same}`);
    }
  }
  return names.sort(compareCodePoints);
}

function checkScore(name: string, rows: Row[], path: PropertyKey[], issues: IssueList): void {
  const isCount = COUNTS.includes(name);
  let firstNumber: number | undefined;
  let firstBoolean: number | undefined;
  for (const { index, item } of rows) {
    if (!Object.hasOwn(item, name)) continue; // which was said
    const score = item[name];
    if (score === null) continue;
    if (isCount) {
      if (!Number.isSafeInteger(score) || score as number < 0) {
        issues.add([...path, index, name], "is a count: it must be an integer from 0 on, or null");
      }
    } else if (typeof score === "number") firstNumber ??= index;
    else if (typeof score === "boolean") firstBoolean ??= index;
    else issues.add([...path, index, name], "must be a number, true, false or null");
  }
  if (firstNumber === undefined || firstBoolean === undefined) return;
  issues.add(
    [...path, Math.max(firstNumber, firstBoolean), name],
    `must be of one kind: it is a number in item ${firstNumber} and a boolean in item ${firstBoolean}`,
  );
}

function checkUnique(sorted: Row[], path: PropertyKey[], issues: IssueList): void {
  for (const [position, row] of sorted.entries()) {
    const before = sorted[position - 1];
    if (before?.id !== row.id || before.epoch !== row.epoch) continue;
    const { index, id, epoch } = row;
    issues.add(
      [...path, index],
      () =>
        `is item ${before.index} again: both have the id ${
          JSON.stringify(shorten(id, 50))
        } and epoch ${epoch}; number repetitions by epoch`,
    );
  }
}

function toColumns(rows: Row[], names: string[]): Items {
  return {
    ids: rows.map(({ id }) => id),
    ...(rows.some(({ epoch }) => epoch !== 1) && { epochs: rows.map(({ epoch }) => epoch) }),
    ...(rows.some(({ group }) => group !== null) && { groups: rows.map(({ group }) => group) }),
    scores: Object.fromEntries(names.map((name) => [
      name,
      rows.map(({ item }) => {
        const score = item[name] as Score;
        return score === 0 ? 0 : score; // -0, which jsonb has not
      }),
    ])),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
