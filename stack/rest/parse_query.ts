import { needsSupabase, RestError } from "./answer.ts";

/** A column of the answer; `*` stands for all. */
export type SelectedColumn = "*" | { column: string; alias?: string };

/** Operators that compare a column with one value, as SQL has them. */
export const COMPARISONS = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  ilike: "ilike",
} as const;

const MAX_QUERY_LENGTH = 16_000;
const TRUTHS = ["null", "not_null", "true", "false", "unknown"] as const;

/** A condition on a column. */
export type Filter =
  & { column: string; isNegated: boolean }
  & (
    | { operator: keyof typeof COMPARISONS; value: string }
    | { operator: "in"; values: string[] }
    | { operator: "is"; value: typeof TRUTHS[number] }
  );

/** One of the columns that rows are ordered by. */
export interface Order {
  column: string;
  isDescending: boolean;
  nulls?: "first" | "last";
}

/** What the query string of a read says. */
export interface ReadQuery {
  select: SelectedColumn[];
  filters: Filter[];
  order: Order[];
  limit?: number;
  offset: number;
}

// For writes; a read takes no notice of them.
const IGNORED = ["columns", "on_conflict"];
const OTHER_OPERATORS = "match imatch isdistinct fts plfts phfts wfts cs cd ov sl sr nxr nxl adj"
  .split(" ");

/**
 * Reads the query string of `/rest/v1/<table>` by PostgREST's grammar, as far as the local stack
 * goes.
 *
 * @throws {RestError} For what it does not take (PGRST100), and for what needs `supabase start`.
 */
export function parseReadQuery(params: URLSearchParams): ReadQuery {
  // What is parsed is searched for quotes again and again, and repeated in errors.
  if (`${params}`.length > MAX_QUERY_LENGTH) {
    throw new RestError(414, "PGRST100", `the query has more than ${MAX_QUERY_LENGTH} characters`);
  }
  const query: ReadQuery = { select: ["*"], filters: [], order: [], offset: 0 };
  for (const [key, value] of params) {
    // No Postgres text has it, and in the text of a statement it would be the end.
    if (`${key}${value}`.includes("\0")) throw unparsable(key, value, "a character U+0000");
    if (IGNORED.includes(key)) continue;
    if (key === "select") query.select = parseSelect(value);
    else if (key === "order") query.order = parseOrder(value);
    else if (key === "limit") query.limit = parseLimit(value);
    else if (key === "offset") query.offset = parseCount(key, value);
    else if (/^(not\.)?(or|and)$/.test(key)) throw needsSupabase(`The filter ${key}=`);
    else query.filters.push(parseFilter(key, value));
  }
  return query;
}

function parseSelect(text: string): SelectedColumn[] {
  if (text === "") return [];
  return split(text).map((part) => {
    if (part === "*") return "*";
    if (/(^|[.:])(count|sum|avg|min|max)\(\)/.test(unquoted(part))) {
      throw needsSupabase("An aggregate in select");
    }
    refuseBeyondColumns(part, "select");
    const names = namesOf(part, ":");
    if (names === null || names.length > 2) throw unparsable("select parameter", text, part);
    const [first, second] = names as [string, string?];
    return second === undefined ? { column: first } : { column: second, alias: first };
  });
}

function parseOrder(text: string): Order[] {
  return split(text).map((part) => {
    refuseBeyondColumns(part, "order");
    const [column, ...words] = namesOf(part, ".") ?? [];
    const direction = ["asc", "desc"].includes(words[0]!) ? words.shift() : undefined;
    const nulls = /^nulls(first|last)$/.exec(words[0] ?? "")?.[1] as Order["nulls"];
    if (nulls !== undefined) words.shift();
    if (column === undefined || words.length > 0) throw unparsable("order", text, part);
    return { column, isDescending: direction === "desc", ...(nulls && { nulls }) };
  });
}

