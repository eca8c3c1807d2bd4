import pRetry, { AbortError } from "p-retry";
import * as z from "zod";
import { counted } from "../cli/counted.ts";
import type { KeptReceipt } from "../verify/check_receipt.ts";
import { type Batch, type BodyIssue, describeIssues } from "./batches.ts";
import { CONFIGURATION_PARTS } from "../cli/listed_configuration.ts";
import { fieldOf } from "./complete_result.ts";
import { JUDGED, type JudgedRun } from "./judged_run.ts";

/** Where results go. */
export interface IngestTarget {
  url: string;
  token: string;
}

/** How often a request is sent, and how long to wait. */
export interface Attempts {
  most: number;
  /** Delay before the first repetition; doubled each time, with jitter. */
  firstDelayMs: number;
  /** Told why it takes longer: why it is sent again, and how long the server asks to wait. */
  onRetry?: (sentence: string) => void;
}

/** What the function answers for one result; see its receipt schema. */
export interface PushReceipt extends KeptReceipt, JudgedRun {
  configuration: JudgedRun["configuration"];
  snapshot_version: number;
  replayed: boolean;
}

/** What the function answers for one result of a dry run; see its preview schema. */
export interface PushPreview extends Omit<JudgedRun, "previous"> {
  /** What would be the receipt's previous. */
  current: JudgedRun["previous"];
}

/** A batch was refused, or nobody knows what became of it. */
export class RefusedError extends Error {
  override name = "RefusedError";
  constructor(
    detail: string,
    /** What is wrong with single results, a sentence each. */
    readonly issues: string[],
    /** Whether the batch may be stored all the same. */
    readonly mayBeStored: boolean,
  ) {
    super(detail);
  }
}

const MAX_ERRORS = 100;
const RETRYABLE = [429, 502, 503, 504];
const MAX_DELAY_MS = 60_000;

const versionSchema = z.looseObject({ snapshot_version: z.int().min(1) }).nullable();
// What a receipt must be to be evidence; whatever else it has is passed on.
const receiptsSchema = z.object({
  results: z.array(z.looseObject({
    ...JUDGED,
    transaction_id: z.uuid(),
    snapshot_version: z.int().min(1),
    entry_hash: z.string().regex(/^[0-9a-f]{64}$/),
    previous: versionSchema,
    replayed: z.boolean(),
  })),
});
const previewsSchema = z.object({
  results: z.array(z.looseObject({
    ...JUDGED,
    current: versionSchema,
    dry_run: z.literal(true),
  })),
});

/**
 * Posts a batch, with the action's rules: again after a connection error, an answer that was cut
 * off, 429, 502, 503 and 504, never after another refusal. Each result names its run, which makes
 * that safe.
 *
 * @returns Receipts in the order of the results.
 * @throws {RefusedError} For a refusal, an answer without receipts, or when every attempt failed.
 */
export async function postBatch(
  target: IngestTarget,
  batch: Batch,
  attempts: Attempts,
): Promise<PushReceipt[]> {
  return await answerTo(target, batch, attempts, "receipt", receiptsSchema) as PushReceipt[];
}

/**
 * Asks what storing a batch would say; nothing is stored. Otherwise as {@link postBatch}.
 *
 * @returns Previews in the order of the results.
 * @throws {RefusedError} As {@link postBatch}, and then nothing is stored either.
 */
export async function previewBatch(
  target: IngestTarget,
  batch: Batch,
  attempts: Attempts,
): Promise<PushPreview[]> {
  const url = `${target.url}?dry_run=true`;
  return await answerTo(
    { ...target, url },
    batch,
    attempts,
    "preview",
    previewsSchema,
  ) as unknown as PushPreview[];
}

