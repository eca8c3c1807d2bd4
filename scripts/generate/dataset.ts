import * as z from "zod";
import { UserError } from "../cli/user_error.ts";

/** The billing errors that are planted and looked for. */
export const ISSUE_TYPES = [
  "duplicate_charge",
  "unbundling",
  "upcoding",
  "wrong_quantity",
  "arithmetic_error",
  "charge_after_discharge",
] as const;

/** See {@link ISSUE_TYPES}. */
export type IssueType = typeof ISSUE_TYPES[number];

/** One issue: its type, and the line it is on; null for the total. */
export const issueSchema = z.object({
  type: z.enum(ISSUE_TYPES),
  line: z.int().min(0).nullable(),
});

const lineSchema = z.object({
  code: z.string(),
  description: z.string(),
  date: z.iso.date(),
  quantity: z.number(),
  unit_price: z.number(),
  amount: z.number(),
  modifier: z.string().optional(),
  note: z.string().optional(),
});

const billSchema = z.object({
  id: z.string(),
  kind: z.string(),
  provider: z.string(),
  patient: z.string(),
  admission: z.iso.date().optional(),
  discharge: z.iso.date().optional(),
  lines: z.array(lineSchema).min(1),
  total: z.number(),
  expected_issues: z.array(issueSchema),
});

const datasetSchema = z.object({ name: z.string(), documents: z.array(billSchema).min(1) });

/** See {@link issueSchema}. */
export type Issue = z.infer<typeof issueSchema>;
/** One synthetic bill with what is wrong in it. */
export type Bill = z.infer<typeof billSchema>;
/** What a model sees: the bill without the answers. */
export type Question = Omit<Bill, "expected_issues">;

/**
 * Reads a data set.
 *
 * @throws {UserError} When it cannot be read or is not one.
 */
export async function readDataset(
  path: string | URL,
): Promise<{ name: string; documents: Bill[] }> {
  try {
    return datasetSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UserError(`Cannot read the data set ${path}: ${reason}`);
  }
}

/** The bill without the answers. */
export function questionOf(bill: Bill): Question {
  const { expected_issues: _, ...question } = bill;
  return question;
}
