import type { SupabaseClient } from "@supabase/supabase-js";
import { toProblem } from "../store/database_problem.ts";
import type { Delivery } from "./delivery.ts";
import type { Answer } from "./retry_delay.ts";

/** What was claimed to be sent now. */
export interface Claimed {
  deliveries: Delivery[];
  /** Until the next is due; null when there is none. */
  next_in_seconds: number | null;
}

/** What became of a delivery; null when somebody else has it by now, or the webhook is gone. */
export type DeliveryState = "pending" | "delivered" | "given-up" | null;

/** Where events wait until they are delivered. */
export interface Outbox {
  /** @param leaseSeconds So long nobody else takes them. */
  claim(limit: number, leaseSeconds: number): Promise<Claimed>;
  /**
   * Says what came of a delivery.
   *
   * @param retryInSeconds null for never.
   */
  finish(
    delivery: Delivery,
    answer: Answer,
    retryInSeconds: number | null,
  ): Promise<DeliveryState>;
  /** Hands a delivery back that was not sent. */
  release(delivery: Delivery): Promise<void>;
}

const CALL_TIMEOUT_MS = 8_000;

/**
 * An {@link Outbox} behind the SQL functions of the project.
 *
 * @param client A client with the project's secret key.
 * @throws {ProblemError} From every method, when the database does not answer.
 */
export function createOutbox(client: SupabaseClient): Outbox {
  const call = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
    const { data, error } = await client.rpc(name, args)
      .abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS));
    if (error) throw toProblem(error);
    return data;
  };
  return {
    async claim(limit, leaseSeconds) {
      return await call("claim_webhook_deliveries", {
        p_limit: limit,
        p_lease_seconds: leaseSeconds,
      }) as Claimed;
    },
    async finish({ id, lease }, { status, error }, retryInSeconds) {
      return await call("finish_webhook_delivery", {
        p_id: id,
        p_lease: lease,
        p_status: status,
        p_error: error,
        p_retry_in_seconds: retryInSeconds,
      }) as DeliveryState;
    },
    async release({ id, lease }) {
      await call("finish_webhook_delivery", { p_id: id, p_lease: lease, p_is_sent: false });
    },
  };
}
