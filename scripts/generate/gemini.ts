import { ApiError, GoogleGenAI } from "@google/genai";
import pRetry from "p-retry";
import type { Model } from "./model.ts";
import { costOf } from "./prices.ts";
import { ANSWER_JSON_SCHEMA, INSTRUCTIONS, PROMPT_VERSION, questionText } from "./prompt.ts";
import { readAnswer } from "./read_answer.ts";

const RETRIES = 4;

/** A model of Google. The SDK reads GEMINI_API_KEY and GOOGLE_GEMINI_BASE_URL. */
export function geminiModel(model: string): Model {
  const baseUrl = Deno.env.get("GOOGLE_GEMINI_BASE_URL");
  const client = new GoogleGenAI({
    apiKey: Deno.env.get("GEMINI_API_KEY") ?? "",
    ...(baseUrl && { httpOptions: { baseUrl } }),
  });
  costOf(model, 0, 0); // before the first call, and not after it was paid
  return {
    name: model,
    provider: "google",
    promptVersion: PROMPT_VERSION,
    async analyse(bill, signal) {
      const response = await pRetry(() =>
        client.models.generateContent({
          model,
          contents: questionText(bill),
          config: {
            systemInstruction: INSTRUCTIONS,
            temperature: 0,
            responseMimeType: "application/json",
            responseJsonSchema: ANSWER_JSON_SCHEMA,
            abortSignal: signal,
          },
        }), {
        retries: RETRIES,
        minTimeout: 500,
        randomize: true,
        signal,
        // Another answer will not change by asking again.
        shouldRetry: ({ error }) =>
          !(error instanceof ApiError) || error.status === 429 || error.status >= 500,
      });
      return readAnswer(
        model,
        response.text,
        response.usageMetadata?.promptTokenCount,
        response.usageMetadata?.candidatesTokenCount,
      );
    },
  };
}
