import { closestMatch } from "leven";
import * as z from "zod";
import { IssueList } from "../problem/issue_list.ts";
import { ProblemError } from "../problem/problem.ts";
import type { JsonDocument } from "../request/json_document.ts";
import {
  canKeepExactNumbers,
  type InexactNumber,
  inspectJsonText,
  MAX_DEPTH,
  parseExactly,
} from "../request/json_text.ts";
import { shorten } from "../shorten.ts";
import { type ComputedMetric, computedMetrics } from "./computed_metrics.ts";
import { countNumbers, MAX_NUMBERS } from "./count_numbers.ts";
import { type Items, MAX_ITEMS, readItems } from "./items.ts";
import {
  batchEnvelopeSchema,
  METRIC_GROUPS,
  type Result,
  resultSchema,
  SCORES,
} from "./result_schema.ts";

/** What was posted. */
export interface Payload {
  /** Whether it was `{"results": […]}`, and is answered likewise. */
  isBatch: boolean;
  /** In the order sent. */
  results: ValidatedResult[];
}

/** A valid result, and the same object with every number as it was sent. */
export interface ValidatedResult {
  result: Result;
  exact: Record<string, unknown>;
  /** Of a result that has any. */
  items: Items | undefined;
  /** Metrics that were left out, and that the items give. */
  computed: ComputedMetric[];
  /** Where it stands in the body. */
  path: ResultPath;
}

/** A result's place in the body: none, or that in a batch. */
export type ResultPath = [] | ["results", number];

// Unknown fields are found here and not by the strict schemas: zod takes seconds for 60,000 of them
// that are numbers.
const resultFields = z.object(resultSchema.shape);
const batchFields = z.object(batchEnvelopeSchema.shape);

// "results", its array and the result object come before the first bracket of a result in a batch.
const BATCH_LEVELS = 2;

/**
 * Validates a body: one result object or `{"results": […]}`.
 *
 * @throws {ProblemError} `validation_failed` with everything that is wrong at once.
 */
export function validatePayload({ text, value }: JsonDocument): Payload {
  const isBatch = isObject(value) && Object.hasOwn(value, "results");
  const issues = new IssueList();
  const maxDepth = MAX_DEPTH + (isBatch ? BATCH_LEVELS : 0);
  const { isTooDeep, inexact } = inspectJsonText(text, maxDepth, issues);
  if (isTooDeep) throw validationError(issues); // nothing below may recurse into it

  const sent = isBatch ? membersOf(value, issues) : [{ value, path: [] as ResultPath }];
  const results = sent.map(({ value, path }) => ({
    ...validateResult(value, path, issues),
    path,
  }));
  refuseInexactItems(inexact, value, isBatch ? BATCH_LEVELS : 0, issues);
  if (issues.total > 0) throw validationError(issues);

  if (inexact.length > 0 && !canKeepExactNumbers()) {
    throw new ProblemError(
      "validation_failed",
      "A number has more digits than a double holds, which this runtime cannot keep: send it as a string.",
    );
  }
  const exact = inexact.length > 0 ? parseExactly(text, inexact) : value;
  return {
    isBatch,
    results: results.map(({ result, items, computed, path }) => ({
      result: result!, // there is one where there is no issue
      exact: valueAt(exact, path) as Record<string, unknown>,
      items,
      computed,
      path,
    })),
  };
}

/** A `validation_failed` problem; its detail sums up the issues. `root` names what has no pointer. */
export function validationError(issues: IssueList, root = "The body "): ProblemError {
  const [first] = issues.first;
  const more = issues.total > 1 ? ` (and ${issues.total - 1} more, see errors)` : "";
  return new ProblemError(
    "validation_failed",
    first
      ? `${first.pointer === "" ? root : `${first.pointer} `}${first.message}${more}.`
      : "The body is not valid.",
    { errors: issues.first },
  );
}

/** The results of a batch; none when there are so many that they are not looked at. */
function membersOf(batch: unknown, issues: IssueList): { value: unknown; path: ResultPath }[] {
  const parsed = batchFields.safeParse(batch);
  addUnknownFields(issues, batch as object, [], Object.keys(batchFields.shape));
  for (const issue of parsed.error?.issues ?? []) addIssue(issues, issue, [], batch);
  return (parsed.data?.results ?? []).map((value, index) => ({ value, path: ["results", index] }));
}