function parseFilter(key: string, text: string): Filter {
  refuseBeyondColumns(key, "a filter");
  const path = namesOf(key, ".");
  if (path === null) throw unparsable("filter", `${key}=${text}`, key);
  if (path.length > 1) throw needsSupabase(`Embedding (${key})`);
  const [, not, operator = "", modifier, value = ""] =
    /^(not\.)?([a-z]+)(\([^)]*\))?\.(.*)$/s.exec(text) ?? [];
  if (OTHER_OPERATORS.includes(operator)) throw needsSupabase(`The operator ${operator}`);
  const filter = { column: path[0]!, isNegated: not !== undefined };
  if (Object.hasOwn(COMPARISONS, operator)) {
    if (modifier !== undefined) throw needsSupabase(`The operator ${operator}${modifier}`);
    const comparison = operator as keyof typeof COMPARISONS;
    return {
      ...filter,
      operator: comparison,
      // PostgREST's other name for %, which needs no escape in a URL.
      value: comparison.endsWith("like") ? value.replaceAll("*", "%") : value,
    };
  }
  if (operator === "in" && modifier === undefined) {
    return { ...filter, operator, values: parseList(value, text) };
  }
  if (operator === "is" && modifier === undefined) {
    const truth = TRUTHS.find((word) => word === value.toLowerCase());
    if (truth === undefined) {
      throw unparsable("filter", text, `is takes ${TRUTHS.join(", ")}, and not ${value}`);
    }
    return { ...filter, operator, value: truth };
  }
  throw unparsable(
    "filter",
    text,
    `expecting "not" or an operator (${Object.keys(COMPARISONS).join(", ")}, in, is)`,
  );
}

/** `(a,"b,c")`: quotes count only around a whole element, as in PostgREST. */
function parseList(value: string, text: string): string[] {
  if (value === "()") return [];
  const element = /("(?:[^"\\]|\\.)*"(?=[,)])|[^,)]*)([,)])/sy;
  element.lastIndex = 1;
  const values: string[] = [];
  for (let match; (match = value[0] === "(" ? element.exec(value) : null) !== null;) {
    values.push(unquote(match[1]!));
    if (match[2] === ")" && element.lastIndex === value.length) return values;
    if (match[2] === ")") break;
  }
  throw unparsable("filter", text, `in takes a list in parentheses, and not ${value}`);
}

function parseLimit(text: string): number {
  if (/^-\d+$/.test(text)) {
    throw new RestError(
      416,
      "PGRST103",
      "Requested range not satisfiable",
      "Limit should be greater than or equal to zero.",
    );
  }
  return parseCount("limit", text);
}

function parseCount(name: string, text: string): number {
  // Sixteen digits may be more than a double tells apart.
  if (!/^\d{1,15}$/.test(text)) throw unparsable(name, text, "expecting a number of rows");
  return Number(text);
}

/** Names, each quoted or not, with a character between them; null where that is not so. */
function namesOf(text: string, separator: "." | ":"): string[] | null {
  const name = `"(?:[^"\\\\]|\\\\.)*"|[^".:,()*]+`;
  const pattern = new RegExp(`^(?:${name})(?:[${separator}](?:${name}))*$`, "s");
  return pattern.test(text) ? text.match(new RegExp(name, "gs"))!.map(unquote) : null;
}

/** By the commas that are neither quoted nor in parentheses. */
function split(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\)|[^,])+/gs) ?? [])
    .map((part) => part.trim());
}

function refuseBeyondColumns(text: string, where: string): void {
  const bare = unquoted(text);
  if (bare.includes("->")) throw needsSupabase(`A JSON operator in ${where}`);
  if (bare.includes("::")) throw needsSupabase(`A cast in ${where}`);
  if (bare.includes("(")) throw needsSupabase(`Embedding (${text})`);
}

function unquoted(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""');
}

function unquote(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : text;
}

function unparsable(what: string, text: string, details: string): RestError {
  return new RestError(400, "PGRST100", `"failed to parse ${what} (${text})"`, details);
}
