import type { Delivery } from "./delivery.ts";
import type { Outbox } from "./outbox.ts";
import { type Answer, retryDelay } from "./retry_delay.ts";
import { sendDelivery, type SendOptions } from "./send_delivery.ts";

/** How claimed deliveries are sent. */
export interface ClaimOptions extends SendOptions {
  /** Seconds before each attempt, the first among them. */
  delays: readonly number[];
  log: (entry: DeliveryLogEntry) => void;
}

/** One line an attempt: neither address nor secret. */
export interface DeliveryLogEntry {
  webhook: number;
  event: string;
  event_id: string;
  attempt: number;
  status: number | null;
  error: string | null;
  /** What became of it; null when somebody else has it by now. */
  state: string | null;
}

/** What came of deliveries. */
export interface DeliveryCounts {
  delivered: number;
  /** To be tried again. */
  failed: number;
  given_up: number;
}

// Times what a receiver has to answer. A claim lasts four: what is begun later could be sent by
// somebody else, too.
const BEGIN_WITHIN_TIMEOUTS = 2.5;
// Slack takes one message a second.
const SLACK_PAUSE_MS = 1_000;

/**
 * Sends what was claimed: webhooks side by side, so that a slow one keeps nobody waiting, and the
 * deliveries of Slack one after another.
 */
export async function sendClaimed(
  outbox: Outbox,
  deliveries: Delivery[],
  options: ClaimOptions,
): Promise<DeliveryCounts> {
  const counts: DeliveryCounts = { delivered: 0, failed: 0, given_up: 0 };
  const begunAt = performance.now();
  const sendOne = async (delivery: Delivery) => {
    const isLate = performance.now() - begunAt >
      options.timeoutSeconds * BEGIN_WITHIN_TIMEOUTS * 1000;
    if (isLate) return await outbox.release(delivery);
    const answer = delivery.attempt > options.delays.length
      // Whoever claimed it before died each time, perhaps of it.
      ? { status: null, error: "Every attempt was cut short.", retryAfterSeconds: null }
      : await sendDelivery(delivery, options);
    const state = await outbox.finish(delivery, answer, retryIn(delivery, answer, options));
    if (state === "delivered") counts.delivered++;
    else if (state === "pending") counts.failed++;
    else if (state === "given-up") counts.given_up++;
    options.log({
      webhook: delivery.webhook_id,
      event: delivery.event,
      event_id: delivery.event_id,
      attempt: delivery.attempt,
      status: answer.status,
      error: answer.error,
      state,
    });
  };
  const sent = await Promise.allSettled(
    groups(deliveries).map(async (group) => {
      for (const [index, delivery] of group.entries()) {
        if (index > 0) await new Promise((resolve) => setTimeout(resolve, SLACK_PAUSE_MS));
        await sendOne(delivery);
      }
    }),
  );
  // What became of the others is written down already; of these, the claim ends by itself.
  for (const one of sent) if (one.status === "rejected") throw one.reason;
  return counts;
}

function retryIn(delivery: Delivery, answer: Answer, { delays }: ClaimOptions): number | null {
  return delivery.event === "test" ? null : retryDelay(delivery.attempt, answer, delays);
}

/** What is sent one after another. */
function groups(deliveries: Delivery[]): Delivery[][] {
  const slack = Map.groupBy(
    deliveries.filter(({ format }) => format === "slack"),
    ({ webhook_id }) => webhook_id,
  );
  return [
    ...deliveries.filter(({ format }) => format !== "slack").map((delivery) => [delivery]),
    ...slack.values(),
  ];
}
