-- What the dashboard shows, one call a view. Each answer is one JSON document: PostgREST cuts
-- result sets at its max-rows, and a view should neither lose rows nor need a second request.
-- Row security of the reader applies to all of it.

create function public.get_ledger_cursor() returns text
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select md5(concat(
    (select string_agg(concat_ws(',',
        c.id, c.last_version, c.current_version, c.baseline_version, c.series, c.void_versions), ';' order by c.id)
     from public.benchmark_configurations as c),
    (select string_agg(p::text, ';' order by p.id) from public.benchmark_policies as p),
    (select max(d.id) from public.benchmark_decisions as d),
    (select max(r.replayed_at) from public.benchmark_replayed_judgements as r),
    (select string_agg(m::text, ';' order by m.metric) from public.benchmark_metrics as m),
    benchmark_private.may_read()));
$$;
comment on function public.get_ledger_cursor() is
  'A text that differs as soon as a run is stored, something is decided or a policy changes: poll it, and read again when it does. Made of what is there and not of times, because transactions do not end in the order of their times. Reads the configurations; takes no lock.';

create function benchmark_private.newest_configuration() returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select c.id
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = c.last_version
  -- A first run has no trend, and nothing to be compared with.
  order by c.last_version > 1 desc, t.created_at desc
  limit 1;
$$;
comment on function benchmark_private.newest_configuration() is
  'The configuration that the newest run belongs to, of those with at least two runs where there are such; null when there is none. Takes no lock.';

create function benchmark_private.is_replaced(p_configuration public.benchmark_configurations) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_configuration.series is not null and exists (
    select
    from public.benchmark_configurations as o
    where o.series = p_configuration.series and o.dataset_version = p_configuration.dataset_version
      and o.environment = p_configuration.environment and o.variant = p_configuration.variant
      and o.id <> p_configuration.id and o.reference_version is not null
      and o.created_at > (
        select t.created_at from public.benchmark_transactions as t
        where t.configuration_id = p_configuration.id and t.snapshot_version = p_configuration.reference_version));
end;
$$;
comment on function benchmark_private.is_replaced(public.benchmark_configurations) is
  'Whether another configuration of the same series, data set, environment and variant has taken its place: one that is newer than its newest published run. Takes no lock.';

