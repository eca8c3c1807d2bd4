// What the original dashboard calls, by the real supabase-js on the running stack.
import assert from "node:assert/strict";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { startStackProcess } from "../testing/stack_process.ts";
import { RESULT } from "../testing/test_app.ts";
import { PAGE_USER, signSession } from "./session_token.ts";

const STRANGER = { id: "00000000-0000-4000-8000-00000000dead", email: "stranger@local.invalid" };
const NEEDS = "needs `supabase start`: the local stack only reads columns of one table or view, " +
  "and calls functions.";
Deno.test("supabase-js reads tables and views of the local stack", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory, args: ["--no-sample"] });
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, SUPABASE_JWT_SECRET } =
    stack.env;
  const connect = (key: string, token?: string): SupabaseClient =>
    createClient(SUPABASE_URL, key, {
      auth: { persistSession: false, autoRefreshToken: false },
      ...(token !== undefined && { accessToken: () => Promise.resolve(token) }),
    });
  const signIn = async (user: typeof PAGE_USER) =>
    connect(SUPABASE_PUBLISHABLE_KEY, await signSession(SUPABASE_JWT_SECRET, user, "1h"));
  const service = connect(SUPABASE_SECRET_KEY);
  const anon = connect(SUPABASE_PUBLISHABLE_KEY);
  const member = await signIn(PAGE_USER);
  const stranger = await signIn(STRANGER);

  for (
    const [model_version, f1, notes] of [
      ["a-1", 0.5, "first, (of) all"],
      ["a-2", 0.75, null],
      ["b_1", 1, "50% off"],
      ["B-2", null, null],
    ] as const
  ) {
    const metrics = f1 === null ? { other: 1 } : { f1 };
    const response = await stack.post({ ...RESULT, model_version, ...notes && { notes }, metrics });
    assert.equal(response.status, 201, await response.text());
  }
  const again = await stack.post({ ...RESULT, model_version: "a-1", metrics: { f1: 0.6 } });
  assert.equal(again.status, 201, await again.text());

  await t.step("select *, as the original dashboard does", async () => {
    const { data, error, status } = await service.from("v_latest_benchmarks").select("*")
      .order("f1_score", { ascending: false });
    assert.equal(error, null);
    assert.equal(status, 200);
    // Descending starts with nulls in Postgres, and so in PostgREST.
    assert.deepEqual(data!.map((row) => row.model_version), ["B-2", "b_1", "a-2", "a-1"]);
    assert.equal(data![3].snapshot_version, 2);
    assert.deepEqual(data![3].metrics, { f1: 0.6 });
    assert.ok("commit_sha" in data![0] && "created_at" in data![0]);
  });
  await t.step("columns, in their order and by another name", async () => {
    const { data } = await service.from("benchmark_snapshots")
      .select("f1_score, model:model_version, is_current")
      .eq("model_version", "a-1").order("snapshot_version");
    assert.equal(
      JSON.stringify(data),
      '[{"f1_score":0.5,"model":"a-1","is_current":false},{"f1_score":0.6,"model":"a-1","is_current":true}]',
    );
  });
  await t.step("every filter", async () => {
    const from = () => service.from("v_latest_benchmarks").select("model_version");
    const models = async (query: ReturnType<typeof from>) => {
      const { data } = await query.order("model_version").throwOnError();
      return data.map((row) => row.model_version).toSorted();
    };
    assert.deepEqual(await models(from().eq("model_version", "a-1")), ["a-1"]);
    assert.deepEqual(await models(from().neq("model_version", "a-1")), ["B-2", "a-2", "b_1"]);
    assert.deepEqual(await models(from().gt("f1_score", 0.75)), ["b_1"]);
    assert.deepEqual(await models(from().gte("f1_score", 0.75)), ["a-2", "b_1"]);
    assert.deepEqual(await models(from().lt("f1_score", 0.75)), ["a-1"]);
    assert.deepEqual(await models(from().lte("f1_score", 0.75)), ["a-1", "a-2"]);
    assert.deepEqual(await models(from().gt("f1_score", 0.5).lt("f1_score", 1)), ["a-1", "a-2"]);
    assert.deepEqual(await models(from().in("model_version", ["a-2", "B-2", "c"])), [
      "B-2",
      "a-2",
    ]);
    assert.deepEqual(await models(from().in("model_version", [])), []);
    assert.deepEqual(await models(from().is("f1_score", null)), ["B-2"]);
    assert.deepEqual(await models(from().like("model_version", "b%")), ["b_1"]);
    assert.deepEqual(await models(from().like("model_version", "%\\_1")), ["b_1"]);
    assert.deepEqual(await models(from().ilike("model_version", "b%")), ["B-2", "b_1"]);
    assert.deepEqual(await models(from().not("f1_score", "is", null).neq("f1_score", 1)), [
      "a-1",
      "a-2",
    ]);
    assert.deepEqual(await models(from().not("model_version", "in", "(a-1,a-2)")), ["B-2", "b_1"]);
    assert.deepEqual(await models(from().match({ model_version: "a-1", environment: "local" })), [
      "a-1",
    ]);
    assert.deepEqual(await models(from().gte("created_at", "2020-01-01T00:00:00+00:00")), [
      "B-2",
      "a-1",
      "a-2",
      "b_1",
    ]);
    const ofRuns = await service.from("benchmark_transactions").select("model_version")
      .in("notes", ["first, (of) all", "50% off"]).order("model_version").throwOnError();
    assert.deepEqual(ofRuns.data.map((row) => row.model_version).toSorted(), ["a-1", "b_1"]);
    const current = await service.from("benchmark_snapshots").select("snapshot_version")
      .is("is_current", false).throwOnError();
    assert.deepEqual(current.data, [{ snapshot_version: 1 }]);
  });
  await t.step("order, by several columns, and where nulls are", async () => {
    const scores = async (options: { ascending: boolean; nullsFirst?: boolean }) => {
      const { data } = await service.from("v_latest_benchmarks").select("f1_score")
        .order("environment").order("f1_score", options).throwOnError();
      return data.map((row) => row.f1_score);
    };
    assert.deepEqual(await scores({ ascending: true }), [0.6, 0.75, 1, null]);
    assert.deepEqual(await scores({ ascending: true, nullsFirst: true }), [null, 0.6, 0.75, 1]);
    assert.deepEqual(await scores({ ascending: false, nullsFirst: false }), [1, 0.75, 0.6, null]);
  });
  await t.step("limit and range", async () => {
    const from = () => service.from("v_latest_benchmarks").select("f1_score").order("f1_score");
    assert.deepEqual((await from().limit(1)).data, [{ f1_score: 0.6 }]);
    assert.deepEqual((await from().range(1, 2)).data, [{ f1_score: 0.75 }, { f1_score: 1 }]);
    assert.deepEqual((await from().range(4, 9)).data, []);
  });
  await t.step("single and maybeSingle", async () => {
    const from = (pattern: string) =>
      service.from("v_latest_benchmarks").select("model_version").like("model_version", pattern);
    assert.deepEqual((await from("b%").single()).data, { model_version: "b_1" });
    for (const [pattern, rows] of [["a%", 2], ["c%", 0]] as const) {
      const { data, error, status } = await from(pattern).single();
      assert.deepEqual([data, status, error?.code], [null, 406, "PGRST116"]);
      assert.equal(error?.details, `The result contains ${rows} rows`);
    }
    assert.deepEqual((await from("b%").maybeSingle()).data, { model_version: "b_1" });
    const none = await from("c%").maybeSingle();
    assert.deepEqual([none.data, none.error], [null, null]);
    assert.equal((await from("a%").maybeSingle()).error?.code, "PGRST116");
  });
  await t.step("count, with rows, with some of them, with none", async () => {
    const from = (head: boolean) =>
      service.from("v_latest_benchmarks").select("model_version", { count: "exact", head });
    const all = await from(false);
    assert.deepEqual([all.count, all.status, all.data?.length], [4, 200, 4]);
    const some = await from(false).limit(3);
    assert.deepEqual([some.count, some.status, some.data?.length], [4, 206, 3]);
    const none = await from(true).gt("f1_score", 0.7);
    assert.deepEqual([none.count, none.data, none.error], [2, null, null]);
    const beyond = await from(false).range(10, 20);
    assert.deepEqual([beyond.status, beyond.error?.code], [416, "PGRST103"]);
  });
  await t.step("who may read, by the read access", async () => {
    const rows = async (client: SupabaseClient) => {
      const { data, count } = await client.from("v_latest_benchmarks")
        .select("model_version", { count: "exact" }).throwOnError();
      assert.equal(data.length, count);
      return count;
    };
    const all =
      async () => [await rows(service), await rows(member), await rows(stranger), await rows(anon)];
    assert.deepEqual(await all(), [4, 4, 0, 0]);
    await service.rpc("set_read_access", { p_level: "signed-in" }).throwOnError();
    assert.deepEqual(await all(), [4, 4, 4, 0]);
    await service.rpc("set_read_access", { p_level: "public" }).throwOnError();
    assert.deepEqual(await all(), [4, 4, 4, 4]);
    await service.rpc("set_read_access", { p_level: "members" }).throwOnError();
    assert.deepEqual(await all(), [4, 4, 0, 0]);
    const wrong = await connect("wrong").from("v_latest_benchmarks").select("*");
    assert.equal(wrong.status, 401);
  });
  await t.step("what is not there", async () => {
    const table = await service.from("nothing").select("*");
    assert.deepEqual([table.status, table.error?.code], [404, "PGRST205"]);
    const hidden = await service.schema("benchmark_private").from("readers").select("*");
    assert.deepEqual([hidden.status, hidden.error?.code], [406, "PGRST106"]);
    const column = await service.from("v_latest_benchmarks").select("f2_score");
    assert.deepEqual([column.status, column.error?.code, column.error?.message], [
      400,
      "42703",
      "column v_latest_benchmarks.f2_score does not exist",
    ]);
  });
  await t.step("what needs supabase start says so", async () => {
    const from = () => service.from("benchmark_transactions");
    const latest = () => service.from("v_latest_benchmarks").select("*");
    const run = { model_version: "x" };
    for (
      const [query, what] of [
        [from().insert(run), "Writing (POST)"],
        [from().upsert(run), "Writing (POST)"],
        [from().update(run).eq("model_version", "a-1"), "Writing (PATCH)"],
        [from().delete().eq("model_version", "a-1"), "Writing (DELETE)"],
        [
          from().select("id, benchmark_configurations(model_version)"),
          "Embedding (benchmark_configurations(model_version))",
        ],
        [latest().or("f1_score.gt.1,f1_score.lt.0"), "The filter or="],
        [latest().gt("metrics->f1", 0.5), "A JSON operator in a filter"],
        [latest().contains("metrics", { f1: 1 }), "The operator cs"],
        [service.from("v_latest_benchmarks").select("f1_score::text"), "A cast in select"],
        [latest().csv(), "An answer as text/csv"],
        [
          service.from("v_latest_benchmarks").select("*", { count: "planned" }),
          "The preference count=planned",
        ],
      ] as const
    ) {
      const { status, error, data } = await query;
      assert.deepEqual([status, data], [501, null], what);
      const { code, message, details, hint } = error!;
      assert.deepEqual({ code, message, details, hint }, {
        code: "LOCAL_STACK",
        message: `${what} ${NEEDS}`,
        details: null,
        hint: null,
      });
    }
    const { count } = await from().select("*", { count: "exact", head: true });
    assert.equal(count, 5, "nothing was written or taken away");
  });

  assert.equal(await stack.stop(), 0);
  await Deno.remove(dataDirectory, { recursive: true });
});
