import { describeCause } from "../store/database_problem.ts";
import type { Outbox } from "./outbox.ts";
import type { ClaimOptions, DeliveryCounts } from "./send_claimed.ts";

/** What one look at the outbox came to. */
export interface DeliveryReport extends DeliveryCounts {
  /** Until the next delivery is due; null when there is none. */
  next_in_seconds: number | null;
}

/** Sends what is in the outbox. */
export interface Deliveries {
  /** Looks at the outbox in the background, and again for as long as something is due soon. */
  wake(): void;
  /** Sends what is due now. */
  deliver(): Promise<DeliveryReport>;
  /** Begins nothing any more, and resolves when nothing is being sent. */
  close(): Promise<void>;
}

/** How deliveries are made. */
export interface DeliveriesOptions extends Omit<ClaimOptions, "log"> {
  /** Keeps the instance alive until something is done; the platform's, where it has one. */
  waitUntil: (work: Promise<void>) => void;
  log: (line: Record<string, unknown>) => void;
}

const CLAIM = 10;
// Times what a receiver has to answer: several of one webhook can be sent one after another.
const LEASE_TIMEOUTS = 4;
// A background task ends with the request's wall limit, which is 150 seconds at least.
const BACKGROUND_MS = 90_000;
const DELIVER_MS = 60_000;
// However many runs come in a second, and while another instance has its hands on what is due.
const SHORTEST_WAIT_MS = 100;

/**
 * Makes what sends from the outbox. Nothing that it takes to send is loaded before there is
 * something to send: results do not wait for it.
 */
export function createDeliveries(outbox: Outbox, options: DeliveriesOptions): Deliveries {
  let isClosing = false;
  const running = new Set<Promise<unknown>>();
  let background: Promise<void> | null = null;
  let isAskedAgain = false;
  let wait: Wait | null = null;
  let lookedAt = -Infinity;

  const deliver = async (untilMs: number): Promise<DeliveryReport> => {
    const report: DeliveryReport = { delivered: 0, failed: 0, given_up: 0, next_in_seconds: null };
    while (true) {
      const { deliveries, next_in_seconds } = await outbox.claim(
        CLAIM,
        options.timeoutSeconds * LEASE_TIMEOUTS,
      );
      report.next_in_seconds = next_in_seconds;
      if (deliveries.length === 0) return report;
      const { sendClaimed } = await import("./send_claimed.ts");
      const counts = await sendClaimed(outbox, deliveries, {
        ...options,
        log: (entry) => options.log({ ...entry }),
      });
      report.delivered += counts.delivered;
      report.failed += counts.failed;
      report.given_up += counts.given_up;
      if (isClosing || performance.now() > untilMs) return report;
    }
  };

  const waitFor = async (milliseconds: number) => {
    if (milliseconds <= 0 || isClosing) return;
    wait = startWait(milliseconds);
    await wait.ended;
    wait = null;
  };

  const runInBackground = async () => {
    const untilMs = performance.now() + BACKGROUND_MS;
    try {
      while (true) {
        await waitFor(lookedAt + SHORTEST_WAIT_MS - performance.now());
        if (isClosing) break;
        isAskedAgain = false;
        lookedAt = performance.now();
        const { next_in_seconds } = await deliver(untilMs);
        const waitMs = isAskedAgain ? 0 : (next_in_seconds ?? Infinity) * 1000;
        if (isClosing || performance.now() + waitMs > untilMs) break;
        await waitFor(waitMs);
      }
    } catch (error) {
      // What was not delivered is in the outbox: the next request looks at it again.
      options.log({ webhooks: "failed", cause: describeCause((error as Error).cause ?? error) });
    } finally {
      background = null;
    }
  };

  const track = <Value>(work: Promise<Value>): Promise<Value> => {
    const ended = work.then(() => {}, () => {}).finally(() => running.delete(ended));
    running.add(ended);
    return work;
  };

  return {
    wake() {
      if (isClosing) return;
      isAskedAgain = true;
      wait?.shorten(lookedAt + SHORTEST_WAIT_MS - performance.now());
      if (background !== null) return;
      background = track(runInBackground());
      options.waitUntil(background);
    },
    deliver: () => track(deliver(performance.now() + DELIVER_MS)),
    async close() {
      isClosing = true;
      wait?.shorten(0);
      await Promise.all(running);
    },
  };
}

interface Wait {
  ended: Promise<void>;
  /** It ends so many milliseconds from now, if it had not ended before. */
  shorten(milliseconds: number): void;
}

function startWait(milliseconds: number): Wait {
  const { promise, resolve } = Promise.withResolvers<void>();
  let endsAt = performance.now() + milliseconds;
  let timer = setTimeout(resolve, milliseconds);
  return {
    ended: promise,
    shorten(milliseconds) {
      const to = Math.max(milliseconds, 0);
      if (performance.now() + to >= endsAt) return;
      endsAt = performance.now() + to;
      clearTimeout(timer);
      timer = setTimeout(resolve, to);
    },
  };
}
