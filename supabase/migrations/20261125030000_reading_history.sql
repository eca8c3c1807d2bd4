-- Reading the history with the original system's names, parameters and columns, so that its
-- dashboards run unchanged; and comparing every number of two snapshots.
-- Row security of the reader applies to all of it.

create view public.v_performance_trends with (security_invoker = true) as
select
  pg_catalog.date_trunc('day', s.created_at) as date,
  c.model_version,
  c.environment,
  pg_catalog.count(*) as run_count,
  pg_catalog.avg(s.f1_score) as avg_f1,
  pg_catalog.avg(s.precision_score) as avg_precision,
  pg_catalog.avg(s.recall_score) as avg_recall,
  pg_catalog.avg(s.latency_ms) as avg_latency_ms,
  pg_catalog.avg(s.cost_per_analysis) as avg_cost
-- The scores of the snapshots and not metrics ->> …: they are the same numbers, and reading them
-- does not unpack a document a run.
from public.benchmark_snapshot_versions as s
join public.benchmark_configurations as c on c.id = s.configuration_id
group by 1, 2, 3
order by 1 desc, 2;
comment on view public.v_performance_trends is
  'Runs and mean scores of each day, model and environment; days of the session''s time zone.';

create function public.find_configuration(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text
) returns uuid
language sql
stable
set search_path = ''
as $$
  select c.id
  from public.benchmark_configurations as c
  where c.model_version = p_model_version
    and c.dataset_version = p_dataset_version
    and c.prompt_version = p_prompt_version
    and c.environment = p_environment;
$$;
comment on function public.find_configuration(text, text, text, text) is
  'The id of a configuration, or null. Takes no lock.';

