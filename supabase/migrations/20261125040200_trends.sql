-- A chart of a million runs costs about what a chart of a thousand does: extremes are kept per
-- 64, 512, 4096 and 32768 versions. Versions have no gap and never change, so a full bucket is
-- final.

create table public.benchmark_trend_buckets (
  configuration_id uuid not null,
  metric text not null,
  size integer not null,
  bucket integer not null,
  low_version integer not null,
  low_value numeric not null,
  high_version integer not null,
  high_value numeric not null,
  value_sum numeric not null,
  value_count integer not null,
  constraint benchmark_trend_buckets_pkey primary key (configuration_id, metric, size, bucket),
  constraint benchmark_trend_buckets_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id)
);
comment on table public.benchmark_trend_buckets is
  'Lowest and highest value, sum and count of each score in versions bucket * size + 1 to (bucket + 1) * size of a configuration. Derived from benchmark_snapshot_versions; a bucket is written when its last version is.';

alter table public.benchmark_trend_buckets enable row level security;
revoke all on public.benchmark_trend_buckets from public, anon, authenticated, service_role;
grant select on public.benchmark_trend_buckets to anon, authenticated, service_role;
create policy authenticated_reads on public.benchmark_trend_buckets
  for select to authenticated using (true);
create policy anon_reads_when_public on public.benchmark_trend_buckets
  for select to anon using ((select benchmark_private.public_read_is_on()));

create function benchmark_private.fill_trend_buckets(p_configuration_id uuid, p_version integer) returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_size integer;
begin
  -- A restore of the data alone brings the buckets along: on conflict, nothing.
  insert into public.benchmark_trend_buckets
  select p_configuration_id, m.metric, 64, p_version / 64 - 1,
    (pg_catalog.array_agg(s.snapshot_version order by m.value, s.snapshot_version))[1],
    pg_catalog.min(m.value),
    (pg_catalog.array_agg(s.snapshot_version order by m.value desc, s.snapshot_version))[1],
    pg_catalog.max(m.value), pg_catalog.sum(m.value), pg_catalog.count(*)
  from public.benchmark_snapshot_versions as s
  cross join lateral (values
    ('/f1', s.f1_score), ('/precision', s.precision_score), ('/recall', s.recall_score),
    ('/latency_ms', s.latency_ms), ('/analysis_cost', s.cost_per_analysis)
  ) as m(metric, value)
  where s.configuration_id = p_configuration_id
    and s.snapshot_version > p_version - 64 and s.snapshot_version <= p_version
    and m.value is not null
  group by m.metric
  on conflict do nothing;
  foreach v_size in array array[512, 4096, 32768] loop
    exit when p_version % v_size <> 0;
    insert into public.benchmark_trend_buckets
    select p_configuration_id, b.metric, v_size, p_version / v_size - 1,
      (pg_catalog.array_agg(b.low_version order by b.low_value, b.low_version))[1],
      pg_catalog.min(b.low_value),
      (pg_catalog.array_agg(b.high_version order by b.high_value desc, b.high_version))[1],
      pg_catalog.max(b.high_value), pg_catalog.sum(b.value_sum), pg_catalog.sum(b.value_count)
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id
      and b.size = v_size / 8
      and b.bucket >= p_version / (v_size / 8) - 8 and b.bucket < p_version / (v_size / 8)
    group by b.metric
    on conflict do nothing;
  end loop;
end;
$$;
comment on function benchmark_private.fill_trend_buckets(uuid, integer) is
  'Writes the buckets that end with a version, a multiple of 64, whose versions are all stored.';

create function benchmark_private.fill_trend_buckets() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform benchmark_private.fill_trend_buckets(new.configuration_id, new.snapshot_version);
  return null;
end;
$$;
comment on function benchmark_private.fill_trend_buckets() is
  'Trigger that writes the buckets which a new version completes.';

