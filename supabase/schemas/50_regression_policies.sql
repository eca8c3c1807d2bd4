-- What counts as a regression: which metric, which direction is better, by how much it may get
-- worse, and how serious that is.

create table public.benchmark_policies (
  id bigint generated always as identity,
  metric text not null,
  better text not null,
  limit_kind text not null,
  limit_value numeric not null,
  severity text not null,
  model_version text,
  configuration_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  -- Null only for a metric that the check below refuses.
  metric_keys text[]
    generated always as (benchmark_private.metric_keys(metric)) stored,
  -- Configuration before model before all.
  scope_rank integer not null generated always as (
    case when configuration_id is not null then 3 when model_version is not null then 2 else 1 end) stored,
  -- As is_worse() takes them.
  sign integer not null generated always as (case better when 'higher' then 1 else -1 end) stored,
  absolute_limit numeric not null generated always as (
    case limit_kind when 'absolute' then limit_value else 0 end) stored,
  relative_limit numeric not null generated always as (
    case limit_kind when 'relative' then limit_value else 0 end) stored,
  constraint benchmark_policies_pkey primary key (id),
  constraint benchmark_policies_scope_key unique nulls not distinct
    (metric, severity, model_version, configuration_id),
  constraint benchmark_policies_metric_check check (metric ~ '^/' and length(metric) <= 1000),
  constraint benchmark_policies_better_check check (better in ('higher', 'lower')),
  constraint benchmark_policies_limit_kind_check check (limit_kind in ('absolute', 'relative')),
  constraint benchmark_policies_limit_value_check check (limit_value >= 0 and limit_value < 'Infinity'),
  constraint benchmark_policies_severity_check check (severity in ('warn', 'fail')),
  constraint benchmark_policies_scope_check check (model_version is null or configuration_id is null)
);
comment on table public.benchmark_policies is
  'Limits that a run is judged by. For each metric only the policies of the narrowest scope count: of the configuration, else of the model, else those for all.';
comment on column public.benchmark_policies.metric is
  'Where the number stands in the metrics: a JSON pointer such as /f1.';
comment on column public.benchmark_policies.limit_value is
  'How much worse a run may be: absolute in the metric''s unit, relative as a fraction of the value compared with.';

create function benchmark_private.shipped_policies()
returns table (metric text, better text, limit_kind text, limit_value numeric, severity text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values ('/f1', 'higher', 'absolute', 0.05, 'fail');
$$;
comment on function benchmark_private.shipped_policies() is
  'The policies that a new ledger starts with.';

insert into public.benchmark_policies (metric, better, limit_kind, limit_value, severity)
select s.* from benchmark_private.shipped_policies() as s;

create view benchmark_private.applicable_policies with (security_invoker = true) as
select a.configuration_id, a.policy_id, a.metric, a.metric_keys, a.better, a.limit_kind, a.limit_value, a.severity,
  a.sign, a.absolute_limit, a.relative_limit
from (
  select c.id as configuration_id, p.id as policy_id, p.metric, p.metric_keys, p.better, p.limit_kind,
    p.limit_value, p.severity, p.sign, p.absolute_limit, p.relative_limit, p.scope_rank,
    max(p.scope_rank) over (partition by c.id, p.metric) as narrowest
  from public.benchmark_configurations as c
  join public.benchmark_policies as p
    on (p.model_version is null or p.model_version = c.model_version)
    and (p.configuration_id is null or p.configuration_id = c.id)
) as a
where a.scope_rank = a.narrowest;
comment on view benchmark_private.applicable_policies is
  'The policies that count for each configuration: of a metric, those of the narrowest scope, so that a noisy model can be given a wider limit.';

create function public.set_regression_policy(
  p_metric text,
  p_better text,
  p_limit numeric,
  p_limit_kind text default 'absolute',
  p_severity text default 'fail',
  p_model_version text default null,
  p_configuration_id uuid default null
) returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id bigint;
begin
  if p_configuration_id is not null and not exists (
    select from public.benchmark_configurations as c where c.id = p_configuration_id)
  then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  insert into public.benchmark_policies as p
    (metric, better, limit_kind, limit_value, severity, model_version, configuration_id)
  values (
    benchmark_private.metric_pointer(p_metric), p_better, p_limit_kind, p_limit, p_severity, p_model_version, p_configuration_id)
  on conflict on constraint benchmark_policies_scope_key do update
    set better = excluded.better, limit_kind = excluded.limit_kind, limit_value = excluded.limit_value
  returning p.id into v_id;
  return v_id;
end;
$$;
comment on function public.set_regression_policy(text, text, numeric, text, text, text, uuid) is
  'Makes a policy, or changes the one of the same metric, severity and scope; returns its id. p_metric is a JSON pointer (/f1 or f1), p_better higher or lower, p_limit_kind absolute or relative, p_severity warn or fail; with neither model nor configuration it holds for all. For service_role. Raises 23514 for a value that is not allowed, PT404 for an unknown configuration.';

create function public.remove_regression_policy(p_id bigint) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from public.benchmark_policies as p where p.id = p_id;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format('There is no policy %s.', p_id));
  end if;
  return true;
end;
$$;
comment on function public.remove_regression_policy(bigint) is
  'Removes a policy; what was judged by it stays. For service_role. Raises PT404.';

create function public.list_regression_policies() returns setof public.benchmark_policies
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select p.* from public.benchmark_policies as p order by p.metric, p.scope_rank, p.severity, p.id;
$$;
comment on function public.list_regression_policies() is
  'The policies in force. Row security of the caller applies; takes no lock.';
