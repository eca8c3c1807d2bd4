import assert from "node:assert/strict";
import { readSettings } from "./settings.ts";

const read = (env: Record<string, string>) =>
  readSettings((name) => ({ SUPABASE_URL: "https://ref.supabase.co", ...env })[name]);

Deno.test("readSettings() takes defaults from SUPABASE_URL and GitHub", () => {
  const settings = read({});
  assert.equal(settings.audience, "https://ref.supabase.co/functions/v1/ingest-benchmark");
  assert.equal(settings.issuer, "https://token.actions.githubusercontent.com");
});

Deno.test("readSettings() prefers the public URL of a self-hosted Supabase", () => {
  const settings = read({
    SUPABASE_URL: "http://kong:8000",
    SUPABASE_PUBLIC_URL: "https://supabase.example.org/",
  });
  assert.equal(
    settings.audience,
    "https://supabase.example.org/functions/v1/ingest-benchmark",
  );
});

Deno.test("readSettings() takes plain http on loopback only", () => {
  for (const host of ["127.0.0.1:9", "localhost", "[::1]:9"]) {
    assert.ok(read({ GITHUB_OIDC_ISSUER: `http://${host}` }));
  }
  for (
    const issuer of ["http://example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "x"]
  ) {
    assert.throws(() => read({ GITHUB_OIDC_ISSUER: issuer }), /must be an https URL/, issuer);
  }
});

Deno.test("readSettings() refuses to start without what it needs", () => {
  assert.throws(() => readSettings(() => undefined), /SUPABASE_URL/);
  assert.throws(() => read({ INGEST_RATE_LIMIT: "many" }), /INGEST_RATE_LIMIT/);
});

Deno.test("readSettings() takes delays and timeout of webhooks", () => {
  assert.deepEqual(read({}).webhookDelays.slice(0, 3), [0, 5, 300]);
  assert.equal(read({}).webhookTimeout, 15);
  const settings = read({ INGEST_WEBHOOK_DELAYS: "0, 0.5", INGEST_WEBHOOK_TIMEOUT: "2" });
  assert.deepEqual([settings.webhookDelays, settings.webhookTimeout], [[0, 0.5], 2]);
  for (const delays of ["soon", "0,,5", "-1", "0,Infinity"]) {
    assert.throws(() => read({ INGEST_WEBHOOK_DELAYS: delays }), /INGEST_WEBHOOK_DELAYS/, delays);
  }
  for (const timeout of ["0", "60", "long"]) {
    assert.throws(() => read({ INGEST_WEBHOOK_TIMEOUT: timeout }), /INGEST_WEBHOOK_TIMEOUT/);
  }
});