create trigger fill_trend_buckets
  after insert on public.benchmark_snapshot_versions
  for each row when (new.snapshot_version % 64 = 0)
  execute function benchmark_private.fill_trend_buckets();

-- What was stored before this migration.
do $$
begin
  perform benchmark_private.fill_trend_buckets(c.id, n.version)
  from public.benchmark_configurations as c
  cross join lateral pg_catalog.generate_series(64, c.last_version, 64) as n(version)
  order by c.id, n.version;
end;
$$;

create function public.trend_bucket_size(p_width integer) returns integer
language sql
immutable parallel safe
set search_path = ''
as $$
  select case when p_width >= 32768 then 32768 when p_width >= 4096 then 4096
    when p_width >= 512 then 512 when p_width >= 64 then 64 end;
$$;
comment on function public.trend_bucket_size(integer) is
  'The largest buckets that are kept and are no wider than so many versions; null when none is.';

create function public.find_version(p_configuration_id uuid, p_at timestamptz) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  v_low integer := 1;
  v_high integer;
  v_middle integer;
  v_created_at timestamptz;
begin
  select c.last_version + 1 into v_high
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  -- Bisected: the times of a history go up with its versions, and an index over them would cost
  -- a write a run.
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    select s.created_at into v_created_at
    from public.benchmark_snapshot_versions as s
    where s.configuration_id = p_configuration_id and s.snapshot_version = v_middle;
    if v_created_at < p_at then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return v_low;
end;
$$;
comment on function public.find_version(uuid, timestamptz) is
  'The first version of a configuration that was stored at or after a time; one more than the last when there is none. Takes no lock.';

create function public.score_metrics() returns text[]
language sql
immutable parallel safe
set search_path = ''
as $$
  select array['/f1', '/precision', '/recall', '/latency_ms', '/analysis_cost'];
$$;
comment on function public.score_metrics() is
  'The numbers that have columns of their own in benchmark_snapshot_versions, as JSON pointers into the metrics.';

create function public.metric_values(
  p_configuration_id uuid,
  p_metric text,
  p_from_version integer,
  p_to_version integer,
  p_every integer default 1
) returns table (snapshot_version integer, value numeric)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_metric text := public.metric_pointer(p_metric);
  v_keys text[] := public.metric_keys(p_metric);
begin
  if v_metric = any (public.score_metrics()) and p_every = 1 then
    return query
    select s.snapshot_version, m.value
    from public.benchmark_snapshot_versions as s
    cross join lateral (select case v_metric
      when '/f1' then s.f1_score when '/precision' then s.precision_score
      when '/recall' then s.recall_score when '/latency_ms' then s.latency_ms
      else s.cost_per_analysis end) as m(value)
    where s.configuration_id = p_configuration_id
      and s.snapshot_version between p_from_version and p_to_version
      and m.value is not null;
    return;
  end if;
  return query
  select t.snapshot_version, m.value
  from pg_catalog.generate_series(p_from_version, p_to_version, p_every) as n(version)
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id and t.snapshot_version = n.version
  cross join lateral public.metric_number(t.metrics, v_keys) as m(value)
  where m.value is not null;
end;
$$;
comment on function public.metric_values(uuid, text, integer, integer, integer) is
  'A number in every p_every-th run from one version to another of a configuration, as it was stored; runs without it are left out. Reads a document a run unless it is one of score_metrics(). Takes no lock.';

