import assert from "node:assert/strict";
import { PUBLIC_URL, RESULT, startTestApp } from "../../../testing/test_app.ts";

Deno.test("POST / over a real store and real keys", async (t) => {
  const test = await startTestApp();
  const { app, post, issuer, log } = test;
  const token = await test.createToken(["local", "staging"]);
  const oneLabel = await test.createToken(["production"]);
  const rpc = (sql: string) => test.database.pool.query(sql);
  const json = async (response: Response) => await response.json();
  const { environment: _, ...withoutEnvironment } = RESULT;

  await t.step("stores a result and answers with its receipt", async () => {
    const response = await post(RESULT, token);
    assert.equal(response.status, 201);
    const receipt = await json(response);
    assert.deepEqual(Object.keys(receipt), [
      "transaction_id",
      "snapshot_version",
      "configuration",
      "created_at",
      "entry_hash",
      "provenance",
      "previous",
      "regressions",
      "replayed",
    ]);
    assert.equal(receipt.previous, null);
    assert.equal(receipt.provenance.method, "ingest-token");
    assert.ok(response.headers.get("x-request-id"));
    const location = response.headers.get("location")!;
    assert.ok(location.startsWith(`${PUBLIC_URL}/receipts/`));
    const path = location.replace(PUBLIC_URL, "/ingest-benchmark");
    const again = await app.request(path, { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual(await json(again), { ...receipt, replayed: true });
    const stranger = await app.request(path, { headers: { Authorization: `Bearer ${oneLabel}` } });
    assert.equal(stranger.status, 404);
  });

  await t.step("gives the next version and what changed", async () => {
    const receipt = await json(
      await post({ ...RESULT, metrics: { ...RESULT.metrics, f1: 0.75 } }, token),
    );
    assert.equal(receipt.snapshot_version, 2);
    assert.equal(receipt.previous.deltas.f1, -0.1);
    assert.deepEqual(receipt.regressions, [{
      metric: "/f1",
      severity: "fail",
      better: "higher",
      from_version: 1,
      from: 0.85,
      to: 0.75,
      change: -0.1,
      limit: 0.05,
      limit_kind: "absolute",
    }]);
  });

  await t.step("answers a batch in the order sent", async () => {
    const response = await post({
      results: [{ ...RESULT, model_version: "b" }, { ...RESULT, model_version: "a" }],
    }, token);
    assert.equal(response.status, 201);
    const { results } = await json(response);
    assert.deepEqual(
      results.map((r: { configuration: { model_version: string } }) =>
        r.configuration.model_version
      ),
      ["b", "a"],
    );
  });

  await t.step(
    "replays the same run, whatever its key order, white space and numbers' form",
    async () => {
      const run = { ...RESULT, model_version: "replay", run_id: "1", metrics: { a: 1.5, f1: 0.5 } };
      const first = await json(await post(run, token));
      const before = await test.stored();
      const text =
        `{"metrics": {"f1" : 0.50, "a":15e-1 },\n "run_attempt":1, "run_id":"1", "commit_sha":"0123ABC",
      "environment":"local","prompt_version":"prompt-1","dataset_version":"data-1","model_version":"replay"}`;
      const response = await post(text, token);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("idempotency-replayed"), "true");
      assert.deepEqual(await json(response), { ...first, replayed: true });
      assert.equal(await test.stored(), before);
      const conflict = await post({ ...run, notes: "other" }, token);
      assert.equal(conflict.status, 409);
      assert.equal((await json(conflict)).code, "run_conflict");
    },
  );

  await t.step("honours Idempotency-Key", async () => {
    const key = { "Idempotency-Key": "k1" };
    const first = await json(await post({ ...RESULT, model_version: "keyed" }, token, key));
    const again = await post({ ...RESULT, model_version: "keyed" }, token, key);
    assert.equal(again.status, 200);
    assert.deepEqual(await json(again), { ...first, replayed: true });
    assert.equal((await post({ ...RESULT, model_version: "keyed2" }, token, key)).status, 409);
    assert.equal((await post(RESULT, token, { "Idempotency-Key": "" })).status, 400);
  });

  await t.step("does not remember a refusal", async () => {
    const key = { "Idempotency-Key": "k2" };
    assert.equal((await post({ ...RESULT, environment: "production" }, token, key)).status, 403);
    assert.equal((await post(RESULT, token, key)).status, 201);
  });

  await t.step("stores all of a batch or nothing", async () => {
    const before = await test.stored();
    const response = await post(
      { results: [RESULT, { ...RESULT, environment: "production" }] },
      token,
    );
    assert.equal(response.status, 403);
    assert.equal((await json(response)).errors[0].pointer, "/results/1/environment");
    assert.equal(await test.stored(), before);
  });

  await t.step("takes environment from a credential that allows one", async () => {
    const receipt = await json(await post(withoutEnvironment, oneLabel));
    assert.equal(receipt.configuration.environment, "production");
    const batch = await post({ results: [withoutEnvironment] }, token);
    assert.equal((await json(batch)).errors[0].pointer, "/results/0/environment");
    const refused = await post(withoutEnvironment, token);
    assert.equal(refused.status, 422);
    assert.equal((await json(refused)).errors[0].pointer, "/environment");
  });

  await t.step("keeps every digit and every key", async () => {
    const body =
      `{"model_version":"exact","dataset_version":"d","prompt_version":"p","environment":"local","commit_sha":"0123abc",
      "metrics":{"big":12345678901234567890.123,"constructor":{"prototype":1},"":null,"<img onerror>":"\\u202e"}}`;
    assert.equal((await post(body, token)).status, 201);
    const { rows } = await rpc(
      "select metrics::text from public.benchmark_transactions where model_version = 'exact'",
    );
    assert.equal(
      rows[0].metrics,
      '{"": null, "big": 12345678901234567890.123, "constructor": {"prototype": 1}, "<img onerror>": "\u202e"}',
    );
  });

  await t.step("refuses with problem+json, no row, and nothing secret", async () => {
    const before = await test.stored();
    const secret = token.split("_")[2]!;
    const unknown = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
    const cases: [string, Promise<Response> | Response, number, string][] = [
      ["not JSON", post("{", token), 400, "body_not_json"],
      ["not UTF-8", post(new Uint8Array([0xff]), token), 400, "body_not_utf8"],
      ["BOM", post("\ufeff{}", token), 400, "body_not_json"],
      ["unknown field", post({ ...RESULT, typo: 1 }, token), 422, "validation_failed"],
      [
        "overflow",
        post(JSON.stringify(RESULT).replace("400", "1e400"), token),
        422,
        "validation_failed",
      ],
      ["too large", post(" ".repeat(1_048_577), token), 413, "body_too_large"],
      ["gzip", post(RESULT, token, { "Content-Encoding": "gzip" }), 415, "unsupported_media_type"],
      [
        "text",
        post(RESULT, token, { "Content-Type": "text/plain" }),
        415,
        "unsupported_media_type",
      ],
      ["malformed token", post(RESULT, "bmk_x"), 401, "invalid_credential"],
      [
        "Supabase JWT",
        post(RESULT, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln"),
        401,
        "invalid_credential",
      ],
      ["unknown token", post(RESULT, unknown), 403, "unknown_token"],
      ["stranger", post(withoutEnvironment, await issuer.sign()), 403, "untrusted_repository"],
      [
        "no credential",
        app.request("/ingest-benchmark", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: "{",
        }),
        401,
        "missing_credential",
      ],
      ["path", app.request("/ingest-benchmark/nowhere"), 404, "not_found"],
    ];
    for (const [name, pending, status, code] of cases) {
      const response = await pending;
      const text = await response.text();
      const problem = JSON.parse(text);
      assert.equal(response.status, status, `${name}: ${text}`);
      assert.equal(problem.code, code, name);
      assert.equal(problem.status, status, name);
      assert.equal(response.headers.get("content-type"), "application/problem+json", name);
      assert.equal(problem.request_id, response.headers.get("x-request-id"), name);
      assert.ok(!text.includes(secret) && !/select |at file:/.test(text), name);
      if (status === 401) {
        assert.match(response.headers.get("www-authenticate")!, /^Bearer realm=/, name);
      }
    }
    assert.equal(await test.stored(), before);
  });

  await t.step("answers another method with 405 and Allow", async () => {
    for (
      const [method, path, allow] of [["GET", "", "POST"], ["DELETE", "", "POST"], [
        "POST",
        "/healthz",
        "GET, HEAD",
      ]]
    ) {
      const response = await app.request(`/ingest-benchmark${path}`, { method: method! });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), allow);
    }
  });

  await t.step("refuses a revoked and an expired token", async () => {
    const revoked = await test.createToken(["local"]);
    await rpc(`select public.revoke_ingest_token('${revoked.split("_")[1]}')`);
    const response = await post(RESULT, revoked);
    assert.equal(response.status, 401);
    assert.equal((await json(response)).code, "token_revoked");
  });

  await t.step("stores what a GitHub token attests", async () => {
    await rpc("select public.add_trust_rule('octo-org/bench', '1001', '2002', '{github-actions}')");
    const { commit_sha: _commit, ...body } = withoutEnvironment;
    const response = await post(body, await issuer.sign());
    const receipt = await json(response);
    assert.equal(response.status, 201, JSON.stringify(receipt));
    assert.equal(receipt.configuration.environment, "github-actions");
    assert.deepEqual(receipt.provenance.claimed, []);
    assert.equal(receipt.provenance.claims.sha, "0123456789abcdef0123456789abcdef01234567");
    const { rows } = await rpc(
      "select commit_sha, branch_name, run_id, run_attempt, triggered_by from public.benchmark_transactions where environment = 'github-actions'",
    );
    assert.deepEqual(rows[0], {
      commit_sha: "0123456789abcdef0123456789abcdef01234567",
      branch_name: "main",
      run_id: "9001",
      run_attempt: 1,
      triggered_by: "octocat",
    });

    const retry = await post(body, await issuer.sign());
    assert.equal(retry.status, 200, "a new token of the same run replays it");
    assert.deepEqual(await json(retry), { ...receipt, replayed: true });
    assert.equal((await post(body, await issuer.sign({ run_attempt: "2" }))).status, 201);
  });

  await t.step("marks the commit as claimed under workflow_run", async () => {
    const claims = { event_name: "workflow_run", run_id: "9002" };
    const receipt = await json(
      await post({ ...withoutEnvironment, commit_sha: "abcdef0" }, await issuer.sign(claims)),
    );
    assert.deepEqual(receipt.provenance.claimed, ["commit_sha", "branch_name"]);
    const { commit_sha: _commit, ...body } = withoutEnvironment;
    assert.equal((await post(body, await issuer.sign(claims))).status, 422);
  });

  await t.step("lets ids decide and not names", async () => {
    for (
      const [claims, code] of [
        [{ repository_id: "6" }, "claim_mismatch"],
        [{ repository_owner_id: "6" }, "claim_mismatch"],
        [{ event_name: "pull_request_target" }, "event_refused"],
      ] as const
    ) {
      const response = await post(withoutEnvironment, await issuer.sign(claims));
      assert.equal(response.status, 403);
      const problem = await json(response);
      assert.equal(problem.code, code);
      assert.match(problem.detail, new RegExp(Object.keys(claims)[0]!));
    }
  });

  await t.step("compares and stores nothing in a dry run", async () => {
    const dryRun = async (body: unknown, credential: string, query = "dry_run=true") =>
      await app.request(`/ingest-benchmark?${query}`, {
        method: "POST",
        headers: { "Authorization": `Bearer ${credential}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    const before = await test.stored();
    const fresh = await json(await dryRun({ ...RESULT, model_version: "fresh" }, token));
    assert.equal(fresh.current, null);
    await post({ ...RESULT, model_version: "reviewed" }, token);
    const response = await dryRun(
      { ...RESULT, model_version: "reviewed", metrics: { f1: 0.65, latency_ms: 300 } },
      token,
    );
    assert.equal(response.status, 200);
    const preview = await json(response);
    assert.equal(preview.dry_run, true);
    assert.equal(preview.current.snapshot_version, 1);
    assert.equal(preview.current.deltas.f1, -0.2);
    assert.equal(preview.current.deltas.latency_ms, -100);
    assert.equal(preview.current.deltas.recall, null);
    assert.equal(await test.stored(), before + 1);
    assert.equal((await dryRun({ ...RESULT, environment: "production" }, token)).status, 403);
    assert.equal((await dryRun({ ...RESULT, typo: 1 }, token)).status, 422);
    assert.equal((await dryRun(RESULT, token, "dry_run=yes")).status, 422);
    assert.equal(await test.stored(), before + 1);
  });

  await t.step("lets a pull request compare under a rule that lets only main write", async () => {
    await rpc("select public.remove_trust_rule(id) from public.list_trust_rules()");
    await rpc(
      "select public.add_trust_rule('octo-org/bench', '1001', '2002', '{github-actions}', null, 'main')",
    );
    const { commit_sha: _commit, ...body } = withoutEnvironment;
    const claims = { event_name: "pull_request", ref: "refs/pull/7/merge", head_ref: "feature" };
    assert.equal((await post(body, await issuer.sign(claims))).status, 403);
    const response = await app.request("/ingest-benchmark?dry_run=true", {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${await issuer.sign(claims)}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
  });

  await t.step("logs one line a request without payload or secret", () => {
    assert.ok(log.length > 30);
    const text = JSON.stringify(log);
    assert.ok(!text.includes(token.split("_")[2]!) && !text.includes("prompt-1"));
    const [stored] = log;
    assert.deepEqual([stored!.status, stored!.versions, stored!.replayed], [201, [1], false]);
    assert.match(stored!.principal!, /^token:[0-9a-f]{16}$/);
    assert.ok(log.some((entry) => entry.principal === "github:1001"));
    assert.equal(new Set(log.map((entry) => entry.request_id)).size, log.length);
  });

  await t.step("leaves a ledger that verifies", async () => {
    const { rows } = await rpc("select bool_and(is_intact) as intact from public.verify_ledger()");
    assert.equal(rows[0].intact, true);
  });

  await test.close();
});

Deno.test("POST / answers a flood with 429 and Retry-After", async () => {
  const test = await startTestApp({ rateLimit: 3 });
  const token = await test.createToken(["local"]);
  for (let i = 0; i < 3; i++) assert.equal((await test.post(RESULT, token)).status, 201);
  const response = await test.post(RESULT, token);
  assert.equal(response.status, 429);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  const other = await test.createToken(["local"]);
  assert.equal((await test.post(RESULT, other)).status, 201, "another principal is not hindered");
  await test.close();
});

Deno.test("POST / answers 503 with Retry-After when the issuer or the database is down", async () => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  test.issuer.isUp = false;
  const withoutKeys = await test.post(RESULT, await test.issuer.sign());
  assert.equal(withoutKeys.status, 503);
  assert.equal((await withoutKeys.json()).code, "key_set_unavailable");
  assert.equal((await test.app.request("/ingest-benchmark/healthz")).status, 200);
  await test.close();
  for (
    const response of [
      await test.post(RESULT, token),
      await test.app.request("/ingest-benchmark/healthz"),
    ]
  ) {
    assert.equal(response.status, 503);
    assert.equal((await response.json()).code, "database_unavailable");
    assert.ok(Number(response.headers.get("retry-after")) > 0);
  }
});

Deno.test("GET /badge.svg over a real store", async (t) => {
  const test = await startTestApp();
  const token = await test.createToken(["local"]);
  await test.post(RESULT, token);
  const parameters = new URLSearchParams({
    model_version: RESULT.model_version,
    dataset_version: RESULT.dataset_version,
    prompt_version: RESULT.prompt_version,
    environment: "local",
  });
  const badge = async (query: URLSearchParams, headers: Record<string, string> = {}) =>
    await test.app.request(`/ingest-benchmark/badge.svg?${query}`, { headers });
  const withParameter = (name: string, value: string) => {
    const query = new URLSearchParams(parameters);
    query.set(name, value);
    return query;
  };

  await t.step("says nothing while reading is not public", async () => {
    const response = await badge(parameters);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /no data/);
  });

  await test.database.pool.query("select public.set_public_read(true)");

  await t.step("shows the current F1, and may be kept", async () => {
    const response = await badge(parameters);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "image/svg+xml");
    assert.equal(response.headers.get("cache-control"), "public, max-age=300");
    assert.match(await response.text(), /f1: 0.85/);
    const again = await badge(parameters, { "If-None-Match": response.headers.get("etag")! });
    assert.equal(again.status, 304);
  });

  await t.step("shows any number of the metrics, under any label", async () => {
    const query = withParameter("metric", "/latency_ms");
    query.set("label", "latency");
    assert.match(await (await badge(query)).text(), /latency: 400/);
  });

  await t.step(
    "looks the same for a configuration that is missing as for a private one",
    async () => {
      const response = await badge(withParameter("model_version", "none"));
      assert.equal(response.status, 404);
      assert.match(await response.text(), /no data/);
    },
  );

  await t.step("names every parameter that is wrong", async () => {
    const query = withParameter("environment", "moon");
    query.delete("model_version");
    query.set("colour", "red");
    const response = await badge(query);
    assert.equal(response.status, 422);
    const text = JSON.stringify((await response.json()).errors);
    for (const name of ["environment", "model_version", "colour"]) assert.match(text, RegExp(name));
  });

  await t.step("takes GET only", async () => {
    const response = await test.app.request("/ingest-benchmark/badge.svg", { method: "POST" });
    assert.equal(response.status, 405);
  });

  await test.close();
});
