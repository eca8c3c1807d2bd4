import OpenAI from "openai";
import type { Model } from "./model.ts";
import { costOf } from "./prices.ts";
import { ANSWER_JSON_SCHEMA, INSTRUCTIONS, PROMPT_VERSION, questionText } from "./prompt.ts";
import { readAnswer } from "./read_answer.ts";

const RETRIES = 4;

/**
 * A model of OpenAI. The SDK reads OPENAI_API_KEY and OPENAI_BASE_URL, and repeats calls after
 * connection errors, 408, 409, 429 and 5xx.
 */
export function openaiModel(model: string): Model {
  const client = new OpenAI({ maxRetries: RETRIES });
  costOf(model, 0, 0); // before the first call, and not after it was paid
  return {
    name: model,
    provider: "openai",
    promptVersion: PROMPT_VERSION,
    async analyse(bill, signal) {
      const completion = await client.chat.completions.create({
        model,
        temperature: 0,
        messages: [
          { role: "system", content: INSTRUCTIONS },
          { role: "user", content: questionText(bill) },
        ],
        response_format: {
          type: "json_schema",
          json_schema: { name: "audit", strict: true, schema: ANSWER_JSON_SCHEMA },
        },
      }, { signal });
      return readAnswer(
        model,
        completion.choices[0]?.message.content,
        completion.usage?.prompt_tokens,
        completion.usage?.completion_tokens,
      );
    },
  };
}