create function benchmark_private.regression_states(p_configuration_id uuid default null)
returns table (
  configuration_id uuid,
  metric text,
  better text,
  severity text,
  reference_version integer,
  is_baseline boolean,
  reference_value numeric,
  current_version integer,
  current_value numeric,
  limit_kind text,
  limit_value numeric,
  since_version integer,
  since_commit text,
  since_at timestamptz,
  reference_configuration_id uuid,
  series text,
  acknowledged_as text,
  acknowledged_by text,
  acknowledged_at timestamptz,
  acknowledged_reason text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with judged as (
    select p.metric, p.better, p.severity, p.limit_kind, p.limit_value, p.sign, p.absolute_limit, p.relative_limit,
      p.metric_keys, c.id, c.series, c.reference_version as current_version, c.void_versions,
      r.configuration_id as reference_configuration_id,
      r.version as reference_version,
      r.is_baseline,
      r.value as reference_value,
      benchmark_private.run_metric(c.id, c.reference_version, p.metric) as current_value
    from public.benchmark_configurations as c
    join benchmark_private.applicable_policies as p on p.for_configuration_id = c.id
    -- The baseline if it has the metric, else what the last recorded regression was measured from.
    cross join lateral (
      (select c.id as configuration_id, c.baseline_version as version, true as is_baseline, b.value
       from benchmark_private.run_metric(c.id, c.baseline_version, p.metric) as b(value)
       where b.value is not null)
      union all
      (select g.reference_configuration_id, g.from_version, false, g.basis_value
       from public.benchmark_regressions as g
       where g.configuration_id = c.id and g.metric = p.metric
         and g.published and g.snapshot_version <> all (c.void_versions)
         -- What one run was asked to be compared with is not what the next ones should be.
         and not g.is_chosen
         and (g.reference_configuration_id <> c.id or g.from_version <> all (c.void_versions))
       order by g.snapshot_version desc
       limit 1)
      limit 1
    ) as r
    -- In a series, another configuration can have taken its place: what ran last is what is open.
    where (p_configuration_id is null or c.id = p_configuration_id)
      -- Most have neither, and need not be looked at policy by policy.
      and (c.baseline_version is not null
        or exists (
          select from public.benchmark_transactions as t where t.configuration_id = c.id and t.verdict = 'worse')
        or exists (
          select from public.benchmark_replayed_judgements as r where r.configuration_id = c.id))
      and (c.series is null or not benchmark_private.is_replaced(c))
  )
  select j.id, j.metric, j.better, j.severity,
    -- While a history still knows better days, every run is found worse: the run before the first of them counts.
    case when j.is_baseline or j.reference_configuration_id <> j.id then j.reference_version
      else least(j.reference_version, since.previous_version) end,
    j.is_baseline, j.reference_value,
    j.current_version, j.current_value, j.limit_kind, j.limit_value,
    since.snapshot_version, since.commit_sha, least(since.measured_at, since.created_at),
    j.reference_configuration_id, j.series,
    acknowledged.resolution, acknowledged.decided_by, acknowledged.decided_at, acknowledged.reason
  from judged as j
  cross join lateral (
    -- The run after the last one that was good enough; of a regression older than 1000 runs, the
    -- oldest of these.
    select t.snapshot_version, t.commit_sha, t.created_at, t.measured_at, t.previous_version
    from public.benchmark_transactions as t
    where t.configuration_id = j.id
      and t.published and not t.is_backfill and t.snapshot_version <> all (j.void_versions)
      and t.snapshot_version <= j.current_version
      and t.snapshot_version > greatest(
        -- A baseline can be newer than a version that was checked out.
        case when j.is_baseline and j.reference_version < j.current_version then j.reference_version end,
        j.current_version - 1000, (
        -- Read backwards, and no further than to the one that is looked for.
        select w.snapshot_version
        from (
          select e.snapshot_version, case j.metric
            when '/f1' then e.f1_score when '/latency_ms' then e.latency_ms when '/analysis_cost' then e.cost_per_analysis
            else benchmark_private.metric_number(e.metrics, j.metric_keys) end as value
          from public.benchmark_transactions as e
          where e.configuration_id = j.id
            and e.snapshot_version between j.current_version - 1000 and j.current_version - 1
            and e.published and e.snapshot_version <> all (j.void_versions)
          order by e.snapshot_version desc
        ) as w
        where not benchmark_private.is_worse(j.reference_value, w.value, j.sign, j.absolute_limit, j.relative_limit)
        limit 1))
    order by t.snapshot_version
    limit 1
  ) as since
  left join lateral (
    -- The last word about a run since then.
    select d.*
    from public.benchmark_decisions as d
    where d.configuration_id = j.id and d.kind in ('acknowledge', 'unacknowledge') and d.metric = j.metric
      and d.snapshot_version between since.snapshot_version and j.current_version
    order by d.id desc
    limit 1
  ) as acknowledged on acknowledged.kind = 'acknowledge'
    -- Nobody accepted what came after: a further fall is open again, as it is told again.
    and not coalesce(benchmark_private.is_worse(
      benchmark_private.run_metric(j.id, acknowledged.snapshot_version, j.metric), j.current_value,
      j.sign, j.absolute_limit, j.relative_limit), false)
  where benchmark_private.is_worse(j.reference_value, j.current_value, j.sign, j.absolute_limit, j.relative_limit)
  order by j.severity, j.id, j.metric;
$$;
comment on function benchmark_private.regression_states(uuid) is
  'Of one configuration, or of all: what is worse now than the baseline, beyond the limit of a policy, acknowledged or not: the newest published run of each configuration against its baseline, or where that is missing or lacks the metric against what its last recorded regression was measured from (a run, or the median of a history), which is another configuration for the first run of a series'' newest; and the version since which every published run is (of the last 1000), and when that was measured, else stored. A configuration that another one of its series has replaced is left out. The spread of earlier runs does not count here: a shift that lasts becomes their spread. Takes no lock.';

create function benchmark_private.dashboard_frame(p_open_regressions bigint default null) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'readable', benchmark_private.may_read(),
    'read_access', benchmark_private.read_access(),
    'cursor', public.get_ledger_cursor(),
    'open_regressions', coalesce(p_open_regressions, (
      select count(distinct (r.configuration_id, r.metric))
      from benchmark_private.regression_states() as r where r.acknowledged_at is null)),
    'catalogue', (select coalesce(jsonb_agg(m order by m.metric), '[]') from public.benchmark_metrics as m),
    'configurations', public.list_configurations());
