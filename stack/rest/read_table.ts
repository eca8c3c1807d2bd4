import type pg from "pg";
import { MAX_ROWS, needsSupabase, type RestAnswer, RestError } from "./answer.ts";
import { OBJECT_TYPE, parseReadHeaders, type ReadHeaders } from "./parse_headers.ts";
import { parseReadQuery, type ReadQuery } from "./parse_query.ts";
import { readStatement, type Relation } from "./read_statement.ts";
import { beginAs, type Caller, withConnection } from "./transaction.ts";

/** A request for `/rest/v1/<table or view>`, without its key. */
export interface TableRequest {
  method: string;
  /** Of the table or view, in the schema `public`. */
  name: string;
  params: URLSearchParams;
  headers: Headers;
}

/**
 * Reads a table or view of the schema `public` as PostgREST does: as the role of the key, under
 * row security, in a read-only transaction with the statement timeout of a hosted project.
 */
export async function readTable(
  pool: pg.Pool,
  caller: Caller,
  { method, name, params, headers }: TableRequest,
): Promise<RestAnswer> {
  return await withConnection(pool, caller, async (client) => {
    if (method !== "GET" && method !== "HEAD") throw needsSupabase(`Writing (${method})`);
    const wanted = parseReadHeaders(headers);
    const query = parseReadQuery(params);
    const rows = rowsOf(query, wanted);
    const relation = await findRelation(client, name);
    const hasBody = method === "GET";
    const statement = readStatement(relation, query, { ...wanted, ...rows, hasBody });
    await beginAs(client, caller, true);
    const { rows: [found] } = await client.query(statement.text, statement.values);
    await client.query("commit");
    return answer(
      found.body,
      rows.first,
      Number(found.returned),
      found.total === null ? null : Number(found.total),
      wanted.isSingle,
    );
  });
}

/** What both the query string and the header Range let through. */
function rowsOf(query: ReadQuery, { range }: ReadHeaders): { first: number; limit: number } {
  const { offset, limit = Infinity } = query;
  const [from, to] = range ?? [0, Infinity];
  const first = Math.max(offset, from);
  const left = Math.min(offset + limit, to + 1) - first;
  if (left <= 0 && limit > 0) {
    throw new RestError(
      416,
      "PGRST103",
      "Requested range not satisfiable",
      "The header Range and the parameters limit and offset have no row in common.",
    );
  }
  return { first, limit: Math.min(Math.max(left, 0), MAX_ROWS) };
}

function answer(
  body: string | null,
  first: number,
  returned: number,
  total: number | null,
  isSingle: boolean,
): RestAnswer {
  if (isSingle && returned !== 1) {
    throw new RestError(
      406,
      "PGRST116",
      "Cannot coerce the result to a single JSON object",
      `The result contains ${returned} rows`,
    );
  }
  if (total !== null && first > total) {
    throw new RestError(
      416,
      "PGRST103",
      "Requested range not satisfiable",
      `An offset of ${first} was requested, but there are only ${total} rows.`,
    );
  }
  const range = returned === 0 ? "*" : `${first}-${first + returned - 1}`;
  return {
    status: total !== null && returned < total ? 206 : 200,
    body,
    headers: {
      "Content-Range": `${range}/${total ?? "*"}`,
      ...(isSingle && { "Content-Type": `${OBJECT_TYPE}; charset=utf-8` }),
    },
  };
}

async function findRelation(client: pg.PoolClient, name: string): Promise<Relation> {
  const { rows: [found] } = await client.query(RELATION, [name]);
  if (found === undefined) {
    throw new RestError(
      404,
      "PGRST205",
      `Could not find the table 'public.${name}' in the schema cache`,
    );
  }
  return { name, columns: new Set(found.columns) };
}

// Those that the role may not read, too: Postgres says so then, as it does under PostgREST. As
// text, because the type name would cut a longer name to one that is there.
const RELATION = `
  select array(
    select a.attname::text from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns
  from pg_class as c
  where c.relnamespace = 'public'::regnamespace and c.relname::text = $1::text
    and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition`;
