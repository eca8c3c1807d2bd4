import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import type { Principal } from "../principal/principal.ts";
import { createSupabaseStore } from "./supabase_store.ts";

const PRINCIPAL: Principal = { method: "ingest-token", tokenId: "a", secretHash: "b", facts: {} };

/** A PostgREST that answers with the given errors, one a call, then with no receipts. */
async function withErrors(
  codes: string[],
  run: (url: string, calls: () => number) => Promise<void>,
) {
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const code = codes[calls++];
    return code === undefined
      ? Response.json([])
      : Response.json({ code, message: "m", details: null, hint: null }, { status: 500 });
  });
  await run(`http://127.0.0.1:${server.addr.port}`, () => calls);
  await server.shutdown();
}

const ingest = (url: string) =>
  createSupabaseStore(
    createClient(url, "key", { auth: { persistSession: false, autoRefreshToken: false } }),
  )
    .ingest(PRINCIPAL, [], null);

Deno.test("createSupabaseStore() makes a call again that lost against others", async () => {
  await withErrors(["40001", "40P01"], async (url, calls) => {
    assert.deepEqual(await ingest(url), []);
    assert.equal(calls(), 3);
  });
});

Deno.test("createSupabaseStore() gives up after three calls", async () => {
  await withErrors(Array(9).fill("55P03"), async (url, calls) => {
    await assert.rejects(ingest(url), { code: "database_unavailable" });
    assert.equal(calls(), 3);
  });
});

Deno.test("createSupabaseStore() does not repeat a call that others have no part in", async () => {
  for (const code of ["08006", "22003", "PT409", "XX000"]) {
    await withErrors([code], async (url, calls) => {
      await assert.rejects(ingest(url));
      assert.equal(calls(), 1, code);
    });
  }
});

Deno.test("createSupabaseStore() calls a database that cannot be reached unavailable", async () => {
  let url = "";
  await withErrors([], (served) => {
    url = served;
    return Promise.resolve();
  });
  await assert.rejects(ingest(url), { code: "database_unavailable" });
});
