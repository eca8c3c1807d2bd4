-- What the dashboard shows, one call a view. Each answer is one JSON document: PostgREST cuts
-- result sets at its max-rows, and a view should neither lose rows nor need a second request.
-- Row security of the reader applies to all of it.

create function public.has_read_access() returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  -- The role setting and not current_user, which is the owner in here.
  select pg_catalog.current_setting('role', true) is distinct from 'anon'
    or benchmark_private.public_read_is_on();
$$;
comment on function public.has_read_access() is
  'Whether the caller may read: row security gives anon no rows, which an empty database gives, too. Takes no lock.';

create function public.get_ledger_cursor() returns text
language sql
stable
set search_path = ''
as $$
  select pg_catalog.md5(pg_catalog.concat(
    (select pg_catalog.string_agg(pg_catalog.concat_ws(',',
        c.id, c.last_version, c.current_version, c.baseline_version), ';' order by c.id)
     from public.benchmark_configurations as c),
    (select pg_catalog.string_agg(p::text, ';' order by p.id) from public.benchmark_policies as p),
    public.has_read_access()));
$$;
comment on function public.get_ledger_cursor() is
  'A text that differs as soon as a run is stored, a version is chosen or a policy changes: poll it, and read again when it does. Made of what is there and not of times, because transactions do not end in the order of their times. Reads the configurations; takes no lock.';

create function public.list_configurations() returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
    'id', c.id,
    'model_version', c.model_version,
    'dataset_version', c.dataset_version,
    'prompt_version', c.prompt_version,
    'environment', c.environment,
    'last_version', c.last_version,
    'current_version', c.current_version,
    'baseline_version', c.baseline_version)
    order by c.model_version, c.dataset_version, c.prompt_version, c.environment), '[]')
  from public.benchmark_configurations as c;
$$;
comment on function public.list_configurations() is
  'Every configuration with its version pointers, as a JSON array ordered by name. Takes no lock.';

create function public.newest_configuration() returns uuid
language sql
stable
set search_path = ''
as $$
  select c.id
  from public.benchmark_configurations as c
  join public.benchmark_snapshot_versions as s
    on s.configuration_id = c.id and s.snapshot_version = c.last_version
  order by s.created_at desc
  limit 1;
$$;
comment on function public.newest_configuration() is
  'The configuration that the newest run belongs to; null when there is none. Takes no lock.';

create function public.get_dashboard_frame() returns jsonb
language sql
stable
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object(
    'readable', public.has_read_access(),
    'cursor', public.get_ledger_cursor(),
    'configurations', public.list_configurations());
$$;
comment on function public.get_dashboard_frame() is
  'What every view of the dashboard needs besides its own: {readable, cursor, configurations}. Takes no lock.';

create function public.get_dashboard_current() returns jsonb
language sql
stable
set search_path = ''
as $$
  select public.get_dashboard_frame() || pg_catalog.jsonb_build_object(
    'snapshots', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'configuration_id', c.id,
        'snapshot_version', s.snapshot_version,
        'created_at', s.created_at,
        'f1', s.f1_score,
        'precision', s.precision_score,
        'recall', s.recall_score,
        'latency_ms', s.latency_ms,
        'analysis_cost', s.cost_per_analysis,
        'commit_sha', t.commit_sha,
        'branch_name', t.branch_name,
        'run_id', t.run_id,
        'run_attempt', t.run_attempt,
        'tags', coalesce(t.tags, '{}'),
        'repository', t.provenance #>> '{claims,repository}',
        'issuer', t.provenance #>> '{claims,iss}')
        order by s.f1_score desc nulls last, c.model_version, c.id), '[]')
      from public.benchmark_configurations as c
      join public.benchmark_snapshot_versions as s
        on s.configuration_id = c.id and s.snapshot_version = c.current_version
      join public.benchmark_transactions as t
        on t.configuration_id = c.id
        and t.snapshot_version = s.snapshot_version and t.created_at = s.created_at
      where s.is_active));
$$;
comment on function public.get_dashboard_current() is
  'The current snapshot of every configuration, best F1 first, without the metrics documents: get_dashboard_frame() and {snapshots}. Takes no lock.';

