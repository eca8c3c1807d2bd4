import { closestMatch } from "leven";
import type * as z from "zod";
import { type Issue, ProblemError } from "../problem/problem.ts";
import type { JsonDocument } from "../request/json_document.ts";
import { escapePointer } from "../request/json_text.ts";
import { batchSchema, type Result, resultSchema, SCORES } from "./result_schema.ts";

/** A valid result, and the same object with every number as it was sent. */
export interface ValidatedResult {
  result: Result;
  exact: Record<string, unknown>;
  /** Where it stands in the body: "" or "/results/3". */
  pointer: string;
}

/**
 * Validates a body: one result object or `{"results": […]}`.
 *
 * @returns The results in the order sent.
 * @throws {ProblemError} `validation_failed` with everything that is wrong at once.
 */
export function validatePayload(document: JsonDocument): ValidatedResult[] {
  const isBatch = isObject(document.value) && Object.hasOwn(document.value, "results");
  const schema = isBatch ? batchSchema : resultSchema;
  const parsed = schema.safeParse(document.value);
  const issues = [
    ...document.issues,
    ...(parsed.success
      ? []
      : parsed.error.issues.flatMap((issue) => describe(issue, isBatch, document.value))),
  ];
  if (!parsed.success || issues.length > 0) throw validationError(issues);

  const results = "results" in parsed.data ? parsed.data.results : [parsed.data];
  const exact = isBatch
    ? (document.exact as { results: Record<string, unknown>[] }).results
    : [document.exact as Record<string, unknown>];
  return results.map((result, index) => ({
    result,
    exact: exact[index]!,
    pointer: isBatch ? `/results/${index}` : "",
  }));
}

/** A `validation_failed` problem; its detail sums up the issues. */
export function validationError(issues: Issue[]): ProblemError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more, see errors)` : "";
  return new ProblemError(
    "validation_failed",
    first ? `${first.pointer || "The body"} ${first.message}${more}.` : "The body is not valid.",
    { errors: issues },
  );
}

function describe(issue: z.core.$ZodIssue, isBatch: boolean, body: unknown): Issue[] {
  const pointer = issue.path.map((segment) => `/${escapePointer(String(segment))}`).join("");
  if (issue.code === "unrecognized_keys") {
    const known = isBatch && issue.path.length === 0
      ? Object.keys(batchSchema.shape)
      : Object.keys(resultSchema.shape);
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escapePointer(key).toWellFormed()}`,
      message: unknownField(key, known),
    }));
  }
  const isMissing = valueAt(body, issue.path) === undefined;
  if (issue.code === "invalid_type" || issue.code === "invalid_union") {
    if (isMissing) return [{ pointer, message: "is required" }];
    if (issue.path.length === 0) return [{ pointer, message: "must be a JSON object" }];
  }
  return [{ pointer, message: lowerFirst(issue.message) }];
}

function unknownField(key: string, known: string[]): string {
  const name = JSON.stringify(key.slice(0, 100).toWellFormed());
  if ((SCORES as readonly string[]).includes(key)) {
    return `is an unknown field ${name}: put it under metrics`;
  }
  return `is an unknown field ${name}: did you mean ${
    JSON.stringify(closestMatch(key.slice(0, 100), known))
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