$$;
comment on function benchmark_private.dashboard_frame(bigint) is
  'What every view of the dashboard needs besides its own: {readable, read_access, cursor, open_regressions: how many metrics of configurations have one, catalogue: what metrics are called, configurations}. p_open_regressions is their number where the caller has counted them. Takes no lock.';

create function public.get_dashboard_current() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select benchmark_private.dashboard_frame() || jsonb_build_object(
    'snapshots', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'configuration_id', c.id,
        'snapshot_version', t.snapshot_version,
        'created_at', t.created_at,
        'f1', t.f1_score,
        'precision', t.precision_score,
        'recall', t.recall_score,
        'latency_ms', t.latency_ms,
        'analysis_cost', t.cost_per_analysis,
        'commit_sha', t.commit_sha,
        'branch_name', t.branch_name,
        'run_id', t.run_id,
        'run_attempt', t.run_attempt,
        'tags', coalesce(t.tags, '{}'),
        'attested', t.provenance -> 'attested',
        'repository', t.provenance #>> '{claims,repository}',
        'issuer', t.provenance ->> 'issuer')
        order by t.f1_score desc nulls last, c.model_version, c.id), '[]')
      from public.benchmark_configurations as c
      join public.benchmark_transactions as t
        on t.configuration_id = c.id and t.snapshot_version = c.current_version));
$$;
comment on function public.get_dashboard_current() is
  'The current snapshot of every configuration, best F1 first, without the metrics documents: the frame and {snapshots}. Takes no lock.';

create function benchmark_private.metrics_to_choose(p_runs benchmark_private.run_key[]) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    -- Numbers of single documents and the like (/individual_results/17/…) would bury the rest, and
    -- one without a key cannot be named.
    select coalesce(jsonb_agg(distinct l.path), '[]')
    from unnest(p_runs) as r
    join public.benchmark_transactions as t
      on t.configuration_id = r.configuration_id and t.snapshot_version = r.snapshot_version
    cross join lateral benchmark_private.metric_leaves(t.metrics) as l
    where l.path !~ '/[0-9]+(/|$)' and l.path <> '/');
end;
$$;
comment on function benchmark_private.metrics_to_choose(benchmark_private.run_key[]) is
  'The numbers of some runs that are not inside an array, by their JSON pointers, as a JSON array. Takes no lock.';

create function benchmark_private.usual_metric(p_metrics jsonb) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select m.path
    from jsonb_array_elements_text(p_metrics) as m(path)
    order by m.path <> '/f1',
      not exists (select from public.benchmark_policies as p where p.metric = m.path and p.removed_at is null and p.better = 'higher'),
      not exists (select from public.benchmark_policies as p where p.metric = m.path and p.removed_at is null),
      m.path
    limit 1);
end;
$$;
comment on function benchmark_private.usual_metric(jsonb) is
  'Of a JSON array of metrics the one to show where none is asked for: F1, else what is judged, a score before a cost, else the first by name; null of none. Takes no lock.';

