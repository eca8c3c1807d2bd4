import pg from "pg";
import { RestError } from "./answer.ts";
import { COMPARISONS, type Filter, type ReadQuery } from "./parse_query.ts";

/** A table or view, as the catalog has it. */
export interface Relation {
  name: string;
  columns: Set<string>;
}

/** What of the rows is asked for. */
export interface ReadShape {
  isSingle: boolean;
  isCounted: boolean;
  /** Whether the rows themselves are wanted, and not only how many there are. */
  hasBody: boolean;
  first: number;
  limit: number;
}

/**
 * The statement that reads: one row with `body` (JSON text that Postgres made, so that numbers
 * keep every digit), `returned` and `total`, null unless it is asked for.
 *
 * Names come from the catalog and are quoted, values are parameters, whose types Postgres takes
 * from the columns they are compared with.
 *
 * @throws {RestError} 42703 for a column that is not there. Postgres is not asked: it would take
 * some names for functions of the row.
 */
export function readStatement(
  relation: Relation,
  query: ReadQuery,
  shape: ReadShape,
): { text: string; values: string[] } {
  const values: string[] = [];
  const parameter = (value: string) => `$${values.push(value)}`;
  const name = pg.escapeIdentifier(relation.name);
  const column = (wanted: string) => {
    if (!relation.columns.has(wanted)) {
      throw new RestError(400, "42703", `column ${relation.name}.${wanted} does not exist`);
    }
    return `${name}.${pg.escapeIdentifier(wanted)}`;
  };
  const selected = query.select.map((one) => {
    if (one === "*") return `${name}.*`;
    return one.alias === undefined
      ? column(one.column)
      : `${column(one.column)} as ${pg.escapeIdentifier(one.alias)}`;
  });
  const conditions = query.filters.map((filter) =>
    `${filter.isNegated ? "not " : ""}${condition(filter, column(filter.column), parameter)}`
  );
  const order = query.order.map((one) =>
    column(one.column) + (one.isDescending ? " desc" : " asc") +
    (one.nulls === undefined ? "" : ` nulls ${one.nulls}`)
  );
  const from = `from public.${name}` +
    (conditions.length > 0 ? ` where ${conditions.join(" and ")}` : "");
  const body = shape.isSingle
    ? "(json_agg(row_to_json(page.*)) -> 0)::text"
    : "coalesce(json_agg(row_to_json(page.*)), '[]')::text";
  const page = `select ${selected.join(", ")} ${from}` +
    (order.length > 0 ? ` order by ${order.join(", ")}` : "") +
    ` limit ${parameter(String(shape.limit))}` +
    (shape.first === 0 ? "" : ` offset ${parameter(String(shape.first))}`);
  return {
    // page.* and not page: a column may have that name.
    text: `with page as (${page})
      select
        ${shape.hasBody ? body : "null"} as body,
        count(*) as returned,
        ${shape.isCounted ? `(select count(*) ${from})` : "null"} as total
      from page`,
    values,
  };
}

function condition(
  filter: Filter,
  column: string,
  parameter: (value: string) => string,
): string {
  if (filter.operator === "is") {
    return `(${column} is ${filter.value.replace("_", " ")})`;
  }
  // Postgres writes its own array literals from a list, but only when it knows the type of the
  // elements. Here it must take that from the column.
  return filter.operator === "in"
    ? `(${column} = any (${parameter(arrayLiteral(filter.values))}))`
    : `(${column} ${COMPARISONS[filter.operator]} ${parameter(filter.value)})`;
}

function arrayLiteral(values: string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
