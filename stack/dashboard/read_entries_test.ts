// What the dashboard's History checks in the browser, here on entries of a real database.
import assert from "node:assert/strict";
import { checkOneEntry, readEntries } from "../../dashboard/src/ledger/read_entries.ts";
import { RESULT, startTestApp } from "../../testing/test_app.ts";

Deno.test("readEntries() checks every entry of a page by itself", async (t) => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  for (const f1 of [0.1, 0.5, 0.75, 1]) {
    await test.post({ ...RESULT, metrics: { f1, exact: 0.1234567890123456 } }, token);
  }
  const page = async (limit: number, before: number | null = null): Promise<string> => {
    const { rows } = await test.database.pool.query(
      "select public.get_dashboard_history(null, $1, $2) ->> 'entries' as entries",
      [before, limit],
    );
    return rows[0].entries;
  };
  const checks = async (text: string) => (await readEntries(text)).map((entry) => entry.check);

  await t.step("intact ones, on every page", async () => {
    assert.deepEqual(await checks(await page(4)), Array(4).fill("intact"));
    assert.deepEqual(await checks(await page(2)), ["intact", "intact"]);
    assert.deepEqual(await checks(await page(2, 3)), ["intact", "intact"]);
    assert.deepEqual((await readEntries(await page(1)))[0]!.numbers.get("/f1"), 1);
  });

  await t.step("one by itself, of a run", async () => {
    for (const version of [1, 3]) {
      const { rows: [run] } = await test.database.pool.query(
        `select d ->> 'entry' as entry, d ->> 'chain_hash' as chain_hash
         from public.benchmark_configurations as c
         cross join lateral public.get_dashboard_run(c.id, $1) as d`,
        [version],
      );
      assert.equal(await checkOneEntry(run.entry, run.chain_hash), "intact");
      // The first goes on from nothing.
      assert.equal(
        await checkOneEntry(run.entry, "00".repeat(32)),
        version === 1 ? "intact" : "broken",
      );
      const changed = run.entry.replace("0.1234567890123456", "0.1234567890123457");
      assert.equal(await checkOneEntry(changed, run.chain_hash), "broken");
    }
  });

  await t.step("with people, and with what is about them erased", async () => {
    await test.post({ ...RESULT, triggered_by: "octocat", notes: "é", metrics: {} }, token);
    assert.equal((await checks(await page(1)))[0], "intact");
    const forged = (await page(1)).replace('"octocat"', '"hubot"');
    assert.deepEqual(await checks(forged), ["broken"]);
    await test.database.pool.query(
      "select public.erase_personal_data(id, 5, 'asked to') from public.benchmark_configurations",
    );
    assert.deepEqual(await checks(await page(2)), ["erased", "intact"]);
  });

  await t.step("a page that ends early where documents are large", async () => {
    for (const version of [6, 7, 8]) {
      const metrics = { f1: version / 10, large: "x".repeat(600_000) };
      await test.post({ ...RESULT, metrics }, token);
    }
    assert.deepEqual(await checks(await page(4)), ["intact"]);
    assert.deepEqual(await checks(await page(4, 8)), ["intact"]);
  });

  await t.step("content that was changed", async () => {
    const text = (await page(4, 5)).replace('"f1": 0.5', '"f1": 0.6');
    assert.deepEqual(await checks(text), ["intact", "intact", "broken", "intact"]);
  });

  await t.step("the last digit of a number that a double cannot tell", async () => {
    const text = (await page(4, 5)).replaceAll("0.1234567890123456", "0.12345678901234560");
    assert.deepEqual(await checks(text), Array(4).fill("broken"));
  });

  await t.step("an entry that was taken out", async () => {
    const entries = JSON.parse(await page(4, 5));
    entries.splice(1, 1);
    assert.equal((await checks(JSON.stringify(entries)))[0], "broken");
  });

  await t.step("a hash that was exchanged", async () => {
    const entries = JSON.parse(await page(4, 5));
    entries[2].entry_hash = "0".repeat(64);
    const found = await checks(JSON.stringify(entries));
    assert.deepEqual(found.slice(1, 3), ["broken", "broken"]);
  });

  await test.close();
});
