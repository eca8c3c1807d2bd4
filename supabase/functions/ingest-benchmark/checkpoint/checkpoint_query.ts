import * as z from "zod";
import { timestamp } from "../payload/timestamp.ts";

const LIMIT = "must be a whole number from 1 to 1000";

/** Which page of which checkpoint is asked for: the parameters of its URL. */
export const checkpointQuerySchema = z.strictObject({
  after: z.guid("must be the id of a configuration, as next in the header of a page").optional()
    .meta({
      description: "A page after the first: what the header of the page before it calls next",
    }),
  as_of: timestamp.optional().meta({
    description:
      "The time of the checkpoint, as the header of its first page has it; 10 seconds ago unless it is earlier",
  }),
  limit: z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(1000, LIMIT).optional().meta({
    description: "Configurations of a page",
  }),
}).refine((query) => query.after === undefined || query.as_of !== undefined, {
  path: ["as_of"],
  message: "is required with after: all pages of a checkpoint are of one time",
  // Of what is wrong already, nothing more is said.
  when: ({ issues }) => issues.length === 0,
});

/** See {@link checkpointQuerySchema}. */
export type CheckpointQuery = z.infer<typeof checkpointQuerySchema>;