function validateResult(
  value: unknown,
  path: ResultPath,
  issues: IssueList,
): { result: Result | undefined; items: Items | undefined; computed: ComputedMetric[] } {
  const parsed = resultFields.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) addIssue(issues, issue, path, value);
  if (!isObject(value)) return { result: undefined, items: undefined, computed: [] };
  addUnknownFields(issues, value, path, Object.keys(resultFields.shape));
  const items = (value.items ?? null) === null
    ? undefined
    : readItems(value.items, [...path, "items"], issues);
  const computed = items === undefined ? [] : computedMetrics(items, value, path, issues);
  const metrics = isObject(value.metrics) ? value.metrics : {};
  const beside = METRIC_GROUPS.filter((group) => !Object.hasOwn(metrics, group));
  const numbers = computed.length +
    countNumbers([metrics, ...beside.map((group) => value[group])]);
  if (numbers > MAX_NUMBERS) {
    issues.add(
      [...path, "metrics"],
      `must have at most ${MAX_NUMBERS} numbers, those of ${METRIC_GROUPS.join(", ")}${
        computed.length > 0 ? " and of items" : ""
      } included: it has ${numbers}`,
    );
  }
  return { result: parsed.data, items, computed };
}

/**
 * Scores are stored as doubles, so that they can be judged: a number that one cannot hold would
 * change in silence.
 *
 * @param level How many keys of a path stand before those of the result.
 */
function refuseInexactItems(
  inexact: InexactNumber[],
  body: unknown,
  level: number,
  issues: IssueList,
): void {
  for (const { path, source } of inexact) {
    if (path[level] !== "items" || isDoubleWrittenOut(source)) continue;
    const items = valueAt(body, path.slice(0, level + 1));
    if (Array.isArray(items) && items.length > MAX_ITEMS) continue; // which was said
    issues.add(
      path,
      () =>
        `is ${shorten(source, 40)}, which a double changes to ${
          Number(source)
        }: round it, or send an id as a string`,
    );
  }
}

/** Whether it is a double as `%.17g` of C and Python writes it: 0.10000000000000001 is 0.1. */
function isDoubleWrittenOut(source: string): boolean {
  const digits = (text: string) => {
    const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
    const [whole, fraction = ""] = mantissa!.replace("-", "").split(".");
    const all = (whole! + fraction).replace(/^0+/, "");
    const significant = all.replace(/0+$/, "");
    return `${significant}e${Number(exponent) - fraction.length + all.length - significant.length}`;
  };
  return digits(source) === digits(Number(source).toPrecision(17));
}

function addUnknownFields(
  issues: IssueList,
  object: object,
  base: ResultPath,
  known: string[],
): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) issues.add([...base, key], () => unknownField(key, known));
  }
}

function addIssue(
  issues: IssueList,
  issue: z.core.$ZodIssue,
  base: ResultPath,
  value: unknown,
): void {
  const path = [...base, ...issue.path];
  const isMissing = valueAt(value, issue.path) === undefined;
  if (issue.code === "invalid_type" || issue.code === "invalid_union") {
    if (isMissing) return issues.add(path, "is required");
    if (issue.path.length === 0) return issues.add(path, "must be a JSON object");
    if (issue.code === "invalid_type") {
      return issues.add(path, `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`);
    }
  }
  issues.add(path, lowerFirst(issue.message));
}

/** What people call fields whose names are spelt otherwise. */
const SYNONYMS: Record<string, string> = {
  model: "model_version",
  model_name: "model_version",
  model_id: "model_version",
  provider: "model_provider",
  dataset: "dataset_version",
  dataset_name: "dataset_version",
  data: "dataset_version",
  prompt: "prompt_version",
  env: "environment",
  sha: "commit_sha",
  commit: "commit_sha",
  git_sha: "commit_sha",
  git_commit: "commit_sha",
  branch: "branch_name",
  git_branch: "branch_name",
  ref: "branch_name",
  run: "run_id",
  attempt: "run_attempt",
  user: "triggered_by",
  actor: "triggered_by",
  author: "triggered_by",
  size: "dataset_size",
  num_samples: "dataset_size",
  duration: "duration_seconds",
  errors: "error_count",
  labels: "tags",
  comment: "notes",
  description: "notes",
  date: "timestamp",
  time: "timestamp",
  created_at: "timestamp",
  measured_at: "timestamp",
  scores: "metrics",
  result: "metrics",
  samples: "items",
  baseline: "compare_to",
  reference: "compare_to",
  seed: "variant",
  group: "series",
};

const TYPE_NAMES: Record<string, string> = {
  array: "an array",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "a JSON object",
  record: "a JSON object",
  string: "a string",
};

function unknownField(key: string, known: string[]): string {
  const name = JSON.stringify(shorten(key, 50).toWellFormed());
  if ((SCORES as readonly string[]).includes(key)) {
    return `is an unknown field ${name}: put it under metrics`;
  }
  const meant = SYNONYMS[key.toLowerCase()];
  return `is an unknown field ${name}: did you mean ${
    JSON.stringify(
      meant !== undefined && known.includes(meant) ? meant : closestMatch(shorten(key, 50), known),
    )
  }? Data of your own goes under metrics`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, segment) => isObject(at) ? (at as Record<PropertyKey, unknown>)[segment] : undefined,
    value,
  );
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
