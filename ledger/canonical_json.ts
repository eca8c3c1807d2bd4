/** A number as it stands in JSON text: doubles would lose digits, and `1.50` is not `1.5` here. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** A JSON value whose numbers are kept as text. */
export type ExactJson =
  | null
  | boolean
  | string
  | NumberText
  | ExactJson[]
  | { [key: string]: ExactJson };

type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/** Parses JSON with every number as {@link NumberText}. */
export function parseWithNumberText(text: string): ExactJson {
  return (JSON.parse as ParseWithSource)(
    text,
    (_key, value, { source }) => typeof value === "number" ? new NumberText(source!) : value,
  ) as ExactJson;
}

/**
 * The canonical text that the ledger hashes: keys sorted by their length in UTF-8 bytes and then
 * by bytes, `", "` and `": "` between them, strings with the shortest escapes, numbers as they
 * are. It is the text form of `jsonb`, written down here so that a hash can be checked without
 * trusting the database.
 */
export function canonicalJson(value: ExactJson): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value)
    .map(([key, member]) => ({ key, bytes: new TextEncoder().encode(key), member }))
    .sort((a, b) => compareKeys(a.bytes, b.bytes))
    .map(({ key, member }) => `${JSON.stringify(key)}: ${canonicalJson(member)}`);
  return `{${members.join(", ")}}`;
}

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  const difference = a.findIndex((byte, index) => byte !== b[index]);
  return difference === -1 ? 0 : a[difference]! - b[difference]!;
}
