-- What the operator does about items and policies: prune items, let a new policy look back, and say
-- what metrics are.

create function public.prune_items(p_older_than interval) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '10min'
as $$
declare
  v_pruned integer;
  v_sets integer := 0;
  v_set record;
begin
  if p_older_than < interval '0' then
    perform benchmark_private.refuse(422, 'validation_failed', 'The age must not be negative.');
  end if;
  delete from public.benchmark_items as i
  using public.benchmark_transactions as t, public.benchmark_configurations as c
  where t.configuration_id = i.configuration_id and t.snapshot_version = i.snapshot_version and c.id = i.configuration_id
    and t.created_at < clock_timestamp() - p_older_than
    -- What the next runs are compared with, and what people look at.
    and t.snapshot_version not in (
      coalesce(c.current_version, 0), coalesce(c.baseline_version, 0), coalesce(c.reference_version, 0))
    and t.snapshot_version <> all (array(
      select r.snapshot_version
      from public.benchmark_transactions as r
      where r.configuration_id = c.id and r.published
      order by r.snapshot_version desc
      limit 20));
  get diagnostics v_pruned = row_count;
  for v_set in
    select s.digest from public.benchmark_item_sets as s
    where not exists (select from public.benchmark_items as i where i.item_set = s.digest)
    order by s.digest
  loop
    begin
      delete from public.benchmark_item_sets as s where s.digest = v_set.digest;
      v_sets := v_sets + 1;
    exception when foreign_key_violation then
      null; -- a run that refers to it came meanwhile
    end;
  end loop;
  return jsonb_build_object('runs', v_pruned, 'item_sets', v_sets,
    'kept', (select count(*) from public.benchmark_items));
end;
$$;
comment on function public.prune_items(interval) is
  'Removes the items of runs that were stored longer ago than p_older_than, but never of a current, baseline or reference run nor of the last 20 published ones; digests stay, so that the chain holds. Returns {runs, item_sets, kept}. For service_role. Raises PT422 for a negative age.';

create function public.list_policy_scope(p_policy_id integer) returns uuid[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(a.for_configuration_id order by a.for_configuration_id), '{}')
  from benchmark_private.applicable_policies as a
  where a.id = p_policy_id;
$$;
comment on function public.list_policy_scope(integer) is
  'The configurations that a policy in force counts for. For service_role; takes no lock.';

create function public.replay_policy(p_policy_id integer, p_configuration_id uuid) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '30s'
as $$
declare
  v_policy public.benchmark_policies;
  v_configuration public.benchmark_configurations;
  v_run record;
  v_judged benchmark_private.judged;
  v_runs integer := 0;
  v_with_metric integer := 0;
  v_worse integer := 0;
  v_previous integer;
