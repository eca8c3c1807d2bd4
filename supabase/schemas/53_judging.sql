-- Every run is judged in the transaction that stores it.

create view benchmark_private.run_scores with (security_invoker = true) as
select t.configuration_id, t.snapshot_version, t.published, t.is_backfill, s.metric, s.value
from public.benchmark_transactions as t
cross join lateral (values
  ('/f1', t.f1_score), ('/precision', t.precision_score), ('/recall', t.recall_score),
  ('/latency_ms', t.latency_ms), ('/analysis_cost', t.cost_per_analysis)
) as s(metric, value);
comment on view benchmark_private.run_scores is
  'The five scores of each run, a row each, by their JSON pointers: numbers that can be read without unpacking a document.';

create type benchmark_private.scored_run as (
  snapshot_version integer,
  commit_sha text,
  precision_score numeric,
  recall_score numeric,
  f1_score numeric,
  latency_ms numeric,
  cost_per_analysis numeric
);
comment on type benchmark_private.scored_run is
  'What a receipt says of another run. Not the whole row: its document would be unpacked to be handed on.';

create function benchmark_private.scored(p_configuration_id uuid, p_snapshot_version integer)
returns benchmark_private.scored_run
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.scored_run;
begin
  select t.snapshot_version, t.commit_sha, t.precision_score, t.recall_score, t.f1_score, t.latency_ms,
    t.cost_per_analysis
  into strict v_run
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version;
  return v_run;
end;
$$;
comment on function benchmark_private.scored(uuid, integer) is
  'Commit and scores of a run that is there. Takes no lock.';

create function benchmark_private.run_metric(
  p_configuration_id uuid, p_snapshot_version integer, p_metric text
) returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value numeric;
begin
  select s.value into v_value
  from benchmark_private.run_scores as s
  where s.configuration_id = p_configuration_id and s.snapshot_version = p_snapshot_version
    and s.metric = p_metric;
  if not found then
    select benchmark_private.metric_number(t.metrics, benchmark_private.metric_keys(p_metric)) into v_value
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version;
  end if;
  return v_value;
end;
$$;
comment on function benchmark_private.run_metric(uuid, integer, text) is
  'A number of a run by its JSON pointer; null when the run has none. Takes no lock.';

create function benchmark_private.is_worse(
  p_from numeric, p_to numeric, p_sign integer, p_absolute_limit numeric, p_relative_limit numeric
) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Multiplied and not divided: from 0 any worsening is beyond a relative limit.
  return (p_from - p_to) * p_sign > p_absolute_limit + p_relative_limit * abs(p_from);
end;
$$;
comment on function benchmark_private.is_worse(numeric, numeric, integer, numeric, numeric) is
  'Whether a number is worse than another by more than a limit: absolute in its unit, plus relative as a fraction of |p_from|; p_sign is 1 where higher is better, -1 where lower is. Null when either number is null.';

create function benchmark_private.earlier_with_metric(
  p_configuration_id uuid, p_before_version integer, p_metric text, p_limit integer
) returns table (snapshot_version integer, value numeric)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select r.snapshot_version, r.value
  from (
    select t.snapshot_version, t.at, benchmark_private.run_metric(p_configuration_id, t.snapshot_version, p_metric) as value
    from (
      select e.snapshot_version, least(e.measured_at, e.created_at) as at
      from public.benchmark_transactions as e
      join public.benchmark_configurations as c on c.id = e.configuration_id
      where e.configuration_id = p_configuration_id
        -- A metric that is gone for longer begins anew; a search has to end.
        and e.snapshot_version between p_before_version - 1000 and p_before_version - 1
        and e.published
        and e.snapshot_version <> all (c.void_versions)
    ) as t
  ) as r
  where r.value is not null
  order by r.at desc, r.snapshot_version desc
  limit p_limit;
end;
$$;
comment on function benchmark_private.earlier_with_metric(uuid, integer, text, integer) is
  'Of the runs before a version that are published, not void and have a number, the p_limit that were measured last, the last first; looked for among the 1000 versions before. Takes no lock.';

