import * as z from "zod";

const delta = z.number().nullable();

const configurationSchema = z.strictObject({
  id: z.guid(),
  model_version: z.string(),
  dataset_version: z.string(),
  prompt_version: z.string(),
  environment: z.string(),
  variant: z.string().meta({ description: "Empty for the configuration without a variant" }),
}).meta({ id: "Configuration" });

const seriesSchema = z.string().nullable().meta({
  description: "The series that the configuration belongs to",
});

const publishedSchema = z.boolean().meta({
  description:
    "Whether it may become current and be compared with; false is a candidate, such as a pull request's",
});

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

/** A number that is worse than a policy allows. */
const regressionSchema = z.strictObject({
  metric: z.string().meta({ description: "JSON pointer into the metrics, such as /f1" }),
  severity: z.enum(["warn", "fail"]),
  better: z.enum(["higher", "lower"]),
  from_version: z.int().min(1).meta({
    description: "Compared with: the baseline, else the newest published run before",
  }),
  from: z.number(),
  to: z.number(),
  change: z.number().meta({ description: "to minus from" }),
  limit: z.number().meta({ description: "How much worse the policy allows" }),
  limit_kind: z.enum(["absolute", "relative"]).meta({
    description: "absolute: in the metric's unit; relative: a fraction of from",
  }),
}).meta({ id: "Regression" });

const regressionsSchema = z.array(regressionSchema).meta({
  description:
    "What is worse than the policies allow and, from 8 earlier runs on, outside their spread",
});

/** How the facts of an entry are known. */
const provenanceSchema = z.looseObject({
  method: z.enum(["github-oidc", "ingest-token", "service-role"]),
  attested: z.strictObject({
    commit_sha: z.string().optional(),
    branch_name: z.string().optional(),
    run_id: z.string().optional(),
    run_attempt: z.int().optional(),
  }).meta({ description: "What the token says of its job, even if something else was measured" }),
  claimed: z.array(z.string()).meta({
    description: "Stored fields that are known from the body only",
  }),
  issuer: z.string().optional(),
  claims: z.record(z.string(), z.string()).optional().meta({
    description: "The claims of the GitHub token that trust rules decide by",
  }),
  trust_rules: z.array(z.int()).optional().meta({
    description: "Ids of the rules that allowed it",
  }),
  token_id: z.string().optional(),
}).meta({ id: "Provenance" });

/** What one stored result is answered with. */
export const receiptSchema = z.strictObject({
  transaction_id: z.guid(),
  snapshot_version: z.int().min(1),
  configuration: configurationSchema,
  series: seriesSchema,
  published: publishedSchema,
  created_at: z.iso.datetime(),
  entry_hash: z.string().regex(/^[0-9a-f]{64}$/).meta({
    description: "SHA-256 that chains this entry to the ones before; keep it as evidence",
  }),
  provenance: provenanceSchema,
  previous: comparisonSchema.nullable().meta({
    description: "The newest published run before it that is not void, if there is one",
  }),
  regressions: regressionsSchema,
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
  series: seriesSchema,
  published: publishedSchema,
  current: comparisonSchema.nullable().meta({
    description: "What would be the receipt's previous",
  }),
  regressions: regressionsSchema,
  dry_run: z.literal(true),
}).meta({ id: "Preview" });

/** The answer to a dry run of a batch, in the order sent. */
export const batchPreviewSchema = z.strictObject({
  results: z.array(previewSchema),
}).meta({ id: "BatchPreview" });

/** See {@link previewSchema}. */
export type Preview = z.infer<typeof previewSchema>;
