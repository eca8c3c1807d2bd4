import {
  type JudgedRun,
  judgementDocument,
  regressionsOf,
  type StoredJudgement,
} from "./judgement_document.ts";
import type { Preview, Receipt } from "./receipt_schema.ts";

/** A receipt or a preview as the database gives it: what was decided, without what follows. */
export type Stored<Answer extends Receipt | Preview> =
  & Omit<Answer, "judgements" | "regressions">
  & Pick<JudgedRun, "references">
  & { judgements: StoredJudgement[] };

// jsonb sorts keys by their length. Written out and not taken from the schemas, which a cold
// start need not load.

/** A receipt with its fields in the order people read them, and its judgements as documented. */
export function receiptInReadingOrder(receipt: Stored<Receipt>): Receipt {
  const { transaction_id, snapshot_version, configuration, series, published } = receipt;
  const { created_at, entry_hash, provenance, previous, nearest, references, replayed } = receipt;
  const run = { configuration, previous, references };
  const judgements = receipt.judgements.map((judgement) => judgementDocument(judgement, run));
  return {
    transaction_id,
    snapshot_version,
    configuration,
    series,
    published,
    created_at,
    entry_hash,
    provenance,
    previous,
    nearest,
    judgements,
    regressions: regressionsOf(judgements),
    replayed,
  };
}

/** A preview with its fields in the order people read them, and its judgements as documented. */
export function previewInReadingOrder(preview: Stored<Preview>): Preview {
  const { configuration, series, published, current, nearest, references, dry_run } = preview;
  const run = { configuration, previous: current, references };
  const judgements = preview.judgements.map((judgement) => judgementDocument(judgement, run));
  return {
    configuration,
    series,
    published,
    current,
    nearest,
    judgements,
    regressions: regressionsOf(judgements),
    dry_run,
  };
}
