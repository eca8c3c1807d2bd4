-- The first screen: what got worse, where, since when, and is it real. One call for all
-- configurations.

create function benchmark_private.spark(
  p_configuration_id uuid, p_version integer, p_void_versions integer[], p_metric text
) returns numeric[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[];
begin
  -- The scores have columns: thirty documents a configuration would be most of what a call costs.
  case p_metric
    when '/f1' then
      return array(
        select r.value from (
          select t.snapshot_version, t.f1_score as value from public.benchmark_transactions as t
          where t.configuration_id = p_configuration_id and t.snapshot_version between p_version - 300 and p_version
            and t.published and not t.is_backfill and t.snapshot_version <> all (p_void_versions)
          order by t.snapshot_version desc limit 30) as r order by r.snapshot_version);
    when '/latency_ms' then
      return array(
        select r.value from (
          select t.snapshot_version, t.latency_ms as value from public.benchmark_transactions as t
          where t.configuration_id = p_configuration_id and t.snapshot_version between p_version - 300 and p_version
            and t.published and not t.is_backfill and t.snapshot_version <> all (p_void_versions)
          order by t.snapshot_version desc limit 30) as r order by r.snapshot_version);
    else
      v_keys := benchmark_private.metric_keys(p_metric);
      return array(
        select r.value from (
          select t.snapshot_version, case
            -- What is packed into more takes too long to unpack for a picture of forty pixels.
            when pg_column_size(t.metrics) > 8000 then null
            when jsonb_typeof(t.metrics #> v_keys) = 'number' then (t.metrics #> v_keys)::numeric end as value
          from public.benchmark_transactions as t
          where t.configuration_id = p_configuration_id and t.snapshot_version between p_version - 300 and p_version
            and t.published and not t.is_backfill and t.snapshot_version <> all (p_void_versions)
          order by t.snapshot_version desc limit 30) as r order by r.snapshot_version);
  end case;
end;
$$;
comment on function benchmark_private.spark(uuid, integer, integer[], text) is
  'A number in the last 30 published, not void, not backfilled runs up to a version of a configuration, oldest first, of the last 300 versions; null for a run without it or with a document of over 8000 bytes. Takes no lock.';

create function public.get_dashboard_overview(p_candidates boolean default false) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_regressions jsonb := (
    select coalesce(jsonb_agg(r order by r.severity, r.since_at desc), '[]') from benchmark_private.regression_states() as r);
begin
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'metrics', (select coalesce(jsonb_agg(m order by m.metric), '[]') from public.benchmark_metrics as m),
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
        select s.*, o.metric as open_metric, row_number() over (order by o.metric is null, s.at desc, s.id) as position
        from subjects as s
        left join open as o on o.configuration_id = s.id
        order by position
        limit 2000
      ),
      headed as materialized (
        select s.id, s.version, s.void_versions, s.reference_version, s.position, j.judgement,
          coalesce(s.open_metric, case when j.verdict <> 'not-worse' then j.metric end,
            case when t.f1_score is not null then '/f1' end, j.metric,
            case when t.precision_score is not null then '/precision' when t.recall_score is not null then '/recall'
              when t.latency_ms is not null then '/latency_ms' when t.cost_per_analysis is not null then '/analysis_cost' end,
            (select l.path from benchmark_private.metric_leaves(t.metrics) as l limit 1)) as metric
        from chosen as s
        join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.version
        left join lateral (
          select p.metric, g.verdict, jsonb_build_object('metric', p.metric, 'better', p.better, 'verdict', g.verdict,
            'severity', p.severity, 'limit_kind', p.limit_kind, 'limit_value', p.limit_value, 'from', g.from_value,
            'method', g.method, 'n', g.n, 'is_ratio', g.is_ratio, 'estimate', g.estimate, 'margin', g.margin,
            'from_version', g.reference_version,
            'reference_configuration_id', coalesce(g.reference_configuration_id, s.id)) as judgement
          from unnest(t.judgements) as g
          join public.benchmark_policies as p on p.id = g.policy_id
          -- An open regression is told of by itself; of the rest, what is gravest, else F1.
          order by p.metric = s.open_metric desc nulls last, g.verdict, p.severity, p.metric <> '/f1', p.metric
          limit 1
        ) as j on true
      )
      select coalesce(jsonb_agg(jsonb_build_object(
        'configuration_id', h.id,
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
          else benchmark_private.metric_number(t.metrics, benchmark_private.metric_keys(h.metric)) end,
        'judgement', h.judgement,
        'spark', case when h.position <= 1000 then
          benchmark_private.spark(h.id, h.reference_version, h.void_versions, h.metric) end) order by h.position), '[]')
      from headed as h
      join public.benchmark_transactions as t on t.configuration_id = h.id and t.snapshot_version = h.version));
end;
$$;
comment on function public.get_dashboard_overview(boolean) is
  'Of every configuration the newest published run, or with p_candidates of every branch the newest candidate among its last 50 versions, with the number that a person must see: the frame and {metrics: the catalogue, regressions: open and acknowledged ones (see regression_states()), runs: [{configuration_id, snapshot_version, published, at (seconds since 1970), commit_sha, branch_name, run_id, run_attempt, tags, attested, repository, issuer, f1, latency_ms, analysis_cost, verdict, metric, value, judgement: of that metric by the run when it was stored or null, spark: the metric in the last 30 published runs}]}; at most 2000 runs, those with an open regression first, then the newest, and of the first 1000 their sparks. metric is the one of an open regression, else of the gravest judgement, else F1, else one that the run has. Takes no lock.';
