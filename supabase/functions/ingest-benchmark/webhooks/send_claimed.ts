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

/** Sends what was claimed, and writes down what came of it: in the outbox, the log and `counts`. */
export async function sendClaimed(
  outbox: Outbox,
  delivery: Delivery,
  counts: DeliveryCounts,
  options: ClaimOptions,
): Promise<void> {
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
}

function retryIn(delivery: Delivery, answer: Answer, { delays }: ClaimOptions): number | null {
  return delivery.event === "test" ? null : retryDelay(delivery.attempt, answer, delays);
}
