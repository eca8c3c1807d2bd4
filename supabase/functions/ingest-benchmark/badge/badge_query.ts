import * as z from "zod";
import { line } from "../payload/line.ts";
import { environmentLabel } from "../payload/result_schema.ts";

// The label is made of it, and XML 1.0 has no such characters, escaped or not.
const NOT_IN_XML = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** Which number a badge shows: the parameters of its URL. */
export const badgeQuerySchema = z.strictObject({
  model_version: line(200),
  dataset_version: line(200),
  prompt_version: line(200),
  environment: environmentLabel,
  variant: line(100, 0).default(""),
  metric: z.string().min(1).max(1000)
    .refine((metric) => !NOT_IN_XML.test(metric), "must not hold control characters")
    .default("f1").meta({ description: "JSON pointer into the metrics; f1 is /f1" }),
  label: line(100).optional().meta({ description: "Text on the left. Default: the metric" }),
});

/** See {@link badgeQuerySchema}. */
export type BadgeQuery = z.infer<typeof badgeQuerySchema>;
