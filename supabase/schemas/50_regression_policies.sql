-- What counts as a regression: which metric, which direction is better, by how much it may get
-- worse, and how serious that is.

create function benchmark_private.policy_document(
  p_metric text, p_better text, p_limit_kind text, p_limit numeric, p_severity text, p_confidence numeric
) returns jsonb
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object('metric', p_metric, 'better', p_better, 'limit_kind', p_limit_kind, 'limit', p_limit,
    'severity', p_severity, 'policy_confidence', p_confidence);
end;
$$;
comment on function benchmark_private.policy_document(text, text, text, numeric, text, numeric) is
  'What a judgement says of its policy.';

create table public.benchmark_policies (
  id integer generated always as identity,
  metric text not null,
  better text not null,
  limit_kind text not null,
  limit_value numeric not null,
  severity text not null,
  model_version text,
  configuration_id uuid,
  confidence numeric not null default 0.95,
  item_score text,
  standard_error text,
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
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
  -- Where the standard error stands (null beyond what a pointer may have), and quantiles for its confidence when 1, 2, … metrics are judged.
  standard_error_keys text[]
    generated always as (benchmark_private.metric_keys(coalesce(standard_error, metric || '_stderr'))) stored,
  quantiles double precision[] not null
    generated always as (benchmark_private.confidence_quantiles(confidence)) stored,
  -- What a judgement says of its policy: made once and not in every run.
  document jsonb not null
    generated always as (benchmark_private.policy_document(metric, better, limit_kind, limit_value, severity, confidence)) stored,
  constraint benchmark_policies_pkey primary key (id),
  constraint benchmark_policies_metric_check check (metric ~ '^/' and length(metric) <= 1000),
  constraint benchmark_policies_confidence_check check (confidence >= 0.5 and confidence <= 0.9999),
  constraint benchmark_policies_item_score_check check (length(item_score) between 1 and 200),
  constraint benchmark_policies_standard_error_check check (standard_error ~ '^/' and length(standard_error) <= 1000),
  constraint benchmark_policies_better_check check (better in ('higher', 'lower')),
  constraint benchmark_policies_limit_kind_check check (limit_kind in ('absolute', 'relative')),
  constraint benchmark_policies_limit_value_check check (limit_value >= 0 and limit_value < 'Infinity'),
  constraint benchmark_policies_severity_check check (severity in ('warn', 'fail')),
  constraint benchmark_policies_scope_check check (model_version is null or configuration_id is null)
);
-- A policy in force is one row of its metric, severity and scope; changed or removed ones stay,
-- because stored verdicts name the policy that they were made by.
create unique index benchmark_policies_scope_key
  on public.benchmark_policies (metric, severity, model_version, configuration_id) nulls not distinct
  where removed_at is null;
comment on table public.benchmark_policies is
  'Limits that a run is judged by, and were. Of those in force (removed_at is null) only the narrowest scope counts for each metric: of the configuration, else of the model, else those for all. A change is a new row.';
comment on column public.benchmark_policies.confidence is
  'Of the intervals that a verdict rests on; joint, when several metrics of a run are judged by intervals with the same severity.';
comment on column public.benchmark_policies.item_score is
  'Which score of the items gives the metric, where it has another name.';
comment on column public.benchmark_policies.standard_error is
  'Where the metric''s standard error stands in the metrics, a JSON pointer; null for the metric''s own with _stderr at its end.';
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
  values
    ('/f1', 'higher', 'absolute', 0.05, 'fail'),
    ('/latency_ms', 'lower', 'relative', 0.5, 'warn'),
    ('/analysis_cost', 'lower', 'relative', 0.5, 'warn');
$$;
comment on function benchmark_private.shipped_policies() is
  'The policies that a new ledger starts with.';

insert into public.benchmark_policies (metric, better, limit_kind, limit_value, severity)
select s.* from benchmark_private.shipped_policies() as s;