/** As it was answered, when it is what it must be: what is kept is what the server said. */
async function answerTo(
  target: IngestTarget,
  batch: Batch,
  attempts: Attempts,
  kind: "receipt" | "preview",
  schema: typeof receiptsSchema | typeof previewsSchema,
): Promise<unknown[]> {
  const answer = await post(target, batch, attempts);
  const parsed = schema.safeParse(answer);
  const stranger = parsed.success ? strangerIn(parsed.data.results, batch) : -1;
  if (parsed.success && parsed.data.results.length === batch.results.length && stranger === -1) {
    return (answer as { results: unknown[] }).results;
  }
  const issue = parsed.error?.issues[0];
  const problem = stranger !== -1
    ? `a ${kind} of something else than result ${stranger + 1}`
    : issue === undefined
    ? `${counted(parsed.data!.results.length, kind)} for ${counted(batch.results.length, "result")}`
    : `what is no ${kind}: ${issue.path.join(".") || "the answer"} is not as it must be`;
  throw new RefusedError(`${target.url} answered with ${problem}.`, [], true);
}

/** The first receipt that is not of the result that was sent; -1 when there is none. */
function strangerIn(
  receipts: { configuration: Record<string, unknown> }[],
  batch: Batch,
): number {
  return receipts.findIndex(({ configuration }, index) => {
    const text = batch.results[index]?.text ?? "{}";
    return CONFIGURATION_PARTS.some((name) => {
      const sent = fieldOf(text, name);
      return sent !== undefined && sent !== configuration[name];
    });
  });
}

async function post(
  target: IngestTarget,
  batch: Batch,
  { most, firstDelayMs, onRetry }: Attempts,
): Promise<unknown> {
  return await pRetry(async () => {
    const response = await fetch(target.url, {
      method: "POST",
      headers: { "Authorization": `Bearer ${target.token}`, "Content-Type": "application/json" },
      body: batch.body,
      // It would be followed as GET, and whatever is there taken for an answer.
      redirect: "manual",
      signal: AbortSignal.timeout(60_000),
    });
    // A status alone can stand before half an answer: that is a broken connection.
    if (response.ok) return await response.json();
    if (response.status >= 300 && response.status < 400) {
      throw new AbortError(
        new RefusedError(
          `HTTP ${response.status}: ${target.url} leads elsewhere, to ${
            response.headers.get("location")
          }: set INGEST_URL to the function's own address`,
          [],
          false,
        ),
      );
    }
    const problem = problemOf(await response.json().catch(() => null));
    const refused = new RefusedError(
      `HTTP ${response.status}: ${problem.detail ?? "no reason given"}`,
      describeIssues(batch, problem.errors),
      response.status >= 500,
    );
    if (!RETRYABLE.includes(response.status)) throw new AbortError(refused);
    const wait = retryAfterMs(response, firstDelayMs);
    if (wait > 0) onRetry?.(`The server asks to wait ${wait / 1000} s (HTTP ${response.status}).`);
    await new Promise((resolve) => setTimeout(resolve, wait));
    throw refused;
  }, {
    retries: most - 1,
    minTimeout: firstDelayMs,
    maxTimeout: MAX_DELAY_MS,
    randomize: true,
    // p-retry takes a TypeError for a bug; fetch throws one when the connection breaks.
    shouldRetry: () => true,
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      // Of a refusal that stays one there is no further attempt.
      if (error instanceof AbortError || retriesLeft === 0) return;
      const reason = error instanceof RefusedError
        ? error.message
        : `${target.url}: ${error.message}`;
      onRetry?.(`Attempt ${attemptNumber} of ${most} failed, and is repeated: ${reason}`);
    },
  }).catch((error) => {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(`${target.url} gives no whole answer: ${error.message}`, [], true);
  });
}

// Whoever answers must not write to the terminal as it likes.
const printable = z.string().transform((text) => text.slice(0, 2000).replaceAll(/\p{Cc}/gu, " "));
const problemSchema = z.object({
  detail: printable.optional().catch(undefined),
  errors: z.array(z.object({ pointer: printable, message: printable }))
    .transform((errors) => errors.slice(0, MAX_ERRORS)).catch([]),
}).catch({ errors: [] });

function problemOf(answer: unknown): { detail?: string | undefined; errors: BodyIssue[] } {
  return problemSchema.parse(answer);
}

function retryAfterMs(response: Response, firstDelayMs: number): number {
  if (firstDelayMs === 0) return 0;
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  return Math.min(Number.isFinite(seconds) ? seconds * 1000 : 0, MAX_DELAY_MS);
}
