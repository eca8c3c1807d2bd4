-- Every run is judged in the transaction that stores it.

create view benchmark_private.run_scores with (security_invoker = true) as
select t.configuration_id, t.snapshot_version, t.published, s.metric, s.value
from public.benchmark_transactions as t
cross join lateral (values
  ('/f1', t.f1_score), ('/precision', t.precision_score), ('/recall', t.recall_score),
  ('/latency_ms', t.latency_ms), ('/analysis_cost', t.cost_per_analysis)
) as s(metric, value);
comment on view benchmark_private.run_scores is
  'The five scores of each run, a row each, by their JSON pointers: numbers that can be read without unpacking a document.';

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
        and e.snapshot_version < p_before_version
        and e.published
        and e.snapshot_version <> all (c.void_versions)
      order by e.snapshot_version desc
      -- A metric that is gone for longer begins anew; a search has to end.
      limit 1000
    ) as t
  ) as r
  where r.value is not null
  order by r.at desc, r.snapshot_version desc
  limit p_limit;
end;
$$;
comment on function benchmark_private.earlier_with_metric(uuid, integer, text, integer) is
  'Of the runs before a version that are published, not void and have a number, the p_limit that were measured last, the last first; looked for among 1000. Takes no lock.';

create function benchmark_private.is_outside_spread(
  p_configuration_id uuid,
  p_before_version integer,
  p_metric text,
  p_value numeric,
  p_sign integer
) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_earlier numeric[];
  v_scale numeric;
  v_values double precision[];
  v_median double precision;
  v_spread double precision;
begin
  v_earlier := array(
    select e.value
    from benchmark_private.earlier_with_metric(p_configuration_id, p_before_version, p_metric, 20) as e);
  if cardinality(v_earlier) < 8 then
    return true;
  end if;
  -- By the largest of them, or a history of 1 and 1.7e308 would be an overflow, and every honest
  -- run after it refused.
  v_scale := greatest((select max(abs(e.value)) from unnest(v_earlier) as e(value)), abs(p_value));
  if v_scale = 0 then
    return false;
  end if;
  v_values := array(select round(e.value / v_scale, 15)::double precision from unnest(v_earlier) as e(value));
  select percentile_cont(0.5) within group (order by e.value) into v_median
  from unnest(v_values) as e(value);
  select percentile_cont(0.5) within group (order by abs(e.value - v_median)) into v_spread
  from unnest(v_values) as e(value);
  -- 1.4826 makes the MAD of normal noise its standard deviation; three of them is the
  -- conservative of the cutoffs that Leys et al. discuss.
  return (v_median - round(p_value / v_scale, 15)::double precision)
    * p_sign > 3 * 1.4826 * v_spread;
end;
$$;
comment on function benchmark_private.is_outside_spread(uuid, integer, text, numeric, integer) is
  'Whether a value is worse than the noise of the 20 runs before a version explains: further from their median than three scaled median absolute deviations (Leys et al. 2013, "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around the median", J. Exp. Soc. Psychol. 49). True when fewer than 8 of them have the metric: then there is no spread to speak of.';

create function benchmark_private.judge(
  p_entry public.benchmark_transactions,
  p_baseline_version integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_policy record;
  v_version integer;
  v_from numeric;
  v_to numeric;
  v_judgements jsonb := jsonb_build_array();
begin
  for v_policy in
    select p.*
    from benchmark_private.applicable_policies as p
    where p.configuration_id = p_entry.configuration_id
    order by p.metric, p.severity
  loop
    v_to := benchmark_private.metric_number(p_entry.metrics, v_policy.metric_keys);
    continue when v_to is null;
    -- The baseline if it has the metric, else the newest earlier run that has it.
    v_version := p_baseline_version;
    v_from := benchmark_private.run_metric(p_entry.configuration_id, p_baseline_version, v_policy.metric);
    if v_from is null then
      select e.snapshot_version, e.value into v_version, v_from
      from benchmark_private.earlier_with_metric(
        p_entry.configuration_id, p_entry.snapshot_version, v_policy.metric, 1) as e;
    end if;
    if benchmark_private.is_worse(v_from, v_to, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit)
      and benchmark_private.is_outside_spread(
        p_entry.configuration_id, p_entry.snapshot_version, v_policy.metric, v_to, v_policy.sign)
    then
      v_judgements := v_judgements || jsonb_build_object(
        'metric', v_policy.metric,
        'severity', v_policy.severity,
        'better', v_policy.better,
        'from_version', v_version,
        'from', v_from,
        'to', v_to,
        'change', v_to - v_from,
        'limit', v_policy.limit_value,
        'limit_kind', v_policy.limit_kind);
    end if;
  end loop;
  return nullif(v_judgements, '[]');
end;
$$;
comment on function benchmark_private.judge(public.benchmark_transactions, integer) is
  'What a run, about to be stored, is worse in by the policies in force, as its receipt lists it; null when in nothing. Each metric is compared with the baseline if that has it, else with the newest earlier run that can be a reference and has it; worse is beyond the limit, and outside the spread of the runs before it once there are 8. Takes no lock.';
