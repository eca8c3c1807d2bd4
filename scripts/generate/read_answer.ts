import type { Answer } from "./model.ts";
import { costOf } from "./prices.ts";
import { answerSchema } from "./prompt.ts";

/**
 * Reads what a vendor's model answered.
 *
 * @param text JSON of the answer schema; undefined when the model gave none.
 * @throws When it is not that: the document then counts as an error.
 */
export function readAnswer(
  model: string,
  text: string | null | undefined,
  inputTokens = 0,
  outputTokens = 0,
): Answer {
  const { issues } = answerSchema.parse(JSON.parse(text ?? ""));
  return { issues, inputTokens, outputTokens, cost: costOf(model, inputTokens, outputTokens) };
}
