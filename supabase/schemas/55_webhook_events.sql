-- What is told: one message a regression, not one a run. In the transaction of the run or the decision that
-- makes it so, under the lock of its configuration, so that it is told exactly when it is stored.

-- For every run of a series, which asks what of it is open.
create index told_regressions_open_idx
  on benchmark_private.told_regressions (configuration_id) where closed_by is null;

create function benchmark_private.tell(
  p_event text, p_configuration_id uuid, p_metric text, p_severity text, p_document jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event_id uuid := gen_random_uuid();
begin
  insert into benchmark_private.webhook_deliveries (webhook_id, event_id, event, topic, document)
  select w.id, v_event_id, p_event, concat_ws(' ', p_configuration_id, coalesce(p_metric, p_event), p_severity), p_document
  from benchmark_private.webhooks as w
  where w.disabled_at is null
    and p_event = any (w.events)
    and (p_metric is null or w.metrics is null or p_metric = any (w.metrics))
    and (p_severity is null or w.severity = 'warn' or p_severity = 'fail')
  -- One that is being removed is waited for and then left out: the foreign key would refuse the run.
  for key share of w;
end;
$$;
comment on function benchmark_private.tell(text, uuid, text, text, jsonb) is
  'Writes an event to the outbox, of the topic configuration, metric (or what else happened) and severity, for every webhook that wants it, whose rows it locks against removal. The caller holds the lock of the configuration.';

create function benchmark_private.told_run(p_entry public.benchmark_transactions, p_series text) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nothing about people: an event that was sent cannot be erased.
  return benchmark_private.run_reference(p_entry) || jsonb_build_object(
    'series', p_series,
    'transaction_id', p_entry.id,
    'branch_name', p_entry.branch_name,
    'run_id', p_entry.run_id,
    'created_at', benchmark_private.utc_text(p_entry.created_at),
    'measured_at', benchmark_private.utc_text(p_entry.measured_at),
    'provenance', p_entry.provenance);
end;
$$;
comment on function benchmark_private.told_run(public.benchmark_transactions, text) is
  'A run as events name it. Takes no lock.';

create function benchmark_private.told_metric(p_told benchmark_private.told_regressions, p_better text) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'regression_id', p_told.regression_id,
    'metric', p_told.metric,
    'label', (select m.label from public.benchmark_metrics as m where m.metric = p_told.metric),
    'unit', (select m.unit from public.benchmark_metrics as m where m.metric = p_told.metric),
    'severity', p_told.severity,
    'better', p_better,
    'reference_value', p_told.reference_value,
    'opened_version', p_told.opened_version);
end;
$$;
comment on function benchmark_private.told_metric(benchmark_private.told_regressions, text) is
  'What events say of a regression, whatever happens to it. Takes no lock.';

