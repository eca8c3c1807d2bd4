import assert from "node:assert/strict";
import { PUSH_CLAIMS } from "../../../testing/oidc_issuer.ts";
import { PUBLIC_URL, RESULT, startTestApp } from "../../../testing/test_app.ts";

Deno.test("POST / over a real store and real keys", async (t) => {
  const test = await startTestApp();
  const { app, post, issuer, log } = test;
  const token = await test.createToken(["local", "staging"]);
  const oneLabel = await test.createToken(["production"]);
  const rpc = (sql: string) => test.database.pool.query(sql);
  const json = async (response: Response) => await response.json();
  const { environment: _, ...withoutEnvironment } = RESULT;
  const { commit_sha: _commit, ...bare } = withoutEnvironment;

  await t.step("stores a result and answers with its receipt", async () => {
    const response = await post(RESULT, token);
    assert.equal(response.status, 201);
    const receipt = await json(response);
    assert.deepEqual(Object.keys(receipt), [
      "transaction_id",
      "snapshot_version",
      "configuration",
      "series",
      "published",
      "created_at",
      "entry_hash",
      "provenance",
      "previous",
      "nearest",
      "judgements",
      "regressions",
      "replayed",
    ]);
    assert.equal(receipt.previous, null);
    const { method, attested, claimed } = receipt.provenance;
    assert.deepEqual([method, attested, claimed], ["ingest-token", {}, ["commit_sha"]]);
    assert.equal(receipt.published, true);
    assert.equal(receipt.series, null);
    assert.equal(receipt.configuration.variant, "");
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
    assert.deepEqual(
      receipt.judgements.map((one: { metric: string; verdict: string }) => [
        one.metric,
        one.verdict,
      ]),
      [["/analysis_cost", "not-worse"], ["/f1", "worse"], ["/latency_ms", "not-worse"]],
    );
    const { summary, reference, evidence } = receipt.judgements[1];
    assert.equal(evidence.method, "none");
    assert.match(summary, /^f1 −0\.1: beyond the limit of 0\.05, with nothing to tell noise by/);
    assert.deepEqual(reference.configuration, receipt.configuration);
    assert.deepEqual([reference.snapshot_version, receipt.nearest], [1, null]);
  });

  await t.step("computes what items give, and says so", async () => {
    const items = [{ id: 1, tp: 3, fp: 1, fn: 1 }, { id: 2, tp: 1, fp: 0, fn: 0 }];
    const body = { ...RESULT, model_version: "items", metrics: { f1: 0.8 }, items };
    const response = await post(body, token);
    const receipt = await json(response);
    assert.equal(response.status, 201, JSON.stringify(receipt));
    assert.deepEqual(receipt.provenance.computed, ["/precision", "/recall"]);
    const refused = await post({ ...body, metrics: { f1: 0.9 } }, token);
    assert.equal(refused.status, 422);
    assert.match((await json(refused)).errors[0].message, /is 0\.9, but the items give 0\.8/);
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

  await t.step("tells variants of a configuration apart, and keeps its series", async () => {
    const model = { ...RESULT, model_version: "varied", series: "bill-auditor" };
    const versions = [];
    for (const variant of ["seed 1", "seed 2", "seed 1", "", null]) {
      const receipt = await json(await post({ ...model, variant }, token));
      versions.push([receipt.configuration.variant, receipt.snapshot_version, receipt.series]);
    }
    assert.deepEqual(versions, [
      ["seed 1", 1, "bill-auditor"],
      ["seed 2", 1, "bill-auditor"],
      ["seed 1", 2, "bill-auditor"],
      ["", 1, "bill-auditor"],
      ["", 2, "bill-auditor"],
    ]);
    const other = await post({ results: [{ ...model, series: "other" }] }, token);
    assert.equal(other.status, 422);
    assert.equal((await json(other)).errors[0].pointer, "/results/0/series");
  });

  await t.step("names both results of a batch that are one run", async () => {
    const run = { ...RESULT, model_version: "twice", run_id: "7" };
    const results = [{ ...run, metrics: { f1: 0.1 } }, RESULT, { ...run, metrics: { f1: 0.2 } }];
    const response = await post({ results }, token);
    assert.equal(response.status, 409);
    const problem = await json(response);
    assert.match(problem.detail, /variant/);
    assert.deepEqual(
      problem.errors.map((issue: { pointer: string }) => issue.pointer).sort(),
      ["/results/0", "/results/2"],
    );
  });

  await t.step("stores the same run once, however it says that there is nothing", async () => {
    const run = { ...RESULT, model_version: "nothing", run_id: "1", metrics: { f1: 0.5 } };
    assert.equal((await post(run, token)).status, 201);
    for (
      const same of [
        { ...run, tags: [] },
        { ...run, metrics: { f1: 0.5, precision: null } },
        { ...run, variant: "", series: null, candidate: false, run_attempt: 1 },
      ]
    ) assert.equal((await post(same, token)).status, 200, JSON.stringify(same));
  });

  await t.step("does not parse a large body for a token that nobody knows", async () => {
    const unknown = token.slice(0, -1) + (token.endsWith("0") ? "1" : "0");
    const response = await post("[".repeat(1_000_000), unknown);
    assert.equal(response.status, 403);
    assert.equal((await json(response)).code, "unknown_token");
    assert.equal((await post("[".repeat(1_000_000), token)).status, 400);
  });

  await t.step("stores what a GitHub token attests, and who started it apart", async () => {
    await test.trust({ environments: ["github-actions"] });
    const response = await post(bare, await issuer.sign({ head_ref: "octocat/feature" }));
    const receipt = await json(response);
    assert.equal(response.status, 201, JSON.stringify(receipt));
    assert.equal(receipt.configuration.environment, "github-actions");
    assert.deepEqual(receipt.provenance.claimed, []);
    assert.deepEqual(receipt.provenance.attested, {
      commit_sha: PUSH_CLAIMS.sha,
      branch_name: "main",
      run_id: "9001",
      run_attempt: 1,
    });
    assert.ok(!JSON.stringify(receipt).includes("octocat"));
    const { rows } = await rpc(
      "select commit_sha, branch_name, run_id, run_attempt, triggered_by from public.benchmark_transactions where environment = 'github-actions'",
    );
    assert.deepEqual(rows[0], {
      commit_sha: PUSH_CLAIMS.sha,
      branch_name: "main",
      run_id: "9001",
      run_attempt: 1,
      triggered_by: "octocat",
    });

    const retry = await post(bare, await issuer.sign({ head_ref: "octocat/feature" }));
    assert.equal(retry.status, 200, "a new token of the same run replays it");
    assert.deepEqual(await json(retry), { ...receipt, replayed: true });
    assert.equal((await post(bare, await issuer.sign({ run_attempt: "2" }))).status, 201);
  });

  await t.step("takes another commit than the token's as claimed, for every event", async () => {
    const measured = { ...bare, commit_sha: "abcdef0", run_id: "5", branch_name: "dev" };
    for (const event_name of ["push", "pull_request", "schedule", "workflow_run"]) {
      const model = { ...measured, model_version: event_name };
      const claims = { event_name };
      assert.equal((await test.preview(model, await issuer.sign(claims))).status, 200);
      const response = await post(model, await issuer.sign(claims));
      const { provenance } = await json(response);
      assert.equal(response.status, 201);
      assert.deepEqual(provenance.claimed, ["commit_sha", "branch_name", "run_id"]);
      assert.equal(provenance.attested.commit_sha, PUSH_CLAIMS.sha);
    }
    // The job that persists runs again: the run that was measured is the same one.
    const again = await post(
      { ...measured, model_version: "push" },
      await issuer.sign({ run_id: "9999", run_attempt: "3" }),
    );
    assert.equal(again.status, 200);
    assert.equal((await post(bare, await issuer.sign({ event_name: "workflow_run" }))).status, 422);
  });

  await t.step("lets ids decide and not names", async () => {
    for (
      const [claims, code] of [
        [{ repository_id: "6" }, "claim_mismatch"],
        [{ repository_owner_id: "6" }, "claim_mismatch"],
        [{ event_name: "pull_request_target" }, "event_refused"],
      ] as const
    ) {
      const response = await post(bare, await issuer.sign(claims));
      assert.equal(response.status, 403);
      const problem = await json(response);
      assert.equal(problem.code, code);
      assert.match(problem.detail, new RegExp(Object.keys(claims)[0]!));
    }
  });

  await t.step("compares and stores nothing in a dry run", async () => {
    const before = await test.stored();
    const fresh = await json(await test.preview({ ...RESULT, model_version: "fresh" }, token));
    assert.equal(fresh.current, null);
    await post({ ...RESULT, model_version: "reviewed" }, token);
    const response = await test.preview(
      { ...RESULT, model_version: "reviewed", metrics: { f1: 0.65, latency_ms: 300 } },
      token,
    );
    assert.equal(response.status, 200);
    const preview = await json(response);
    assert.deepEqual(Object.keys(preview), [
      "configuration",
      "series",
      "published",
      "current",
      "nearest",
      "judgements",
      "regressions",
      "dry_run",
    ]);
    assert.equal(preview.dry_run, true);
    assert.equal(preview.current.snapshot_version, 1);
    assert.equal(preview.current.deltas.f1, -0.2);
    assert.equal(preview.current.deltas.latency_ms, -100);
    assert.equal(preview.current.deltas.recall, null);
    assert.equal(await test.stored(), before + 1);
    assert.equal(
      (await test.preview({ ...RESULT, environment: "production" }, token)).status,
      403,
    );
    assert.equal((await test.preview({ ...RESULT, typo: 1 }, token)).status, 422);
    assert.equal(await test.stored(), before + 1);
  });

  await t.step("logs one line a request without payload or secret", () => {
    assert.ok(log.length > 30);
    const text = JSON.stringify(log);
    assert.ok(!text.includes(token.split("_")[2]!) && !text.includes("prompt-1"));
    const [stored] = log;
    assert.deepEqual([stored!.status, stored!.versions, stored!.replayed], [201, [1], false]);
    assert.match(stored!.principal!, /^token:[0-9a-f]{16}$/);
    const github = `github:${new URL(issuer.url).host}:1001`;
    assert.ok(log.some((entry) => entry.principal === github));
    assert.ok(!text.includes("octocat"), "and without people");
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
    const query = withParameter("environment", "Moon");
    query.delete("model_version");
    query.set("colour", "red");
    const response = await badge(query);
    assert.equal(response.status, 422);
    const text = JSON.stringify((await response.json()).errors);
    for (const name of ["environment", "model_version", "colour"]) assert.match(text, RegExp(name));
  });

  await t.step("shows a variant only when it is asked for", async () => {
    await test.post({ ...RESULT, variant: "seed 1", metrics: { f1: 0.5 } }, token);
    assert.match(await (await badge(parameters)).text(), /f1: 0.85/);
    assert.match(await (await badge(withParameter("variant", "seed 1"))).text(), /f1: 0.5/);
  });

  await t.step("refuses a label that is no XML", async () => {
    const response = await badge(withParameter("label", "a\u0001"));
    assert.equal(response.status, 422);
    assert.match((await response.json()).detail, /label in the URL.*U\+0001/);
  });

  await t.step("takes GET only", async () => {
    const response = await test.app.request("/ingest-benchmark/badge.svg", { method: "POST" });
    assert.equal(response.status, 405);
  });

  await test.close();
});
