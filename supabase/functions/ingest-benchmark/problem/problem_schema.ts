import * as z from "zod";
import { MAX_ISSUE_LENGTH, MAX_ISSUES, type ProblemCode, problems } from "./problem.ts";

/** The body of every error: RFC 9457 with `code`, `request_id` and, for a 422, `errors`. */
export const problemSchema = z.strictObject({
  type: z.string().meta({ description: "URN of the kind of problem", format: "uri" }),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: "What is wrong here, and what to do" }),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  request_id: z.string().meta({ description: "Also in the log and in the header X-Request-Id" }),
  errors: z.array(z.strictObject({
    pointer: z.string().max(MAX_ISSUE_LENGTH).meta({
      description: "JSON pointer (RFC 6901) into the body; cut, with …, when it is very long",
    }),
    message: z.string().max(MAX_ISSUE_LENGTH),
  })).max(MAX_ISSUES).optional().meta({
    description: "Everything that is wrong in the body; of very much the first, and detail counts",
  }),
}).meta({ id: "Problem" });

/** See {@link problemSchema}. */
export type ProblemDocument = z.infer<typeof problemSchema>;
