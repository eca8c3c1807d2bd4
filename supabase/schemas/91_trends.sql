-- A chart of a million runs costs about what a chart of a thousand does: extremes are kept per
-- 64, 512, 4096 and 32768 versions. Versions have no gap and runs never change, so a full bucket
-- is final, until a run in it is declared void.

create table public.benchmark_trend_buckets (
  configuration_id uuid not null,
  metric text not null,
  size integer not null,
  bucket integer not null,
  low_version integer not null,
  low_value numeric not null,
  high_version integer not null,
  high_value numeric not null,
  constraint benchmark_trend_buckets_pkey primary key (configuration_id, metric, size, bucket),
  constraint benchmark_trend_buckets_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id)
);
comment on table public.benchmark_trend_buckets is
  'Lowest and highest value of each score among the published, not void, not backfilled runs of versions bucket * size + 1 to (bucket + 1) * size of a configuration. Derived from benchmark_transactions; a bucket is written when its last version is.';

create function benchmark_private.fill_trend_buckets(p_configuration_id uuid, p_version integer) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_size integer;
begin
  -- A restore of the data alone brings the buckets along: on conflict, nothing. The first version
  -- that has the extreme is looked up in an array: sorting for each metric costs five times as much.
  insert into public.benchmark_trend_buckets
  select p_configuration_id, b.metric, 64, p_version / 64 - 1,
    e.versions[array_position(b.numbers, b.low)], b.low, e.versions[array_position(b.numbers, b.high)], b.high
  from (
    select array_agg(r.snapshot_version) as versions,
      array_agg(r.f1_score) as f1, min(r.f1_score) as f1_low, max(r.f1_score) as f1_high,
      array_agg(r.precision_score) as prec, min(r.precision_score) as prec_low, max(r.precision_score) as prec_high,
      array_agg(r.recall_score) as recall, min(r.recall_score) as recall_low, max(r.recall_score) as recall_high,
      array_agg(r.latency_ms) as latency, min(r.latency_ms) as latency_low, max(r.latency_ms) as latency_high,
      array_agg(r.cost_per_analysis) as cost, min(r.cost_per_analysis) as cost_low, max(r.cost_per_analysis) as cost_high
    from (
      select t.snapshot_version, t.f1_score, t.precision_score, t.recall_score, t.latency_ms, t.cost_per_analysis
      from public.benchmark_transactions as t
      join public.benchmark_configurations as c on c.id = t.configuration_id
      where t.configuration_id = p_configuration_id
        and t.snapshot_version > p_version - 64 and t.snapshot_version <= p_version
        and t.published and not t.is_backfill and t.snapshot_version <> all (c.void_versions)
      order by t.snapshot_version
    ) as r
  ) as e
  cross join lateral (values
    ('/f1', e.f1, e.f1_low, e.f1_high), ('/precision', e.prec, e.prec_low, e.prec_high),
    ('/recall', e.recall, e.recall_low, e.recall_high), ('/latency_ms', e.latency, e.latency_low, e.latency_high),
    ('/analysis_cost', e.cost, e.cost_low, e.cost_high)
  ) as b(metric, numbers, low, high)
  where b.low is not null
  on conflict do nothing;
  foreach v_size in array array[512, 4096, 32768] loop
    exit when p_version % v_size <> 0;
    insert into public.benchmark_trend_buckets
    select p_configuration_id, b.metric, v_size, p_version / v_size - 1,
      (array_agg(b.low_version order by b.low_value, b.low_version))[1],
      min(b.low_value),
      (array_agg(b.high_version order by b.high_value desc, b.high_version))[1],
      max(b.high_value)
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

create function benchmark_private.refill_trend_buckets(p_configuration_id uuid, p_version integer) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last integer := (select c.last_version from public.benchmark_configurations as c where c.id = p_configuration_id);
  v_size integer;
  v_end integer;
begin
  delete from public.benchmark_trend_buckets as b
  where b.configuration_id = p_configuration_id and b.bucket = (p_version - 1) / b.size;
  -- From the smallest up: a bucket is made of the smaller ones in it.
  foreach v_size in array array[64, 512, 4096, 32768] loop
    v_end := ((p_version - 1) / v_size + 1) * v_size;
    if v_end <= v_last then
      perform benchmark_private.fill_trend_buckets(p_configuration_id, v_end);
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.refill_trend_buckets(uuid, integer) is
  'Writes the buckets that hold a version anew, after it was declared void or that was undone.';

create function benchmark_private.trend_bucket_size(p_width integer) returns integer
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when p_width >= 32768 then 32768 when p_width >= 4096 then 4096
    when p_width >= 512 then 512 when p_width >= 64 then 64 end;
$$;
comment on function benchmark_private.trend_bucket_size(integer) is
  'The largest buckets that are kept and are no wider than so many versions; null when none is.';

create function benchmark_private.find_version(p_configuration_id uuid, p_at timestamptz) returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_low integer := 1;
  v_high integer;
  v_middle integer;
  v_at timestamptz;
