-- One row a run, with everything: facts, metrics, scores, version, verdicts, hashes.

-- Columns of fixed length first: Postgres would pad between them. The scores are no generated columns:
-- Postgres parses their expressions anew for every INSERT (measured: a thirtieth of the ingest call).
-- verify_ledger() compares them with the metrics.
create table public.benchmark_transactions (
  id uuid not null default gen_random_uuid(),
  configuration_id uuid not null,
  created_at timestamptz not null,
  measured_at timestamptz,
  dataset_size bigint,
  error_count bigint,
  success_count bigint,
  snapshot_version integer not null,
  run_attempt integer,
  previous_version integer,
  nearest_version integer,
  verdict benchmark_private.verdict,
  published boolean not null,
  is_backfill boolean not null default false,
  commit_sha text not null,
  branch_name text,
  model_version text not null,
  model_provider text,
  dataset_version text not null,
  prompt_version text not null,
  environment text not null,
  variant text not null default '',
  run_id text,
  triggered_by text,
  duration_seconds numeric,
  precision_score numeric,
  recall_score numeric,
  f1_score numeric,
  latency_ms numeric,
  cost_per_analysis numeric,
  tags text[],
  notes text,
  head_ref text,
  principal text not null,
  salt bytea,
  commitment bytea,
  items_digest bytea,
  entry_hash bytea not null,
  provenance jsonb not null,
  nearest_configuration_id uuid,
  judgements benchmark_private.judgement[],
  metrics jsonb not null,
  constraint benchmark_transactions_pkey primary key (configuration_id, snapshot_version)
);
-- No foreign key to the configuration: ingest_benchmark() alone writes here, after it has written
-- there, and verify_ledger() finds an entry without one. It would cost a lookup a run.

-- The id is what upsert_benchmark_result returns and people paste; not unique by index, because
-- a unique key would have to carry the configuration.
create index benchmark_transactions_id_idx on public.benchmark_transactions (id);
-- The last guard of exactly-once: whatever the locks above it do, one run of one principal is
-- one version.
create unique index benchmark_transactions_run_key
  on public.benchmark_transactions (configuration_id, principal, run_id, run_attempt)
  where run_id is not null;
create index benchmark_transactions_backfill_idx
  on public.benchmark_transactions (configuration_id, least(measured_at, created_at), snapshot_version)
  where is_backfill;
create index benchmark_transactions_worse_idx
  on public.benchmark_transactions (configuration_id, snapshot_version)
  where verdict = 'worse';

-- lz4 packs a document in a sixth of the time of pglz. A server that was built without it keeps
-- its default.
do $$
begin
  alter table public.benchmark_transactions alter column metrics set compression lz4;
exception when feature_not_supported then
  null;
end;
$$;

comment on table public.benchmark_transactions is
  'Append-only ledger of every run. entry_hash chains the entries of one configuration; see benchmark_private.entry_hash().';
comment on column public.benchmark_transactions.metrics is
  'The metrics document; the five scores beside it are the numbers that it holds under /precision, /recall, /f1, /latency_ms and /analysis_cost.';
comment on column public.benchmark_transactions.measured_at is
  'When the benchmark ran, as the caller says (field timestamp); created_at is when it was stored.';
comment on column public.benchmark_transactions.principal is
  'Who sent it: github:<issuer>:<repository_id>, token:<id> or service_role.';
comment on column public.benchmark_transactions.provenance is
  'How its facts are known: the method, the values that the credential attests, which stored facts are only claimed, and the claims of the token. Holds nothing about people.';
comment on column public.benchmark_transactions.published is
  'Whether it comes from where the truth of the team lives. A run that is not is a candidate: it never becomes current, a reference or part of a trend.';
comment on column public.benchmark_transactions.is_backfill is
  'Whether it was measured before the reference of its time: then it is charted, but never becomes current or a reference.';
comment on column public.benchmark_transactions.previous_version is
  'The newest earlier run that was published and not void when this one was stored; what the receipt calls previous.';
comment on column public.benchmark_transactions.judgements is
  'The run''s numbers compared with its reference when it was stored, a judgement a policy; null when there was nothing to compare. Written out by benchmark_private.judgement_documents().';
comment on column public.benchmark_transactions.verdict is
  'The gravest of its judgements; null when there is none.';
comment on column public.benchmark_transactions.nearest_configuration_id is
  'Of a run that had no reference, the configuration that its receipt shows beside it, unjudged; nearest_version is the run.';
comment on column public.benchmark_transactions.salt is
  '128 random bits in front of what commitment covers: triggered_by, notes and head_ref, which are about people. Erasing removes these four columns, so that nobody can confirm a guess, and leaves the commitment, so that the chain holds.';
comment on column public.benchmark_transactions.commitment is
  'SHA-256 over salt and what is about people; null when there was nothing of the kind. See benchmark_private.commitment().';
comment on column public.benchmark_transactions.items_digest is
  'SHA-256 over the results of single items; null when the run brought none.';
comment on column public.benchmark_transactions.entry_hash is
  'SHA-256 over the entry and the entry_hash of the version before. See benchmark_private.entry_hash().';

-- security_invoker lets row security of the reader apply.
create view public.benchmark_snapshots with (security_invoker = true) as
select
  t.configuration_id,
  t.snapshot_version,
  t.id,
  t.created_at,
  t.model_version,
  t.dataset_version,
  t.prompt_version,
  t.environment,
  t.variant,
  t.id as transaction_id,
  t.commit_sha,
  t.metrics,
  t.precision_score,
  t.recall_score,
  t.f1_score,
  t.latency_ms,
  t.cost_per_analysis,
  t.published,
  t.measured_at,
  coalesce(t.snapshot_version = c.current_version, false) as is_current,
  coalesce(t.snapshot_version = c.baseline_version, false) as is_baseline,
  t.published and t.snapshot_version <> all (c.void_versions) as is_active
from public.benchmark_transactions as t
join public.benchmark_configurations as c on c.id = t.configuration_id;
comment on view public.benchmark_snapshots is
  'Every run of every configuration as a snapshot: version, scores, metrics and whether it is current, baseline, active (published and not void). Read from benchmark_transactions; takes no write.';

create view public.v_latest_benchmarks with (security_invoker = true) as
select
  t.model_version,
  t.dataset_version,
  t.prompt_version,
  t.environment,
  t.snapshot_version,
  t.f1_score,
  t.precision_score,
  t.recall_score,
  t.latency_ms,
  t.cost_per_analysis,
  t.created_at,
  t.commit_sha,
  t.run_id,
  t.triggered_by,
  t.metrics,
  t.variant
from public.benchmark_configurations as c
join public.benchmark_transactions as t
  on t.configuration_id = c.id and t.snapshot_version = c.current_version
order by t.f1_score desc nulls last;
comment on view public.v_latest_benchmarks is
  'The current snapshot of every configuration with the run that made it, best F1 first.';

create view public.v_performance_trends with (security_invoker = true) as
select
  date_trunc('day', least(s.measured_at, s.created_at)) as date,
  s.model_version,
  s.environment,
  count(*) as run_count,
  avg(s.f1_score) as avg_f1,
  avg(s.precision_score) as avg_precision,
  avg(s.recall_score) as avg_recall,
  avg(s.latency_ms) as avg_latency_ms,
  avg(s.cost_per_analysis) as avg_cost
from public.benchmark_snapshots as s
where s.is_active
group by 1, 2, 3
order by 1 desc, 2;
comment on view public.v_performance_trends is
  'Runs and mean scores of each day, model and environment, of runs that are published and not void; days of the session''s time zone, by the time of measuring, else of storing.';
