import * as z from "zod";
import { type ProblemCode, problems } from "./problem.ts";

/** The body of every error: RFC 9457 with `code`, `request_id` and, for a 422, `errors`. */
export const problemSchema = z.strictObject({
  type: z.string().meta({ description: "URN of the kind of problem", format: "uri" }),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: "What is wrong here, and what to do" }),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  request_id: z.string().meta({ description: "Also in the log and in the header X-Request-Id" }),
  errors: z.array(z.strictObject({
    pointer: z.string().meta({ description: "JSON pointer (RFC 6901) into the body" }),
    message: z.string(),
  })).optional().meta({ description: "Everything that is wrong in the body" }),
}).meta({ id: "Problem" });

/** See {@link problemSchema}. */
export type ProblemDocument = z.infer<typeof problemSchema>;
