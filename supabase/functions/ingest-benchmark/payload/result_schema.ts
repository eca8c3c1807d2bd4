import * as z from "zod";
import { isLongerThan } from "../shorten.ts";
import { compareTo } from "./compare_to.ts";
import { itemsSchema } from "./items.ts";
import { line } from "./line.ts";
import { timestamp } from "./timestamp.ts";

/** The labels that credentials get unless told otherwise. Any other {@link environmentLabel} is as good. */
export const DEFAULT_ENVIRONMENTS = ["github-actions", "local", "staging", "production"] as const;

/** Where a result was measured; which labels a credential may write is its own list. */
export const environmentLabel = z.string().regex(
  /^[a-z0-9][a-z0-9-]{0,39}$/,
  "must be 1 to 40 of a-z, 0-9 and hyphen, and begin with a letter or a digit",
);

/** The metrics that snapshots keep in columns of their own, and that receipts compare. */
export const SCORES = ["precision", "recall", "f1", "latency_ms", "analysis_cost"] as const;

/** Objects that may stand beside `metrics` and are stored in it under the same name. */
export const METRIC_GROUPS = [
  "domain_breakdown",
  "aggregated_categories",
  "category_metrics",
] as const;

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

const count = z.int().min(0, "must not be negative").max(
  Number.MAX_SAFE_INTEGER,
  "must be at most 9007199254740991",
);

const ATTEMPT = "must be a whole number from 1 to 999999999";
const MAX_VARIANT_LENGTH = 100;
const MAX_TAGS = 50;
const MAX_TAG_LENGTH = 100;
const MAX_NOTES_LENGTH = 10_000;

// Not a record: zod would copy every key, at the price of seconds for 60,000 that are numbers, and
// what is stored is the document as it was sent.
const metricGroup = z.object({});

/** A field that may be left out; null says the same, as many a serializer writes it. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** The metrics document: five known scores, and any further key with any JSON, kept exactly. */
export const metricsSchema = z.object({
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
  environment: optional(environmentLabel).meta({
    description: "May be left out when the credential allows exactly one.",
  }),
  variant: optional(line(MAX_VARIANT_LENGTH, 0)).transform((variant) => variant || undefined).meta({
    description:
      "What else tells this configuration apart: a platform, a seed, a temperature. Left out, it is the one without a variant.",
  }),
  series: optional(line(200)).meta({
    description: "What is being benchmarked, while models and prompts come and go in it.",
  }),
  candidate: optional(z.boolean()).transform((candidate) => candidate || undefined).meta({
    description:
      "true: stored and compared, but never current and never what others are compared with.",
  }),
  commit_sha: optional(
    z.string()
      .regex(/^[0-9a-fA-F]{7,64}$/, "must be 7 to 64 hexadecimal digits")
      .transform((sha) => sha.toLowerCase()),
  ).meta({
    description:
      "The commit that was measured. Required, except with a GitHub token, whose commit it is then; under workflow_run it is required, too.",
  }),
  metrics: metricsSchema,
  model_provider: optional(line(200)),
  branch_name: optional(line(255)),
  run_id: optional(
    z.union(
      [line(200), z.int().min(0, "must not be negative")],
      "must be a text of 1 to 200 characters, or a whole number",
    )
      .transform(String),
  ).meta({
    description:
      "The same run_id and run_attempt sent again is the same run: it is stored once. Without it every POST is a new run, unless an Idempotency-Key is sent.",
  }),
  run_attempt: optional(
    z.union(
      [
        z.int().min(1, ATTEMPT).max(999_999_999, ATTEMPT),
        z.string().regex(/^[1-9][0-9]{0,8}$/, ATTEMPT),
      ],
      ATTEMPT,
    )
      .transform(Number),
  ).meta({ description: "Counts from 1; needs run_id." }),
  triggered_by: optional(line(200)),
  dataset_size: optional(count),
  duration_seconds: optional(amount),
  error_count: optional(count),
  success_count: optional(count),
  // In two steps, because an array that is too long would be looked at to its end.
  tags: optional(
    z.array(z.unknown()).max(MAX_TAGS).meta({
      items: { type: "string", minLength: 1, maxLength: MAX_TAG_LENGTH },
    }).pipe(z.array(line(MAX_TAG_LENGTH))),
  ).transform((tags) => tags?.length ? tags : undefined),
  notes: optional(
    z.string()
      .refine(
        (text) => !isLongerThan(text, MAX_NOTES_LENGTH),
        `must have at most ${MAX_NOTES_LENGTH} characters`,
      )
      .meta({ maxLength: MAX_NOTES_LENGTH }),
  ),
  timestamp: optional(timestamp).meta({
    description:
      "When the benchmark ran: not before the year 0001, with an offset of less than 16 hours, and at most a day in the future.",
  }),
  domain_breakdown: optional(metricGroup),
  aggregated_categories: optional(metricGroup),
  category_metrics: optional(metricGroup),
  compare_to: optional(compareTo).meta({
    description:
      "Another run to be judged against, instead of the configuration's own: names of a configuration (model_version=small-2,prompt_version=v3) or its id. @12 at the end is a version, else it is the newest; so a value that itself ends with @ and digits must not come last.",
  }),
  items: optional(itemsSchema),
}).meta({ id: "BenchmarkResult" });

/** The most results of one batch. */
export const MAX_BATCH = 100;

const batchOf = <Schema extends z.ZodType>(item: Schema) =>
  z.strictObject({
    results: z.array(item)
      .min(1, "must have at least one result")
      .max(MAX_BATCH, {
        error: (issue) =>
          `must have at most ${MAX_BATCH} results: it has ${(issue.input as unknown[]).length}`,
      }),
  });

/** Several results, all stored or none. */
export const batchSchema = batchOf(resultSchema).meta({ id: "BenchmarkBatch" });

/** A batch before its results are looked at. */
export const batchEnvelopeSchema = batchOf(z.unknown());

/** What may be posted. */
export const payloadSchema = z.union([resultSchema, batchSchema]);

/** A result after validation. */
export type Result = z.output<typeof resultSchema>;
