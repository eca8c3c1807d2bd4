import * as z from "zod";
import { ENVIRONMENTS } from "../payload/result_schema.ts";

const name = z.string().min(1).max(200);

/** Which number a badge shows: the parameters of its URL. */
export const badgeQuerySchema = z.strictObject({
  model_version: name,
  dataset_version: name,
  prompt_version: name,
  environment: z.enum(ENVIRONMENTS),
  metric: z.string().min(1).max(1000).default("f1").meta({
    description: "JSON pointer into the metrics; f1 is /f1",
  }),
  label: z.string().min(1).max(100).optional().meta({
    description: "Text on the left. Default: the metric",
  }),
});

/** See {@link badgeQuerySchema}. */
export type BadgeQuery = z.infer<typeof badgeQuerySchema>;
