import * as z from "zod";
import { ENVIRONMENTS } from "../payload/result_schema.ts";

const delta = z.number().nullable();

const configurationSchema = z.strictObject({
  id: z.guid(),
  model_version: z.string(),
  dataset_version: z.string(),
  prompt_version: z.string(),
  environment: z.enum(ENVIRONMENTS),
}).meta({ id: "Configuration" });

/** Another snapshot, and a result minus that one. */
const comparisonSchema = z.strictObject({
  snapshot_version: z.int().min(1),
  commit_sha: z.string(),
  deltas: z.strictObject({
    precision: delta,
    recall: delta,
    f1: delta,
    latency_ms: delta,
    analysis_cost: delta,
  }).meta({ description: "This result minus that snapshot; null where either has none" }),
}).meta({ id: "Comparison" });

/** How the facts of an entry are known. */
const provenanceSchema = z.looseObject({
  method: z.enum(["github-oidc", "ingest-token", "service-role"]),
  attested: z.array(z.string()).meta({ description: "Fields that the credential vouches for" }),
  claimed: z.array(z.string()).meta({ description: "Fields known from the body only" }),
  claims: z.record(z.string(), z.string()).optional().meta({
    description: "The claims of the GitHub token",
  }),
}).meta({ id: "Provenance" });

/** What one stored result is answered with. */
export const receiptSchema = z.strictObject({
  transaction_id: z.guid(),
  snapshot_version: z.int().min(1),
  configuration: configurationSchema,
  created_at: z.iso.datetime(),
  entry_hash: z.string().regex(/^[0-9a-f]{64}$/).meta({
    description: "SHA-256 that chains this entry to the ones before; keep it as evidence",
  }),
  provenance: provenanceSchema,
  previous: comparisonSchema.nullable().meta({
    description: "The version before; null for version 1",
  }),
  replayed: z.boolean().meta({ description: "Whether this run was stored before this request" }),
}).meta({ id: "Receipt" });

/** The answer to a batch: receipts in the order sent. */
export const batchReceiptSchema = z.strictObject({
  results: z.array(receiptSchema),
}).meta({ id: "BatchReceipt" });

/** See {@link receiptSchema}. */
export type Receipt = z.infer<typeof receiptSchema>;

/** What one result of a dry run is answered with. */
export const previewSchema = z.strictObject({
  configuration: configurationSchema,
  current: comparisonSchema.nullable().meta({
    description: "The current snapshot, if there is one",
  }),
  dry_run: z.literal(true),
}).meta({ id: "Preview" });

/** The answer to a dry run of a batch, in the order sent. */
export const batchPreviewSchema = z.strictObject({
  results: z.array(previewSchema),
}).meta({ id: "BatchPreview" });

/** See {@link previewSchema}. */
export type Preview = z.infer<typeof previewSchema>;
