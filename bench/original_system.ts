/**
 * The tables and the procedure of the original system, to measure against: a run is two rows with
 * the whole document each, and the next version is the highest and one.
 *
 * Its columns are those that its functions and views name; of indexes, only those that its queries
 * cannot do without.
 */
export const ORIGINAL_SYSTEM = `
  create schema original;
  create table original.benchmark_transactions (
    id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(),
    commit_sha text not null,
    branch_name text,
    model_version text not null,
    model_provider text,
    dataset_version text not null,
    dataset_size integer,
    prompt_version text not null,
    environment text not null,
    run_id text,
    triggered_by text,
    metrics jsonb not null,
    duration_seconds numeric,
    tags text[],
    notes text
  );
  create index on original.benchmark_transactions (commit_sha);
  create index on original.benchmark_transactions (model_version, created_at);
  create table original.benchmark_snapshots (
    id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now(),
    model_version text not null,
    dataset_version text not null,
    prompt_version text not null,
    environment text not null,
    snapshot_version integer not null,
    transaction_id uuid not null references original.benchmark_transactions (id),
    commit_sha text not null,
    metrics jsonb not null,
    precision_score numeric,
    recall_score numeric,
    f1_score numeric,
    latency_ms numeric,
    cost_per_analysis numeric,
    is_active boolean not null default true,
    is_current boolean not null default true,
    is_baseline boolean not null default false,
    unique (model_version, dataset_version, prompt_version, environment, snapshot_version)
  );
  create index on original.benchmark_snapshots (model_version, environment) where is_current;
  create function original.upsert_benchmark_result(
    p_commit_sha text, p_branch_name text, p_model_version text, p_dataset_version text,
    p_prompt_version text, p_environment text, p_metrics jsonb
  ) returns uuid
  language plpgsql
  as $$
  declare
    v_transaction_id uuid;
    v_version integer;
  begin
    insert into original.benchmark_transactions (
      commit_sha, branch_name, model_version, dataset_version, prompt_version, environment, metrics)
    values (
      p_commit_sha, p_branch_name, p_model_version, p_dataset_version, p_prompt_version,
      p_environment, p_metrics)
    returning id into v_transaction_id;
    select coalesce(max(s.snapshot_version), 0) + 1 into v_version
    from original.benchmark_snapshots as s
    where s.model_version = p_model_version and s.dataset_version = p_dataset_version
      and s.prompt_version = p_prompt_version and s.environment = p_environment;
    update original.benchmark_snapshots as s
    set is_current = false
    where s.model_version = p_model_version and s.dataset_version = p_dataset_version
      and s.prompt_version = p_prompt_version and s.environment = p_environment and s.is_current;
    insert into original.benchmark_snapshots (
      model_version, dataset_version, prompt_version, environment, snapshot_version, transaction_id,
      commit_sha, metrics, precision_score, recall_score, f1_score, latency_ms, cost_per_analysis)
    values (
      p_model_version, p_dataset_version, p_prompt_version, p_environment, v_version,
      v_transaction_id, p_commit_sha, p_metrics, (p_metrics ->> 'precision')::numeric,
      (p_metrics ->> 'recall')::numeric, (p_metrics ->> 'f1')::numeric,
      (p_metrics ->> 'latency_ms')::numeric, (p_metrics ->> 'analysis_cost')::numeric);
    return v_transaction_id;
  end;
  $$;`;

/** Calls the procedure of {@link ORIGINAL_SYSTEM}; `model` and `metrics` are SQL expressions. */
export function originalCall(model: string, metrics: string): string {
  return `select original.upsert_benchmark_result('0123456789abcdef0123456789abcdef01234567', 'main',
    ${model}, 'bench-data-1', 'bench-prompt-1', 'local', ${metrics});`.replaceAll(/\s+/g, " ");
}
