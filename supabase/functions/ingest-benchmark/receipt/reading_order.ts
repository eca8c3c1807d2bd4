import type { Preview, Receipt } from "./receipt_schema.ts";

// jsonb sorts keys by their length. Written out and not taken from the schemas, which a cold
// start need not load.

/** A receipt with its fields in the order people read them. */
export function receiptInReadingOrder(receipt: Receipt): Receipt {
  const { transaction_id, snapshot_version, configuration, series, published } = receipt;
  const { created_at, entry_hash, provenance, previous, regressions, replayed } = receipt;
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
    regressions,
    replayed,
  };
}

/** A preview with its fields in the order people read them. */
export function previewInReadingOrder(preview: Preview): Preview {
  const { configuration, series, published, current, regressions, dry_run } = preview;
  return { configuration, series, published, current, regressions, dry_run };
}
