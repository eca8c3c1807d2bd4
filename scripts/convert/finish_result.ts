import { resultSchema } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { shorten } from "../../supabase/functions/ingest-benchmark/shorten.ts";
import { UserError } from "../cli/user_error.ts";
import { hasKeys, numberOf, type SourceDocument, type Warn } from "./adapter.ts";
import { withDocument } from "./document_values.ts";
import { MAX_NAME_LENGTH, MAX_VARIANT_LENGTH, nameOf } from "./names.ts";

/** The names that a result must have, and the option that gives each. */
const REQUIRED: Record<string, string> = {
  model_version: "--model",
  dataset_version: "--dataset-version",
  prompt_version: "--prompt-version",
};

const NAMES: Record<string, number> = {
  model_version: MAX_NAME_LENGTH,
  dataset_version: MAX_NAME_LENGTH,
  prompt_version: MAX_NAME_LENGTH,
  variant: MAX_VARIANT_LENGTH,
  series: MAX_NAME_LENGTH,
  model_provider: MAX_NAME_LENGTH,
  triggered_by: MAX_NAME_LENGTH,
  branch_name: 255,
};

/**
 * Makes what an adapter made fit the contract: names are cleaned (see {@link cleanName}), and what a
 * document says in a field that cannot be it, such as a duration below 0, goes under `metrics` by the
 * same name.
 *
 * @param warn Gets what was changed.
 * @throws {UserError} Where a name is missing that only the caller can give.
 */
export function finishResult(result: SourceDocument, warn: Warn | undefined): SourceDocument {
  const finished: SourceDocument = {};
  const odd: SourceDocument = {};
  for (const [field, value] of Object.entries(result)) {
    if (value === undefined) continue;
    const name = Object.hasOwn(NAMES, field) ? nameOf(value, NAMES[field]) : undefined;
    if (name !== undefined) {
      if (name !== value && typeof value === "string") {
        warn?.(`${field} ${quoted(value)} became ${quoted(name)}.`);
      }
      finished[field] = name;
    } else if (Object.hasOwn(REQUIRED, field)) continue;
    else if (KEPT.includes(field) || fits(field, value)) finished[field] = value;
    else if (typeof value !== "string" || value.trim() !== "") odd[field] = value;
  }
  for (const [field, option] of Object.entries(REQUIRED)) {
    if (field in finished) continue;
    throw new UserError(
      `The document names no ${field.replace("_version", "")}${
        typeof result[field] === "string" ? " that can be read" : ""
      }: give one with ${option}.`,
    );
  }
  const metrics = hasKeys(finished.metrics) ? finished.metrics : {};
  const moved = Object.entries(odd);
  if (moved.length > 0) {
    const fields = moved.map(([field, value]) => `${field} ${quoted(JSON.stringify(value))}`);
    warn?.(`Kept under metrics, because it cannot be the field: ${fields.join(", ")}.`);
    finished.metrics = withDocument(metrics, odd, warn);
  }
  return finished;
}

// The function says what is wrong in them.
const KEPT = ["metrics", "items"];
const MAX_QUOTED = 60;

function fits(field: string, value: unknown): boolean {
  if (!(field in resultSchema.shape)) return true; // the function names it
  const schema = resultSchema.shape[field as keyof typeof resultSchema.shape];
  return schema.safeParse(numberOf(value) ?? value).success;
}

function quoted(text: string): string {
  return shorten(text.startsWith('"') ? text : JSON.stringify(text), MAX_QUOTED);
}
