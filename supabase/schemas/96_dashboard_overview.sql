-- The first screen: what got worse, where, since when, and is it real. One call for all
-- configurations.

create function public.get_dashboard_overview(p_candidates boolean default false) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- Twice what other readers have: a thousand configurations take a fifth to two fifths of it.
set statement_timeout = '1s'
as $$
declare
  v_regressions jsonb := (
    select coalesce(jsonb_agg(r order by r.severity, r.since_at desc), '[]') from benchmark_private.regression_states() as r);
begin
  return benchmark_private.dashboard_frame((
    -- A limit that warns and one that fails can both be exceeded by what is one fall.
    select count(distinct (r.configuration_id, r.metric))
    from jsonb_to_recordset(v_regressions) as r(configuration_id uuid, metric text, acknowledged_at timestamptz)
    where r.acknowledged_at is null
  )) || jsonb_build_object(
    'regressions', v_regressions,
    'runs', (
      with subjects as (
        select c.id, c.reference_version as version, c.void_versions, c.reference_version, c.reference_at as at
        from public.benchmark_configurations as c
        where not p_candidates and c.reference_version is not null
        union all
        -- Of each branch the newest, while it is young: older ones are merged or forgotten.
        select c.id, n.snapshot_version, c.void_versions, coalesce(c.reference_version, 0), n.created_at
        from public.benchmark_configurations as c
        cross join lateral (
          select distinct on (t.branch_name) t.snapshot_version, t.created_at
          from public.benchmark_transactions as t
          where t.configuration_id = c.id and t.snapshot_version > c.last_version - 50 and not t.published
            and t.snapshot_version <> all (c.void_versions)
          order by t.branch_name, t.snapshot_version desc
        ) as n
        where p_candidates
      ),
      open as materialized (
        select distinct on (r.configuration_id) r.configuration_id, r.metric
        from jsonb_to_recordset(v_regressions) as r(
          configuration_id uuid, metric text, severity text, acknowledged_at timestamptz)
        where r.acknowledged_at is null and not p_candidates
        order by r.configuration_id, r.severity, r.metric
      ),
      chosen as materialized (
        -- A call has to end, however many there are: those that are worse, then those that ran last.
        select s.*, o.metric as open_metric,
          row_number() over (order by o.metric is null, t.verdict is null, t.verdict, s.at desc, s.id) as position
        from subjects as s
        join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.version
        left join open as o on o.configuration_id = s.id
        order by position
        limit 2000
      ),
      headed as (
        select s.id, s.version, s.void_versions, s.reference_version, s.position,
          -- Built for the one that is shown and not for all that it is chosen from.
          case when j.metric is not null then jsonb_build_object('metric', j.metric, 'better', j.better, 'verdict', j.verdict,
            'severity', j.severity, 'limit_kind', j.limit_kind, 'limit_value', j.limit_value, 'from', j.from_value,
            'method', j.method, 'n', j.n, 'is_ratio', j.is_ratio, 'estimate', j.estimate, 'margin', j.margin,
            'from_version', j.reference_version,
            'reference_configuration_id', coalesce(j.reference_configuration_id, s.id)) end as judgement,
          coalesce(s.open_metric, case when j.verdict <> 'not-worse' then j.metric end,
            case when t.f1_score is not null then '/f1' end, j.metric,
            case when t.precision_score is not null then '/precision' when t.recall_score is not null then '/recall'
              when t.latency_ms is not null then '/latency_ms' when t.cost_per_analysis is not null then '/analysis_cost' end,
            (select l.path from benchmark_private.metric_leaves(t.metrics) as l where l.path <> '/' limit 1)) as metric
        from chosen as s
        join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.version
        left join lateral (
          select p.metric, p.better, p.severity, p.limit_kind, p.limit_value, g.verdict, g.from_value, g.method, g.n,
            g.is_ratio, g.estimate, g.margin, g.reference_version, g.reference_configuration_id
          from unnest(t.judgements) as g
          join public.benchmark_policies as p on p.id = g.policy_id
          -- An open regression is told of by itself; of the rest, what is gravest, else F1.
          order by p.metric = s.open_metric desc nulls last, g.verdict, p.severity, p.metric <> '/f1', p.metric
          limit 1
        ) as j on true
      ),
      -- Once a row, and not once for each of its runs.
      keyed as materialized (select h.*, benchmark_private.metric_keys(h.metric) as keys from headed as h)
      select coalesce(jsonb_agg(jsonb_build_object(
        'configuration_id', h.id,
        'is_replaced', c.series is not null and benchmark_private.is_replaced(c),
        'snapshot_version', h.version,
        'published', t.published,
        'at', extract(epoch from least(t.measured_at, t.created_at)),
        'commit_sha', t.commit_sha,
        'branch_name', t.branch_name,
        'run_id', t.run_id,
        'run_attempt', t.run_attempt,
        'tags', coalesce(t.tags, '{}'),
        'attested', t.provenance -> 'attested',
        'repository', t.provenance #>> '{claims,repository}',
        'issuer', t.provenance ->> 'issuer',
        'f1', t.f1_score,
        'latency_ms', t.latency_ms,
        'analysis_cost', t.cost_per_analysis,
        'verdict', t.verdict,
        'metric', h.metric,
        'value', case h.metric when '/f1' then t.f1_score when '/latency_ms' then t.latency_ms
          else benchmark_private.metric_number(t.metrics, h.keys) end,
        'judgement', h.judgement,
        'spark', case when h.position <= 1500 then jsonb_build_array(last.numbers, earlier.numbers) end)
        order by h.position), '[]')
      from keyed as h
      join public.benchmark_configurations as c on c.id = h.id
      join public.benchmark_transactions as t on t.configuration_id = h.id and t.snapshot_version = h.version
      left join lateral (
        select array_agg(r.value order by r.snapshot_version) as numbers, min(r.snapshot_version) as first_version
        from (
          select p.snapshot_version, case h.metric
            -- Scores have columns: thirty documents a configuration would be most of what a call costs.
            when '/f1' then p.f1_score when '/latency_ms' then p.latency_ms
            -- And what is packed into more takes too long to unpack for a picture of forty pixels.
            else case when pg_column_size(p.metrics) <= 8000 and jsonb_typeof(p.metrics #> h.keys) = 'number'
              then (p.metrics #> h.keys)::numeric end end as value
          from public.benchmark_transactions as p
          where h.position <= 1500 and p.configuration_id = h.id
            and p.snapshot_version between h.reference_version - 300 and h.reference_version
            and p.published and not p.is_backfill and p.snapshot_version <> all (h.void_versions)
          order by p.snapshot_version desc
          limit 30
        ) as r
      ) as last on true
      left join lateral (
        select array_agg(case h.metric when '/f1' then p.f1_score when '/latency_ms' then p.latency_ms
            else case when pg_column_size(p.metrics) <= 8000 and jsonb_typeof(p.metrics #> h.keys) = 'number'
              then (p.metrics #> h.keys)::numeric end end order by p.snapshot_version) as numbers
        from generate_series(greatest(last.first_version - 70, (last.first_version - 1) % 5 + 1), last.first_version - 5, 5) as n(version)
        join public.benchmark_transactions as p on p.configuration_id = h.id and p.snapshot_version = n.version
        where last.first_version > 5
          and p.published and not p.is_backfill and p.snapshot_version <> all (h.void_versions)
      ) as earlier on true));
end;
$$;
comment on function public.get_dashboard_overview(boolean) is
  'Of every configuration the newest published run, or with p_candidates of every branch the newest candidate among its last 50 versions, with the number that a person must see: the frame and {regressions: open and acknowledged ones (see regression_states()), runs: [{configuration_id, is_replaced, snapshot_version, published, at (seconds since 1970), commit_sha, branch_name, run_id, run_attempt, tags, attested, repository, issuer, f1, latency_ms, analysis_cost, verdict, metric, value, judgement: of that metric by the run when it was stored or null, spark: [the metric in the last 30 published runs among the last 300 versions, in every fifth of the 70 before], oldest first, null for a run without it or with a document of over 8000 bytes}]}; at most 2000 runs, those with an open regression first, then by verdict, then the newest, and of the first 1500 their sparks. metric is the one of an open regression, else of the gravest judgement, else F1, else one that the run has. Takes no lock.';
