import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { openTestDatabase } from "../../testing/embedded_database.ts";
import { createGateway } from "../gateway.ts";
import { PAGE_USER, signSession } from "../session_token.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

// Postgres cuts longer names to this length.
const LONGEST = "l".repeat(63);

Deno.test("readTable() reads as PostgREST does", async (t) => {
  const database = await openTestDatabase();
  await database.pool.query(`
    create table public.things (
      id integer primary key, "odd ""name,x" text, number numeric, document jsonb, page text, known boolean,
      dropped integer);
    alter table public.things drop column dropped;
    insert into public.things values
      (1, 'a,b', 12345678901234567890.10, '{"n": 1.10, "big": 123456789012345678901}', 'p', true),
      (2, 'q"\\', null, null, null, null),
      (3, '%', 3, '3', 'P', false);
    create function public.computed(public.things) returns integer language sql as $$ select 7 $$;
    create view public.caller as
      select current_user::text as role, current_setting('request.jwt.claims', true) as claims,
        current_setting('statement_timeout') as statement_timeout;
    create sequence public.counter;
    create view public.writes as select nextval('public.counter') as n;
    create table public.closed (id integer);
    revoke all on public.closed from anon, authenticated, service_role;
    create table public.${LONGEST} (id integer);
    create table public.guarded (id integer);
    insert into public.guarded values (1);
    alter table public.guarded enable row level security;
  `);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    createGateway({
      pool: database.pool,
      publishableKey: "publishable",
      secretKey: "secret",
      jwtSecret: SECRET,
      ingest: () => new Response(null, { status: 404 }),
    }),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const get = async (path: string, init: RequestInit & { key?: string } = {}) => {
    const { key = "secret", headers, ...rest } = init;
    const response = await fetch(`${url}/rest/v1/${path}`, {
      headers: { apikey: key, ...headers as Record<string, string> },
      ...rest,
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      // deno-lint-ignore no-explicit-any
      json: (text === "" ? null : JSON.parse(text)) as any,
      range: response.headers.get("content-range"),
      type: response.headers.get("content-type"),
    };
  };

  await t.step("every digit", async () => {
    const { text } = await get("things?select=number,document&id=eq.1");
    assert.match(text, /"number":12345678901234567890\.10\b/);
    assert.ok(text.includes('"n": 1.10'));
    assert.ok(text.includes("123456789012345678901"));
    const { text: single } = await get("things?select=number&id=eq.1", {
      headers: { Accept: "application/vnd.pgrst.object+json" },
    });
    assert.equal(single, '{"number":12345678901234567890.10}');
  });
  await t.step("names that must be quoted, values that no SQL may see", async () => {
    const client = createClient(url, "secret", { auth: { persistSession: false } });
    const column = 'odd "name,x';
    const quoted = `"odd \\"name,x"`;
    const { data } = await client.from("things").select(`id,${quoted}`).eq(quoted, 'q"\\');
    assert.deepEqual(data, [{ id: 2, [column]: 'q"\\' }]);
    const listed = await client.from("things").select("id").in(quoted, ["a,b", "%", "' or true"])
      .order(quoted, { ascending: false });
    assert.deepEqual(listed.data?.map(({ id }) => id).toSorted(), [1, 3]);
    const alias = `a'--,\\"b`;
    assert.deepEqual((await get(`things?select="${alias}":id&id=eq.1`)).json, [{ [`a'--,"b`]: 1 }]);
    assert.deepEqual((await get("things?select=page&id=eq.1")).json, [{ page: "p" }]);
    assert.deepEqual((await get("things?select=&id=eq.1")).json, [{}]);
    assert.equal((await get("things?select=id,id&id=eq.1")).text, '[{"id":1,"id":1}]');
  });
  await t.step("conditions on what is unknown", async () => {
    const ids = async (filter: string) =>
      (await get(`things?select=id&order=id&${filter}`)).json.map((row: { id: number }) => row.id);
    assert.deepEqual(await ids("known=is.true"), [1]);
    assert.deepEqual(await ids("known=not.is.true"), [2, 3]);
    assert.deepEqual(await ids("known=is.unknown"), [2]);
    assert.deepEqual(await ids("page=is.not_null"), [1, 3]);
    assert.deepEqual(await ids("page=like.p"), [1]);
    assert.deepEqual(await ids("page=ilike.p*"), [1, 3]);
    assert.deepEqual(await ids("id=in.()"), []);
    assert.deepEqual(await ids("id=gt.1&id=lt.3"), [2]);
    assert.deepEqual(await ids("id=not.in.(1,2)"), [3]);
  });
  await t.step("ranges, counted or not", async () => {
    const count = { Prefer: "count=exact" };
    const of = async (path: string, headers: Record<string, string> = {}, method = "GET") => {
      const { status, range, text } = await get(path, { headers, method });
      return [status, range, text === "" ? "" : JSON.parse(text).length ?? JSON.parse(text).code];
    };
    assert.deepEqual(await of("things"), [200, "0-2/*", 3]);
    assert.deepEqual(await of("things", count), [200, "0-2/3", 3]);
    assert.deepEqual(await of("things?limit=2", count), [206, "0-1/3", 2]);
    assert.deepEqual(await of("things?limit=2&offset=2", count), [206, "2-2/3", 1]);
    assert.deepEqual(await of("things?offset=3", count), [206, "*/3", 0]);
    assert.deepEqual(await of("things?offset=4", count), [416, null, "PGRST103"]);
    assert.deepEqual(await of("things?offset=4"), [200, "*/*", 0]);
    assert.deepEqual(await of("things?limit=0"), [200, "*/*", 0]);
    assert.deepEqual(await of("things?id=gt.9", count), [200, "*/0", 0]);
    assert.deepEqual(await of("things", { Range: "1-1" }), [200, "1-1/*", 1]);
    assert.deepEqual(await of("things", { Range: "1-", ...count }), [206, "1-2/3", 2]);
    assert.deepEqual(await of("things?limit=2", { Range: "1-9" }), [200, "1-1/*", 1]);
    assert.deepEqual(await of("things?limit=2", { Range: "5-9" }), [416, null, "PGRST103"]);
    assert.deepEqual(await of("things?limit=1", count, "HEAD"), [206, "0-0/3", ""]);
    assert.deepEqual(await of("things?nothing=eq.1", count, "HEAD"), [400, null, ""]);
  });
  await t.step("one object, or 406", async () => {
    const headers = { Accept: "application/vnd.pgrst.object+json" };
    const one = await get("things?select=id&id=eq.1", { headers });
    assert.deepEqual([one.status, one.json], [200, { id: 1 }]);
    assert.equal(one.type, "application/vnd.pgrst.object+json; charset=utf-8");
    for (const [query, rows] of [["id=gt.1", 2], ["id=gt.9", 0]] as const) {
      const { status, json } = await get(`things?${query}`, { headers });
      assert.equal(status, 406);
      assert.deepEqual(json, {
        code: "PGRST116",
        details: `The result contains ${rows} rows`,
        hint: null,
        message: "Cannot coerce the result to a single JSON object",
      });
    }
  });
  await t.step("the role, the claims and the timeout, for this request alone", async () => {
    const session = await signSession(SECRET, PAGE_USER, "1h");
    const callers = await Promise.all([
      get("caller"),
      get("caller", { key: "publishable" }),
      get("caller", { headers: { apikey: "publishable", Authorization: `Bearer ${session}` } }),
    ]);
    const [service, anon, user] = callers.map(({ json }) => json[0]);
    assert.deepEqual([service.role, anon.role, user.role], [
      "service_role",
      "anon",
      "authenticated",
    ]);
    assert.equal(JSON.parse(user.claims).sub, PAGE_USER.id);
    assert.equal(user.statement_timeout, "8s");
    assert.deepEqual(JSON.parse(anon.claims), { role: "anon" });
    const { rows } = await database.pool.query(
      "select current_user as role, current_setting('request.jwt.claims', true) as claims",
    );
    assert.deepEqual(rows, [{ role: "postgres", claims: "" }]);
    assert.equal((await get("caller", { key: "wrong" })).status, 401);
  });
  await t.step("rights and row security of the role", async () => {
    assert.deepEqual((await get("guarded")).json, [{ id: 1 }]);
    assert.deepEqual((await get("guarded", { key: "publishable" })).json, []);
    const closed = await get("closed", { key: "publishable" });
    assert.deepEqual([closed.status, closed.json.code], [401, "42501"]);
    assert.equal((await get("closed")).status, 403);
    assert.equal((await get(LONGEST)).text, "[]");
    const writes = await get("writes");
    assert.deepEqual([writes.status, writes.json.code], [405, "25006"]);
  });
  await t.step("errors of Postgres, after which it goes on", async () => {
    for (
      const [path, status, code] of [
        ["things?id=eq.x", 400, "22P02"],
        ["things?id=in.(1,x)", 400, "22P02"],
        ["things?id=like.1", 404, "42883"],
        ["things?id=is.true", 400, "42804"],
        ["things?id=eq.99999999999", 400, "22003"],
        ["things?order=document,page&document=eq.{", 400, "22P02"],
        ["things?select=nothing", 400, "42703"],
        ["things?nothing=eq.1", 400, "42703"],
        ["things?order=nothing", 400, "42703"],
        ["things?select=computed", 400, "42703"],
        ["things?select=dropped", 400, "42703"],
        ["things?select=things", 400, "42703"],
        ["nothing", 404, "PGRST205"],
        ["things_pkey", 404, "PGRST205"],
        [`${LONGEST}l`, 404, "PGRST205"],
        ["pg_class", 404, "PGRST205"],
        ["benchmark_private.readers", 404, "PGRST205"],
        [encodeURIComponent('things"; select 1 --'), 404, "PGRST205"],
        ["%00", 400, "22021"],
      ] as const
    ) {
      const { json, ...answer } = await get(path);
      assert.deepEqual([answer.status, json.code], [status, code], `${path}: ${answer.text}`);
      assert.deepEqual(Object.keys(json), ["code", "details", "hint", "message"]);
      assert.equal((await get("things?select=id&id=eq.1")).text, '[{"id":1}]', `after ${path}`);
    }
    assert.equal(
      (await get("things?select=nothing")).json.message,
      "column things.nothing does not exist",
    );
  });
  await t.step("nothing is written", async () => {
    for (const method of ["POST", "PATCH", "PUT", "DELETE"]) {
      const { status, json } = await get("things?id=eq.1", {
        method,
        ...method !== "DELETE" && { body: "{}" },
      });
      assert.equal(status, 501);
      assert.match(json.message, new RegExp(`^Writing \\(${method}\\) needs .supabase start.: `));
    }
    const { rows } = await database.pool.query("select count(*)::int as n from public.things");
    assert.equal(rows[0].n, 3);
  });

  await server.shutdown();
  await database.close();
});
