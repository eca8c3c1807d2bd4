import pRetry, { AbortError } from "p-retry";
import { MAX_BATCH } from "../../supabase/functions/ingest-benchmark/payload/result_schema.ts";
import { MAX_BODY_BYTES } from "../../supabase/functions/ingest-benchmark/request/read_body.ts";
import type { KeptReceipt } from "../verify/check_receipt.ts";
import type { PushJudgement } from "./verdicts.ts";

/** Where results go. */
export interface IngestTarget {
  url: string;
  token: string;
}

/** What the function answers for one result; see its receipt schema. */
export interface PushReceipt extends KeptReceipt {
  configuration: KeptReceipt["configuration"] & { variant: string };
  /** Whether it may become current; else it is a candidate. */
  published: boolean;
  replayed: boolean;
  /** What became of each metric that a policy is about. */
  judgements: PushJudgement[];
}

/** The function refused: its problem document. */
export class RefusedError extends Error {
  override name = "RefusedError";
  constructor(
    readonly status: number,
    detail: string,
    /** Pointers into the body that was sent, from the first result of the batch. */
    readonly errors: { pointer: string; message: string }[],
    /** Index of the first result of the refused batch. */
    readonly firstIndex: number,
  ) {
    super(detail);
  }
}

const RETRIES = 5;
const RETRYABLE = [429, 502, 503, 504];

/**
 * Posts results in batches of at most 100 and 1 MiB, with the action's rules: again after a
 * connection error, 429, 502, 503 and 504, never after another refusal. An Idempotency-Key makes
 * that safe without run ids, too.
 *
 * @param firstDelayMs Delay before the first repetition; doubled each time, with jitter.
 * @returns Receipts in the order of the results.
 * @throws {RefusedError} For a refusal, or when every attempt failed.
 */
export async function postResults(
  target: IngestTarget,
  results: Record<string, unknown>[],
  firstDelayMs = 1000,
): Promise<PushReceipt[]> {
  const receipts: PushReceipt[] = [];
  for (const batch of batches(results.map((result) => JSON.stringify(result)))) {
    const body = `{"results":[${batch.join(",")}]}`;
    receipts.push(...await postBatch(target, body, receipts.length, firstDelayMs));
  }
  return receipts;
}

function* batches(texts: string[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = new TextEncoder().encode(text).length + 1;
    if (batch.length > 0 && (batch.length === MAX_BATCH || bytes + size > MAX_BODY_BYTES - 64)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(text);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function postBatch(
  target: IngestTarget,
  body: string,
  firstIndex: number,
  firstDelayMs: number,
): Promise<PushReceipt[]> {
  // One key a call and not one a content: pushing the same numbers again is a new run.
  const key = crypto.randomUUID();
  return await pRetry(async () => {
    const response = await fetch(target.url, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${target.token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
      },
      body,
      signal: AbortSignal.timeout(60_000),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer.results as PushReceipt[];
    const refused = new RefusedError(
      response.status,
      answer.detail ?? `HTTP ${response.status}`,
      answer.errors ?? [],
      firstIndex,
    );
    if (!RETRYABLE.includes(response.status)) throw new AbortError(refused);
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs(response, firstDelayMs)));
    throw refused;
  }, {
    retries: RETRIES,
    minTimeout: firstDelayMs,
    maxTimeout: 60_000,
    randomize: true,
    // p-retry takes a TypeError for a bug; fetch throws one when the connection breaks.
    shouldRetry: () => true,
  }).catch((error) => {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(0, `${target.url} does not answer: ${error.message}`, [], firstIndex);
  });
}

function retryAfterMs(response: Response, firstDelayMs: number): number {
  if (firstDelayMs === 0) return 0;
  return Math.min(Number(response.headers.get("retry-after") ?? 0), 60) * 1000;
}
