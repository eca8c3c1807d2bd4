import pg from "pg";
import { errorAnswer, MAX_ROWS, type RestAnswer } from "./rest/answer.ts";
import { beginAs, type Caller, withConnection } from "./rest/transaction.ts";

interface FunctionShape {
  argumentTypes: Map<string, string>;
  required: string[];
  isReadOnly: boolean;
  returns: "void" | "scalar" | "row" | "scalars" | "rows";
  settings: [string, string][];
}

/**
 * Calls an SQL function of the schema `public` as PostgREST does: named arguments, one
 * transaction, the role of the key, read-only for a function that is not volatile, the
 * function's own statement timeout from the start of the transaction.
 *
 * @param args JSON text of an object of arguments.
 */
export async function callRpc(
  pool: pg.Pool,
  caller: Caller,
  name: string,
  args: string,
): Promise<RestAnswer> {
  return await withConnection(pool, caller, async (client) => {
    const names = Object.keys(JSON.parse(args));
    const shape = (await shapesOf(client, name)).find((candidate) => accepts(candidate, names));
    if (shape === undefined) {
      return errorAnswer(
        404,
        "PGRST202",
        `Could not find the function public.${name}(${names.join(", ")}) in the schema cache`,
        null,
      );
    }
    await beginAs(client, caller, shape.isReadOnly, shape.settings);
    const { rows } = await client.query(callStatement(name, names, shape), [args]);
    await client.query("commit");
    return shape.returns === "void"
      ? { status: 204, body: null }
      : { status: 200, body: rows[0].body };
  });
}

function accepts(shape: FunctionShape, names: string[]): boolean {
  return names.every((name) => shape.argumentTypes.has(name)) &&
    shape.required.every((name) => names.includes(name));
}

function callStatement(name: string, names: string[], shape: FunctionShape): string {
  const columns = names.map((argument) =>
    `${pg.escapeIdentifier(argument)} ${shape.argumentTypes.get(argument)}`
  );
  const values = names.map((argument) => {
    const identifier = pg.escapeIdentifier(argument);
    return `${identifier} := (select ${identifier} from arguments)`;
  });
  const call = `public.${pg.escapeIdentifier(name)}(${values.join(", ")})`;
  const result = {
    void: `select null as body from (select ${call}) as called`,
    scalar: `select coalesce(to_json(${call})::text, 'null') as body`,
    row: `select coalesce(row_to_json(r)::text, 'null') as body from (select * from ${call}) as r`,
    scalars:
      `select coalesce(json_agg(r.value), '[]')::text as body from (select * from ${call} limit ${MAX_ROWS}) as r(value)`,
    rows:
      `select coalesce(json_agg(r), '[]')::text as body from (select * from ${call} limit ${MAX_ROWS}) as r`,
  }[shape.returns];
  // $1 is named in both, or Postgres could not tell its type.
  return names.length > 0
    ? `with arguments as (select * from json_to_record($1::json) as a(${
      columns.join(", ")
    })) ${result}`
    : `with arguments as (select $1::json) ${result}`;
}

async function shapesOf(client: pg.PoolClient, name: string): Promise<FunctionShape[]> {
  const { rows } = await client.query(SHAPES, [name]);
  return rows.map((row) => ({
    argumentTypes: new Map(row.names.map((key: string, index: number) => [key, row.types[index]])),
    required: row.names.slice(0, row.names.length - row.defaults),
    isReadOnly: row.volatility !== "v",
    returns: row.is_void ? "void" : `${row.is_row ? "row" : "scalar"}${row.is_set ? "s" : ""}`,
    settings: (row.settings as string[])
      .map((setting) => setting.split("=", 2) as [string, string])
      // Of what PostgREST takes out of a function and sets before the call, what is used here. It
      // must: a statement's time runs from its start. Postgres sets the others, such as
      // lock_timeout, when it enters the function.
      .filter(([key]) => key === "statement_timeout"),
  }));
}

const SHAPES = `
  select
    coalesce(p.proargnames[1:p.pronargs], '{}') as names,
    array(select format_type(a.type, null) from unnest(p.proargtypes) with ordinality as a(type, n) order by a.n) as types,
    p.pronargdefaults as defaults,
    p.provolatile::text as volatility,
    p.proretset as is_set,
    p.prorettype = 'void'::regtype as is_void,
    -- returns table (n integer) has the type integer, and still gives rows
    t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,o,b}', false) as is_row,
    coalesce(p.proconfig, '{}') as settings
  from pg_proc as p
  join pg_type as t on t.oid = p.prorettype
  where p.pronamespace = 'public'::regnamespace and p.proname = $1 and p.prokind = 'f'`;
