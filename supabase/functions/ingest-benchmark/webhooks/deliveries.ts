import { describeCause } from "../store/database_problem.ts";
import type { Delivery } from "./delivery.ts";
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
// Receivers that hang have three each at most: claim_webhook_deliveries() gives out no more.
const MOST_AT_ONCE = 60;
// Times what a receiver has to answer: its name is looked up before, and written down what came of it.
const LEASE_TIMEOUTS = 4;
// A background task ends with the request's wall limit, which is 150 seconds at least.
const BACKGROUND_MS = 90_000;
const DELIVER_MS = 60_000;
// Slack takes one message a second: who asks for what is due waits for the next of these.
const PATIENCE_MS = 1_500;
// However many runs come in a second, and while another instance has its hands on what is due.
const SHORTEST_WAIT_MS = 100;

/**
 * Makes what sends from the outbox. Nothing that it takes to send is loaded before there is
 * something to send: results do not wait for it.
 */
export function createDeliveries(outbox: Outbox, options: DeliveriesOptions): Deliveries {
  let isClosing = false;
  const running = new Set<Promise<unknown>>();
  const senders = new Set<Sender>();
  const pace: Pace = { notBefore: -Infinity };
  let background: Sender | null = null;

  const send = async (delivery: Delivery, counts: DeliveryCounts) => {
    if (isClosing) return await outbox.release(delivery);
    const { sendClaimed } = await import("./send_claimed.ts");
    await sendClaimed(outbox, delivery, counts, {
      ...options,
      log: (entry) => options.log({ ...entry }),
    });
  };

  /**
   * Sends what is due, each by itself: one that is slow keeps nobody waiting.
   *
   * @param patienceMs Waits so long for what is due next.
   * @param onLastLook Called when it looks no more, and only what it began is still to end.
   */
  const run = async (
    sender: Sender,
    { totalMs, patienceMs, pace, onLastLook }: {
      totalMs: number;
      patienceMs: number;
      pace: Pace;
      onLastLook?: () => void;
    },
  ): Promise<DeliveryReport> => {
    const report: DeliveryReport = { delivered: 0, failed: 0, given_up: 0, next_in_seconds: null };
    const untilMs = performance.now() + totalMs;
    const sending = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const begin = (delivery: Delivery) => {
      const ended = send(delivery, report)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          sending.delete(ended);
          // It made room, and the next of its topic may be due.
          sender.ask();
        });
      sending.add(ended);
    };
    let lookAt = -Infinity;
    senders.add(sender);
    try {
      while (true) {
        await sender.waitUntil(Math.max(lookAt, pace.notBefore), pace);
        if (isClosing || failures.length > 0 || performance.now() > untilMs) break;
        sender.isAsked = false;
        pace.notBefore = performance.now() + SHORTEST_WAIT_MS;
        const places = Math.min(CLAIM, MOST_AT_ONCE - sending.size);
        if (places > 0) {
          const claimed = await outbox.claim(places, options.timeoutSeconds * LEASE_TIMEOUTS);
          report.next_in_seconds = claimed.next_in_seconds;
          claimed.deliveries.forEach(begin);
          if (claimed.deliveries.length > 0) pace.notBefore = -Infinity;
          lookAt = performance.now() + (claimed.next_in_seconds ?? Infinity) * 1000;
        } else {
          lookAt = Infinity;
        }
        const isSoon = lookAt <= Math.min(performance.now() + patienceMs, untilMs);
        if (isClosing || sending.size === 0 && !sender.isAsked && !isSoon) break;
        lookAt = sender.isAsked ? -Infinity : Math.min(lookAt, untilMs);
      }
    } finally {
      senders.delete(sender);
      onLastLook?.();
      // What became of each is written down, whatever became of the others.
      await Promise.all(sending);
    }
    // Of these the claim ends by itself.
    if (failures.length > 0) throw failures[0];
    return report;
  };

  const runInBackground = async (sender: Sender) => {
    try {
      await run(sender, {
        totalMs: BACKGROUND_MS,
        patienceMs: BACKGROUND_MS,
        pace,
        onLastLook: () => background = null,
      });
    } catch (error) {
      // What was not delivered is in the outbox: the next request looks at it again.
      options.log({ webhooks: "failed", cause: describeCause((error as Error).cause ?? error) });
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
      if (background !== null) return background.ask();
      background = new Sender();
      options.waitUntil(track(runInBackground(background)));
    },
    deliver: () =>
      track(run(new Sender(), {
        totalMs: DELIVER_MS,
        patienceMs: PATIENCE_MS,
        pace: { notBefore: -Infinity },
      })),
    async close() {
      isClosing = true;
      for (const sender of senders) sender.stop();
      await Promise.all(running);
    },
  };
}

/** Before when the outbox is not looked at, because nothing was due a moment ago. */
interface Pace {
  notBefore: number;
}

/** Who looks at the outbox: waits, and can be asked to look sooner. */
class Sender {
  isAsked = false;
  #wait: Wait | null = null;
  #pace: Pace | null = null;

  async waitUntil(time: number, pace: Pace): Promise<void> {
    const milliseconds = time - performance.now();
    if (milliseconds <= 0) return;
    this.#pace = pace;
    this.#wait = startWait(milliseconds);
    await this.#wait.ended;
    this.#wait = null;
  }

  /** Something may be due. */
  ask(): void {
    this.isAsked = true;
    if (this.#pace !== null) this.#wait?.shorten(this.#pace.notBefore - performance.now());
  }

  stop(): void {
    this.#wait?.shorten(0);
  }
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