create type benchmark_private.run_key as (
  configuration_id uuid,
  snapshot_version integer
);
comment on type benchmark_private.run_key is
  'Which run.';

create function benchmark_private.series_reference(p_entry public.benchmark_transactions, p_series text)
returns benchmark_private.run_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.run_key;
begin
  select c.id, c.reference_version into v_run
  from public.benchmark_configurations as c
  where c.series = p_series
    and c.dataset_version = p_entry.dataset_version
    and c.environment = p_entry.environment
    and c.id <> p_entry.configuration_id
    and c.reference_version is not null
  -- A variant is another platform or limit: what has the same one tells more.
  order by c.variant = p_entry.variant desc, (
    select least(t.measured_at, t.created_at)
    from public.benchmark_transactions as t
    where t.configuration_id = c.id and t.snapshot_version = c.reference_version) desc
  limit 1;
  return v_run;
end;
$$;
comment on function benchmark_private.series_reference(public.benchmark_transactions, text) is
  'The newest published run of a series with the data set and environment of an entry, of its variant where there is one; null when there is none. Takes no lock.';

create function benchmark_private.nearest_run(p_entry public.benchmark_transactions)
returns benchmark_private.run_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.run_key;
begin
  select c.id, c.reference_version into v_run
  from public.benchmark_configurations as c
  where c.dataset_version = p_entry.dataset_version
    and c.environment = p_entry.environment
    and (c.model_version = p_entry.model_version or c.prompt_version = p_entry.prompt_version)
    and c.id <> p_entry.configuration_id
    and c.reference_version is not null
  order by (c.model_version = p_entry.model_version)::integer + (c.prompt_version = p_entry.prompt_version)::integer
      + (c.variant = p_entry.variant)::integer desc,
    c.reference_at desc nulls last, c.id
  limit 1;
  return v_run;
end;
$$;
comment on function benchmark_private.nearest_run(public.benchmark_transactions) is
  'The newest published run of the configuration that has most in common with an entry: data set and environment, and model or prompt; null when there is none. Takes no lock.';

create function benchmark_private.flipped_items(
  p_items public.benchmark_items, p_configuration_id uuid, p_snapshot_version integer, p_policy_id integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select benchmark_private.item_changes(p_items, i, p.metric, p.item_score, p.sign, 10)
    from public.benchmark_items as i
    cross join public.benchmark_policies as p
    where i.configuration_id = p_configuration_id and i.snapshot_version = p_snapshot_version and p.id = p_policy_id);
end;
$$;
comment on function benchmark_private.flipped_items(public.benchmark_items, uuid, integer, integer) is
  'The first ten items that changed against a run, by the metric of a policy, as item_changes() gives them; null when that run has no items any more. Takes no lock.';

create type benchmark_private.judged as (
  judgements benchmark_private.judgement[],
  documents jsonb,
  verdict benchmark_private.verdict,
  is_elsewhere boolean
);
comment on type benchmark_private.judged is
  'The judgements of a run as they are stored and as documents, the gravest verdict, and whether a reference is another run than the one before.';

