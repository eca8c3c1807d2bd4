import * as z from "zod";
import type { JudgementDocument } from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import type { LedgerConfiguration } from "./documents.ts";

/** What is said of every tool. */
export const READS_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** How runs and configurations are named in an argument. */
export const RUN_FORMS =
  "a configuration by its id or by names, as many as it takes to mean one (model_version=M,dataset_version=D,prompt_version=P,environment=E,variant=V), with @VERSION for a run that is not the current one; or series:NAME";

/** A configuration in an answer. */
export const configurationSchema = z.object({
  id: z.string(),
  model_version: z.string(),
  dataset_version: z.string(),
  prompt_version: z.string(),
  environment: z.string(),
  variant: z.string().describe("Empty for none"),
  series: z.string().nullable(),
});

/** See {@link configurationSchema}. */
export type AnsweredConfiguration = z.infer<typeof configurationSchema>;

/** A configuration as answers have it, without its pointers. */
export function answeredConfiguration(configuration: LedgerConfiguration): AnsweredConfiguration {
  const { id, model_version, dataset_version, prompt_version, environment, variant, series } =
    configuration;
  return { id, model_version, dataset_version, prompt_version, environment, variant, series };
}

/** A run in an answer. */
export const runSchema = z.object({
  configuration: configurationSchema,
  snapshot_version: z.number().int(),
  commit_sha: z.string(),
  stored_at: z.string(),
});

/** An item that is not as it was. */
export const itemSchema = z.object({
  metric: z.string(),
  id: z.string(),
  group: z.string().nullable(),
  change: z.enum(["worse", "better"]),
  newly_failing: z.boolean(),
  from: z.record(z.string(), z.number().nullable()),
  to: z.record(z.string(), z.number().nullable()),
});

/** How many items of a metric changed. */
export const itemCountsSchema = z.object({
  metric: z.string(),
  common: z.number().int(),
  worse: z.number().int(),
  better: z.number().int(),
  added: z.number().int(),
  gone: z.number().int(),
});

/** A change point in an answer. */
export const changePointSchema = z.object({
  metric: z.string(),
  configuration_id: z.string(),
  snapshot_version: z.number().int(),
  commit_sha: z.string(),
  measured_at: z.string(),
  kind: z.enum(["shift", "trend"]),
  before: z.number().describe("Median since the change before"),
  after: z.number().describe("Median up to the next change"),
  is_worse: z.boolean().nullable(),
});

/** A judgement in an answer. */
export const judgementSchema = z.object({
  metric: z.string(),
  verdict: z.enum(["worse", "not-worse", "inconclusive"]),
  severity: z.enum(["warn", "fail"]),
  reason: z.string().nullable().describe("Why it is inconclusive"),
  summary: z.string(),
  from: z.number(),
  to: z.number(),
  change: z.number(),
  better: z.enum(["higher", "lower"]),
  limit: z.number(),
  limit_kind: z.enum(["absolute", "relative"]),
  evidence: z.object({
    method: z.enum(["paired-items", "standard-errors", "history", "none"]),
    n: z.number().nullable().describe("Items, or earlier runs"),
    median: z.number().nullable(),
    scale: z.enum(["difference", "ratio"]),
    confidence: z.number().nullable(),
    estimate: z.number().nullable().describe("Below 0 is worse, whichever direction is better"),
    interval: z.array(z.number()).nullable(),
    p_value: z.number().nullable(),
    smallest_change_shown: z.number().nullable(),
    items_needed: z.number().nullable(),
  }),
});

/** A judgement as answers have it: without its reference and items, which stand beside it. */
export function answeredJudgement(judgement: JudgementDocument): z.infer<typeof judgementSchema> {
  const { reference: _, flipped: __, ...rest } = judgement;
  return rest;
}