create function public.get_dashboard_trends(
  p_configuration_ids uuid[] default null,
  p_metric text default '/f1',
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_points integer default 500
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_ids uuid[] := coalesce(p_configuration_ids, array_remove(array[public.newest_configuration()], null));
  v_keys text[] := public.metric_keys(p_metric);
  v_metric text := public.metric_pointer(p_metric);
begin
  return public.get_dashboard_frame() || pg_catalog.jsonb_build_object(
    'metrics', (
      -- Of the newest documents: what can be chosen, not all that ever was. Numbers of single
      -- documents and the like (/individual_results/17/…) would bury the rest.
      select coalesce(pg_catalog.jsonb_agg(distinct l.path), '[]')
      from public.benchmark_configurations as c
      join public.benchmark_transactions as t
        on t.configuration_id = c.id and t.snapshot_version = c.last_version
      cross join lateral public.metric_leaves(t.metrics) as l
      where c.id = any (v_ids) and l.path !~ '/[0-9]+(/|$)'),
    'series', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'configuration_id', c.id,
        'baseline', (
          select pg_catalog.jsonb_build_object(
            'snapshot_version', t.snapshot_version, 'value', public.metric_number(t.metrics, v_keys))
          from public.benchmark_transactions as t
          where t.configuration_id = c.id and t.snapshot_version = c.baseline_version),
        'points', (
          select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
            p.snapshot_version,
            extract(epoch from p.created_at),
            p.value, p.commit_sha, p.every) order by p.snapshot_version), '[]')
          from public.get_trend(c.id, v_metric, p_from, p_to, p_points) as p),
        'regressions', (
          select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'snapshot_version', r.snapshot_version,
            'at', extract(epoch from r.created_at),
            'from_version', r.from_version,
            'from', r.from_value, 'to', r.to_value, 'severity', r.severity)
            order by r.snapshot_version), '[]')
          from (
            select g.*, s.created_at
            from public.benchmark_regressions as g
            join public.benchmark_snapshot_versions as s
              on s.configuration_id = g.configuration_id and s.snapshot_version = g.snapshot_version
            where g.configuration_id = c.id and g.metric = v_metric
              and (p_from is null or s.created_at >= p_from)
              and (p_to is null or s.created_at <= p_to)
            order by g.snapshot_version desc
            limit 200
          ) as r)) order by i.position), '[]')
      from pg_catalog.unnest(v_ids) with ordinality as i(id, position)
      join public.benchmark_configurations as c on c.id = i.id));
end;
$$;
comment on function public.get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer) is
  'The history of a number in one or several configurations (null: the one that ran last): get_dashboard_frame() and {metrics, series: [{configuration_id, baseline, points: [[version, seconds since 1970, value, commit, every]], regressions}]}. metrics are the numbers of their newest documents that are not inside an array. The other parameters are those of get_trend(). Takes no lock.';

create function public.get_dashboard_change_points(
  p_configuration_ids uuid[],
  p_metric text default '/f1'
) returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
    'configuration_id', i.id,
    'snapshot_version', p.snapshot_version,
    'at', extract(epoch from p.created_at),
    'commit_sha', p.commit_sha,
    'level_before', p.level_before,
    'level_after', p.level_after,
    'p_value', p.p_value) order by i.position, p.snapshot_version), '[]')
  from pg_catalog.unnest(p_configuration_ids) with ordinality as i(id, position)
  cross join lateral public.detect_change_points(i.id, p_metric) as p;
$$;
comment on function public.get_dashboard_change_points(uuid[], text) is
  'detect_change_points() of several configurations, as a JSON array. Apart from get_dashboard_trends(), so that a chart need not wait for it. Takes no lock.';

create function public.get_dashboard_comparison(
  p_configuration_a uuid default null,
  p_version_a integer default null,
  p_configuration_b uuid default null,
  p_version_b integer default null
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_id_b uuid := coalesce(p_configuration_b, p_configuration_a, public.newest_configuration());
  v_id_a uuid := coalesce(p_configuration_a, v_id_b);
  v_a public.benchmark_snapshots;
  v_b public.benchmark_snapshots;
begin
  select s.* into v_b
  from public.benchmark_snapshots as s
  where s.configuration_id = v_id_b
    and s.snapshot_version = coalesce(p_version_b, (
      select c.current_version from public.benchmark_configurations as c where c.id = v_id_b));
  -- Of another configuration the current version; of the same, what a run is judged against.
  select s.* into v_a
  from public.benchmark_snapshots as s
  where s.configuration_id = v_id_a
    and s.snapshot_version = coalesce(p_version_a, (
      select case when v_id_a <> v_id_b then c.current_version
        else coalesce(nullif(c.baseline_version, v_b.snapshot_version), greatest(v_b.snapshot_version - 1, 1)) end
      from public.benchmark_configurations as c where c.id = v_id_a));
  return public.get_dashboard_frame() || pg_catalog.jsonb_build_object(
    'a', pg_catalog.jsonb_build_object('configuration_id', v_id_a, 'snapshot_version', v_a.snapshot_version,
      'created_at', v_a.created_at, 'commit_sha', v_a.commit_sha),
    'b', pg_catalog.jsonb_build_object('configuration_id', v_id_b, 'snapshot_version', v_b.snapshot_version,
      'created_at', v_b.created_at, 'commit_sha', v_b.commit_sha),
    'directions', (
      select coalesce(pg_catalog.jsonb_object_agg(p.metric, p.better), '{}')
      from public.benchmark_policies as p),
    'metrics', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'path', m.path, 'a', m.a, 'b', m.b, 'delta', m.b - m.a,
        'percent', (m.b - m.a) / nullif(abs(m.a), 0) * 100) order by m.path), '[]')
      from (
        select path, a.value as a, b.value as b
        from public.metric_leaves(v_a.metrics) as a
        full join public.metric_leaves(v_b.metrics) as b using (path)
      ) as m));
