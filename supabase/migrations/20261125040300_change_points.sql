-- Lasting shifts in a history: where a level ends and another begins.
--
-- Hierarchical bisection with a permutation test, as E-divisive does (Matteson and James 2014,
-- "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data", JASA 109),
-- over seeded intervals (Kovács et al. 2023, "Seeded binary segmentation", Biometrika 110), with
-- the CUSUM of ranks as the statistic (Pettitt 1979, "A Non-Parametric Approach to the
-- Change-Point Problem", Applied Statistics 28; scaled by its standard deviation as in Hawkins
-- and Deng 2010, "A Nonparametric Change-Point Control Chart"). Better here than E-divisive's own
-- energy statistic: a split costs O(1) and not O(n), which is what makes it possible in SQL; an
-- outlier weighs as much as any other extreme; and the short intervals find a bump between two
-- equal levels, which bisecting the whole does not.

create function public.find_change_points(
  p_values double precision[],
  p_seed bigint default 1,
  p_significance double precision default 0.01,
  p_permutations integer default 199
) returns table (first_index integer, p_value double precision)
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- Less than five on a side is an outlier and not a level.
  c_shortest constant integer := 5;
  v_segments integer[] := array[1, coalesce(pg_catalog.cardinality(p_values), 0)];
  v_low integer;
  v_high integer;
  v_n integer;
  v_ranks double precision[];
  v_sums double precision[];
  v_starts integer[];
  v_lengths integer[];
  v_length integer;
  v_count integer;
  v_start integer;
  v_mean double precision;
  v_sum double precision;
  v_statistic double precision;
  v_max double precision;
  v_observed double precision;
  v_split integer;
  v_interval double precision[];
  v_before double precision;
  v_after double precision;
  v_exceeding integer;
  v_allowed constant integer := pg_catalog.floor(p_significance * (p_permutations + 1))::integer - 1;
