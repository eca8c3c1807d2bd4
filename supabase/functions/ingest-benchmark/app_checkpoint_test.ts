import assert from "node:assert/strict";
import { RESULT, startTestApp } from "../../../testing/test_app.ts";

Deno.test("GET /checkpoint over a real store", async (t) => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  for (const model_version of ["a", "b", "a"]) {
    assert.equal((await test.post({ ...RESULT, model_version }, token)).status, 201);
  }
  // As if they had been stored long ago: the last ten seconds are in no checkpoint.
  await test.database.pool.query(`
    alter table public.benchmark_transactions disable trigger refuse_change;
    update public.benchmark_transactions as t
      set created_at = timestamptz '2026-01-01T00:00Z' + t.snapshot_version * interval '1 day';
    alter table public.benchmark_transactions enable always trigger refuse_change`);
  const get = async (query = "", credential = token) =>
    await test.app.request(`/ingest-benchmark/checkpoint${query}`, {
      headers: { Authorization: `Bearer ${credential}` },
    });
  const header = (page: string, key: string) => new RegExp(`^${key} (.*)$`, "m").exec(page)?.[1];

  await t.step("answers the heads as text", async () => {
    const response = await get();
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(response.headers.get("cache-control"), "no-store");
    const page = await response.text();
    assert.equal(header(page, "count"), "2");
    assert.deepEqual(
      page.trim().split("\n").slice(-2).map((line) => line.split(" ")[1]).sort(),
      ["1", "2"],
    );
  });
  await t.step("in pages of one time", async () => {
    const asOf = "as_of=2026-01-02T00:00:00Z";
    const whole = await (await get(`?${asOf}`)).text();
    const first = await (await get(`?${asOf}&limit=1`)).text();
    const last = await (await get(`?${asOf}&limit=1&after=${header(first, "next")}`)).text();
    assert.equal(header(last, "next"), "-");
    const lines = (page: string) => page.slice(page.indexOf("\n\n") + 2);
    assert.equal(lines(first) + lines(last), lines(whole));
    assert.equal(header(first, "time"), header(last, "time"));
  });
  await t.step("to every credential that may write, and to nobody else", async () => {
    assert.equal((await test.app.request("/ingest-benchmark/checkpoint")).status, 401);
    assert.equal((await get("", "bmk_x")).status, 401);
    const jobToken = await test.issuer.sign();
    assert.equal((await get("", jobToken)).status, 403);
    await test.trust({ environments: ["witness"] });
    assert.equal((await get("", await test.issuer.sign())).status, 200);
  });
  await t.step("and refuses what it does not know", async () => {
    for (
      const [query, message] of [
        [
          "?after=x",
          /^after in the URL: must be the id of a configuration, as next in the header of a page\.$/,
        ],
        ["?as_of=yesterday", /as_of in the URL: must be an ISO 8601 time/],
        ["?after=00000000-0000-4000-8000-000000000000", /as_of in the URL: is required with after/],
        ["?limit=0", /^limit in the URL: must be a whole number/],
        ["?page=2", /page/],
      ] as const
    ) {
      const response = await get(query);
      assert.equal(response.status, 422, query);
      const { detail, errors } = await response.json();
      assert.match(detail, message);
      assert.equal(errors.length, 1, query);
    }
  });
  await test.close();
});