create function benchmark_private.tell_recovery(
  p_told benchmark_private.told_regressions, p_how text, p_run jsonb, p_value numeric, p_decision jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update benchmark_private.told_regressions as r
  set closed_by = p_how
  where r.configuration_id = p_told.configuration_id and r.metric = p_told.metric and r.severity = p_told.severity;
  perform benchmark_private.tell('recovery', p_told.configuration_id, p_told.metric, p_told.severity,
    benchmark_private.told_metric(p_told, (
      select p.better from public.benchmark_policies as p
      where p.metric = p_told.metric and p.severity = p_told.severity
      order by p.id desc limit 1))
    || jsonb_build_object('change', 'recovered', 'how', p_how, 'value', p_value, 'told_value', p_told.told_value,
      'run', p_run, 'decision', p_decision));
end;
$$;
comment on function benchmark_private.tell_recovery(benchmark_private.told_regressions, text, jsonb, numeric, jsonb) is
  'Closes a regression that was told about, and tells so.';

create function benchmark_private.is_acknowledged_fall(
  p_configuration_id uuid, p_version integer, p_metric text, p_reference_value numeric, p_value numeric,
  p_sign integer, p_absolute_limit numeric, p_relative_limit numeric
) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_decision public.benchmark_decisions;
begin
  select d.* into v_decision
  from public.benchmark_decisions as d
  where d.configuration_id = p_configuration_id and d.kind in ('acknowledge', 'unacknowledge') and d.metric = p_metric
  order by d.id desc
  limit 1;
  return coalesce(v_decision.kind = 'acknowledge', false)
    and not coalesce(benchmark_private.is_worse(
      benchmark_private.run_metric(p_configuration_id, v_decision.snapshot_version, p_metric), p_value,
      p_sign, p_absolute_limit, p_relative_limit), true)
    and not exists (
      select from benchmark_private.earlier_with_metric(p_configuration_id, p_version, p_metric, 1000) as e
      where e.snapshot_version >= v_decision.snapshot_version
        and not benchmark_private.is_worse(p_reference_value, e.value, p_sign, p_absolute_limit, p_relative_limit));
end;
$$;
comment on function benchmark_private.is_acknowledged_fall(uuid, integer, text, numeric, numeric, integer, numeric, numeric) is
  'Whether a run that is worse is only what somebody acknowledged before anybody was told: no run since was good, and it is no worse than the one that was acknowledged. Takes no lock.';

create function benchmark_private.tell_of_run(
  p_entry public.benchmark_transactions,
  p_series text,
  p_previous benchmark_private.scored_run,
  p_documents jsonb,
  p_references jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_documents jsonb[] := '{}'::jsonb[];
  v_document jsonb;
  v_told benchmark_private.told_regressions;
  v_policy record;
  v_value numeric;
  v_reference_value numeric;
begin
  if p_entry.previous_version is null and not exists (
    select from public.benchmark_transactions as t
    where t.configuration_id = p_entry.configuration_id and t.snapshot_version < p_entry.snapshot_version and t.published)
  then
    perform benchmark_private.tell('first-run', p_entry.configuration_id, null, null,
      jsonb_build_object('run', benchmark_private.told_run(p_entry, p_series), 'metrics', (
        select jsonb_object_agg(s.metric, s.value)
        from benchmark_private.run_scores as s
        where s.configuration_id = p_entry.configuration_id and s.snapshot_version = p_entry.snapshot_version
          and s.value is not null)));
  end if;
  if p_series is not null then
    -- What it took the place of in its series has no later run that could recover: what ran last
    -- before this one ran first. Skip locked: two configurations that replace each other must not
    -- wait in a circle; what is being stored now is the next run's to tell.
    for v_told in
      select r.*
      from benchmark_private.told_regressions as r
      join public.benchmark_configurations as c on c.id = r.configuration_id
      where r.closed_by is null and c.series = p_series and c.id <> p_entry.configuration_id
        and c.dataset_version = p_entry.dataset_version and c.environment = p_entry.environment
        and c.variant = p_entry.variant
        and not exists (
          select
          from public.benchmark_transactions as t
          where t.configuration_id = c.id and t.snapshot_version = c.reference_version
            and t.created_at >= (
              select f.created_at
              from public.benchmark_transactions as f
              where f.configuration_id = p_entry.configuration_id and f.published
              order by f.snapshot_version
              limit 1))
      order by r.configuration_id, r.metric, r.severity
      for update of r skip locked
    loop
      perform benchmark_private.tell_recovery(v_told, 'replaced',
        benchmark_private.told_run(p_entry, p_series), null, null);
    end loop;
  end if;

  for i in 1..coalesce(cardinality(p_entry.judgements), 0) loop
    -- What one run was asked to be compared with is not what the next ones should be.
    if not (p_entry.judgements[i]).is_chosen then
      v_documents := v_documents || (p_documents -> (i - 1));
    end if;
  end loop;

  for v_told in
    select r.*
    from benchmark_private.told_regressions as r
    where r.configuration_id = p_entry.configuration_id
    order by r.metric, r.severity
    for update
  loop
    continue when v_told.closed_by is not null and v_told.closed_by not in ('acknowledge', 'replaced');
    v_document := (
      select a.value from unnest(v_documents) as a(value)
      where a.value ->> 'metric' = v_told.metric and a.value ->> 'severity' = v_told.severity);
    select p.better, p.sign, p.absolute_limit, p.relative_limit, p.metric_keys into v_policy
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_entry.configuration_id
      and p.metric = v_told.metric and p.severity = v_told.severity;
    if not found then
      if v_told.closed_by is null then
        perform benchmark_private.tell_recovery(v_told, 'policy',
          benchmark_private.told_run(p_entry, p_series), null, null);
      end if;
      continue;
    end if;
    v_value := benchmark_private.metric_number(p_entry.metrics, v_policy.metric_keys);
    -- A run without the metric tells nothing of it.
    continue when v_value is null;
    -- Where somebody named a baseline, that is what counts.
    v_reference_value := case when (v_document ->> 'is_named')::boolean then (v_document ->> 'from')::numeric
      else v_told.reference_value end;
    if v_document ->> 'verdict' is distinct from 'worse' and not benchmark_private.is_worse(
      v_reference_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit)
    then
      if v_told.closed_by is null then
        perform benchmark_private.tell_recovery(v_told, 'run',
          benchmark_private.told_run(p_entry, p_series), v_value, null);
      else
        update benchmark_private.told_regressions as r
        set closed_by = 'run'
        where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      end if;
    elsif v_told.closed_by = 'replaced' then
      -- It goes on beside what took its place, which cannot take it again.
      update benchmark_private.told_regressions as r
      set closed_by = null, told_version = p_entry.snapshot_version, told_value = v_value
      where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_policy.better)
        || jsonb_build_object('change', 'opened', 'value', v_value, 'told_value', null, 'told_version', null,
          'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
          'previous', to_jsonb(p_previous), 'references', p_references));
    elsif v_told.closed_by is null and benchmark_private.is_worse(
      v_told.told_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit)
    then
      update benchmark_private.told_regressions as r
      set told_version = p_entry.snapshot_version, told_value = v_value
      where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_policy.better)
        || jsonb_build_object('change', 'worse-still', 'value', v_value,
          'told_value', v_told.told_value, 'told_version', v_told.told_version,
          'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
          'previous', to_jsonb(p_previous), 'references', p_references));
    end if;
  end loop;

  foreach v_document in array v_documents loop
    continue when v_document ->> 'verdict' <> 'worse';
    v_value := (v_document ->> 'to')::numeric;
    select p.sign, p.absolute_limit, p.relative_limit into v_policy
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_entry.configuration_id
      and p.metric = v_document ->> 'metric' and p.severity = v_document ->> 'severity';
    -- What the estimate is the distance from: of a history its median.
    v_reference_value := coalesce(case
      when v_document ->> 'method' = 'history' and not (v_document ->> 'is_named')::boolean
        -- Null where the policy was removed a moment ago: that must not refuse the run.
        then v_value - v_policy.sign * (v_document ->> 'estimate')::double precision::numeric end,
      (v_document ->> 'from')::numeric);
    select r.* into v_told
    from benchmark_private.told_regressions as r
    where r.configuration_id = p_entry.configuration_id
      and r.metric = v_document ->> 'metric' and r.severity = v_document ->> 'severity';
    if found then
      continue when v_told.closed_by is null
        or (v_told.closed_by = 'acknowledge' and not benchmark_private.is_worse(
          v_told.told_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit));
    else
      continue when benchmark_private.is_acknowledged_fall(p_entry.configuration_id, p_entry.snapshot_version,
        v_document ->> 'metric', v_reference_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit);
    end if;
    insert into benchmark_private.told_regressions as r
      (configuration_id, metric, severity, regression_id, opened_version, reference_value, told_version, told_value)
    values (p_entry.configuration_id, v_document ->> 'metric', v_document ->> 'severity', gen_random_uuid(),
      p_entry.snapshot_version, v_reference_value, p_entry.snapshot_version, v_value)
    on conflict on constraint told_regressions_pkey do update
      set regression_id = excluded.regression_id, opened_version = excluded.opened_version,
        reference_value = excluded.reference_value, told_version = excluded.told_version,
        told_value = excluded.told_value, closed_by = null
    returning r.* into v_told;
    perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
      benchmark_private.told_metric(v_told, v_document ->> 'better')
      || jsonb_build_object('change', 'opened', 'value', v_value, 'told_value', null, 'told_version', null,
        'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
        'previous', to_jsonb(p_previous), 'references', p_references));
  end loop;