create function public.get_snapshot_history(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_limit integer default 10
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
set search_path = ''
as $$
  select s.snapshot_version, s.created_at, s.commit_sha, s.f1_score, s.precision_score,
    s.recall_score, s.latency_ms, s.is_current, s.is_baseline
  from public.benchmark_snapshots as s
  where s.configuration_id = public.find_configuration(
    p_model_version, p_dataset_version, p_prompt_version, p_environment)
    and s.is_active
  order by s.snapshot_version desc
  limit p_limit;
$$;
comment on function public.get_snapshot_history(text, text, text, text, integer) is
  'The newest p_limit active snapshots of a configuration, newest first. Takes no lock.';

create function public.get_snapshot_page(
  p_configuration_id uuid,
  p_before_version integer default null,
  p_limit integer default 50
) returns setof public.benchmark_snapshots
language sql
stable
set search_path = ''
as $$
  select s.*
  from public.benchmark_snapshots as s
  where s.configuration_id = p_configuration_id
    and (p_before_version is null or s.snapshot_version < p_before_version)
  order by s.snapshot_version desc
  limit least(p_limit, 1000);
$$;
comment on function public.get_snapshot_page(uuid, integer, integer) is
  'A page of a configuration''s history, newest first, at most 1000: pass the last version of a page as p_before_version of the next. As fast on the last page as on the first. Takes no lock.';

create function public.compare_snapshots(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer
) returns table (
  metric text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = ''
as $$
  select m.metric, m.a, m.b, m.b - m.a, (m.b - m.a) / nullif(m.a, 0) * 100
  from public.benchmark_snapshot_versions as a
  join public.benchmark_snapshot_versions as b using (configuration_id)
  cross join lateral (values
    (1, 'f1_score', a.f1_score, b.f1_score),
    (2, 'precision', a.precision_score, b.precision_score),
    (3, 'recall', a.recall_score, b.recall_score),
    (4, 'latency_ms', a.latency_ms, b.latency_ms),
    (5, 'cost_per_analysis', a.cost_per_analysis, b.cost_per_analysis)
  ) as m(position, metric, a, b)
  where a.configuration_id = public.find_configuration(
    p_model_version, p_dataset_version, p_prompt_version, p_environment)
    and a.snapshot_version = p_version_a
    and b.snapshot_version = p_version_b
  order by m.position;
$$;
comment on function public.compare_snapshots(text, text, text, text, integer, integer) is
  'The five scores of two versions of a configuration: delta is b minus a, percent_change is of a and null when a is 0. No row when a version is missing. Takes no lock.';

create function public.metric_leaves(p_document jsonb) returns table (path text, value numeric)
language sql
immutable parallel safe
set search_path = ''
as $$
  with recursive nodes as (
    select ''::text as path, p_document as node
    union all
    select n.path || '/' || child.key, child.value
    from nodes as n
    cross join lateral (
      select pg_catalog.replace(pg_catalog.replace(e.key, '~', '~0'), '/', '~1') as key, e.value
      from pg_catalog.jsonb_each(
        case when pg_catalog.jsonb_typeof(n.node) = 'object' then n.node else '{}' end) as e
      union all
      select (a.ordinality - 1)::text, a.value
      from pg_catalog.jsonb_array_elements(
        case when pg_catalog.jsonb_typeof(n.node) = 'array' then n.node else '[]' end)
        with ordinality as a
    ) as child
  )
  select n.path, n.node::numeric from nodes as n where pg_catalog.jsonb_typeof(n.node) = 'number';
$$;
comment on function public.metric_leaves(jsonb) is
  'Every number in a document with its JSON pointer (RFC 6901).';

create function public.compare_snapshots_all(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer
) returns table (
  path text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = ''
as $$
  with snapshots as (
    select s.snapshot_version, s.metrics
    from public.benchmark_snapshots as s
    where s.configuration_id = public.find_configuration(
        p_model_version, p_dataset_version, p_prompt_version, p_environment)
      and s.snapshot_version in (p_version_a, p_version_b)
  ),
  a as (
    select l.* from snapshots as s cross join lateral public.metric_leaves(s.metrics) as l
    where s.snapshot_version = p_version_a
  ),
  b as (
    select l.* from snapshots as s cross join lateral public.metric_leaves(s.metrics) as l
    where s.snapshot_version = p_version_b
  )
  select path, a.value, b.value, b.value - a.value, (b.value - a.value) / nullif(a.value, 0) * 100
  from a full join b using (path)
  order by path;
$$;
comment on function public.compare_snapshots_all(text, text, text, text, integer, integer) is
  'Every number anywhere in the metrics of two versions of a configuration, by its JSON pointer; null where a version lacks it. Takes no lock.';

create function public.detect_regression(p_model_version text, p_threshold numeric default 0.05)
returns table (current_f1 numeric, baseline_f1 numeric, f1_drop numeric, is_regression boolean)
language sql
stable
set search_path = ''
as $$
  -- A row for each configuration that has a baseline: the original compared any current snapshot
  -- of the model with any baseline of it, two environments too.
  select cur.f1_score, base.f1_score, base.f1_score - cur.f1_score,
    base.f1_score - cur.f1_score > p_threshold
  from public.benchmark_configurations as c
  join public.benchmark_snapshot_versions as cur
    on cur.configuration_id = c.id and cur.snapshot_version = c.current_version and cur.is_active
  join public.benchmark_snapshot_versions as base
    on base.configuration_id = c.id and base.snapshot_version = c.baseline_version
  where c.model_version = p_model_version
  order by c.dataset_version, c.prompt_version, c.environment;
$$;
comment on function public.detect_regression(text, numeric) is
  'How far F1 of the current snapshot is below the baseline, for each configuration of a model that has one; p_threshold is a fraction. Takes no lock.';

revoke all on public.v_performance_trends from public, anon, authenticated, service_role;
grant select on public.v_performance_trends to anon, authenticated, service_role;

do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'find_configuration(text, text, text, text)',
    'get_snapshot_history(text, text, text, text, integer)',
    'get_snapshot_page(uuid, integer, integer)',
    'compare_snapshots(text, text, text, text, integer, integer)',
    'metric_leaves(jsonb)',
    'compare_snapshots_all(text, text, text, text, integer, integer)',
    'detect_regression(text, numeric)'
  ] loop
    execute 'revoke all on function public.' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function public.' || v_function || ' to anon, authenticated, service_role';
  end loop;
end;
$$;
