import type { Receipt } from "./receipt_schema.ts";

/** A receipt with its fields in the order people read them: jsonb sorts keys by their length. */
export function inReadingOrder(receipt: Receipt): Receipt {
  // Written out and not taken from the schema, which a cold start need not load.
  const { transaction_id, snapshot_version, configuration, created_at } = receipt;
  const { entry_hash, provenance, previous, regressions, replayed } = receipt;
  return {
    transaction_id,
    snapshot_version,
    configuration,
    created_at,
    entry_hash,
    provenance,
    previous,
    regressions,
    replayed,
  };
}
