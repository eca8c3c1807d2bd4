import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/embedded_database.ts";
import { createGateway } from "./gateway.ts";
import { PAGE_USER, signSession } from "./session_token.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

Deno.test("createGateway() answers RPC as PostgREST does", async (t) => {
  const database = await openTestDatabase();
  await database.pool.query(`
    create function public.echo(p_text text, p_list text[] default '{}', p_json jsonb default null)
      returns jsonb language sql immutable as $$ select jsonb_build_array(p_text, p_list, p_json, current_user) $$;
    create function public.rows(p_n integer) returns table (n integer) language sql stable as $$ select generate_series(1, p_n) $$;
    create function public.nothing() returns void language sql volatile as $$ $$;
    create function public.raise(p_state text) returns void language plpgsql volatile as $$
      begin raise exception using errcode = p_state, message = 'm', detail = 'd', hint = 'h'; end $$;
    create function public.numbers() returns setof integer language sql stable as $$ select generate_series(1, 2) $$;
    create function public.missing() returns jsonb language sql stable as $$ select null::jsonb $$;
    create sequence public.counter;
    grant all on sequence public.counter to service_role;
    create function public.writes_although_stable() returns bigint language sql stable as $$ select nextval('public.counter') $$;
    create function public.timeout() returns text language sql volatile set statement_timeout = '7s' as $$ select current_setting('statement_timeout') $$;
    create function public.lock_timeout() returns text language plpgsql volatile set lock_timeout = '4s' as $$ begin return current_setting('lock_timeout'); end $$;
    create function public.claims() returns text language sql stable as $$ select current_setting('request.jwt.claims', true) $$;
    create function public.closed() returns integer language sql as $$ select 1 $$;
    revoke execute on function public.closed() from public, anon, service_role;
  `);
  const gateway = createGateway({
    pool: database.pool,
    publishableKey: "publishable",
    secretKey: "secret",
    jwtSecret: SECRET,
    ingest: (request) =>
      Response.json({ path: new URL(request.url).pathname, method: request.method }),
  });
  const call = async (name: string, args: unknown, key = "secret", bearer?: string) => {
    const response = await gateway(
      new Request(`http://x/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: {
          apikey: key,
          "Content-Type": "application/json",
          ...(bearer && { Authorization: `Bearer ${bearer}` }),
        },
        body: JSON.stringify(args),
      }),
    );
    return { status: response.status, text: await response.text() };
  };

  await t.step("arguments by name, defaults, types, the role of the key", async () => {
    assert.deepEqual(
      JSON.parse((await call("echo", { p_text: "x", p_list: ["a", "b"], p_json: { n: 1 } })).text),
      ["x", ["a", "b"], { n: 1 }, "service_role"],
    );
    assert.deepEqual(JSON.parse((await call("echo", { p_text: null }, "publishable")).text), [
      null,
      [],
      null,
      "anon",
    ]);
  });
  await t.step("numbers pass with every digit", async () => {
    const response = await gateway(
      new Request("http://x/rest/v1/rpc/echo", {
        method: "POST",
        headers: { apikey: "secret" },
        body: '{"p_text":"x","p_json":12345678901234567890.5}',
      }),
    );
    assert.match(await response.text(), /12345678901234567890\.5/);
  });
  await t.step("sets as arrays, void as 204", async () => {
    assert.equal((await call("rows", { p_n: 2 })).text.replaceAll(/\s/g, ""), '[{"n":1},{"n":2}]');
    assert.equal((await call("rows", { p_n: 0 })).text, "[]");
    assert.deepEqual(JSON.parse((await call("numbers", {})).text), [1, 2]);
    const many = JSON.parse((await call("rows", { p_n: 1_500 })).text);
    assert.equal(many.length, 1_000, "cut, as max_rows of config.toml says");
    assert.deepEqual(await call("missing", {}), { status: 200, text: "null" });
    assert.deepEqual(await call("nothing", {}), { status: 204, text: "" });
  });
  await t.step("pages of other origins ask, too", async () => {
    const request = (method: string, headers: Record<string, string> = {}) =>
      gateway(
        new Request("http://x/rest/v1/rpc/numbers", {
          method,
          headers: { Origin: "http://127.0.0.1:3000", ...headers },
          ...(method === "POST" && { body: "{}" }),
        }),
      );
    const preflight = await request("OPTIONS", {
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "apikey,content-type",
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.equal(preflight.headers.get("access-control-allow-headers"), "apikey,content-type");
    const answer = await request("POST", { apikey: "secret" });
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(await answer.json(), [1, 2]);
    const refused = await request("POST");
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("access-control-allow-origin"), "*", "so that it can be read");
    await refused.body?.cancel();
  });
  await t.step("errors with the status of their SQLSTATE", async () => {
    for (
      const [state, status] of [
        ["PT418", 418],
        ["23505", 409],
        ["40001", 500],
        ["57014", 500],
        ["53300", 503],
        ["22003", 400],
        ["P0001", 400],
      ] as const
    ) {
      const answer = await call("raise", { p_state: state });
      assert.equal(answer.status, status, state);
      assert.deepEqual(JSON.parse(answer.text), {
        code: state,
        details: "d",
        hint: "h",
        message: "m",
      });
    }
    assert.equal((await call("closed", {})).status, 403);
    assert.equal((await call("closed", {}, "publishable")).status, 401);
    assert.equal((await call("nowhere", {})).status, 404);
    assert.equal((await call("echo", { p_typo: 1 })).status, 404);
  });
  await t.step("a stable function runs read-only", async () => {
    assert.equal((await call("writes_although_stable", {})).status, 405);
  });
  await t.step("the timeouts of a function are honoured, and end with the call", async () => {
    assert.equal((await call("timeout", {})).text, '"7s"');
    assert.equal((await call("lock_timeout", {})).text, '"4s"');
    const { rows: [left] } = await database.pool.query(
      "select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock",
    );
    assert.deepEqual(left, { statement: "0", lock: "0" });
  });
  await t.step("keys are required, and nothing of a failed call stays", async () => {
    assert.equal((await call("echo", { p_text: "x" }, "wrong")).status, 401);
    assert.equal((await call("echo", { p_text: "x" }, "")).status, 401);
    const { rows } = await database.pool.query("select current_user as role");
    assert.equal(rows[0].role, "postgres");
  });
  await t.step("a user's token beside the publishable key is somebody signed in", async () => {
    const session = await signSession(SECRET, PAGE_USER, "1h");
    const roleOf = async (key: string, bearer: string) => {
      const { status, text } = await call("echo", { p_text: null }, key, bearer);
      return status === 200 ? JSON.parse(text)[3] : status;
    };
    assert.equal(await roleOf("publishable", session), "authenticated");
    assert.equal(await roleOf("publishable", "publishable"), "anon");
    assert.equal(await roleOf("secret", session), "service_role");
    assert.equal(await roleOf(session, session), 401);
    assert.equal(await roleOf("publishable", `${session}x`), 401);
    const expired = await call(
      "echo",
      { p_text: null },
      "publishable",
      await signSession(SECRET, PAGE_USER, "-1s"),
    );
    assert.equal(expired.status, 401);
    assert.match(expired.text, /JWT expired/);
    const claims = await call("claims", {}, "publishable", session);
    assert.equal(JSON.parse(JSON.parse(claims.text)).sub, PAGE_USER.id);
  });
  await t.step("a table wants a key, too, and its name as a URL has it", async () => {
    const status = async (path: string, headers: HeadersInit) =>
      (await gateway(new Request(`http://x/rest/v1/${path}`, { headers }))).status;
    assert.equal(await status("benchmark_snapshots", { apikey: "publishable" }), 200);
    assert.equal(await status("benchmark%5Fsnapshots", { apikey: "publishable" }), 200);
    assert.equal(await status("benchmark_snapshots", {}), 401);
    assert.equal(await status("benchmark_snapshots/1", { apikey: "publishable" }), 404);
    assert.equal(await status("%ff", { apikey: "publishable" }), 404);
  });
  await t.step("the function sees its path as on the hosted platform", async () => {
    const response = await gateway(new Request("http://x/functions/v1/ingest-benchmark/healthz"));
    assert.deepEqual(await response.json(), { path: "/ingest-benchmark/healthz", method: "GET" });
    assert.equal(
      (await gateway(new Request("http://x/functions/v1/ingest-benchmarks"))).status,
      404,
    );
  });
  await database.close();
});