create function benchmark_private.judge(
  p_configuration_id uuid,
  p_snapshot_version integer,
  p_previous_version integer,
  p_model_version text,
  p_metrics jsonb,
  p_items public.benchmark_items,
  p_reference benchmark_private.run_key,
  p_is_chosen boolean,
  p_void_versions integer[],
  p_policy_id integer default null,
  p_is_baseline boolean default false
) returns benchmark_private.judged
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- Or the window of earlier runs is planned anew in every call, at three times its price.
set plan_cache_mode = force_generic_plan
as $$
declare
  v_judged benchmark_private.judged;
  v_judgements benchmark_private.judgement[];
  v_policy public.benchmark_policies;
  v_judgement benchmark_private.judgement;
  v_run benchmark_private.run_key;
  v_reference benchmark_private.scored_run;
  v_to numeric;
  v_to_error numeric;
  v_from_error numeric;
  v_old_items public.benchmark_items;
  v_found record;
  v_window record;
  v_runs integer;
  v_numbers numeric[];
  v_earlier double precision[];
  v_median double precision;
  v_low integer;
  v_high integer;
  v_distance double precision;
  v_value double precision;
  v_lower_distance double precision;
  v_count integer := 0;
  v_metrics integer;
  -- How many are judged by intervals, of each severity.
  v_failing integer := 0;
  v_warning integer := 0;
  v_error double precision;
  -- An element a judgement; of quantiles 32.
  v_quantiles double precision[];
  v_limits double precision[];
  v_slack double precision[];
  v_documents jsonb[];
  v_is_fail boolean[];
  v_quantile double precision;
