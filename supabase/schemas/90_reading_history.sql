-- Reading the history with the original system's names, parameters and columns, so that its
-- dashboards run unchanged; and comparing every number of two snapshots.
--
-- Whatever anon and authenticated may call runs with their own rights, so that row security
-- decides what they see, takes bounded arguments, and has half a second.

create function public.find_configuration(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_variant text default ''
) returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select c.id
  from public.benchmark_configurations as c
  where (select benchmark_private.may_read())
    and c.id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant);
$$;
comment on function public.find_configuration(text, text, text, text, text) is
  'The id of a configuration, or null. Takes no lock.';

create function public.list_configurations() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', c.id,
    'model_version', c.model_version,
    'dataset_version', c.dataset_version,
    'prompt_version', c.prompt_version,
    'environment', c.environment,
    'variant', c.variant,
    'series', c.series,
    'created_at', c.created_at,
    'last_version', c.last_version,
    'current_version', c.current_version,
    'baseline_version', c.baseline_version,
    'reference_version', c.reference_version,
    'void_versions', c.void_versions)
    order by c.model_version, c.dataset_version, c.prompt_version, c.environment, c.variant), '[]')
  from public.benchmark_configurations as c
  where (select benchmark_private.may_read());
$$;
comment on function public.list_configurations() is
  'Every configuration with its series and version pointers, as a JSON array ordered by name. Takes no lock.';

create function public.get_latest_benchmarks() returns setof public.v_latest_benchmarks
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select * from public.v_latest_benchmarks where (select benchmark_private.may_read());
$$;
comment on function public.get_latest_benchmarks() is
  'v_latest_benchmarks for callers that can only call functions. Row security of the caller applies; takes no lock.';

create function public.get_snapshot_history(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_limit integer default 10,
  p_variant text default ''
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  commit_sha text,
  f1_score numeric,
  precision_score numeric,
  recall_score numeric,
  latency_ms numeric,
  is_current boolean,
  is_baseline boolean
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select s.snapshot_version, s.created_at, s.commit_sha, s.f1_score, s.precision_score,
    s.recall_score, s.latency_ms, s.is_current, s.is_baseline
  from public.benchmark_snapshots as s
  where (select benchmark_private.may_read())
    and s.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and s.is_active
  order by s.snapshot_version desc
  limit p_limit;
$$;
comment on function public.get_snapshot_history(text, text, text, text, integer, text) is
  'The newest p_limit active snapshots of a configuration, newest first. Takes no lock.';

create function public.get_snapshot_page(
  p_configuration_id uuid,
  p_before_version integer default null,
  p_limit integer default 50
) returns setof public.benchmark_snapshots
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_snapshot public.benchmark_snapshots;
  v_length integer := 0;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  for v_snapshot in
    select s.*
    from public.benchmark_snapshots as s
    where s.configuration_id = p_configuration_id
      and (p_before_version is null or s.snapshot_version < p_before_version)
    order by s.snapshot_version desc
    limit least(p_limit, 1000)
  loop
    return next v_snapshot;
    v_length := v_length + length(v_snapshot.metrics::text);
    exit when v_length > 500000;
  end loop;
end;
$$;
comment on function public.get_snapshot_page(uuid, integer, integer) is
  'A page of a configuration''s history, candidates and void runs too, newest first, at most 1000, and fewer once their documents have half a million characters: pass the last version of a page as p_before_version of the next, until one is empty. As fast on the last page as on the first. Takes no lock.';

create function public.compare_snapshots(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer,
  p_variant text default ''
) returns table (
  metric text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  -- The original's names and order of the scores.
  select m.name, a.value, b.value, b.value - a.value, benchmark_private.percent_change(a.value, b.value)
  from (values
    (1, '/f1', 'f1_score'), (2, '/precision', 'precision'), (3, '/recall', 'recall'),
    (4, '/latency_ms', 'latency_ms'), (5, '/analysis_cost', 'cost_per_analysis')
  ) as m(position, metric, name)
  join benchmark_private.run_scores as a on a.metric = m.metric and a.snapshot_version = p_version_a
  join benchmark_private.run_scores as b
    on b.metric = m.metric and b.snapshot_version = p_version_b and b.configuration_id = a.configuration_id
  where (select benchmark_private.may_read())
    and a.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
  order by m.position;
$$;
comment on function public.compare_snapshots(text, text, text, text, integer, integer, text) is
  'The five scores of two versions of a configuration: delta is b minus a, percent_change is of |a| and null when a is 0. No row when a version is missing. Takes no lock.';

create function benchmark_private.compared_leaves(p_metrics_a jsonb, p_metrics_b jsonb)
returns table (path text, a numeric, b numeric, delta numeric, percent numeric)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select path, a.value, b.value, b.value - a.value, benchmark_private.percent_change(a.value, b.value)
  from benchmark_private.metric_leaves(p_metrics_a) as a
  full join benchmark_private.metric_leaves(p_metrics_b) as b using (path)
  order by path;
$$;
comment on function benchmark_private.compared_leaves(jsonb, jsonb) is
  'The numbers of two metrics documents side by side, by JSON pointer; null where one lacks it. Bounded as metric_leaves() is.';

create function public.compare_snapshots_all(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer,
  p_variant text default ''
) returns table (
  path text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select l.*
  from public.benchmark_transactions as a
  join public.benchmark_transactions as b on b.configuration_id = a.configuration_id
  cross join lateral benchmark_private.compared_leaves(a.metrics, b.metrics) as l
  where (select benchmark_private.may_read())
    and a.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and a.snapshot_version = p_version_a and b.snapshot_version = p_version_b;
$$;
comment on function public.compare_snapshots_all(text, text, text, text, integer, integer, text) is
  'The numbers anywhere in the metrics of two versions of a configuration, at most 5000 of each, by JSON pointer; null where a version lacks it. Takes no lock.';

create function public.detect_regression(p_model_version text, p_threshold numeric default 0.05)
returns table (current_f1 numeric, baseline_f1 numeric, f1_drop numeric, is_regression boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  -- A row for each configuration that has a baseline: the original compared any current snapshot
  -- of the model with any baseline of it, two environments too.
  select cur.f1_score, base.f1_score, base.f1_score - cur.f1_score,
    benchmark_private.is_worse(base.f1_score, cur.f1_score, 1, p_threshold, 0)
  from public.benchmark_configurations as c
  join public.benchmark_transactions as cur
    on cur.configuration_id = c.id and cur.snapshot_version = c.current_version
  join public.benchmark_transactions as base
    on base.configuration_id = c.id and base.snapshot_version = c.baseline_version
  where (select benchmark_private.may_read()) and c.model_version = p_model_version
  order by c.dataset_version, c.prompt_version, c.environment, c.variant;
$$;
comment on function public.detect_regression(text, numeric) is
  'How far F1 of the current snapshot is below the baseline, for each configuration of a model that has one; p_threshold is a fraction. Takes no lock.';