end;
$$;
comment on function benchmark_private.tell_of_run(public.benchmark_transactions, text, benchmark_private.scored_run, jsonb, jsonb) is
  'Writes to the outbox what a run that was just stored is worth telling: that it is the first published one of its configuration; that a regression opened (it is judged worse, and none is open), is worse still (than what was told last, by more than the limit) or recovered (it is neither judged worse nor worse than what the regression was measured from, by the limit); what the configuration replaced in its series, or what no policy is about any more, recovers, too, and is open again with the next run of what was replaced, should that go on and be worse. For a run that is published, no backfill and judged already; the caller holds the lock of the configuration.';

create function benchmark_private.tell_of_decision(
  p_configuration_id uuid, p_kind text, p_version integer, p_reason text, p_resolution text default null
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_configuration public.benchmark_configurations;
  v_run public.benchmark_transactions;
  v_told benchmark_private.told_regressions;
  v_state record;
  v_value numeric;
  v_decision jsonb := jsonb_build_object('kind', p_kind, 'snapshot_version', p_version, 'reason', p_reason, 'resolution', p_resolution);
begin
  if not benchmark_private.has_webhooks() then
    return;
  end if;
  select c.* into v_configuration from public.benchmark_configurations as c where c.id = p_configuration_id;
  if p_kind in ('void', 'unvoid') then
    select t.* into v_run
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_version and t.published;
    if found then
      perform benchmark_private.tell('void', p_configuration_id, null, null, jsonb_build_object(
        'change', p_kind, 'run', benchmark_private.told_run(v_run, v_configuration.series), 'decision', v_decision));
    end if;
  end if;

  if not exists (select from benchmark_private.told_regressions as r where r.configuration_id = p_configuration_id) then
    return;
  end if;
  for v_state in
    select r as told, s.*
    from benchmark_private.told_regressions as r
    left join benchmark_private.regression_states(p_configuration_id) as s
      on s.metric = r.metric and s.severity = r.severity
    where r.configuration_id = p_configuration_id
    order by r.metric, r.severity
    for update of r
  loop
    v_told := v_state.told;
    v_value := benchmark_private.run_metric(p_configuration_id, v_configuration.reference_version, v_told.metric);
    -- Where the newest run lacks the metric, nobody knows whether it is still worse.
    continue when v_configuration.reference_version is not null and v_value is null;
    select t.* into v_run
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id
      and t.snapshot_version = coalesce(v_configuration.reference_version, v_told.told_version);
    if v_told.closed_by is null and (v_state.metric is null or v_state.acknowledged_at >= (
      -- Not what somebody acknowledged before it fell further, which was told since.
      select t.created_at
      from public.benchmark_transactions as t
      where t.configuration_id = p_configuration_id and t.snapshot_version = v_told.told_version))
    then
      perform benchmark_private.tell_recovery(v_told, p_kind,
        benchmark_private.told_run(v_run, v_configuration.series), v_value, v_decision);
    elsif v_told.closed_by <> 'replaced' and v_state.metric is not null and v_state.acknowledged_at is null
      -- The one that was told about, and not another one since.
      and v_state.since_version <= v_told.told_version
    then
      update benchmark_private.told_regressions as r
      set closed_by = null, told_version = v_state.current_version, told_value = v_state.current_value
      where r.configuration_id = p_configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_state.better)
        || jsonb_build_object('change', 'opened', 'value', v_state.current_value, 'told_value', null, 'told_version', null,
          'run', benchmark_private.told_run(v_run, v_configuration.series), 'decision', v_decision,
          'judgement', null, 'previous', null, 'references', null));
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.tell_of_decision(uuid, text, integer, text, text) is
  'Writes to the outbox what a decision that was just recorded changes: that a published run is void, or no longer; that a regression that was told about is gone (acknowledged, its run void, another baseline), or is there again. For void, unvoid, acknowledge, unacknowledge and baseline; the caller holds the lock of the configuration. Nothing where there is no webhook in force.';
