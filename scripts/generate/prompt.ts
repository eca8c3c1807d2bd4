import * as z from "zod";
import { ISSUE_TYPES, issueSchema, type Question } from "./dataset.ts";

/** Changes with every change of the texts below: results of other prompts are other configurations. */
export const PROMPT_VERSION = "audit-v1";

/** What a model must answer with. */
export const answerSchema = z.object({ issues: z.array(issueSchema) });

/** The same as JSON Schema, for the vendors' structured output. */
export const ANSWER_JSON_SCHEMA = jsonSchema();

/** What the model is told before every bill. */
export const INSTRUCTIONS = `You audit medical bills. Report every billing error, and nothing else.
Types: ${ISSUE_TYPES.join(", ")}.
line is the index of the line at fault, counting from 0; null when the total is at fault.
A duplicate is reported on the later line; unbundling on each line that a panel already contains.
Bilateral procedures (modifiers LT and RT) and repeats that a note explains are no errors.`;

/** The bill as the model sees it. */
export function questionText(bill: Question): string {
  return JSON.stringify(bill);
}

function jsonSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(answerSchema);
  return schema;
}
