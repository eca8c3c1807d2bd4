-- Trends and change points: no spike is lost, levels are found, noise is not.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(36);

-- Histories as ingest_benchmark() makes them, but for the hashes: one statement each.
create function pg_temp.fill(p_model text, p_values numeric[]) returns uuid language sql as $$
  with configuration as (
    insert into benchmark_configurations (id, model_version, dataset_version, prompt_version, environment, last_version, current_version)
    values (benchmark_private.configuration_id(p_model, 'd', 'p', 'local'), p_model, 'd', 'p', 'local', cardinality(p_values), cardinality(p_values))
    returning id
  ), runs as (
    select c.id, n::int as n, v, gen_random_uuid() as transaction_id,
      timestamptz '2026-01-01T00:00Z' + (n - 1) * interval '1 minute' as at
    from configuration as c, unnest(p_values) with ordinality as x(v, n)
  ), transactions as (
    insert into benchmark_transactions (configuration_id, snapshot_version, created_at, id, commit_sha, model_version, dataset_version, prompt_version,
      environment, metrics, principal, provenance, previous_hash, entry_hash)
    select id, n, at, transaction_id, '0123abc', p_model, 'd', 'p', 'local',
      jsonb_build_object('f1', v, 'own', jsonb_build_object('a/b', v)), 'test', '{}', null, '\x00'
    from runs
  ), snapshots as (
    insert into benchmark_snapshot_versions (configuration_id, snapshot_version, created_at, transaction_id, f1_score, principal)
    select id, n, at, transaction_id, v, 'test' from runs
  )
  select id from configuration $$;
-- Noise that is the same in every run and version: 0 to 1.
create function pg_temp.noise(p_seed bigint, p_index integer) returns double precision language sql as $$
  select hashint4extended(p_index, p_seed * 1000003)::double precision / 2.0 ^ 64 + 0.5 $$;

create temp table ids as
  select pg_temp.fill('short', array(select (n % 7) / 10.0 from generate_series(1, 50) as n)) as short,
    pg_temp.fill('long', array(select case n when 3333 then 0.01 when 6666 then 0.99 when 4000 then null
      -- before the first and after the last whole bucket of the range below
      when 100 then 0.005 when 8530 then 0.995
      else round((0.5 + 0.1 * pg_temp.noise(1, n))::numeric, 6) end from generate_series(1, 9000) as n)) as long;

-- Which runs.
select is((select count(*)::int from get_trend((select short from ids))), 50, 'a history that fits comes whole');
select is((select array_agg(value order by snapshot_version) from get_trend((select short from ids))),
  (select array_agg(f1_score order by snapshot_version) from benchmark_snapshot_versions where configuration_id = (select short from ids)), 'as it is');
select cmp_ok((select count(*)::int from get_trend((select long from ids), '/f1', null, null, 100)), '<=', 100, 'a longer one in as many points as were asked for');
select is((select array_agg(snapshot_version order by value) filter (where value in (0.01, 0.99)) from get_trend((select long from ids), '/f1', null, null, 100)), '{3333,6666}', 'with every spike');
select is((select array[min(snapshot_version), max(snapshot_version)] from get_trend((select long from ids), '/f1', null, null, 20)), '{1,9000}', 'from the first run to the last');
select is((select bool_and(t.value = s.f1_score) from get_trend((select long from ids), 'f1', null, null, 300) as t
  join benchmark_snapshot_versions as s on s.configuration_id = (select long from ids) and s.snapshot_version = t.snapshot_version), true, 'each a run with its value');
select is((select array_agg(distinct every) from get_trend((select long from ids), '/f1', null, null, 100)), '{1}', 'and every run was looked at');

-- Buckets are a shortcut: the answer is that of reading every run.
create temp table with_buckets as select * from get_trend((select long from ids), '/f1', '2026-01-01T01:17Z', '2026-01-06T22:22Z', 60);
select cmp_ok((select count(*)::int from benchmark_trend_buckets where configuration_id = (select long from ids) and size = 512), '=', 17, 'full buckets are kept');
savepoint buckets;
delete from benchmark_trend_buckets;
select is((select array[min(value), max(value)] from with_buckets), '{0.005,0.995}', 'the ends of a range between buckets are read, too');
select is((select array[min(value), max(value)] from get_trend((select long from ids), '/f1', '2026-01-01T01:17Z', '2026-01-06T22:22Z', 60)),
  (select array[min(value), max(value)] from with_buckets), 'with and without buckets the extremes are the same');
select is((select array[min(snapshot_version), max(snapshot_version)] from get_trend((select long from ids), '/f1', '2026-01-01T01:17Z', '2026-01-06T22:22Z', 60)),
  (select array[min(snapshot_version), max(snapshot_version)] from with_buckets), 'and so is the range');
rollback to buckets;
select is((select array[min(snapshot_version), max(snapshot_version)] from with_buckets), '{78,8543}', 'which is that of the times');