create function benchmark_private.dashboard_series(
  p_ids uuid[], p_metric text, p_from timestamptz, p_to timestamptz, p_points integer, p_candidates boolean
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := benchmark_private.metric_keys(p_metric);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'configuration_id', c.id,
      'baseline', case when c.baseline_version is not null then jsonb_build_object(
        'snapshot_version', c.baseline_version,
        'value', benchmark_private.run_metric(c.id, c.baseline_version, p_metric)) end,
      'points', (
        select coalesce(jsonb_agg(jsonb_build_array(
          p.snapshot_version,
          extract(epoch from p.measured_at),
          p.value, p.commit_sha, p.every) order by p.measured_at, p.snapshot_version), '[]')
        from public.get_trend(c.id, p_metric, p_from, p_to, p_points) as p),
      'candidates', (
        select coalesce(jsonb_agg(jsonb_build_array(
          r.snapshot_version, extract(epoch from r.at), r.value, r.commit_sha, 1) order by r.at, r.snapshot_version), '[]')
        from (
          select t.snapshot_version, least(t.measured_at, t.created_at) as at, t.commit_sha,
            benchmark_private.metric_number(t.metrics, v_keys) as value
          from public.benchmark_transactions as t
          where p_candidates and t.configuration_id = c.id and t.snapshot_version > c.last_version - 1000
            and not t.published and t.snapshot_version <> all (c.void_versions)
            and (p_from is null or least(t.measured_at, t.created_at) >= p_from)
            and (p_to is null or least(t.measured_at, t.created_at) <= p_to)
          order by t.snapshot_version desc
          limit 200
        ) as r
        where r.value is not null),
      'regressions', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'snapshot_version', r.snapshot_version,
          'at', extract(epoch from least(r.measured_at, r.created_at)),
          'from_version', r.from_version,
          'from', r.from_value, 'to', r.to_value, 'severity', r.severity)
          order by r.snapshot_version), '[]')
        from (
          select g.*
          from public.benchmark_regressions as g
          where g.configuration_id = c.id and g.metric = p_metric
            and g.published and g.snapshot_version <> all (c.void_versions)
            and (p_from is null or least(g.measured_at, g.created_at) >= p_from)
            and (p_to is null or least(g.measured_at, g.created_at) <= p_to)
          order by g.snapshot_version desc
          limit 200
        ) as r)) order by i.position), '[]')
    from unnest(p_ids) with ordinality as i(id, position)
    join public.benchmark_configurations as c on c.id = i.id);
end;
$$;
comment on function benchmark_private.dashboard_series(uuid[], text, timestamptz, timestamptz, integer, boolean) is
  'The series of get_dashboard_trends(). Takes no lock.';

create function public.get_dashboard_trends(
  p_configuration_ids uuid[] default null,
  p_metric text default null,
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_points integer default 500,
  p_candidates boolean default false
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  -- More lines than eight cannot be told apart, and each costs.
  v_ids uuid[] := (coalesce(p_configuration_ids, array_remove(array[benchmark_private.newest_configuration()], null)))[1:8];
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_metrics jsonb;
  v_usual text;
  v_series jsonb;
begin
  -- Of the newest documents: what can be chosen, not all that ever was.
  v_metrics := benchmark_private.metrics_to_choose(array(
    select row(c.id, c.last_version)::benchmark_private.run_key
    from public.benchmark_configurations as c
    where c.id = any (v_ids)));
  v_usual := benchmark_private.usual_metric(v_metrics);
  v_metric := coalesce(v_metric, v_usual, '/f1');
  v_series := benchmark_private.dashboard_series(v_ids, v_metric, p_from, p_to, least(p_points, 1000), p_candidates);
  if not v_metrics ? v_metric and v_usual is not null and not exists (
    select from jsonb_array_elements(v_series) as s where s -> 'points' <> '[]' or s -> 'candidates' <> '[]')
  then
    -- None of them has, or had, the number.
    v_metric := v_usual;
    v_series := benchmark_private.dashboard_series(v_ids, v_metric, p_from, p_to, least(p_points, 1000), p_candidates);
  end if;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'metric', v_metric,
    'metrics', v_metrics,
    'series', v_series);
end;
$$;
comment on function public.get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer, boolean) is
  'The history of a number in up to eight configurations (null: the one that ran last): the frame and {metric, metrics, series: [{configuration_id, baseline, points: [[version, seconds since 1970, value, commit, every]], candidates: likewise, regressions}]}. metric is p_metric, unless that is null or none of the configurations ever had it: then F1, else what is judged, else any they have. metrics are the numbers of their newest documents that are not inside an array. candidates are there with p_candidates, the newest 200. The other parameters are those of get_trend(), with at most 1000 points a configuration. Takes no lock.';

create function public.get_dashboard_metric_history(
  p_configuration_ids uuid[],
  p_metric text default '/f1'
) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'configuration_id', i.id,
    'runs', (
      select coalesce(jsonb_agg(jsonb_build_array(
        h.snapshot_version, extract(epoch from h.measured_at), h.value, h.commit_sha)
        order by h.measured_at, h.snapshot_version), '[]')
      from public.get_metric_history(i.id, p_metric, 1000) as h)) order by i.position), '[]')
  from unnest(p_configuration_ids[1:8]) with ordinality as i(id, position)
  where (select benchmark_private.may_read());
