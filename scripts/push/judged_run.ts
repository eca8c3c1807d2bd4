import type { Configuration } from "../../supabase/functions/ingest-benchmark/receipt/judgement_document.ts";
import * as z from "zod";

const configurationSchema = z.looseObject({
  id: z.uuid(),
  model_version: z.string(),
  dataset_version: z.string(),
  prompt_version: z.string(),
  environment: z.string(),
  variant: z.string(),
});

/**
 * What of a receipt or a preview a gate decides by and people are told, checked: a word that a gate
 * does not know would let everything pass. Whatever else there is is passed on.
 */
export const JUDGED = {
  configuration: configurationSchema,
  published: z.boolean(),
  judgements: z.array(z.looseObject({
    metric: z.string(),
    severity: z.enum(["warn", "fail"]),
    verdict: z.enum(["worse", "not-worse", "inconclusive"]),
    summary: z.string(),
    from: z.number(),
    to: z.number(),
    change: z.number(),
    better: z.enum(["higher", "lower"]),
    limit_kind: z.enum(["absolute", "relative"]),
    reference: z.looseObject({
      configuration: configurationSchema,
      snapshot_version: z.int().min(1),
    }),
    evidence: z.looseObject({
      method: z.string(),
      scale: z.enum(["difference", "ratio"]),
      confidence: z.number().nullable(),
      interval: z.tuple([z.number(), z.number()]).nullable(),
    }),
    flipped: z.looseObject({
      items: z.array(z.looseObject({ id: z.string(), newly_failing: z.boolean() })),
    }).nullish(),
  })),
};

/** See {@link JUDGED}. */
export type PushJudgement = z.infer<typeof JUDGED.judgements>[number];

/** A run that was stored, or would be. */
export interface JudgedRun {
  configuration: Configuration;
  judgements: PushJudgement[];
  published: boolean;
  /** The published run before it; null for a first one. */
  previous: { snapshot_version: number } | null;
  /** Undefined of one that is not stored. */
  snapshot_version?: number;
  /** Whether it was stored before. */
  replayed?: boolean;
}