end;
$$;
comment on function public.get_dashboard_comparison(uuid, integer, uuid, integer) is
  'Every number of two snapshots, of one configuration or of two, by its JSON pointer: get_dashboard_frame() and {a, b, directions, metrics: [{path, a, b, delta, percent}]}; delta is b minus a, percent is of |a|. Left out: b is the newest configuration''s current version, a what b would be judged against. directions are those of the policies. Takes no lock.';

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
  since_at timestamptz
)
language sql
stable
set search_path = ''
as $$
  with judged as (
    select p.*, c.current_version,
      r.snapshot_version as reference_version,
      c.baseline_version is not null as is_baseline,
      public.metric_number(r.metrics, p.metric_keys) as reference_value,
      public.metric_number(cur.metrics, p.metric_keys) as current_value
    from public.benchmark_configurations as c
    join public.benchmark_applicable_policies as p on p.configuration_id = c.id
    join public.benchmark_transactions as cur
      on cur.configuration_id = c.id and cur.snapshot_version = c.current_version
    -- Without a baseline, what the last recorded regression was measured from.
    join public.benchmark_transactions as r
      on r.configuration_id = c.id
      and r.snapshot_version = coalesce(c.baseline_version, (
        select g.from_version
        from public.benchmark_regressions as g
        where g.configuration_id = c.id and g.metric = p.metric
        order by g.snapshot_version desc
        limit 1))
  ),
  limits as (
    select j.*,
      case j.limit_kind when 'relative' then j.limit_value * abs(j.reference_value) else j.limit_value end as allowed,
      case j.better when 'higher' then 1 else -1 end as sign
    from judged as j
  )
  select l.configuration_id, l.metric, l.better, l.severity, l.reference_version, l.is_baseline, l.reference_value,
    l.current_version, l.current_value, l.limit_kind, l.limit_value,
    since.snapshot_version, since.commit_sha, since.created_at
  from limits as l
  cross join lateral (
    -- The run after the last one that was good enough; of a regression older than 1000 runs, the
    -- oldest of these.
    select t.snapshot_version, t.commit_sha, t.created_at
    from public.benchmark_transactions as t
    where t.configuration_id = l.configuration_id
      and t.snapshot_version <= l.current_version
      and t.snapshot_version > greatest(
        -- A baseline can be newer than a version that was checked out.
        case when l.reference_version < l.current_version then l.reference_version end,
        l.current_version - 1000, (
        select w.snapshot_version
        from (
          select r.snapshot_version, r.metrics
          from public.benchmark_transactions as r
          where r.configuration_id = l.configuration_id
            and r.snapshot_version < l.current_version
          order by r.snapshot_version desc
          limit 1000
        ) as w
        where (l.reference_value - public.metric_number(w.metrics, l.metric_keys)) * l.sign <= l.allowed
        order by w.snapshot_version desc
        limit 1))
    order by t.snapshot_version
    limit 1
  ) as since
  where (l.reference_value - l.current_value) * l.sign > l.allowed
  order by l.severity, l.configuration_id, l.metric;
$$;
comment on function public.get_open_regressions() is
  'What is worse now than the baseline, beyond the limit of a policy: the current snapshot of each configuration against its baseline, or where there is none against what its last recorded regression was measured from; and the version since which every run is (of the last 1000). The spread of earlier runs does not count here: a shift that lasts becomes their spread. Takes no lock.';

