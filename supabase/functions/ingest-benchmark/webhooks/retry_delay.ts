const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;

/** Seconds before each attempt, the first among them: those that Standard Webhooks names. */
export const DEFAULT_DELAYS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** So much longer at most: receivers that came back are not met by everything at once. */
const JITTER = 0.2;
// A receiver must not keep us waiting for ever.
const MAX_RETRY_AFTER_SECONDS = 24 * HOUR;

/** What a receiver answered, or why it did not. */
export interface Answer {
  status: number | null;
  error: string | null;
  /** What Retry-After says. */
  retryAfterSeconds: number | null;
}

/**
 * In how many seconds to try again.
 *
 * @param attempt The one that was made, from 1 on.
 * @returns null for never: it was delivered, the receiver is gone, or this was the last attempt.
 */
export function retryDelay(
  attempt: number,
  { status, retryAfterSeconds }: Answer,
  delays: readonly number[] = DEFAULT_DELAYS,
  random: () => number = Math.random,
): number | null {
  if (status !== null && status >= 200 && status <= 299) return null;
  const delay = delays[attempt];
  if (status === 410 || delay === undefined) return null;
  const wanted = status === 429 || status === 503 ? retryAfterSeconds ?? 0 : 0;
  return Math.max(delay * (1 + JITTER * random()), Math.min(wanted, MAX_RETRY_AFTER_SECONDS));
}

/**
 * Retry-After as seconds from now; it is a number of them, or a date.
 *
 * @returns null when it is missing or neither.
 */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000);
}
