import type { BadgeQuery } from "../badge/badge_query.ts";
import type { CheckpointQuery } from "../checkpoint/checkpoint_query.ts";
import type { StoredResult } from "../payload/stored_result.ts";
import type { TrustedIssuer } from "../principal/issuers/issuer_registry.ts";
import type { Principal } from "../principal/principal.ts";
import type { Preview, Receipt } from "../receipt/receipt_schema.ts";

/** Where results go. Every method throws only {@link ProblemError}s for what it foresees. */
export interface Store {
  /**
   * Stores results in one transaction, all or none.
   *
   * @returns Receipts in the order given.
   * @throws {ProblemError} Its pointers are those of the results, into the body.
   */
  ingest(
    principal: Principal,
    results: StoredResult[],
    idempotencyKey: string | null,
  ): Promise<Receipt[]>;
  /** What {@link ingest} would answer, with nothing stored. */
  preview(principal: Principal, results: StoredResult[]): Promise<Preview[]>;
  /** Resolves when the principal may write anything at all. */
  authorize(principal: Principal): Promise<void>;
  /** The receipt of an entry that the same principal stored. */
  receipt(principal: Principal, configurationId: string, version: number): Promise<Receipt>;
  /**
   * A number of a current snapshot, for everybody: null when there is none, no such
   * configuration, or reading is not public.
   */
  badgeValue(query: BadgeQuery): Promise<number | null>;
  /** The issuers that trust rules name. */
  trustedIssuers(): Promise<TrustedIssuer[]>;
  /** A page of a checkpoint, as text, for a principal that may write anything at all. */
  checkpoint(principal: Principal, query: CheckpointQuery): Promise<string>;
  /** Resolves when the database answers and the schema is in place. */
  checkHealth(): Promise<void>;
}
