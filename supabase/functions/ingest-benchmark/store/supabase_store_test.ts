import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { PUSH_CLAIMS } from "../../../../testing/oidc_issuer.ts";
import type { StoredResult } from "../payload/stored_result.ts";
import { github } from "../principal/issuers/github.ts";
import type { Principal } from "../principal/principal.ts";
import { createSupabaseStore } from "./supabase_store.ts";

const PRINCIPAL: Principal = { method: "ingest-token", tokenId: "a", secretHash: "b" };

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

const storeAt = (url: string) =>
  createSupabaseStore(
    createClient(url, "key", { auth: { persistSession: false, autoRefreshToken: false } }),
  );
const ingest = (url: string) => storeAt(url).ingest(PRINCIPAL, [], null);

Deno.test("createSupabaseStore() sends people apart from claims, and rows without their place", async () => {
  const sent: Record<string, unknown>[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    sent.push(await request.json());
    return Response.json([]);
  });
  const claims = { ...PUSH_CLAIMS, jti: "j", head_ref: "me/feature" };
  const fields = { model_version: "m", claimed: [] } as unknown as StoredResult["fields"];
  const store = storeAt(`http://127.0.0.1:${server.addr.port}`);
  await store.ingest(
    github.toPrincipal("https://i", claims),
    [{ fields, pointer: "/results/0" }],
    "k",
  );
  await store.authorize(PRINCIPAL);
  await server.shutdown();
  const { sha, run_id, actor, ref, event_name, job_workflow_ref } = PUSH_CLAIMS;
  const { repository, repository_id, repository_owner_id } = PUSH_CLAIMS;
  assert.deepEqual(sent, [{
    p_principal: {
      method: "github-oidc",
      issuer: "https://i",
      claims: {
        repository,
        repository_id,
        repository_owner_id,
        job_workflow_ref,
        event_name,
        ref,
        jti: "j",
      },
      job: {
        project: repository,
        project_id: repository_id,
        owner_id: repository_owner_id,
        ref,
        event_name,
        may_publish: true,
      },
      attested: { commit_sha: sha, branch_name: "main", run_id, run_attempt: 1 },
      triggered_by: actor,
      head_ref: "me/feature",
    },
    p_results: [{ model_version: "m", claimed: [] }],
    p_idempotency_key: "k",
  }, {
    p_principal: { method: "ingest-token", token_id: "a", secret_hash: "b", attested: {} },
  }]);
});

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
