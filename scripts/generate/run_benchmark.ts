import pLimit from "p-limit";
import { type Bill, questionOf } from "./dataset.ts";
import type { Answer, Model } from "./model.ts";

/** Bounds of a run. */
export interface RunLimits {
  concurrency: number;
  /** Seconds for the whole run. */
  maxSeconds: number;
  /** US dollars for the whole run. */
  maxCost: number;
}

/** What happened with one bill: an answer, or an error. */
export interface Outcome {
  bill: Bill;
  answer: Answer | null;
  latencyMs: number;
  error: string | null;
}

/**
 * Asks a model about every bill. One that fails, or is not reached within the limits, becomes an
 * outcome with an error: no document is dropped.
 *
 * @param onDone Called after each bill, for progress.
 * @returns Outcomes in the order of the bills.
 */
export async function runBenchmark(
  model: Model,
  bills: Bill[],
  limits: RunLimits,
  onDone: () => void = () => {},
): Promise<Outcome[]> {
  const limit = pLimit(limits.concurrency);
  const timeout = AbortSignal.timeout(limits.maxSeconds * 1000);
  let spent = 0;
  return await Promise.all(bills.map((bill) =>
    limit(async (): Promise<Outcome> => {
      const failed = (error: string, latencyMs = 0) => ({ bill, answer: null, latencyMs, error });
      try {
        if (timeout.aborted) return failed(`not asked: the run took ${limits.maxSeconds} s`);
        if (spent > limits.maxCost) return failed(`not asked: the run cost $${limits.maxCost}`);
        const startedAt = performance.now();
        try {
          const answer = await model.analyse(questionOf(bill), timeout);
          spent += answer.cost;
          return { bill, answer, latencyMs: performance.now() - startedAt, error: null };
        } catch (error) {
          return failed((error as Error).message.slice(0, 500), performance.now() - startedAt);
        }
      } finally {
        onDone();
      }
    })
  ));
}