$$;
comment on function public.get_dashboard_metric_history(uuid[], text) is
  'get_metric_history() of up to eight configurations: [{configuration_id, runs: [[version, seconds since 1970, value, commit]]}]. The page looks for change points in it. Apart from get_dashboard_trends(), so that a chart need not wait for it. Takes no lock.';

create function public.get_dashboard_comparison(
  p_configuration_a uuid default null,
  p_version_a integer default null,
  p_configuration_b uuid default null,
  p_version_b integer default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_id_b uuid := coalesce(p_configuration_b, p_configuration_a, benchmark_private.newest_configuration());
  v_id_a uuid := coalesce(p_configuration_a, v_id_b);
  v_a public.benchmark_transactions;
  v_b public.benchmark_transactions;
begin
  select t.* into v_b
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version = coalesce(p_version_b, c.current_version, c.last_version)
  where c.id = v_id_b;
  -- Of another configuration the current version; of the same, what a run is judged against.
  select t.* into v_a
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version = coalesce(p_version_a,
      case when v_id_a <> v_id_b then c.current_version
        else coalesce(nullif(c.baseline_version, v_b.snapshot_version), v_b.previous_version) end, c.last_version)
  where c.id = v_id_a;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'a', jsonb_build_object('configuration_id', v_id_a, 'snapshot_version', v_a.snapshot_version,
      'created_at', v_a.created_at, 'commit_sha', v_a.commit_sha),
    'b', jsonb_build_object('configuration_id', v_id_b, 'snapshot_version', v_b.snapshot_version,
      'created_at', v_b.created_at, 'commit_sha', v_b.commit_sha),
    -- As runs of that configuration are judged: a policy of another one says nothing here.
    'directions', (
      select coalesce(jsonb_object_agg(p.metric, p.better), '{}')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = v_id_b),
    'judgements', public.get_judgements(v_id_a, v_a.snapshot_version, v_id_b, v_b.snapshot_version),
    'metrics', (
      select coalesce(jsonb_agg(to_jsonb(l) order by l.path), '[]')
      from benchmark_private.compared_leaves(v_a.metrics, v_b.metrics) as l));
end;
$$;
comment on function public.get_dashboard_comparison(uuid, integer, uuid, integer) is
  'The numbers of two snapshots, of one configuration or of two, at most 5000 of each, by their JSON pointers: the frame and {a, b, directions, judgements: what get_judgements() gives, metrics: [{path, a, b, delta, percent}]}; delta is b minus a, percent is of |a|. Left out: b is the newest configuration''s current version, a what b was compared with when it was stored, or the baseline. directions are those of the policies that count for b. Takes no lock.';