create view benchmark_private.applicable_policies with (security_invoker = true) as
select a.*
from (
  select c.id as for_configuration_id, p.*,
    max(p.scope_rank) over (partition by c.id, p.metric) as narrowest
  from public.benchmark_configurations as c
  join public.benchmark_policies as p
    on (p.model_version is null or p.model_version = c.model_version)
    and (p.configuration_id is null or p.configuration_id = c.id)
  where p.removed_at is null
) as a
where a.scope_rank = a.narrowest;
comment on view benchmark_private.applicable_policies is
  'The policies that count for each configuration (for_configuration_id): of a metric, those of the narrowest scope, so that a noisy model can be given a wider limit.';

create function public.set_regression_policy(
  p_metric text,
  p_better text,
  p_limit numeric,
  p_limit_kind text default 'absolute',
  p_severity text default 'fail',
  p_model_version text default null,
  p_configuration_id uuid default null,
  p_confidence numeric default 0.95,
  p_item_score text default null,
  p_standard_error text default null
) returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_standard_error text := benchmark_private.metric_pointer(p_standard_error);
  v_id integer;
begin
  if p_configuration_id is not null and not exists (
    select from public.benchmark_configurations as c where c.id = p_configuration_id)
  then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  perform pg_advisory_xact_lock(hashtextextended(v_metric, 3));
  select p.id into v_id
  from public.benchmark_policies as p
  where p.removed_at is null
    and (p.metric, p.better, p.limit_kind, p.limit_value, p.severity, p.model_version, p.configuration_id,
      p.confidence, p.item_score, p.standard_error)
      is not distinct from (v_metric, p_better, p_limit_kind, p_limit, p_severity, p_model_version, p_configuration_id,
        p_confidence, p_item_score, v_standard_error);
  if found then
    return v_id;
  end if;
  update public.benchmark_policies as p
  set removed_at = clock_timestamp()
  where p.removed_at is null
    and (p.metric, p.severity, p.model_version, p.configuration_id)
      is not distinct from (v_metric, p_severity, p_model_version, p_configuration_id);
  insert into public.benchmark_policies as p
    (metric, better, limit_kind, limit_value, severity, model_version, configuration_id, confidence, item_score,
      standard_error)
  values (
    v_metric, p_better, p_limit_kind, p_limit, p_severity, p_model_version, p_configuration_id, p_confidence,
    p_item_score, v_standard_error)
  returning p.id into v_id;
  return v_id;
end;
$$;
comment on function public.set_regression_policy(text, text, numeric, text, text, text, uuid, numeric, text, text) is
  'Makes a policy, in the place of the one of the same metric, severity and scope; returns its id, that of the present one when nothing differs. p_metric is a JSON pointer (/f1 or f1), p_better higher or lower, p_limit_kind absolute or relative, p_severity warn or fail; with neither model nor configuration it holds for all. p_confidence (0.5 to 0.9999) is that of intervals, p_item_score the score of items that gives the metric where its name differs, p_standard_error the JSON pointer of its standard error where that is not <metric>_stderr. For service_role. Raises 23514 for a value that is not allowed, PT404 for an unknown configuration.';

create function public.remove_regression_policy(p_id integer) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.benchmark_policies as p set removed_at = clock_timestamp() where p.id = p_id and p.removed_at is null;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format('There is no policy %s.', p_id));
  end if;
  return true;
end;
$$;
comment on function public.remove_regression_policy(integer) is
  'Takes a policy out of force; what was judged by it stays. For service_role. Raises PT404.';

create function public.list_regression_policies() returns setof public.benchmark_policies
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select p.* from public.benchmark_policies as p where (select benchmark_private.may_read()) and p.removed_at is null order by p.metric, p.scope_rank, p.severity, p.id;
$$;
comment on function public.list_regression_policies() is
  'The policies in force. Row security of the caller applies; takes no lock.';
