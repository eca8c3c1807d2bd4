import * as z from "zod";
import { lineProblem } from "./line.ts";

/** The names of a configuration, and the longest value of each. */
const NAMES = {
  model_version: 200,
  dataset_version: 200,
  prompt_version: 200,
  environment: 40,
  variant: 100,
} as const;
type Name = keyof typeof NAMES;

// All the names, five values, a version and what stands between.
const MAX_LENGTH = 1_000;

/** Another run that a result is to be judged against. */
export interface CompareTo extends Partial<Record<Name, string>> {
  configuration_id?: string;
  snapshot_version?: number;
}

const anyName = Object.keys(NAMES).join("|");
// A value may hold commas, and an equals sign: only a name ends it.
const SEPARATOR = new RegExp(`, *(?=(?:${anyName})=)`);
const ASSIGNMENT = new RegExp(`^(${anyName})=(.*)$`, "s");
const VERSION = /@([0-9]+)$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const FORMS =
  'must be such as "model_version=small-2,prompt_version=v3" or the id of a configuration; "@12" at the end is a version';

/**
 * Reads names of a configuration (`model_version=small-2,prompt_version=v3`) or its id, either
 * with `@` and a version at the end.
 *
 * @returns What was meant, or a message that says what is wrong.
 */
export function parseCompareTo(text: string): CompareTo | string {
  if (text.length > MAX_LENGTH) {
    return `must have at most ${MAX_LENGTH} characters: it has ${text.length}`;
  }
  const digits = VERSION.exec(text)?.[1];
  const target = digits === undefined ? text : text.slice(0, -digits.length - 1);
  if (digits !== undefined && !/^[1-9][0-9]{0,8}$/.test(digits)) {
    return `ends with @${digits.slice(0, 20)}, which is no version: versions are 1 to 999999999`;
  }
  const version = digits === undefined ? {} : { snapshot_version: Number(digits) };
  if (UUID.test(target)) return { configuration_id: target.toLowerCase(), ...version };

  const names: CompareTo = {};
  for (const part of target.split(SEPARATOR)) {
    const [, name, value] = ASSIGNMENT.exec(part) as [unknown, Name, string] | null ?? [];
    if (name === undefined || value === undefined) return FORMS;
    if (Object.hasOwn(names, name)) return `names ${name} twice`;
    const problem = lineProblem(value, NAMES[name], name === "variant" ? 0 : 1);
    if (problem !== null) return `names the ${name} wrongly: it ${problem}`;
    names[name] = value;
  }
  return { ...names, ...version };
}

/** See {@link parseCompareTo}. */
export const compareTo = z.string().meta({ maxLength: MAX_LENGTH }).transform((text, context) => {
  const parsed = parseCompareTo(text);
  if (typeof parsed !== "string") return parsed;
  context.issues.push({ code: "custom", input: text, message: parsed });
  return z.NEVER;
});
