import pg from "pg";
import { applyMigrations, createSupabaseRoles } from "../stack/migrations.ts";
import { PUSH_CLAIMS } from "../testing/oidc_issuer.ts";
import { startPostgresServer } from "../testing/postgres_server.ts";
import { ORIGINAL_SYSTEM } from "./original_system.ts";

/** A database on a real server to measure on. */
export interface BenchDatabase {
  url: string;
  pool: pg.Pool;
  /** Such as 15.20. */
  version: string;
  close(): Promise<void>;
}

/** A principal with an ingest token, as the function passes it on. */
export const TOKEN = {
  method: "ingest-token",
  token_id: "00000000000000be",
  secret_hash: "be".repeat(32),
};

const { sha, run_id, run_attempt, actor, ...claims } = PUSH_CLAIMS;

/** A principal of a GitHub job, as the function passes it on. */
export const GITHUB_JOB = {
  method: "github-oidc",
  issuer: "https://token.actions.githubusercontent.com",
  claims,
  attested: { commit_sha: sha, branch_name: "main", run_id, run_attempt: Number(run_attempt) },
  triggered_by: actor,
};

/** Makes a database with the migrations, a credential of each kind, and what is measured against. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const server = await startPostgresServer();
  const url = await server.createDatabase();
  const pool = new pg.Pool({ connectionString: url });
  await createSupabaseRoles(pool);
  await applyMigrations(pool);
  await pool.query(`
    create table public.bare (id uuid primary key default gen_random_uuid(),
      created_at timestamptz not null default now(), document jsonb not null);
    select public.create_ingest_token('${TOKEN.token_id}', '${TOKEN.secret_hash}', 'bench', '{local}');
    select public.add_trust_rule('${claims.repository}', '${claims.repository_id}',
      '${claims.repository_owner_id}', '{local}', 'bench.yml', 'main');
    ${ORIGINAL_SYSTEM}`);
  const { rows: [{ server_version }] } = await pool.query("show server_version");
  return {
    url,
    pool,
    version: server_version.split(" ")[0],
    async close() {
      await pool.end();
      await server.close();
    },
  };
}

/**
 * Makes a configuration with a history as ingest_benchmark() makes it, but for the hashes:
 * computing them would take hours.
 */
export async function fillHistory(pool: pg.Pool, model: string, versions: number): Promise<void> {
  await pool.query(
    `
    with configuration as (
      insert into public.benchmark_configurations (id, model_version, dataset_version, prompt_version,
        environment, last_version, current_version, reference_version, previous_version, reference_at)
      values (
        benchmark_private.configuration_id($1, 'bench-data-1', 'bench-prompt-1', 'local', ''),
        $1, 'bench-data-1', 'bench-prompt-1', 'local', $2, $2, $2, $2 - 1, now())
      returning *
    )
    insert into public.benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha,
      model_version, dataset_version, prompt_version, environment, metrics, f1_score, principal, provenance,
      published, previous_version, entry_hash)
    select c.id, n, now() - ($2 - n) * interval '1 second', '0123abc', $1, 'bench-data-1',
      'bench-prompt-1', 'local', jsonb_build_object('f1', f1), f1,
      'bench', '{}', true, nullif(n - 1, 0), '\\x00'
    from configuration as c, generate_series(1, $2::integer) as n,
      lateral (select round((0.8 + random() / 10 + n * 0)::numeric, 4)) as r(f1)`,
    [model, versions],
  );
  await pool.query(
    `
    select count(benchmark_private.fill_trend_buckets(c.id, n * 64)::text)
    from public.benchmark_configurations as c, generate_series(1, c.last_version / 64) as n
    where c.model_version = $1`,
    [model],
  );
  await pool.query("vacuum public.benchmark_transactions, public.benchmark_trend_buckets");
  await pool.query("analyze");
}