begin
  v_judged.is_elsewhere := false;
  -- Every run waits for this: one statement for the policies, one for the scores of earlier runs, and
  -- arithmetic, which plpgsql does in fractions of what a statement takes.
  if p_reference.configuration_id is not null then
    select t.snapshot_version, t.commit_sha, t.precision_score, t.recall_score, t.f1_score, t.latency_ms, t.cost_per_analysis
    into v_reference
    from public.benchmark_transactions as t
    where t.configuration_id = p_reference.configuration_id and t.snapshot_version = p_reference.snapshot_version;
  end if;
  for v_policy in
    select p.*
    from public.benchmark_policies as p
    where p.removed_at is null
      and (p_policy_id is null or p.id = p_policy_id)
      and (p.model_version is null or p.model_version = p_model_version)
      and (p.configuration_id is null or p.configuration_id = p_configuration_id)
      and (p.scope_rank = 3 or not exists (
        select
        from public.benchmark_policies as n
        where n.removed_at is null and n.metric = p.metric and n.scope_rank > p.scope_rank
          and (n.model_version is null or n.model_version = p_model_version)
          and (n.configuration_id is null or n.configuration_id = p_configuration_id)))
    order by p.metric, p.severity
  loop
    continue when jsonb_typeof(p_metrics #> v_policy.metric_keys) is distinct from 'number';
    v_to := (p_metrics #> v_policy.metric_keys)::numeric;
    v_run := p_reference;
    v_judgement := null;
    if v_reference.snapshot_version is not null then
      v_judgement.from_value := case v_policy.metric
        when '/f1' then v_reference.f1_score
        when '/precision' then v_reference.precision_score
        when '/recall' then v_reference.recall_score
        when '/latency_ms' then v_reference.latency_ms
        when '/analysis_cost' then v_reference.cost_per_analysis
        else benchmark_private.run_metric(v_run.configuration_id, v_run.snapshot_version, v_policy.metric) end;
    end if;
    -- Of two runs that are only compared, another reference would be an answer to another question.
    if v_judgement.from_value is null and (not p_is_chosen or p_previous_version is not null) then
      -- The baseline, or the run before, lacks it: the newest earlier run that has it.
      select e.snapshot_version, e.value into v_run.snapshot_version, v_judgement.from_value
      from benchmark_private.earlier_with_metric(p_configuration_id, p_snapshot_version, v_policy.metric, 1) as e;
      if found then
        v_run.configuration_id := p_configuration_id;
      end if;
    end if;
    continue when v_judgement.from_value is null;
    v_judgement.policy_id := v_policy.id;
    v_judgement.reference_version := v_run.snapshot_version;
    if v_run.configuration_id <> p_configuration_id then
      v_judgement.reference_configuration_id := v_run.configuration_id;
    end if;
    v_judged.is_elsewhere := v_judged.is_elsewhere or v_judgement.reference_configuration_id is not null
      or v_run.snapshot_version is distinct from p_previous_version;
    v_judgement.is_ratio := false;
    v_judgement.is_chosen := p_is_chosen and v_run = p_reference;
    v_judgement.is_named := (p_is_chosen or p_is_baseline) and v_run = p_reference;

    if p_items.item_set is not null then
      v_old_items := benchmark_private.stored_items(v_run.configuration_id, v_run.snapshot_version);
      if v_old_items.item_set is not null then
        select c.* into v_found
        from benchmark_private.compare_items(p_items, v_old_items, v_policy.metric, v_policy.item_score, v_policy.sign,
          v_policy.limit_kind = 'relative', v_to) as c;
        if v_found.n is not null then
          v_judgement.method := 'paired-items';
          v_judgement.n := v_found.n;
          v_judgement.estimate := v_found.estimate;
          v_judgement.margin := v_found.standard_error;
          v_judgement.degrees := v_found.degrees;
          v_judgement.is_ratio := v_found.is_ratio;
          v_judgement.caveat := v_found.caveat;
        end if;
      end if;
    end if;

    if v_judgement.method is null and jsonb_typeof(p_metrics #> v_policy.standard_error_keys) = 'number' then
      select benchmark_private.metric_number(t.metrics, v_policy.standard_error_keys) into v_from_error
      from public.benchmark_transactions as t
      where t.configuration_id = v_run.configuration_id and t.snapshot_version = v_run.snapshot_version;
      if v_from_error is not null then
        v_to_error := (p_metrics #> v_policy.standard_error_keys)::numeric;
        v_judgement.method := 'standard-errors';
        v_judgement.estimate := v_policy.sign * least(greatest(round(v_to - v_judgement.from_value, 300), -1e150), 1e150)::double precision;
        -- As numerics and clipped: their squares must be numbers.
        v_judgement.margin := greatest(sqrt(least(abs(v_to_error), 1e150) ^ 2 + least(abs(v_from_error), 1e150) ^ 2), 1e-150)::double precision;
        v_judgement.caveat := case when v_to_error <= 0 or v_from_error <= 0 then 'no-standard-error' end;
      end if;
    end if;

    if v_judgement.method is null then
      v_earlier := null;
      if v_judgement.reference_configuration_id is null and not v_judgement.is_chosen
        and v_policy.metric in ('/f1', '/latency_ms', '/analysis_cost')
      then
        if v_runs is null then
          -- Sorted as numerics: a cast takes longer than a comparison.
          select case when p_snapshot_version <= 41 then count(*) else 20 end as runs, coalesce(bool_or(e.is_backfill), false) as has_backfill,
            array_agg(e.f1_score order by e.f1_score) filter (where e.f1_score is not null) as f1,
            array_agg(e.latency_ms order by e.latency_ms) filter (where e.latency_ms is not null) as latency_ms,
            array_agg(e.cost_per_analysis order by e.cost_per_analysis) filter (where e.cost_per_analysis is not null) as cost
          into v_window
          from (
            select t.f1_score, t.latency_ms, t.cost_per_analysis, t.is_backfill
            from public.benchmark_transactions as t
            where t.configuration_id = p_configuration_id
              -- Bounded below, too: whatever plan is chosen, and without statistics it is a poor one, reads no more.
              and t.snapshot_version between p_snapshot_version - 40 and p_snapshot_version - 1
              and t.published and t.snapshot_version <> all (p_void_versions)
            order by t.snapshot_version desc
            limit 20
          ) as e;
        end if;
        v_runs := v_window.runs;
        v_numbers := case v_policy.metric when '/f1' then v_window.f1 when '/latency_ms' then v_window.latency_ms
          else v_window.cost end;
        -- A run without the metric, or out of the order of time, among them: looked for one by one.
        if not v_window.has_backfill and (v_runs < 20 or cardinality(v_numbers) = 20)
          and v_numbers[cardinality(v_numbers)] < 1e150
        then
          v_earlier := v_numbers;
        end if;
      end if;
      if v_earlier is null and coalesce(v_runs, 8) >= 8 then
        -- Clipped far beyond what anybody measures, or a spread of 1 and 1.7e308 would be an
        -- overflow, and every honest run after it refused.
        v_earlier := array(
          select least(greatest(e.value, -1e150), 1e150)::double precision as value
          from benchmark_private.earlier_with_metric(v_run.configuration_id,
            case when v_judgement.reference_configuration_id is not null then v_run.snapshot_version + 1
              else greatest(p_snapshot_version, v_run.snapshot_version) end, v_policy.metric, 20) as e
          order by value);
      end if;
      v_judgement.method := 'none';
      v_judgement.n := cardinality(v_earlier);
      if v_judgement.n >= 8 then
        v_judgement.method := 'history';
        v_median := (v_earlier[(v_judgement.n + 1) / 2] + v_earlier[v_judgement.n / 2 + 1]) / 2;
        -- Their distances from the median in ascending order, from the middle outwards, up to the middle one.
        v_low := (v_judgement.n + 1) / 2;
        v_high := v_low + 1;
        for i in 1..v_judgement.n / 2 + 1 loop
          v_lower_distance := v_distance;
          if v_high > v_judgement.n or v_median - v_earlier[v_low] <= v_earlier[v_high] - v_median then
            v_distance := v_median - v_earlier[v_low];
            v_low := v_low - 1;
          else
            v_distance := v_earlier[v_high] - v_median;
            v_high := v_high + 1;
          end if;
        end loop;
        v_error := 1.4826 * case when v_judgement.n % 2 = 0 then (v_lower_distance + v_distance) / 2 else v_distance end;
        if v_error = 0 then
          foreach v_value in array v_earlier loop
            v_error := v_error + abs(v_value - v_median);
          end loop;
          v_error := 1.2533 * v_error / v_judgement.n;
        end if;
        -- From the median, whose own error widens the interval; where somebody named one run, from that
        -- run, which is as uncertain as this one.
        v_judgement.estimate := v_policy.sign * (least(greatest(v_to, -1e150), 1e150)::double precision
          - case when v_judgement.is_named then least(greatest(v_judgement.from_value, -1e150), 1e150)::double precision else v_median end);
        v_judgement.margin := v_error * case when v_judgement.is_named then sqrt(2) else sqrt(1 + pi() / (2 * v_judgement.n)) end;
        v_judgement.degrees := 0.37::double precision * v_judgement.n;
        v_judgement.caveat := case when v_error = 0 and v_judgement.estimate < 0 then 'no-spread' end;
      else
        v_judgement.n := null;
      end if;
    end if;
    v_is_fail[v_count + 1] := v_policy.severity = 'fail';
    if v_judgement.method = 'none' then
      null;
    elsif v_policy.severity = 'fail' then
      v_failing := v_failing + 1;
    else
      v_warning := v_warning + 1;
    end if;
    v_count := v_count + 1;
    -- is_worse(), written in.
    if v_judgement.method = 'none' then
      v_judgement.verdict := case
        when (v_judgement.from_value - v_to) * v_policy.sign
          > v_policy.absolute_limit + v_policy.relative_limit * abs(v_judgement.from_value) then 'worse'
        else 'not-worse' end::benchmark_private.verdict;
    else
      -- The limit on the scale of the estimate; and nothing is decided by the twelfth digit, which
      -- depends on the order of sums.
      v_limits[v_count] := case
        when not v_judgement.is_ratio
          then round(least(v_policy.absolute_limit + v_policy.relative_limit * abs(v_judgement.from_value), 1e300), 300)::double precision
        when v_policy.sign < 0 then ln(1 + v_policy.relative_limit::double precision)
        when v_policy.relative_limit < 1 then -ln(1 - v_policy.relative_limit::double precision)
        else 1e300 end;
      v_slack[v_count] := 1e-12::double precision * case when v_judgement.is_ratio then 1
        else greatest(abs(v_judgement.from_value), abs(v_to), 1e-200)::double precision end;
    end if;
    v_quantiles := v_quantiles || v_policy.quantiles;
    v_documents[v_count] := v_policy.document || jsonb_build_object('from', v_judgement.from_value, 'to', v_to,
      'change', v_to - v_judgement.from_value, 'method', v_judgement.method, 'caveat', v_judgement.caveat, 'n', v_judgement.n,
      'reference_version', v_judgement.reference_version, 'reference_configuration_id', v_judgement.reference_configuration_id, 'is_named', v_judgement.is_named);
    v_judgements[v_count] := v_judgement;
  end loop;

  for i in 1..v_count loop
    v_judgement := v_judgements[i];
    if v_judgement.method <> 'none' then
      -- Joint over the metrics that can fail a build, or warn, at once (Bonferroni): of ten honest runs
      -- one would be called worse otherwise. t_quantile(), written in.
      v_metrics := case when v_is_fail[i] then v_failing else v_warning end;
      v_quantile := v_quantiles[(i - 1) * 32 + least(v_metrics, 32)];
      v_judgement.metrics := v_metrics;
      v_judgement.margin := v_judgement.margin * case when v_judgement.degrees is null then v_quantile else
        sqrt(v_judgement.degrees * (exp((v_quantile * (8 * v_judgement.degrees + 3) / (8 * v_judgement.degrees + 1)) ^ 2
          / v_judgement.degrees) - 1)) end;
      v_judgement.verdict := case
        when v_judgement.caveat in ('undefined', 'too-few-items', 'no-spread', 'no-standard-error') then 'inconclusive'
        when v_judgement.estimate + v_judgement.margin < -v_slack[i]
          and v_judgement.estimate < -(v_limits[i] + v_slack[i]) then 'worse'
        when v_judgement.caveat = 'too-few-common-items' then 'inconclusive'
        when v_judgement.caveat = 'identical' or v_judgement.estimate - v_judgement.margin > v_slack[i] - v_limits[i] then 'not-worse'
        else 'inconclusive' end::benchmark_private.verdict;
      v_judgements[i] := v_judgement;
    end if;
    if v_judgement.method = 'paired-items' and v_judgement.verdict <> 'not-worse' then
      v_documents[i] := v_documents[i] || jsonb_build_object('flipped', benchmark_private.flipped_items(
        p_items, coalesce(v_judgement.reference_configuration_id, p_configuration_id), v_judgement.reference_version,
        v_judgement.policy_id));
    end if;
    v_documents[i] := v_documents[i] || jsonb_build_object('verdict', v_judgement.verdict, 'metrics', v_judgement.metrics,
      'is_ratio', v_judgement.is_ratio, 'estimate', v_judgement.estimate, 'margin', v_judgement.margin, 'degrees', v_judgement.degrees);
    v_judged.verdict := least(v_judged.verdict, v_judgement.verdict);
  end loop;
  v_judged.judgements := v_judgements;
  v_judged.documents := to_jsonb(v_documents);
  return v_judged;
end;
$$;
comment on function benchmark_private.judge(uuid, integer, integer, text, jsonb, public.benchmark_items, benchmark_private.run_key, boolean, integer[], integer, boolean) is
  'A run judged by the policies in force (or by one of them), ordered by metric and severity; judgements are null when there is nothing to compare. p_reference is the baseline (p_is_baseline), the run before, or the newest of the series of a run without earlier ones, or where p_is_chosen what the caller named; where it lacks a metric, the newest earlier run that has it, unless p_previous_version is null. With the best evidence there is: paired items (compare_items()), else standard errors, else the last 20 published runs from 8 on, else the limit alone. The history: distance from the median (from the reference, where somebody named it), with 1.4826 times the median absolute deviation (Leys et al. 2013, J. Exp. Soc. Psychol. 49), or 1.2533 times the mean one where that is 0, widened by the error of the median; such a scale from k runs has 0.37 k degrees of freedom (simulated, see docs/judging.md). worse: the interval lies below 0 and the estimate beyond the limit; not-worse: the interval lies above the limit; else inconclusive. Takes no lock.';