begin
  if pg_catalog.cardinality(p_values) > 1000 or p_permutations not between 1 and 10000 then
    raise exception using
      errcode = '22023',
      message = pg_catalog.format('find_change_points() takes at most 1000 values and 10000 permutations: it was given %s and %s.',
        pg_catalog.cardinality(p_values), p_permutations),
      hint = 'Pass means of consecutive runs, as detect_change_points() does.';
  end if;
  while pg_catalog.cardinality(v_segments) > 0 loop
    v_low := v_segments[1];
    v_high := v_segments[2];
    v_segments := v_segments[3:];
    v_n := v_high - v_low + 1;
    continue when v_n < 2 * c_shortest;

    -- Ranks about their mean, ties sharing theirs.
    select pg_catalog.array_agg(r.rank - (v_n + 1) / 2.0 order by r.index) into v_ranks
    from (
      select x.index, pg_catalog.rank() over (order by x.value)
        + (pg_catalog.count(*) over (partition by x.value) - 1) / 2.0 as rank
      from pg_catalog.unnest(p_values[v_low:v_high]) with ordinality as x(value, index)
    ) as r;

    -- The whole, then twice as many intervals of half the length, each overlapping the next.
    v_starts := array[]::integer[];
    v_lengths := array[]::integer[];
    for v_layer in 0 .. 30 loop
      v_length := pg_catalog.ceil(v_n / 2.0 ^ v_layer)::integer;
      exit when v_length < 2 * c_shortest;
      v_count := (2 ^ (v_layer + 1))::integer - 1;
      for v_i in 0 .. v_count - 1 loop
        v_starts := v_starts || ((v_n - v_length)::bigint * v_i / greatest(v_count - 1, 1))::integer;
        v_lengths := v_lengths || v_length;
      end loop;
    end loop;

    v_exceeding := 0;
    -- Round 0 is the segment as it is; the others are its permutations.
    for v_round in 0 .. p_permutations loop
      if v_round > 0 then
        -- By a hash of the seed and not random(): the same seed gives the same answer, in every
        -- session and version.
        select pg_catalog.array_agg(x.rank order by pg_catalog.hashint4extended(x.index::integer, p_seed + v_round), x.index)
        into v_ranks
        from pg_catalog.unnest(v_ranks) with ordinality as x(rank, index);
      end if;
      v_sums := array[0.0];
      v_sum := 0;
      foreach v_statistic in array v_ranks loop
        v_sum := v_sum + v_statistic;
        v_sums := v_sums || v_sum;
      end loop;
      v_max := 0;
      for v_i in 1 .. pg_catalog.cardinality(v_starts) loop
        v_start := v_starts[v_i] + 1;
        v_length := v_lengths[v_i];
        v_sum := v_sums[v_start];
        v_mean := (v_sums[v_start + v_length] - v_sum) / v_length;
        for v_t in c_shortest .. v_length - c_shortest loop
          v_statistic := (v_sums[v_start + v_t] - v_sum - v_t * v_mean) ^ 2 * v_length
            / (v_t * (v_length - v_t));
          if v_statistic > v_max then
            v_max := v_statistic;
            if v_round = 0 then
              v_split := v_t;
              v_interval := p_values[v_low + v_start - 1 : v_low + v_start + v_length - 2];
              first_index := v_low + v_start - 1;
            end if;
          end if;
        end loop;
        -- One is enough for this round to count.
        exit when v_round > 0 and v_max >= v_observed;
      end loop;
      if v_round = 0 then
        v_observed := v_max;
      elsif v_max >= v_observed then
        v_exceeding := v_exceeding + 1;
      end if;
      -- The answer is no by now, and no further permutation can change it (Besag and Clifford
      -- 1991, "Sequential Monte Carlo p-values").
      exit when v_exceeding > v_allowed or v_observed = 0;
    end loop;
    continue when v_exceeding > v_allowed or v_observed = 0;

    -- Ranks tell that there are two levels, and blur where one ends by a run or two: the sum of
    -- what is on the first level's side of the middle is largest there. Clipped at the levels,
    -- so that an outlier does not decide it.
    select pg_catalog.percentile_cont(0.5) within group (order by x) into v_before
    from pg_catalog.unnest(v_interval[:v_split]) as x;
    select pg_catalog.percentile_cont(0.5) within group (order by x) into v_after
    from pg_catalog.unnest(v_interval[v_split + 1:]) as x;
    if v_before <> v_after then
      select r.index into v_split
      from (
        select x.index, pg_catalog.sum(greatest(-1, least(1,
            (2 * x.value - v_before - v_after) / (v_before - v_after)))) over (order by x.index) as on_first_side
        from pg_catalog.unnest(v_interval) with ordinality as x(value, index)
      ) as r
      where r.index between c_shortest and pg_catalog.cardinality(v_interval) - c_shortest
      order by r.on_first_side desc, r.index
      limit 1;
    end if;
    first_index := first_index + v_split;
    p_value := (1.0 + v_exceeding) / (p_permutations + 1);
    return next;
    v_segments := v_segments || array[v_low, first_index - 1, first_index, v_high];
  end loop;
end;
$$;
comment on function public.find_change_points(double precision[], bigint, double precision, integer) is
  'Where a series of up to 1000 values changes its level for at least five of them: the first index of each new level, in the order found, and the p-value of its permutation test. On noise without order it finds something in at most p_significance of all series. The same seed gives the same answer. Method: hierarchical bisection with a permutation test (Matteson and James 2014) over seeded intervals (Kovács et al. 2023) by the scaled CUSUM of ranks (Pettitt 1979; Hawkins and Deng 2010). Raises 22023.';

create function public.metric_blocks(
  p_configuration_id uuid,
  p_metric text,
  p_width integer default 1,
  p_from_version integer default 1,
  p_to_version integer default null
) returns table (first_version integer, value double precision)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_metric text := public.metric_pointer(p_metric);
  v_size integer := public.trend_bucket_size(p_width);
  v_last integer;
  v_every integer := 1;
  v_buckets integer;
begin
  select least(c.last_version, p_to_version) into v_last
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  if v_metric <> all (public.score_metrics()) then
    v_every := greatest(pg_catalog.ceil((v_last - p_from_version + 1) / 5000.0), 1);
  elsif p_from_version = 1 then
    select pg_catalog.max(b.bucket) + 1 into v_buckets
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
      and b.bucket < v_last / v_size;
  end if;
  return query
  select pg_catalog.min(r.version), (pg_catalog.sum(r.value_sum) / pg_catalog.sum(r.value_count))::double precision
  from (
    -- Whole buckets where they are finer than the blocks, and the runs after the last of them.
    select b.bucket * v_size + 1, b.value_sum, b.value_count
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
      and b.bucket < v_buckets
    union all
    select v.snapshot_version, v.value, 1
    from public.metric_values(
      p_configuration_id, v_metric, coalesce(v_buckets * v_size + 1, p_from_version), v_last, v_every) as v
  ) as r(version, value_sum, value_count)
  group by (r.version - p_from_version) / p_width
  order by 1;
