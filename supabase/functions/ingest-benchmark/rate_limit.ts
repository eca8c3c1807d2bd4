import { ProblemError } from "./problem/problem.ts";

const WINDOW_MS = 60_000;

/** Counts one request of a principal; throws when it is one too many. */
export type RateLimit = (principal: string) => void;

/**
 * A limit of requests a minute and principal, in fixed windows.
 *
 * Kept in memory: each instance of the function counts for itself, so the real limit is a
 * multiple of this one. That is enough against a job that runs wild, and costs no round trip;
 * a counter in the database would make all requests of a principal wait for each other.
 *
 * @param limit Requests a minute; 0 turns it off.
 * @param now Milliseconds since 1970.
 * @returns A function that throws {@link ProblemError} `too_many_requests`.
 */
export function createRateLimit(limit: number, now: () => number): RateLimit {
  let windowEnds = 0;
  const counts = new Map<string, number>();
  return (principal) => {
    if (limit === 0) return;
    if (now() >= windowEnds) {
      windowEnds = now() + WINDOW_MS;
      counts.clear();
    }
    const count = (counts.get(principal) ?? 0) + 1;
    counts.set(principal, count);
    if (count > limit) {
      throw new ProblemError(
        "too_many_requests",
        `More than ${limit} requests in a minute: wait, or send results as a batch.`,
        { retryAfter: (windowEnds - now()) / 1000 },
      );
    }
  };
}
