import { UserError } from "../cli/user_error.ts";

/** US dollars for a million tokens, as the vendors list them; the date says when they were read. */
const PRICES: Record<string, { input: number; output: number; listed: string }> = {
  "gpt-4.1-mini": { input: 0.4, output: 1.6, listed: "2025-04" },
  "gpt-4.1": { input: 2, output: 8, listed: "2025-04" },
  "gemini-2.5-flash": { input: 0.3, output: 2.5, listed: "2025-06" },
  "gemini-2.5-pro": { input: 1.25, output: 10, listed: "2025-06" },
};

/**
 * What a call cost.
 *
 * @throws {UserError} For a model without a price: a cost cap would not hold.
 */
export function costOf(model: string, inputTokens: number, outputTokens: number): number {
  const price = PRICES[model];
  if (price === undefined) {
    throw new UserError(
      `Cannot tell the cost of ${model}: add it to scripts/generate/prices.ts. Known: ${
        Object.keys(PRICES).join(", ")
      }.`,
    );
  }
  return (inputTokens * price.input + outputTokens * price.output) / 1e6;
}