create function public.get_dashboard_regressions() returns jsonb
language sql
stable
set search_path = ''
as $$
  select public.get_dashboard_frame() || pg_catalog.jsonb_build_object(
    'policies', (select coalesce(pg_catalog.jsonb_agg(p order by p.metric, p.scope_rank, p.id), '[]')
      from public.benchmark_policies as p),
    'regressions', (select coalesce(pg_catalog.jsonb_agg(r order by r.severity, r.since_at desc), '[]')
      from public.get_open_regressions() as r));
$$;
comment on function public.get_dashboard_regressions() is
  'get_open_regressions() and the policies: get_dashboard_frame() and {policies, regressions}. Takes no lock.';

create function public.ledger_document(p_entry public.benchmark_transactions) returns jsonb
language sql
stable
set search_path = ''
as $$
  select pg_catalog.to_jsonb(p_entry) || pg_catalog.jsonb_build_object(
    'created_at_epoch', extract(epoch from p_entry.created_at),
    'measured_at_epoch', extract(epoch from p_entry.measured_at),
    'previous_hash', pg_catalog.encode(p_entry.previous_hash, 'hex'),
    'entry_hash', pg_catalog.encode(p_entry.entry_hash, 'hex'));
$$;
comment on function public.ledger_document(public.benchmark_transactions) is
  'An entry of the ledger with everything its hash covers, in the form that scripts/ledger hashes.';

create or replace function public.get_ledger_entry(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select public.ledger_document(t) || pg_catalog.jsonb_build_object(
    'created_at', benchmark_private.utc_text(t.created_at))
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_snapshot_version;
$$;

create function public.get_dashboard_history(
  p_configuration_id uuid default null,
  p_before_version integer default null,
  p_limit integer default 25
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_id uuid := coalesce(p_configuration_id, public.newest_configuration());
begin
  return public.get_dashboard_frame() || pg_catalog.jsonb_build_object(
    'configuration_id', v_id,
    -- As text within JSON: a browser that parsed the numbers would lose digits that are hashed.
    -- One entry more than shown, so that the oldest shown can be checked against its previous.
    'entries', (
      select coalesce(pg_catalog.jsonb_agg(public.ledger_document(t) order by t.snapshot_version desc), '[]')
      from (
        select t.*
        from public.benchmark_transactions as t
        where t.configuration_id = v_id
          and (p_before_version is null or t.snapshot_version < p_before_version)
        order by t.snapshot_version desc
        limit least(greatest(p_limit, 1), 200) + 1
      ) as t)::text,
    'regressions', (
      select coalesce(pg_catalog.jsonb_agg(distinct r.snapshot_version), '[]')
      from public.benchmark_regressions as r
      where r.configuration_id = v_id));
end;
$$;
comment on function public.get_dashboard_history(uuid, integer, integer) is
  'A page of the ledger of a configuration (null: the one that ran last), newest first: get_dashboard_frame() and {configuration_id, entries, regressions}. entries is the text of a JSON array of p_limit (1 to 200) entries and the one before them, with all that their hashes cover. Pass the last version shown as p_before_version of the next page. Takes no lock.';

create function public.get_badge(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_metric text default '/f1'
) returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select pg_catalog.jsonb_build_object(
    'snapshot_version', t.snapshot_version,
    'value', public.metric_number(t.metrics, public.metric_keys(p_metric)))
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = c.current_version
  where c.id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment)
    and benchmark_private.public_read_is_on();
$$;
comment on function public.get_badge(text, text, text, text, text) is
  'A number of the current snapshot for a badge: {snapshot_version, value}; null when there is no such configuration, and when reading is not public, because a badge is. For service_role; takes no lock.';

do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'has_read_access()',
    'get_ledger_cursor()',
    'list_configurations()',
    'get_dashboard_frame()',
    'newest_configuration()',
    'get_dashboard_current()',
    'get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer)',
    'get_dashboard_change_points(uuid[], text)',
    'get_dashboard_comparison(uuid, integer, uuid, integer)',
    'get_open_regressions()',
    'get_dashboard_regressions()',
    'ledger_document(public.benchmark_transactions)',
    'get_dashboard_history(uuid, integer, integer)'
  ] loop
    execute 'revoke all on function public.' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function public.' || v_function || ' to anon, authenticated, service_role';
  end loop;
  execute 'revoke all on function public.get_badge(text, text, text, text, text) from public, anon, authenticated, service_role';
  execute 'grant execute on function public.get_badge(text, text, text, text, text) to service_role';

  -- Where Supabase Realtime is, an open dashboard is told of new runs.
  if exists (select from pg_catalog.pg_publication as p where p.pubname = 'supabase_realtime' and not p.puballtables) then
    alter publication supabase_realtime add table public.benchmark_configurations;
  end if;
end;
$$;