begin
  select p.* into v_policy from public.benchmark_policies as p where p.id = p_policy_id and p.removed_at is null;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format('There is no policy %s.', p_policy_id));
  end if;
  select c.* into v_configuration from public.benchmark_configurations as c where c.id = p_configuration_id;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  for v_run in
    select n.*
    from (
      select t.*
      from public.benchmark_transactions as t
      where t.configuration_id = p_configuration_id and t.published and not t.is_backfill
        and t.snapshot_version <> all (v_configuration.void_versions)
      order by t.snapshot_version desc
      limit 100
    ) as n
    order by n.snapshot_version
  loop
    v_runs := v_runs + 1;
    v_with_metric := v_with_metric + (jsonb_typeof(v_run.metrics #> v_policy.metric_keys) is not distinct from 'number')::integer;
    if v_previous is null then
      v_previous := case when v_run.previous_version <> all (v_configuration.void_versions) then v_run.previous_version end;
    end if;
    if v_previous is null or exists (select from unnest(v_run.judgements) as j where j.policy_id = p_policy_id) then
      v_previous := v_run.snapshot_version;
      continue;
    end if;
    v_judged := benchmark_private.judge(p_configuration_id, v_run.snapshot_version, v_previous, v_run.model_version,
      v_run.metrics, benchmark_private.stored_items(p_configuration_id, v_run.snapshot_version), row(p_configuration_id, v_previous)::benchmark_private.run_key, false,
      v_configuration.void_versions, p_policy_id);
    v_previous := v_run.snapshot_version;
    if v_judged.verdict = 'worse' then
      v_worse := v_worse + 1;
      insert into public.benchmark_replayed_judgements (configuration_id, snapshot_version, policy_id, judgement)
      values (p_configuration_id, v_run.snapshot_version, p_policy_id, v_judged.judgements[1])
      on conflict do nothing;
    end if;
  end loop;
  return jsonb_build_object('runs', v_runs, 'with_metric', v_with_metric, 'worse', v_worse, 'open', (
    select jsonb_build_object('since_version', r.since_version, 'since_commit', r.since_commit, 'since_at', r.since_at)
    from benchmark_private.regression_states(p_configuration_id) as r
    where r.metric = v_policy.metric and r.severity = v_policy.severity));
end;
$$;
comment on function public.replay_policy(integer, uuid) is
  'Judges the last 100 published runs of a configuration by a policy that was set after they were stored, each against the run before it that is not void, and records those that are worse beside the verdicts that were stored. Returns {runs, with_metric, worse, open: {since_version, since_commit, since_at} or null}. For service_role; may run 30 seconds, takes no lock on the configuration. Raises PT404.';

create table public.benchmark_metrics (
  metric text not null,
  label text,
  unit text,
  better text,
  constraint benchmark_metrics_pkey primary key (metric),
  constraint benchmark_metrics_metric_check check (metric ~ '^/' and length(metric) <= 1000),
  constraint benchmark_metrics_label_check check (length(label) between 1 and 100),
  constraint benchmark_metrics_unit_check check (length(unit) between 1 and 20),
  constraint benchmark_metrics_better_check check (better in ('higher', 'lower'))
);
comment on table public.benchmark_metrics is
  'What numbers are called, their unit and which direction is better; what is not here is shown by its pointer.';

create function benchmark_private.shipped_metrics()
returns table (metric text, label text, unit text, better text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('/f1', 'F1', null, 'higher'),
    ('/precision', 'Precision', null, 'higher'),
    ('/recall', 'Recall', null, 'higher'),
    ('/accuracy', 'Accuracy', null, 'higher'),
    ('/pass_rate', 'Pass rate', null, 'higher'),
    ('/latency_ms', 'Latency', 'ms', 'lower'),
    ('/analysis_cost', 'Cost', 'US$', 'lower');
$$;
comment on function benchmark_private.shipped_metrics() is
  'The catalogue that a new ledger starts with.';

insert into public.benchmark_metrics (metric, label, unit, better)
select m.* from benchmark_private.shipped_metrics() as m;

create function public.set_metric(
  p_metric text, p_label text default null, p_unit text default null, p_better text default null
) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into public.benchmark_metrics as m (metric, label, unit, better)
  values (benchmark_private.metric_pointer(p_metric), p_label, p_unit, p_better)
  on conflict on constraint benchmark_metrics_pkey do update
    set label = coalesce(excluded.label, m.label), unit = coalesce(excluded.unit, m.unit),
      better = coalesce(excluded.better, m.better)
  returning true;
$$;
comment on function public.set_metric(text, text, text, text) is
  'Says what a metric is: p_metric a JSON pointer (/f1 or f1), p_label of up to 100 and p_unit of up to 20 characters, p_better higher or lower; null leaves what is there. For service_role. Raises 23514 for a value that is not allowed.';

create function public.list_metrics() returns setof public.benchmark_metrics
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select m.* from public.benchmark_metrics as m where (select benchmark_private.may_read()) order by m.metric;
$$;
comment on function public.list_metrics() is
  'The catalogue of metrics. Row security of the caller applies; takes no lock.';
