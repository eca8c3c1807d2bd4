import { createClient } from "@supabase/supabase-js";
import { createApp } from "../supabase/functions/ingest-benchmark/app.ts";
import { createIssuerRegistry } from "../supabase/functions/ingest-benchmark/principal/issuers/issuer_registry.ts";
import { generateIngestToken } from "../supabase/functions/ingest-benchmark/principal/ingest_token.ts";
import { createRateLimit } from "../supabase/functions/ingest-benchmark/rate_limit.ts";
import type { RequestLogEntry } from "../supabase/functions/ingest-benchmark/request_log.ts";
import { createSupabaseStore } from "../supabase/functions/ingest-benchmark/store/supabase_store.ts";
import { createDeliveries } from "../supabase/functions/ingest-benchmark/webhooks/deliveries.ts";
import { createOutbox } from "../supabase/functions/ingest-benchmark/webhooks/outbox.ts";
import { createGateway } from "../stack/gateway.ts";
import { openTestDatabase, type TestDatabase } from "./embedded_database.ts";
import { type OidcIssuer, PUSH_CLAIMS, startOidcIssuer } from "./oidc_issuer.ts";

/** The app over a real store on an embedded database, and a real issuer. */
export interface TestApp {
  app: ReturnType<typeof createApp>;
  database: TestDatabase;
  issuer: OidcIssuer;
  log: RequestLogEntry[];
  /** A token that may write the given environments. */
  createToken(environments: string[]): Promise<string>;
  /** Trusts the repository of the issuer's tokens. */
  trust(rule: {
    environments: string[];
    /** A branch, or a pattern that starts with refs/. Any ref unless given. */
    ref?: string;
    allowsCandidates?: boolean;
  }): Promise<void>;
  /** Posts JSON (or text as it is) with a credential. */
  post(body: unknown, credential: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts with `?dry_run=true`. */
  preview(body: unknown, credential: string): Promise<Response>;
  /** How many transactions are stored. */
  stored(): Promise<number>;
  close(): Promise<void>;
}

/** The public URL of the app under test, and so the audience of its tokens. */
export const PUBLIC_URL = "https://project.supabase.co/functions/v1/ingest-benchmark";

/** A result that is valid with every credential that may write `local`. */
export const RESULT = {
  model_version: "model-1",
  dataset_version: "data-1",
  prompt_version: "prompt-1",
  environment: "local",
  commit_sha: "0123abc",
  metrics: { precision: 0.9, recall: 0.8, f1: 0.85, latency_ms: 400, analysis_cost: 0.01 },
};

/** Starts everything. */
export async function startTestApp(options: { rateLimit?: number } = {}): Promise<TestApp> {
  const database = await openTestDatabase();
  const issuer = await startOidcIssuer(PUBLIC_URL);
  const gateway = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    createGateway({
      pool: database.pool,
      publishableKey: "publishable",
      secretKey: "secret",
      ingest: () => new Response(null, { status: 404 }),
    }),
  );
  const client = createClient(`http://127.0.0.1:${gateway.addr.port}`, "secret", {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const log: RequestLogEntry[] = [];
  const store = createSupabaseStore(client);
  const deliveries = createDeliveries(createOutbox(client), {
    delays: [0, 0],
    timeoutSeconds: 5,
    waitUntil() {},
    log() {},
  });
  const app = createApp({
    tokenRules: {
      issuers: createIssuerRegistry({
        defaultIssuer: issuer.url,
        list: () => store.trustedIssuers(),
        now: Date.now,
      }),
      audience: PUBLIC_URL,
      now: Date.now,
    },
    store,
    rateLimit: createRateLimit(options.rateLimit ?? 0, Date.now),
    log: (entry) => log.push(entry),
    deliveries,
    publicUrl: PUBLIC_URL,
  });
  const send = async (
    query: string,
    body: unknown,
    credential: string,
    headers: Record<string, string> = {},
  ) =>
    await app.request(`/ingest-benchmark${query}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Authorization": `Bearer ${credential}`,
        ...headers,
      },
      body: typeof body === "string" || body instanceof Uint8Array
        ? body as BodyInit
        : JSON.stringify(body),
    });
  return {
    app,
    database,
    issuer,
    log,
    async createToken(environments) {
      const { id, secretHash, token } = await generateIngestToken();
      await client.rpc("create_ingest_token", {
        p_id: id,
        p_secret_hash: secretHash,
        p_name: "test",
        p_environments: environments,
      }).throwOnError();
      return token;
    },
    async trust({ environments, ref, allowsCandidates }) {
      await client.rpc("add_trust_rule", {
        p_repository: PUSH_CLAIMS.repository,
        p_repository_id: PUSH_CLAIMS.repository_id,
        p_repository_owner_id: PUSH_CLAIMS.repository_owner_id,
        p_environments: environments,
        p_issuer: issuer.url,
        ...(ref !== undefined && { p_ref_pattern: ref }),
        ...(allowsCandidates !== undefined && { p_allows_candidates: allowsCandidates }),
      }).throwOnError();
    },
    post: (body, credential, headers) => send("", body, credential, headers),
    preview: (body, credential) => send("?dry_run=true", body, credential),
    async stored() {
      const { rows } = await database.pool.query(
        "select count(*)::int as n from public.benchmark_transactions",
      );
      return rows[0].n;
    },
    async close() {
      await deliveries.close();
      await gateway.shutdown();
      await issuer.close();
      await database.close();
    },
  };
}