create function public.get_trend(
  p_configuration_id uuid,
  p_metric text default '/f1',
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_points integer default 500
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  value numeric,
  commit_sha text,
  every integer
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_metric text := public.metric_pointer(p_metric);
  v_points integer := least(greatest(p_points, 4), 10000);
  v_first integer;
  v_last integer;
  v_width integer;
  v_size integer;
  v_low_bucket integer;
  v_high_bucket integer;
  v_every integer := 1;
begin
  select c.last_version into v_last
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  if not found then
    return;
  end if;
  v_first := case when p_from is null then 1 else public.find_version(p_configuration_id, p_from) end;
  if p_to is not null then
    v_last := least(v_last, public.find_version(p_configuration_id, p_to + interval '1 microsecond') - 1);
  end if;
  if v_last < v_first then
    return;
  end if;
  -- First and last besides the two extremes of each stretch.
  v_width := case when v_last - v_first < v_points then 1
    else pg_catalog.ceil((v_last - v_first + 1) / ((v_points - 2) / 2)::numeric) end;
  if v_metric = any (public.score_metrics()) then
    v_size := public.trend_bucket_size(v_width);
    select pg_catalog.min(b.bucket), pg_catalog.max(b.bucket) + 1 into v_low_bucket, v_high_bucket
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
      and b.bucket >= pg_catalog.ceil((v_first - 1)::numeric / v_size) and b.bucket < v_last / v_size;
  else
    -- Documents have to be unpacked one by one: of more than 5000, an even sample, and said so.
    v_every := pg_catalog.ceil((v_last - v_first + 1) / 5000.0);
  end if;

  return query
  with runs as (
    select r.version, r.value, (r.version - v_first) / v_width as stretch
    from (
      select b.low_version, b.low_value
      from public.benchmark_trend_buckets as b
      where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
        and b.bucket >= v_low_bucket and b.bucket < v_high_bucket
      union all
      select b.high_version, b.high_value
      from public.benchmark_trend_buckets as b
      where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
        and b.bucket >= v_low_bucket and b.bucket < v_high_bucket
      -- Before the buckets, or all when there is none; after them; and the last of a sample.
      union all
      select v.* from public.metric_values(
        p_configuration_id, v_metric, v_first, coalesce(v_low_bucket * v_size, v_last), v_every) as v
      union all
      select v.* from public.metric_values(
        p_configuration_id, v_metric, coalesce(v_high_bucket * v_size + 1, v_last), v_last) as v
      union all
      select v.* from public.metric_values(p_configuration_id, v_metric, v_last, v_last) as v
      union all
      select v.* from public.metric_values(p_configuration_id, v_metric, v_first, v_first) as v
    ) as r(version, value)
  ),
  chosen as (
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value, r.version)
    union
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value desc, r.version)
    union
    (select r.version, r.value from runs as r order by r.version limit 1)
    union
    (select r.version, r.value from runs as r order by r.version desc limit 1)
  )
  select c.version, s.created_at, c.value, t.commit_sha, v_every
  from chosen as c
  join public.benchmark_snapshot_versions as s
    on s.configuration_id = p_configuration_id and s.snapshot_version = c.version
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id
    and t.snapshot_version = s.snapshot_version and t.created_at = s.created_at
  order by c.version;
end;
$$;
comment on function public.get_trend(uuid, text, timestamptz, timestamptz, integer) is
  'The history of a number as at most p_points runs (4 to 10000), oldest first: all runs of a time range when they fit, else the lowest and the highest of each of p_points / 2 equal stretches, so that no spike is lost. p_metric is a JSON pointer into the metrics (/f1 or f1). Runs without the number are left out. every is 1, or n when a number that is not one of the five scores has more than 5000 runs in the range: then only each n-th was looked at. Takes no lock.';

do $$
declare
  v_function text;
begin
  execute 'revoke all on all functions in schema benchmark_private from public, anon, authenticated, service_role';
  execute 'grant execute on function benchmark_private.public_read_is_on() to anon, authenticated, service_role';
  foreach v_function in array array[
    'trend_bucket_size(integer)',
    'find_version(uuid, timestamptz)',
    'score_metrics()',
    'metric_values(uuid, text, integer, integer, integer)',
    'get_trend(uuid, text, timestamptz, timestamptz, integer)'
  ] loop
    execute 'revoke all on function public.' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function public.' || v_function || ' to anon, authenticated, service_role';
  end loop;
end;
$$;