end;
$$;
comment on function public.metric_blocks(uuid, text, integer, integer, integer) is
  'Means of a number over blocks of p_width consecutive versions of a configuration, with the first version of each, oldest first. Of a number that is not one of the five scores at most 5000 evenly spread runs are read. Takes no lock.';

create function public.detect_change_points(
  p_configuration_id uuid,
  p_metric text default '/f1',
  p_seed bigint default 1
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  commit_sha text,
  level_before numeric,
  level_after numeric,
  change numeric,
  p_value numeric
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- Blocks of runs: more would only cost time, a shift that lasts is in their means as well.
  c_blocks constant integer := 256;
  v_last integer;
  v_width integer;
  v_values double precision[];
  v_first_versions integer[];
  v_found record;
  v_from integer;
  v_to integer;
  v_version integer;
  v_before double precision;
  v_after double precision;
begin
  select c.last_version into v_last
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  v_width := pg_catalog.ceil(v_last / c_blocks::numeric);
  select pg_catalog.array_agg(b.value order by b.first_version), pg_catalog.array_agg(b.first_version order by b.first_version)
  into v_values, v_first_versions
  from public.metric_blocks(p_configuration_id, p_metric, v_width) as b;

  for v_found in
    select f.first_index, f.p_value,
      coalesce(pg_catalog.lag(f.first_index) over (order by f.first_index), 1) as index_before,
      coalesce(pg_catalog.lead(f.first_index) over (order by f.first_index) - 1, pg_catalog.cardinality(v_values)) as last_index
    from public.find_change_points(v_values, p_seed) as f
    order by f.first_index
  loop
    select pg_catalog.percentile_cont(0.5) within group (order by x.value) into v_before
    from pg_catalog.unnest(v_values[v_found.index_before : v_found.first_index - 1]) as x(value);
    select pg_catalog.percentile_cont(0.5) within group (order by x.value) into v_after
    from pg_catalog.unnest(v_values[v_found.first_index : v_found.last_index]) as x(value);
    v_version := v_first_versions[v_found.first_index];
    if v_width > 1 then
      -- The run within the blocks beside the boundary, by the same rule as the block.
      v_from := v_first_versions[v_found.first_index - 1];
      v_to := coalesce(v_first_versions[v_found.first_index + 1] - 1, v_last);
      select r.next_version into v_version
      from (
        select pg_catalog.lead(b.first_version) over (order by b.first_version) as next_version,
          pg_catalog.sum(greatest(-1, least(1, (2 * b.value - v_before - v_after) / nullif(v_before - v_after, 0))))
            over (order by b.first_version) as on_first_side
        from public.metric_blocks(p_configuration_id, p_metric, 1, v_from, v_to) as b
      ) as r
      where r.next_version is not null
      order by r.on_first_side desc, r.next_version
      limit 1;
    end if;
    select s.snapshot_version, s.created_at, s.commit_sha into snapshot_version, created_at, commit_sha
    from public.benchmark_snapshots as s
    where s.configuration_id = p_configuration_id and s.snapshot_version = v_version;
    level_before := v_before;
    level_after := v_after;
    change := level_after - level_before;
    p_value := v_found.p_value;
    return next;
  end loop;
end;
$$;
comment on function public.detect_change_points(uuid, text, bigint) is
  'Lasting shifts of a number over the whole history of a configuration, oldest first: the first run of each new level, the medians of the levels before and after it, and the p-value. p_metric is a JSON pointer (/f1 or f1). By find_change_points() over all runs, or over means of equally long blocks when there are more than 256; then the run within its blocks is the one that fits both levels best. The same history and seed give the same answer. Takes no lock.';

do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'find_change_points(double precision[], bigint, double precision, integer)',
    'metric_blocks(uuid, text, integer, integer, integer)',
    'detect_change_points(uuid, text, bigint)'
  ] loop
    execute 'revoke all on function public.' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function public.' || v_function || ' to anon, authenticated, service_role';
  end loop;
end;
$$;
