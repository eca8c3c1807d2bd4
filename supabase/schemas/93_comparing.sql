-- Comparing across runs, models and prompts, with intervals.

create function benchmark_private.better_direction(p_metric text) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    (select m.better from public.benchmark_metrics as m where m.metric = p_metric),
    (select p.better from public.benchmark_policies as p where p.metric = p_metric and p.removed_at is null
     order by p.scope_rank, p.id limit 1),
    'higher');
end;
$$;
comment on function benchmark_private.better_direction(text) is
  'Which direction of a metric is better, by the catalogue, else by a policy, else higher. Takes no lock.';

create function benchmark_private.item_score_of(p_configuration_id uuid, p_metric text) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.item_score
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_configuration_id and p.metric = p_metric and p.item_score is not null
    order by p.severity
    limit 1);
end;
$$;
comment on function benchmark_private.item_score_of(uuid, text) is
  'The score of items that gives a metric of a configuration, by a policy in force for it; null where none names one. Takes no lock.';

create function public.get_item_changes(
  p_configuration_a uuid,
  p_version_a integer,
  p_configuration_b uuid,
  p_version_b integer,
  p_metric text default '/f1',
  p_limit integer default 100
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_a public.benchmark_items := benchmark_private.stored_items(p_configuration_a, p_version_a);
  v_b public.benchmark_items := benchmark_private.stored_items(p_configuration_b, p_version_b);
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  if v_a.item_set is null or v_b.item_set is null then
    return null;
  end if;
  return benchmark_private.item_changes(v_b, v_a, v_metric, benchmark_private.item_score_of(p_configuration_b, v_metric),
    case benchmark_private.better_direction(v_metric) when 'higher' then 1 else -1 end,
    least(greatest(p_limit, 0), 10000));
end;
$$;
comment on function public.get_item_changes(uuid, integer, uuid, integer, text, integer) is
  'Which items of a metric changed from run a to run b: {metric, scores, common, added, gone, worse, better, items: [{id, group, change, newly_failing, from, to}]}, new failures first, at most p_limit (to 10000) items. Null when either run has no items, or not those that give the metric. Takes no lock.';

create function public.get_judgements(
  p_configuration_a uuid,
  p_version_a integer,
  p_configuration_b uuid,
  p_version_b integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_run public.benchmark_transactions;
  v_judged benchmark_private.judged;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  select t.* into v_run
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_b and t.snapshot_version = p_version_b;
  if not found or not exists (
    select from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_a and t.snapshot_version = p_version_a)
  then
    return null;
  end if;
  v_judged := benchmark_private.judge(v_run.configuration_id, v_run.snapshot_version, null, v_run.model_version,
    v_run.metrics, benchmark_private.stored_items(p_configuration_b, p_version_b),
    row(p_configuration_a, p_version_a)::benchmark_private.run_key, true, '{}');
  return jsonb_build_object(
    'judgements', coalesce(v_judged.documents, '[]'),
    'references', benchmark_private.judgement_references(p_configuration_b, null, v_judged.judgements));
end;
$$;
comment on function public.get_judgements(uuid, integer, uuid, integer) is
  'Run b judged against run a, of any two configurations, by the policies in force for b: {judgements, references} as a receipt has them; null when either run is missing. Nothing is stored. Takes no lock.';

create function public.get_leaderboard(
  p_dataset_version text,
  p_environment text,
  p_metric text default '/f1'
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_better text := benchmark_private.better_direction(benchmark_private.metric_pointer(p_metric));
  v_sign integer := case v_better when 'higher' then 1 else -1 end;
  v_row record;
  v_leader_value numeric;
  v_leader_error numeric;
  v_leader_items public.benchmark_items;
  v_items public.benchmark_items;
  v_n integer;
  v_estimate double precision;
  v_margin double precision;
  v_is_ratio boolean;
  v_method text;
  v_rows jsonb := jsonb_build_array();
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  for v_row in
    select r.*
    from (
      select c.id, c.model_version, c.prompt_version, c.variant, c.series, c.current_version as snapshot_version, t.created_at,
        t.commit_sha, benchmark_private.run_metric(c.id, c.current_version, v_metric) as value,
        benchmark_private.metric_number(t.metrics, benchmark_private.metric_keys(v_metric || '_stderr')) as standard_error
      from public.benchmark_configurations as c
      join public.benchmark_transactions as t on t.configuration_id = c.id and t.snapshot_version = c.current_version
      where c.dataset_version = p_dataset_version and c.environment = p_environment
      offset 0
    ) as r
    where r.value is not null
    order by v_sign * r.value desc, r.id
    limit 20
  loop
    v_items := benchmark_private.stored_items(v_row.id, v_row.snapshot_version);
    v_method := 'none';
    v_n := null;
    v_estimate := null;
    v_margin := null;
    v_is_ratio := false;
    if v_leader_value is null then
      v_method := 'leader';
      v_leader_value := v_row.value;
      v_leader_error := v_row.standard_error;
      v_leader_items := v_items;
    else
      -- Each interval by itself: a table of twenty is looked at, and fails nobody's build.
      if v_items.item_set is not null and v_leader_items.item_set is not null then
        select 'paired-items', k.n, k.estimate, benchmark_private.t_quantile(k.degrees, 1.959964) * k.standard_error, k.is_ratio
        into v_method, v_n, v_estimate, v_margin, v_is_ratio
        from benchmark_private.compare_items(v_items, v_leader_items, v_metric,
          benchmark_private.item_score_of(v_row.id, v_metric), v_sign, v_better = 'lower', v_row.value) as k
        where k.estimate is not null;
      end if;
      if v_estimate is null and v_row.standard_error > 0 and v_leader_error > 0
        and greatest(v_row.standard_error, v_leader_error) < 1e150
      then
        v_method := 'standard-errors';
        v_estimate := v_sign * (v_row.value - v_leader_value);
        v_margin := 1.959964 * sqrt(v_row.standard_error ^ 2 + v_leader_error ^ 2);
      end if;
    end if;
    v_rows := v_rows || jsonb_build_object(
      'configuration_id', v_row.id,
      'model_version', v_row.model_version,
      'prompt_version', v_row.prompt_version,
      'variant', v_row.variant,
      'series', v_row.series,
      'snapshot_version', v_row.snapshot_version,
      'created_at', v_row.created_at,
      'commit_sha', v_row.commit_sha,
      'value', v_row.value,
      'method', coalesce(v_method, 'none'),
      'n', v_n,
      'is_ratio', coalesce(v_is_ratio, false),
      'estimate', v_estimate,
      'margin', v_margin,
      'is_tie', case when v_estimate is not null then v_estimate + v_margin >= 0 end);
  end loop;
  return jsonb_build_object('metric', v_metric, 'better', v_better, 'dataset_version', p_dataset_version,
    'environment', p_environment, 'confidence', 0.95, 'rows', v_rows);
end;
$$;
comment on function public.get_leaderboard(text, text, text) is
  'The current runs of a data set and environment in the order of a metric, at most 20: {metric, better, confidence, rows: [{configuration_id, model_version, prompt_version, variant, series, snapshot_version, created_at, commit_sha, value, method, n, is_ratio, estimate, margin, is_tie}]}. estimate (below 0 is worse than the leader) plus and minus margin is a 95 % interval of the difference from the leader: paired items where both runs have them, else standard errors, else none. Takes no lock.';

create function public.get_series(
  p_series text,
  p_metric text default '/f1',
  p_dataset_version text default null,
  p_environment text default null,
  p_limit integer default 500
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_limit integer := least(greatest(p_limit, 1), 1000);
  v_dataset text := p_dataset_version;
  v_environment text := p_environment;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  if v_dataset is null or v_environment is null then
    select c.dataset_version, c.environment into v_dataset, v_environment
    from public.benchmark_configurations as c
    where c.series = p_series and c.reference_version is not null
      and (p_dataset_version is null or c.dataset_version = p_dataset_version)
      and (p_environment is null or c.environment = p_environment)
    order by (
      select t.created_at from public.benchmark_transactions as t
      where t.configuration_id = c.id and t.snapshot_version = c.reference_version) desc
    limit 1;
  end if;
  return (
    with members as materialized (
      select c.*
      from public.benchmark_configurations as c
      where c.series = p_series and c.dataset_version = v_dataset and c.environment = v_environment
    ),
    runs as materialized (
      select r.*
      from members as c
      cross join lateral (
        select t.configuration_id, t.snapshot_version, t.commit_sha, t.created_at, least(t.measured_at, t.created_at) as at, t.verdict
        from public.benchmark_transactions as t
        where t.configuration_id = c.id and t.published and t.snapshot_version <> all (c.void_versions)
        order by t.snapshot_version desc
        limit v_limit
      ) as r
      order by r.at desc
      limit v_limit
    ),
    starts as (
      select c.id, c.model_version, c.prompt_version, c.variant, first.at, first.snapshot_version,
        lag(c.model_version) over history as model_before, lag(c.prompt_version) over history as prompt_before,
        lag(c.variant) over history as variant_before
      from members as c
      cross join lateral (
        select t.snapshot_version, least(t.measured_at, t.created_at) as at
        from public.benchmark_transactions as t
        where t.configuration_id = c.id and t.published and not t.is_backfill and t.snapshot_version <> all (c.void_versions)
        order by t.snapshot_version
        limit 1
      ) as first
      window history as (order by first.at, c.id)
    )
    select jsonb_build_object(
      'series', p_series,
      'metric', v_metric,
      'better', benchmark_private.better_direction(v_metric),
      'dataset_version', v_dataset,
      'environment', v_environment,
      'configurations', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'model_version', c.model_version,
        'prompt_version', c.prompt_version, 'variant', c.variant, 'current_version', c.current_version) order by c.model_version, c.prompt_version, c.variant), '[]')
        from members as c),
      'runs', (select coalesce(jsonb_agg(jsonb_build_object('configuration_id', r.configuration_id,
          'snapshot_version', r.snapshot_version, 'at', benchmark_private.utc_text(r.at), 'commit_sha', r.commit_sha,
          'value', benchmark_private.run_metric(r.configuration_id, r.snapshot_version, v_metric), 'verdict', r.verdict)
          order by r.at, r.configuration_id, r.snapshot_version), '[]')
        from runs as r),
      'changes', (select coalesce(jsonb_agg(jsonb_build_object('configuration_id', s.id, 'snapshot_version', s.snapshot_version,
          'at', benchmark_private.utc_text(s.at),
          'model_version', case when s.model_version <> s.model_before then jsonb_build_array(s.model_before, s.model_version) end,
          'prompt_version', case when s.prompt_version <> s.prompt_before then jsonb_build_array(s.prompt_before, s.prompt_version) end,
          'variant', case when s.variant <> s.variant_before then jsonb_build_array(s.variant_before, s.variant) end)
          order by s.at), '[]')
        from starts as s where s.model_before is not null)));
end;
$$;
comment on function public.get_series(text, text, text, text, integer) is
  'A series as one history over its configurations, in one data set and environment (null: those of its newest run): {series, metric, better, dataset_version, environment, configurations, runs: [{configuration_id, snapshot_version, at, commit_sha, value, verdict}], changes: [{configuration_id, snapshot_version, at, model_version, prompt_version, variant}]}. runs are the newest p_limit (at most 1000) published, not void ones by the time of measuring, oldest first; changes are the first runs of the configurations after the first, with [before, after] of what differs. Takes no lock.';