-- Other numbers.
select is((select array_agg(snapshot_version order by value) filter (where value in (0.01)) from get_trend((select long from ids), '/own/a~1b', '2026-01-03T00:00Z', '2026-01-04T00:00Z', 20)), '{3333}', 'any number of the document has a trend');
select is((select max(every) from get_trend((select long from ids), '/own/a~1b')), 2, 'a sample of a long history says so');
select is_empty($$ select * from get_trend((select long from ids), '/none') $$, 'a number that is nowhere has none');
select is_empty($$ select * from get_trend(gen_random_uuid()) $$, 'nor has a configuration that is missing');
select is_empty($$ select * from get_trend((select long from ids), '/f1', '2027-01-01T00:00Z') $$, 'nor a time without runs');
select is(array[find_version((select short from ids), '2025-01-01'), find_version((select short from ids), '2026-01-01T00:10Z'), find_version((select short from ids), '2027-01-01')],
  '{1,11,51}', 'the first version at or after a time');

-- Change points.
create function pg_temp.series(p_seed bigint, p_levels double precision[], p_each integer) returns double precision[] language sql as $$
  select array_agg(p_levels[(n - 1) / p_each + 1] + pg_temp.noise(p_seed, n) order by n)
  from generate_series(1, cardinality(p_levels) * p_each) as n $$;
select is((select array_agg(f.first_index) from find_change_points(pg_temp.series(1, '{0,3}', 30)) as f), '{31}', 'a shift is found where it is');
select is((select array_agg(f.first_index order by f.first_index) from find_change_points(pg_temp.series(2, '{0,3,6,2}', 30)) as f), '{31,61,91}', 'several are');
select is((select array_agg(f.first_index order by f.first_index) from find_change_points(pg_temp.series(3, '{0,0,0,3,0,0,0,0}', 15)) as f), '{46,61}', 'and a bump between equal levels');
select is((select array_agg(f.first_index) from find_change_points(pg_temp.series(4, '{0,0,0,0,0,0,0,0,2}', 6)) as f), '{49}', 'and a shift near the end');
select is_empty($$ select * from find_change_points(pg_temp.series(5, '{0}', 40) || 9::double precision || pg_temp.series(6, '{0}', 40)) $$, 'one outlier is no level');
select is_empty($$ select * from find_change_points(array_fill(0.5::double precision, array[100])) $$, 'a constant has no change');
select is_empty($$ select * from find_change_points(array[1, 2, 3, 9, 9, 9]::double precision[]) $$, 'too few runs have none');
select is_empty($$ select * from find_change_points(null) $$, 'nor has no series');
select is((select array_agg(f::text) from find_change_points(pg_temp.series(7, '{0,0.4,0}', 40), 42) as f),
  (select array_agg(f::text) from find_change_points(pg_temp.series(7, '{0,0.4,0}', 40), 42) as f), 'the same seed gives the same answer');
select cmp_ok((select count(*)::int from generate_series(1, 1000) as s
  where exists (select from find_change_points(pg_temp.series(s, '{0}', 20 + s % 60), s))), '<=', 50, 'at most 5 % false alarms over 1000 series of noise');
select throws_ok($$ select * from find_change_points(array_fill(1::double precision, array[1001])) $$, '22023', null, 'a series that is too long is refused');

-- Over a stored history.
create temp table shifted as
  select pg_temp.fill('shifted', array(select case when n > 702 then 0.4 else 0.6 end + round(pg_temp.noise(8, n)::numeric / 20, 4) from generate_series(1, 1000) as n)) as id;
select is((select array_agg(snapshot_version) from detect_change_points((select id from shifted))), '{703}', 'the first run of a new level is named, in a history longer than the blocks');
select is((select array_agg(array[round(level_before, 1), round(level_after, 1)]) from detect_change_points((select id from shifted), 'f1')), array[array[0.6, 0.4]], 'with both levels');
select is((select array_agg(snapshot_version) from detect_change_points((select id from shifted), '/own/a~1b')), '{703}', 'for any number of the document');
select is_empty($$ select * from detect_change_points(gen_random_uuid()) $$, 'a configuration that is missing has none');

-- A regression that is older than what is looked back at.
create temp table old as select pg_temp.fill('old', array[0.9] || array_fill(0.5, array[1500])) as id;
select set_baseline((select id from old), 1);
select is((select since_version from get_open_regressions() where configuration_id = (select id from old)), 502, 'an old regression is since the oldest of the last 1000 runs');

-- Who may.
set local role anon;
select is_empty($$ select * from get_trend(find_configuration('short', 'd', 'p', 'local')) $$, 'anon reads no trend before public-read on');
set local role authenticated;
select isnt_empty($$ select * from get_trend(find_configuration('short', 'd', 'p', 'local')) $$, 'authenticated does');

reset role;
select * from finish();
rollback;