begin
  select c.last_version + 1 into v_high
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  -- Bisected: the times of runs that moved the pointers go up with their versions, and an index over
  -- them would cost a write a run. Any other run names the one before it that did.
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    select case when t.published and not t.is_backfill then least(t.measured_at, t.created_at)
      else coalesce(least(p.measured_at, p.created_at), '-infinity') end
    into v_at
    from public.benchmark_transactions as t
    left join public.benchmark_transactions as p
      on p.configuration_id = t.configuration_id and p.snapshot_version = t.previous_version
    where t.configuration_id = p_configuration_id and t.snapshot_version = v_middle;
    if v_at < p_at then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return v_low;
end;
$$;
comment on function benchmark_private.find_version(uuid, timestamptz) is
  'The first version of a configuration whose run, backfills and candidates aside, was measured (else stored) at or after a time; one more than the last when there is none. Takes no lock.';

create function benchmark_private.metric_values(
  p_configuration_id uuid,
  p_metric text,
  p_from_version integer,
  p_to_version integer,
  p_every integer default 1
) returns table (snapshot_version integer, value numeric)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_keys text[] := benchmark_private.metric_keys(p_metric);
  v_void_versions integer[] := (
    select c.void_versions from public.benchmark_configurations as c where c.id = p_configuration_id);
begin
  if v_keys is null then
    return;
  end if;
  if p_every = 1 and exists (select from benchmark_private.scores() as s where s.metric = v_metric) then
    return query
    select s.snapshot_version, s.value
    from benchmark_private.run_scores as s
    where s.configuration_id = p_configuration_id
      and s.snapshot_version between p_from_version and p_to_version
      and s.metric = v_metric
      and s.published and not s.is_backfill and s.snapshot_version <> all (v_void_versions)
      and s.value is not null;
    return;
  end if;
  return query
  select t.snapshot_version, m.value
  from generate_series(p_from_version, p_to_version, p_every) as n(version)
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id and t.snapshot_version = n.version
  cross join lateral benchmark_private.metric_number(t.metrics, v_keys) as m(value)
  where t.published and not t.is_backfill and t.snapshot_version <> all (v_void_versions)
    and m.value is not null;
end;
$$;
comment on function benchmark_private.metric_values(uuid, text, integer, integer, integer) is
  'A number in every p_every-th run from one version to another of a configuration, as it was stored; runs without it, candidates, backfills and void runs are left out. Reads a document a run unless it is one of scores(). Takes no lock.';

create function benchmark_private.backfilled_values(
  p_configuration_id uuid,
  p_metric text,
  p_from timestamptz,
  p_to timestamptz,
  p_limit integer
) returns table (snapshot_version integer, value numeric, every integer)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_keys text[] := benchmark_private.metric_keys(p_metric);
  v_is_score boolean := exists (select from benchmark_private.scores() as s where s.metric = v_metric);
  v_void_versions integer[] := (
    select c.void_versions from public.benchmark_configurations as c where c.id = p_configuration_id);
  v_versions integer[];
  v_every integer;
begin
  if v_keys is null then
    return;
  end if;
  v_versions := array(
    select t.snapshot_version
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.is_backfill
      and least(t.measured_at, t.created_at) >= coalesce(p_from, '-infinity')
      and least(t.measured_at, t.created_at) <= coalesce(p_to, 'infinity')
    order by least(t.measured_at, t.created_at) desc, t.snapshot_version desc
    limit 20000);
  v_every := case when v_is_score then 1 else greatest(ceil(cardinality(v_versions) / 1000.0), 1) end;
  return query
  with runs as materialized (
    select r.snapshot_version, r.value, r.position * (p_limit / 2) / greatest(cardinality(v_versions), 1) as stretch
    from (
      select t.snapshot_version, n.position,
        case when not v_is_score then benchmark_private.metric_number(t.metrics, v_keys)
          else case v_metric when '/f1' then t.f1_score when '/precision' then t.precision_score
            when '/recall' then t.recall_score when '/latency_ms' then t.latency_ms
            else t.cost_per_analysis end end as value
      from unnest(v_versions) with ordinality as n(version, position)
      join public.benchmark_transactions as t
        on t.configuration_id = p_configuration_id and t.snapshot_version = n.version
      where n.position % v_every = 0 and n.version <> all (v_void_versions)
    ) as r
    where r.value is not null
  )
  select r.snapshot_version, r.value, v_every from runs as r where cardinality(v_versions) <= p_limit
  union
  (select distinct on (r.stretch) r.snapshot_version, r.value, v_every from runs as r
   where cardinality(v_versions) > p_limit order by r.stretch, r.value, r.snapshot_version)
  union
  (select distinct on (r.stretch) r.snapshot_version, r.value, v_every from runs as r
   where cardinality(v_versions) > p_limit order by r.stretch, r.value desc, r.snapshot_version);
