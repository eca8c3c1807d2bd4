import { Webhook } from "standardwebhooks";
import { isSecureUrl } from "../secure_url.ts";
import { shorten } from "../shorten.ts";
import { VERSION } from "../version.ts";
import type { Delivery } from "./delivery.ts";
import { AddressError, checkPublicAddress, type Resolve, resolveByDns } from "./public_address.ts";
import { type Answer, readRetryAfter } from "./retry_delay.ts";
import { slackBody } from "./slack_message.ts";
import { standardBody } from "./standard_payload.ts";

/** How deliveries are sent; tests are in more of a hurry. */
export interface SendOptions {
  timeoutSeconds: number;
  resolve?: Resolve;
}

// What a receiver says of a failure is shown to people; a page of HTML is not.
const MAX_SHOWN_ANSWER = 200;
const MAX_READ_BYTES = 2_000;

/**
 * Sends one delivery, once, signed as Standard Webhooks says.
 *
 * @returns What the receiver answered, or why it did not; never throws. Says neither the address,
 * which can be a secret, nor the secret.
 */
export async function sendDelivery(delivery: Delivery, options: SendOptions): Promise<Answer> {
  const signal = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const failed = (error: string): Answer => ({ status: null, error, retryAfterSeconds: null });
  try {
    const url = new URL(delivery.url);
    if (!isSecureUrl(delivery.url)) return failed("It is neither https nor on loopback.");
    if (delivery.secret === null) {
      return failed("Its secret is gone from Vault: remove the webhook and add it again.");
    }
    if (!delivery.allows_private) {
      await inTime(checkPublicAddress(url, options.resolve ?? resolveByDns), signal);
    }
    const body = delivery.format === "slack" ? slackBody(delivery) : standardBody(delivery);
    const response = await fetch(url, {
      method: "POST",
      headers: headersOf(delivery, delivery.secret, body),
      body,
      signal,
      // Where it leads was not checked.
      redirect: "manual",
    });
    return await answerOf(response);
  } catch (error) {
    if (error instanceof AddressError) return failed(error.message);
    return failed(
      signal.aborted
        ? `There was no answer within ${options.timeoutSeconds} seconds.`
        : withoutAddress(error as Error, delivery.url),
    );
  }
}

function headersOf(delivery: Delivery, secret: string, body: string): Record<string, string> {
  const id = delivery.event_id;
  const at = new Date();
  return {
    "Content-Type": "application/json",
    "User-Agent": `benchmark-ledger/${VERSION}`,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers, ok } = response;
  const retryAfterSeconds = readRetryAfter(headers.get("Retry-After"), Date.now());
  if (ok) {
    await response.body?.cancel();
    return { status, error: null, retryAfterSeconds };
  }
  const isRedirect = status >= 300 && status <= 399;
  const said = isRedirect ? "" : await beginningOf(response);
  if (isRedirect) await response.body?.cancel();
  const what = isRedirect ? `HTTP ${status}, and redirects are not followed` : `HTTP ${status}`;
  return { status, error: said === "" ? what : `${what}: ${said}`, retryAfterSeconds };
}

async function beginningOf(response: Response): Promise<string> {
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_READ_BYTES) break;
    }
  } catch {
    // What it said so far is enough.
  }
  // deno-lint-ignore no-control-regex
  return shorten(text.replace(/[\x00-\x1f\x7f-\x9f\s]+/g, " ").trim(), MAX_SHOWN_ANSWER);
}

/** Rejects with the reason of a signal: a lookup has no time limit of its own. */
async function inTime<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const end = () => late.reject(signal.reason);
  signal.addEventListener("abort", end);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** What fetch says of a failure has the whole address in it. */
function withoutAddress(error: Error, url: string): string {
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return shorten(
    cause.replaceAll(url, "the address").replace(/\(?https?:\/\/[^\s)]+\)?/g, "the address"),
    300,
  );
}
