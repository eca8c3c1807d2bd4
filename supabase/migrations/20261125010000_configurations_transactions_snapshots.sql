-- The three public tables and the snapshot view over them.
--
-- Every primary key, unique key and foreign key carries the configuration, so that the
-- schema can be distributed by it (Citus and the like) without change. The keys of
-- benchmark_transactions also carry created_at, so that it can be partitioned by time.

create schema benchmark_private;
comment on schema benchmark_private is
  'Trust rules, ingest tokens and the functions behind the API. Must never be added to the exposed schemas of PostgREST.';

-- Supabase grants every function to PUBLIC unless told otherwise; a private schema without
-- USAGE is the second lock behind the explicit revokes.
revoke all on schema benchmark_private from public;

create function benchmark_private.configuration_id(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text
) returns uuid
language plpgsql
immutable strict parallel safe
set search_path = ''
as $$
begin
  -- Derived instead of drawn, so that the primary key alone makes the natural key unique: a
  -- second unique index would cost a write a run, and could not be distributed.
  -- U+001F between the parts: no part may hold a control character (check_configuration), so
  -- ('a','b:c') and ('a:b','c') differ.
  -- The overlays set the version (8) and the variant that RFC 9562 asks for.
  return pg_catalog.overlay(pg_catalog.overlay(
    pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
      p_model_version || E'\x1f' || p_dataset_version || E'\x1f' || p_prompt_version || E'\x1f' || p_environment,
      'UTF8')), 'hex'), 32),
    '8', 13, 1), 'a', 17, 1)::uuid;
end;
$$;
comment on function benchmark_private.configuration_id(text, text, text, text) is
  'UUID version 8 (RFC 9562 section 5.8) of a configuration: the first 128 bits of SHA-256 over its four parts with U+001F between them. Takes no lock, raises nothing; null when a part is null.';

create table public.benchmark_configurations (
  id uuid not null,
  model_version text not null,
  dataset_version text not null,
  prompt_version text not null,
  environment text not null,
  last_version integer not null default 1,
  current_version integer not null default 1,
  baseline_version integer,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  constraint benchmark_configurations_pkey primary key (id)
) with (fillfactor = 50);
-- Room on the page, so that the counter's updates stay on it and touch no index.
comment on table public.benchmark_configurations is
  'What is benchmarked: model, dataset, prompt and environment. Its row is the lock and the version counter of its history.';
comment on column public.benchmark_configurations.last_version is
  'The version given out last; versions are 1, 2, 3 … without gap.';
-- A pointer and not a flag on every snapshot: two current snapshots cannot be written down at
-- all, and a run costs one update less than flipping flags under a partial unique index.
comment on column public.benchmark_configurations.current_version is
  'The one current snapshot; benchmark_snapshots.is_current is derived from it.';
comment on column public.benchmark_configurations.baseline_version is
  'The one baseline snapshot, or null; benchmark_snapshots.is_baseline is derived from it.';

create function benchmark_private.check_configuration() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_name text;
begin
  foreach v_name in array array[new.model_version, new.dataset_version, new.prompt_version] loop
    if pg_catalog.length(v_name) not between 1 and 200 or v_name ~ '[[:cntrl:]]' then
      raise exception using
        errcode = '23514',
        message = 'The parts of a configuration must have 1 to 200 characters and no control characters.';
    end if;
  end loop;
  if new.environment <> all (array['github-actions', 'local', 'staging', 'production']) then
    raise exception using
      errcode = '23514',
      message = 'environment must be github-actions, local, staging or production.';
  end if;
  if new.id <> benchmark_private.configuration_id(
    new.model_version, new.dataset_version, new.prompt_version, new.environment)
  then
    raise exception using
      errcode = '23514', message = 'The id of a configuration must be its configuration_id().';
  end if;
  return null;
end;
$$;
comment on function benchmark_private.check_configuration() is
  'Trigger that refuses (23514) a new configuration with a malformed part or an id that is not derived from its parts.';

-- After insert and not check constraints: Postgres prepares and checks every constraint again at
-- every update, so the counter would pay for rules over names that cannot change (measured,
-- together with check constraints on the two tables below: a seventh of the ingest call).
create trigger check_configuration
  after insert on public.benchmark_configurations
  for each row execute function benchmark_private.check_configuration();
alter table public.benchmark_configurations enable always trigger check_configuration;