create function public.get_open_regressions()
returns table (
  configuration_id uuid,
  metric text,
  better text,
  severity text,
  reference_version integer,
  is_baseline boolean,
  reference_value numeric,
  current_version integer,
  current_value numeric,
  limit_kind text,
  limit_value numeric,
  since_version integer,
  since_commit text,
  since_at timestamptz,
  reference_configuration_id uuid,
  series text
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select r.configuration_id, r.metric, r.better, r.severity, r.reference_version, r.is_baseline, r.reference_value,
    r.current_version, r.current_value, r.limit_kind, r.limit_value, r.since_version, r.since_commit, r.since_at,
    r.reference_configuration_id, r.series
  from benchmark_private.regression_states() as r
  where (select benchmark_private.may_read()) and r.acknowledged_at is null;
$$;
comment on function public.get_open_regressions() is
  'What is worse now than it was, beyond the limit of a policy, and acknowledged by nobody; see benchmark_private.regression_states(). Takes no lock.';

create function public.get_dashboard_regressions() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select benchmark_private.dashboard_frame() || jsonb_build_object(
    'policies', (select coalesce(jsonb_agg(p order by p.metric, p.scope_rank, p.id), '[]')
      from public.benchmark_policies as p where p.removed_at is null),
    'regressions', (select coalesce(jsonb_agg(r order by r.severity, r.since_at desc), '[]')
      from benchmark_private.regression_states() as r where r.acknowledged_at is null),
    'acknowledged', (select coalesce(jsonb_agg(r order by r.acknowledged_at desc), '[]')
      from benchmark_private.regression_states() as r where r.acknowledged_at is not null),
    'inconclusive', (
      select coalesce(jsonb_agg(to_jsonb(j) order by j.created_at desc), '[]')
      from (
        select j.configuration_id, j.snapshot_version, j.created_at, j.metric, j.severity, j.better, j.caveat, j.method,
          j.reference_configuration_id, j.from_version, j.from_value, j.to_value, j.limit_kind, j.limit_value, j.n, j.is_ratio,
          j.estimate, j.margin
        from public.benchmark_configurations as c
        join public.benchmark_judgements as j
          on j.configuration_id = c.id and j.snapshot_version = c.reference_version
        where j.run_verdict <> 'not-worse' and j.verdict = 'inconclusive'
        order by j.created_at desc
        limit 200
      ) as j));
$$;
comment on function public.get_dashboard_regressions() is
  'The frame and {policies, regressions, acknowledged, inconclusive}: open regressions and those that somebody acknowledged (see regression_states()), and what the newest published run of each configuration left open. Takes no lock.';

create function public.get_dashboard_history(
  p_configuration_id uuid default null,
  p_before_version integer default null,
  p_limit integer default 25
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_id uuid := coalesce(p_configuration_id, benchmark_private.newest_configuration());
  v_row record;
  v_entries text[] := array[]::text[];
  v_length integer := 0;
begin
  -- One entry more than shown, so that the oldest shown can be checked against its previous. A page
  -- ends early where documents are large: whoever stores some must not make it unreadable.
  for v_row in
    select t as entry, b.entry_hash as previous_hash
    from public.benchmark_transactions as t
    left join public.benchmark_transactions as b
      on b.configuration_id = t.configuration_id and b.snapshot_version = t.snapshot_version - 1
    where t.configuration_id = v_id
      and (p_before_version is null or t.snapshot_version < p_before_version)
    order by t.snapshot_version desc
    limit least(greatest(p_limit, 1), 200) + 1
  loop
    v_entries := v_entries || benchmark_private.ledger_document(v_row.entry, v_row.previous_hash)::text;
    v_length := v_length + length(v_entries[cardinality(v_entries)]);
    exit when v_length > 1000000 and cardinality(v_entries) > 1;
  end loop;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'configuration_id', v_id,
    -- As text within JSON: a browser that parsed the numbers would lose digits that are hashed.
    'entries', '[' || array_to_string(v_entries, ', ') || ']',
    'decisions', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.id desc), '[]')
      from (
        select d.* from public.benchmark_decisions as d
        where d.configuration_id = v_id
        order by d.id desc
        limit 1000
      ) as d),
    'regressions', (
      select coalesce(jsonb_agg(distinct r.snapshot_version), '[]')
      from public.benchmark_regressions as r
      where r.configuration_id = v_id),
    'policies', (
      select coalesce(jsonb_agg(distinct jsonb_build_object('metric', p.metric)), '[]')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = v_id));
end;
$$;
comment on function public.get_dashboard_history(uuid, integer, integer) is
  'A page of the ledger of a configuration (null: the one that ran last), newest first: the frame and {configuration_id, entries, decisions, regressions, policies: [{metric}] in force for it}. entries is the text of a JSON array of p_limit (1 to 200) entries and the one before them, with all that their hashes cover; of fewer, where their documents have more than a million characters. Pass the last version shown as p_before_version of the next page. Takes no lock.';

create function public.get_badge(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_metric text default '/f1',
  p_variant text default ''
) returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select jsonb_build_object(
    'snapshot_version', c.current_version,
    'value', benchmark_private.run_metric(c.id, c.current_version, benchmark_private.metric_pointer(p_metric)))
  from public.benchmark_configurations as c
  where c.id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and c.current_version is not null
    and benchmark_private.read_access() = 'public';
$$;
comment on function public.get_badge(text, text, text, text, text, text) is
  'A number of the current snapshot for a badge: {snapshot_version, value}; null when there is no such configuration, and when reading is not public, because a badge is. For service_role; takes no lock.';

create function public.check_ingest_health() returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
  select to_regclass('public.benchmark_transactions') is not null;
$$;
comment on function public.check_ingest_health() is
  'True when the database answers and the schema is in place. For service_role.';
