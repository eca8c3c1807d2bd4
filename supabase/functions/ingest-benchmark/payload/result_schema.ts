import * as z from "zod";

/** Where a result was measured. */
export const ENVIRONMENTS = ["github-actions", "local", "staging", "production"] as const;

/** The metrics that snapshots keep in columns of their own, and that receipts compare. */
export const SCORES = ["precision", "recall", "f1", "latency_ms", "analysis_cost"] as const;

/** Objects that may stand beside `metrics` and are stored in it under the same name. */
export const METRIC_GROUPS = [
  "domain_breakdown",
  "aggregated_categories",
  "category_metrics",
] as const;

// Control characters and line separators would forge log lines; bidirectional overrides make a
// name read as another one (CVE-2021-42574).
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** One line of text; length in characters, as Postgres counts, and not in UTF-16 units. */
const line = (maxLength: number) =>
  z.string().check((context) => {
    const text = context.value;
    const fail = (message: string) => context.issues.push({ code: "custom", input: text, message });
    const { length } = [...text];
    if (length === 0) fail("must not be empty");
    if (length > maxLength) fail(`must have at most ${maxLength} characters: it has ${length}`);
    if (UNPRINTABLE.test(text)) fail("must not hold control characters or line breaks");
  }).meta({ minLength: 1, maxLength });

const fraction = z.number()
  .refine((score) => score >= 0, "must not be negative")
  .refine((score) => score <= 1, {
    error: (issue) =>
      `must be a fraction, not a percentage: current value is ${issue.input}, expected 0 to 1`,
  })
  .meta({ minimum: 0, maximum: 1 });

const amount = z.number()
  .refine((value) => value >= 0, "must not be negative")
  .meta({ minimum: 0 });

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const metricGroup = z.record(z.string(), z.unknown());

/** A field that may be left out; null says the same, as many a serializer writes it. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** The metrics document: five known scores, and any further key with any JSON, kept exactly. */
export const metricsSchema = z.looseObject({
  precision: fraction.nullish(),
  recall: fraction.nullish(),
  f1: fraction.nullish(),
  latency_ms: amount.nullish().meta({ description: "Mean latency of one analysis, milliseconds" }),
  analysis_cost: amount.nullish().meta({ description: "Mean cost of one analysis, US dollars" }),
}).meta({
  id: "Metrics",
  description: "Five known scores; any further key may hold any JSON and is kept exactly.",
});

/**
 * One benchmark result as it is posted. The single source of the contract: types, the OpenAPI
 * document and the JSON Schema for editors are made from it.
 */
export const resultSchema = z.strictObject({
  model_version: line(200),
  dataset_version: line(200),
  prompt_version: line(200),
  environment: optional(z.enum(ENVIRONMENTS)).meta({
    description: "May be left out when the credential allows exactly one.",
  }),
  commit_sha: optional(
    z.string()
      .regex(/^[0-9a-fA-F]{7,64}$/, "must be 7 to 64 hexadecimal digits")
      .transform((sha) => sha.toLowerCase()),
  ).meta({ description: "Required, except with a GitHub token, which attests it." }),
  metrics: metricsSchema,
  model_provider: optional(line(200)),
  branch_name: optional(line(255)),
  run_id: optional(z.union([line(200), z.int().nonnegative()]).transform(String)).meta({
    description:
      "The same run_id and run_attempt sent again is the same run: it is stored once. Without it every POST is a new run, unless an Idempotency-Key is sent.",
  }),
  run_attempt: optional(
    z.union([z.int().min(1).max(999_999_999), z.string().regex(/^[1-9][0-9]{0,8}$/)])
      .transform(Number),
  ).meta({ description: "Counts from 1; needs run_id." }),
  triggered_by: optional(line(200)),
  dataset_size: optional(count),
  duration_seconds: optional(amount),
  error_count: optional(count),
  success_count: optional(count),
  tags: optional(z.array(line(100)).max(50)),
  notes: optional(
    z.string()
      .refine((text) => [...text].length <= 10_000, "must have at most 10000 characters")
      .meta({ maxLength: 10_000 }),
  ),
  timestamp: optional(z.iso.datetime({
    offset: true,
    error: "must be an ISO 8601 time with an offset, such as 2026-01-31T12:00:00Z",
  })).meta({ description: "When the benchmark ran" }),
  domain_breakdown: optional(metricGroup),
  aggregated_categories: optional(metricGroup),
  category_metrics: optional(metricGroup),
}).meta({ id: "BenchmarkResult" });

/** The most results of one batch. */
export const MAX_BATCH = 100;

/** Several results, all stored or none. */
export const batchSchema = z.strictObject({
  results: z.array(resultSchema).min(1).max(MAX_BATCH),
}).meta({ id: "BenchmarkBatch" });

/** What may be posted. */
export const payloadSchema = z.union([resultSchema, batchSchema]);

/** A result after validation. */
export type Result = z.output<typeof resultSchema>;
/** A member of {@link ENVIRONMENTS}. */
export type Environment = typeof ENVIRONMENTS[number];