create table public.benchmark_transactions (
  configuration_id uuid not null,
  snapshot_version integer not null,
  created_at timestamptz not null,
  id uuid not null default pg_catalog.gen_random_uuid(),
  commit_sha text not null,
  branch_name text,
  model_version text not null,
  model_provider text,
  dataset_version text not null,
  dataset_size bigint,
  prompt_version text not null,
  environment text not null,
  run_id text,
  run_attempt integer,
  triggered_by text,
  metrics jsonb not null,
  duration_seconds numeric,
  error_count bigint,
  success_count bigint,
  tags text[],
  notes text,
  measured_at timestamptz,
  principal text not null,
  provenance jsonb not null,
  previous_hash bytea,
  entry_hash bytea not null,
  constraint benchmark_transactions_pkey primary key (configuration_id, snapshot_version, created_at),
  constraint benchmark_transactions_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id)
);
-- The id is what upsert_benchmark_result returns and people paste; not unique by index, because
-- a unique key would have to carry the configuration and the time.
create index benchmark_transactions_id_idx on public.benchmark_transactions (id);
comment on table public.benchmark_transactions is
  'Append-only ledger of every run. entry_hash chains the entries of one configuration; see benchmark_private.entry_hash().';
comment on column public.benchmark_transactions.metrics is
  'The metrics document, stored here once; benchmark_snapshots reads it from here.';
comment on column public.benchmark_transactions.measured_at is
  'When the benchmark ran, as the caller says (field timestamp); created_at is when it was stored.';
comment on column public.benchmark_transactions.principal is
  'Who sent it: github:<repository_id>, token:<id> or service_role.';
comment on column public.benchmark_transactions.provenance is
  'How its facts are known: the method, which fields the credential attests, which are only claimed, and the claims of the token.';
comment on column public.benchmark_transactions.previous_hash is
  'entry_hash of version - 1 of the same configuration; null for version 1.';

create table public.benchmark_snapshot_versions (
  configuration_id uuid not null,
  snapshot_version integer not null,
  created_at timestamptz not null,
  transaction_id uuid not null,
  precision_score numeric,
  recall_score numeric,
  f1_score numeric,
  latency_ms numeric,
  cost_per_analysis numeric,
  principal text not null,
  run_id text,
  run_attempt integer,
  is_active boolean not null default true,
  constraint benchmark_snapshot_versions_pkey primary key (configuration_id, snapshot_version),
  constraint benchmark_snapshot_versions_transaction_fkey
    foreign key (configuration_id, snapshot_version, created_at)
    references public.benchmark_transactions (configuration_id, snapshot_version, created_at)
);
-- The last guard of exactly-once: whatever the locks above it do, one run of one principal is
-- one version.
create unique index benchmark_snapshot_versions_run_key
  on public.benchmark_snapshot_versions (configuration_id, principal, run_id, run_attempt)
  where run_id is not null;
comment on table public.benchmark_snapshot_versions is
  'The version history without the metrics documents. Read benchmark_snapshots instead: it adds metrics, commit and the is_current and is_baseline flags.';

-- A view, because the metrics document, nearly all of a run's bytes, is stored once.
-- security_invoker lets row security of the reader apply.
create view public.benchmark_snapshots with (security_invoker = true) as
select
  v.configuration_id,
  v.snapshot_version,
  v.created_at,
  c.model_version,
  c.dataset_version,
  c.prompt_version,
  c.environment,
  v.transaction_id,
  t.commit_sha,
  t.metrics,
  v.precision_score,
  v.recall_score,
  v.f1_score,
  v.latency_ms,
  v.cost_per_analysis,
  v.snapshot_version = c.current_version as is_current,
  coalesce(v.snapshot_version = c.baseline_version, false) as is_baseline,
  v.is_active
from public.benchmark_snapshot_versions as v
join public.benchmark_configurations as c on c.id = v.configuration_id
-- left join, so that a query which does not ask for commit or metrics never reads them
left join public.benchmark_transactions as t
  on t.configuration_id = v.configuration_id
  and t.snapshot_version = v.snapshot_version
  and t.created_at = v.created_at;
comment on view public.benchmark_snapshots is
  'Every snapshot of every configuration: version, scores, metrics and whether it is current, baseline, active.';

create view public.v_latest_benchmarks with (security_invoker = true) as
select
  s.model_version,
  s.dataset_version,
  s.prompt_version,
  s.environment,
  s.snapshot_version,
  s.f1_score,
  s.precision_score,
  s.recall_score,
  s.latency_ms,
  s.cost_per_analysis,
  s.created_at,
  s.commit_sha,
  t.run_id,
  t.triggered_by,
  s.metrics
from public.benchmark_snapshots as s
join public.benchmark_transactions as t
  on t.configuration_id = s.configuration_id
  and t.snapshot_version = s.snapshot_version
  and t.created_at = s.created_at
where s.is_current and s.is_active
order by s.f1_score desc nulls last;
comment on view public.v_latest_benchmarks is
  'The current snapshot of every configuration with the run that made it, best F1 first.';