end;
$$;
comment on function benchmark_private.backfilled_values(uuid, text, timestamptz, timestamptz, integer) is
  'A number in the runs of a configuration that were stored after one that was measured later, by the time of measuring: all when there are p_limit or fewer, else the lowest and the highest of each of p_limit / 2 stretches; void runs and those without it are left out. every is as in get_trend(). At most the newest 20000 are looked at. Takes no lock.';

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
  every integer,
  measured_at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_points integer := least(greatest(p_points, 4), 10000);
  v_first integer;
  v_last integer;
  v_width integer := 1;
  v_size integer;
  v_low_bucket integer;
  v_high_bucket integer;
  v_every integer := 1;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  select c.last_version into v_last
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  if not found then
    return;
  end if;
  v_first := case when p_from is null then 1 else benchmark_private.find_version(p_configuration_id, p_from) end;
  if p_to is not null then
    v_last := least(v_last, benchmark_private.find_version(p_configuration_id, p_to + interval '1 microsecond') - 1);
  end if;
  -- First and last besides the two extremes of each stretch.
  if v_last - v_first >= v_points then
    v_width := ceil((v_last - v_first + 1) / ((v_points - 2) / 2)::numeric);
  end if;
  if exists (select from benchmark_private.scores() as s where s.metric = v_metric) then
    v_size := benchmark_private.trend_bucket_size(v_width);
    select min(b.bucket), max(b.bucket) + 1 into v_low_bucket, v_high_bucket
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
      and b.bucket >= ceil((v_first - 1)::numeric / v_size) and b.bucket < v_last / v_size;
  else
    -- Documents have to be unpacked one by one: of more than 1000, an even sample, and said so.
    v_every := greatest(ceil((v_last - v_first + 1) / 1000.0), 1);
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
      -- Before the buckets, or all when there is none; after them; and the ends of a sample.
      union all
      select v.* from benchmark_private.metric_values(
        p_configuration_id, v_metric, v_first, coalesce(v_low_bucket * v_size, v_last), v_every) as v
      union all
      select v.* from benchmark_private.metric_values(
        p_configuration_id, v_metric, coalesce(v_high_bucket * v_size + 1, v_last), v_last) as v
      union all
      select v.* from benchmark_private.metric_values(p_configuration_id, v_metric, v_last, v_last) as v
      union all
      select v.* from benchmark_private.metric_values(p_configuration_id, v_metric, v_first, v_first) as v
    ) as r(version, value)
    where r.version between v_first and v_last
  ),
  chosen as (
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value, r.version)
    union
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value desc, r.version)
    union
    (select r.version, r.value from runs as r order by r.version limit 1)
    union
    (select r.version, r.value from runs as r order by r.version desc limit 1)
  ),
  charted as (
    select c.version, c.value, v_every as every from chosen as c
    union all
    select b.snapshot_version, b.value, b.every
    from benchmark_private.backfilled_values(p_configuration_id, v_metric, p_from, p_to, v_points) as b
  )
  select c.version, t.created_at, c.value, t.commit_sha, c.every, least(t.measured_at, t.created_at)
  from charted as c
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id and t.snapshot_version = c.version
  order by least(t.measured_at, t.created_at), c.version;
end;
$$;
comment on function public.get_trend(uuid, text, timestamptz, timestamptz, integer) is
  'The history of a number over published, not void runs as at most p_points runs (4 to 10000), by the time of measuring (measured_at; of a run that does not say it, that of storing), oldest first: all runs of a time range when they fit, else the lowest and the highest of each of p_points / 2 equal stretches, so that no spike is lost. Backfilled runs, which were measured before what was stored already, come beside, at most p_points, too. p_metric is a JSON pointer into the metrics (/f1 or f1). Runs without the number are left out. every is 1, or n when a number that is not one of the five scores has more than 1000 runs in the range: then only each n-th was looked at. Takes no lock.';

create function public.get_metric_history(
  p_configuration_id uuid,
  p_metric text default '/f1',
  p_limit integer default 1000
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  value numeric,
  commit_sha text,
  measured_at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
#variable_conflict use_column
declare
  v_limit integer := least(greatest(p_limit, 1), 1000);
  v_first integer;
  v_last integer;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  -- Backfilled runs among the newest versions must not push out what they were stored beside.
  select min(r.snapshot_version), max(r.snapshot_version) into v_first, v_last
  from (
    select t.snapshot_version
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and not t.is_backfill
    order by t.snapshot_version desc
    limit v_limit
  ) as r;
  return query
  select r.*
  from (
    select v.version, t.created_at, v.value, t.commit_sha, least(t.measured_at, t.created_at) as measured_at
    from (
      select m.* from benchmark_private.metric_values(
        p_configuration_id, p_metric, v_first, v_last) as m
      union all
      select b.snapshot_version, b.value from benchmark_private.backfilled_values(
        p_configuration_id, p_metric, null, null, v_limit) as b
    ) as v(version, value)
    join public.benchmark_transactions as t
      on t.configuration_id = p_configuration_id and t.snapshot_version = v.version
    order by measured_at desc, v.version desc
    limit v_limit
  ) as r
  order by r.measured_at, r.version;
end;
$$;
comment on function public.get_metric_history(uuid, text, integer) is
  'A number in each of the newest p_limit versions (at most 1000) of a configuration that are published and not void, with backfilled runs among them, by the time of measuring, oldest first: what change points are looked for in. p_metric is a JSON pointer (/f1 or f1). Takes no lock.';
