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

const deltasSchema = z.strictObject({
  precision: delta,
  recall: delta,
  f1: delta,
  latency_ms: delta,
  analysis_cost: delta,
}).meta({ description: "This result minus that snapshot; null where either has none" });

/** Another snapshot, and a result minus that one. */
const comparisonSchema = z.strictObject({
  snapshot_version: z.int().min(1),
  commit_sha: z.string(),
  deltas: deltasSchema,
}).meta({ id: "Comparison" });

/** A snapshot of any configuration. */
const referenceSchema = z.strictObject({
  configuration: configurationSchema,
  snapshot_version: z.int().min(1),
  commit_sha: z.string(),
}).meta({ id: "Reference" });

const nearestSchema = referenceSchema.extend({ deltas: deltasSchema }).meta({
  id: "Nearest",
}).nullable().meta({
  description: "For a first run that nothing is compared with: the run that is most like it",
});

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
  description: "Those of judgements that are worse",
});

/** How a change is told from noise. */
const evidenceSchema = z.strictObject({
  method: z.enum(["paired-items", "standard-errors", "history", "none"]).meta({
    description:
      "The best there is: items that both runs have, standard errors that were sent, the spread of earlier runs, or the limit alone",
  }),
  n: z.int().nullable().meta({ description: "Of paired-items the items, of history the runs" }),
  median: z.number().nullable().meta({
    description: "Of a history, its median: estimate and interval are the distance from it",
  }),
  scale: z.enum(["difference", "ratio"]).meta({
    description: "ratio: estimate, interval and smallest_change_shown are relative, 0.2 is 20 %",
  }),
  confidence: z.number().nullable().meta({
    description: "Of the interval; higher, when several metrics are judged together",
  }),
  estimate: z.number().nullable().meta({
    description: "Of the change; below 0 is worse, whichever direction is better",
  }),
  interval: z.tuple([z.number(), z.number()]).nullable().meta({
    description: "Of the change, signed as estimate",
  }),
  p_value: z.number().nullable().meta({
    description: "Of paired-items and standard-errors: how likely so large a change is by chance",
  }),
  smallest_change_shown: z.number().nullable().meta({
    description:
      "Of paired-items and standard-errors: the smallest change that so much evidence shows in four of five cases",
  }),
  items_needed: z.int().nullable().meta({
    description:
      "Of paired-items: how many it takes to show a change as large as the limit so often",
  }),
}).meta({ id: "Evidence" });

const count = z.int().min(0);
const itemScores = z.record(z.string(), z.number().nullable()).meta({
  description: "The scores that the metric is made of, means over epochs",
});

/** Which items of a metric are not as they were. */
const changedItemsSchema = z.strictObject({
  common: count.meta({ description: "How many items both runs have" }),
  added: count,
  gone: count,
  worse: count,
  better: count,
  items: z.array(z.strictObject({
    id: z.string(),
    group: z.string().nullable(),
    change: z.enum(["worse", "better"]),
    newly_failing: z.boolean().meta({ description: "It was right" }),
    from: itemScores,
    to: itemScores,
  })).max(10).meta({
    description: "The first: new failures, then what got worse most, then what got better",
  }),
}).meta({ id: "ChangedItems" }).nullable().meta({
  description:
    "Of paired-items, unless they show it to be no worse: which items are not as they were",
});

/** What became of one metric that a policy is about. */
const judgementSchema = z.strictObject({
  metric: z.string().meta({ description: "JSON pointer into the metrics, such as /f1" }),
  verdict: z.enum(["worse", "not-worse", "inconclusive"]).meta({
    description: "Than the policy allows",
  }),
  summary: z.string().meta({ description: "The verdict and what it stands on as one sentence" }),
  reason: z.string().nullable().meta({
    description:
      "Why it is inconclusive, in a word: limit-not-shown, not-proven, too-few-items, too-much-noise, too-few-common-items, undefined, no-spread or no-standard-error",
  }),
  reference: referenceSchema.meta({ description: "What it was compared with" }),
  from: z.number(),
  to: z.number(),
  change: z.number().meta({ description: "to minus from" }),
  better: z.enum(["higher", "lower"]),
  limit: z.number().meta({ description: "How much worse the policy allows" }),
  limit_kind: z.enum(["absolute", "relative"]).meta({
    description: "absolute: in the metric's unit; relative: a fraction of from",
  }),
  severity: z.enum(["warn", "fail"]),
  evidence: evidenceSchema,
  flipped: changedItemsSchema,
}).meta({ id: "Judgement" });

const judgementsSchema = z.array(judgementSchema).meta({
  description: "Of each metric that a policy is about and that there is something to compare with",
});

/** How the facts of an entry are known. */
const provenanceSchema = z.looseObject({
  method: z.enum([
    "github-oidc",
    "gitlab-oidc",
    "circleci-oidc",
    "buildkite-oidc",
    "ingest-token",
    "service-role",
    "import",
  ]),
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
  computed: z.array(z.string()).optional().meta({
    description: "JSON pointers of the metrics that were computed from the items",
  }),
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
  nearest: nearestSchema,
  judgements: judgementsSchema,
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
  nearest: nearestSchema,
  judgements: judgementsSchema,
  regressions: regressionsSchema,
  dry_run: z.literal(true),
}).meta({ id: "Preview" });

/** The answer to a dry run of a batch, in the order sent. */
export const batchPreviewSchema = z.strictObject({
  results: z.array(previewSchema),
}).meta({ id: "BatchPreview" });

/** See {@link previewSchema}. */
export type Preview = z.infer<typeof previewSchema>;
