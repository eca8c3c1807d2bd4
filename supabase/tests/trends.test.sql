-- Trends: no spike is lost, and only what counts is in them.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(41);

-- Histories as ingest_benchmark() makes them, but for the hashes: one statement each.
create function pg_temp.fill(p_model text, p_values numeric[]) returns uuid language plpgsql as $$
declare
  v_id uuid := benchmark_private.configuration_id(p_model, 'd', 'p', 'local', '');
  v_last integer := cardinality(p_values);
begin
  insert into benchmark_configurations (id, model_version, dataset_version, prompt_version, environment, last_version, current_version, reference_version)
  values (v_id, p_model, 'd', 'p', 'local', v_last, v_last, v_last);
  insert into benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha, model_version, dataset_version, prompt_version,
    environment, metrics, f1_score, principal, provenance, published, entry_hash)
  select v_id, n, timestamptz '2026-01-01T00:00Z' + (n - 1) * interval '1 minute', '0123abc', p_model, 'd', 'p', 'local',
    jsonb_build_object('f1', v, 'own', jsonb_build_object('a/b', v)), v, 'test', '{}', true, '\x00'
  from unnest(p_values) with ordinality as x(v, n);
  perform benchmark_private.fill_trend_buckets(v_id, n) from generate_series(64, v_last, 64) as n;
  return v_id;
end $$;
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
  (select array_agg(f1_score order by snapshot_version) from benchmark_transactions where configuration_id = (select short from ids)), 'as it is');
select cmp_ok((select count(*)::int from get_trend((select long from ids), '/f1', null, null, 100)), '<=', 100, 'a longer one in as many points as were asked for');
select is((select array_agg(snapshot_version order by value) filter (where value in (0.01, 0.99)) from get_trend((select long from ids), '/f1', null, null, 100)), '{3333,6666}', 'with every spike');
select is((select array[min(snapshot_version), max(snapshot_version)] from get_trend((select long from ids), '/f1', null, null, 20)), '{1,9000}', 'from the first run to the last');
select is((select bool_and(t.value = s.f1_score) from get_trend((select long from ids), 'f1', null, null, 300) as t
  join benchmark_transactions as s on s.configuration_id = (select long from ids) and s.snapshot_version = t.snapshot_version), true, 'each a run with its value');
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
select is((select max(every) from get_trend((select long from ids), '/own/a~1b')), 9, 'a sample of a long history says so');
select is_empty($$ select * from get_trend((select long from ids), '/none') $$, 'a number that is nowhere has none');
select is_empty($$ select * from get_trend(gen_random_uuid()) $$, 'nor has a configuration that is missing');
select is_empty($$ select * from get_trend((select long from ids), '/f1', '2027-01-01T00:00Z') $$, 'nor a time without runs');
select is(array[benchmark_private.find_version((select short from ids), '2025-01-01'), benchmark_private.find_version((select short from ids), '2026-01-01T00:10Z'), benchmark_private.find_version((select short from ids), '2027-01-01')],
  '{1,11,51}', 'the first version at or after a time');

-- What change points are looked for in.
select is((select array[count(*), min(snapshot_version), max(snapshot_version)]::int[] from get_metric_history((select long from ids))), '{1000,8001,9000}', 'the newest thousand versions');
select is((select count(*)::int from get_metric_history((select short from ids), '/own/a~1b', 10)), 10, 'or fewer, of any number');

-- Candidates and void runs are in no trend.
alter table benchmark_transactions disable trigger refuse_change;
update benchmark_transactions set published = false where configuration_id = (select short from ids) and snapshot_version = 7;
select is((select count(*)::int from get_trend((select short from ids))), 49, 'a candidate is in no trend');
select ok(void_snapshot((select short from ids), 8, 'harness broke'), 'a run is declared void');
select is((select count(*)::int from get_trend((select short from ids), '/own/a~1b')), 48, 'and in none, either');
select void_snapshot((select long from ids), 3333, 'harness broke');
select is((select min(value) filter (where snapshot_version between 3000 and 4000) > 0.4 from get_trend((select long from ids), '/f1', null, null, 100)), true, 'also where extremes are kept');
select void_snapshot((select long from ids), 3333, 'it was right', false);
select is((select min(value) filter (where snapshot_version between 3000 and 4000) from get_trend((select long from ids), '/f1', null, null, 100)), 0.01, 'until that is undone');

-- A regression that is older than what is looked back at.
create temp table old as select pg_temp.fill('old', array[0.9] || array_fill(0.5, array[1500])) as id;
select set_baseline((select id from old), 1);
select is((select since_version from get_open_regressions() where configuration_id = (select id from old)), 502, 'an old regression is since the oldest of the last 1000 runs');

-- A history that is stored later than newer runs.
create function pg_temp.import(p_f1 numeric, p_measured_at text) returns jsonb language sql as $$
  select ingest_benchmark('{"method": "import"}', jsonb_build_array(jsonb_build_object('model_version', 'back', 'dataset_version', 'd',
    'prompt_version', 'p', 'environment', 'local', 'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', p_f1, 'own', p_f1))
    || case when p_measured_at is null then '{}' else jsonb_build_object('measured_at', p_measured_at) end)) -> 0 $$;
create temp table back as select pg_temp.import(0.9, '2026-03-03T00:00Z') as receipt;
select is((select receipt #>> '{provenance,method}' from back), 'import', 'an imported run says so');
select pg_temp.import(0.7, '2026-03-01T00:00Z');
select pg_temp.import(0.8, '2026-03-02T00:00Z');
select pg_temp.import(0.95, '2026-03-04T00:00Z');
create temp view back_id as select find_configuration('back', 'd', 'p', 'local') as id;
select is((select array_agg(snapshot_version order by n) from get_trend((select id from back_id)) with ordinality as t(snapshot_version, c, v, s, e, m, n)),
  '{2,3,1,4}', 'a backfilled run is charted at its time');
select is((select array_agg(measured_at order by n) from get_trend((select id from back_id), '/own') with ordinality as t(snapshot_version, c, v, s, e, measured_at, n)),
  array['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']::timestamptz[], 'any number of it');
select is((select current_version from benchmark_configurations where id = (select id from back_id)), 4, 'and is never current');
select is((select array_agg(snapshot_version order by snapshot_version) from get_trend((select id from back_id), '/f1', '2026-03-02T00:00Z', '2026-03-03T00:00Z')), '{1,3}',
  'a range of time is that of measuring');
select is_empty($$ select * from get_trend((select id from back_id), '/f1', '2026-03-05T00:00Z') $$, 'and not that of storing');
select is((select array_agg(snapshot_version order by n) from get_metric_history((select id from back_id), '/f1', 3) with ordinality as t(snapshot_version, c, v, s, m, n)),
  '{3,1,4}', 'change points are looked for in the order of measuring');
select is((select array_agg(date::date order by date) from v_performance_trends where model_version = 'back'),
  array['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']::date[], 'a mean of a day is of what was measured that day');
select is(array[benchmark_private.find_version((select id from back_id), '2026-03-01'), benchmark_private.find_version((select id from back_id), '2026-03-03T12:00Z'),
  benchmark_private.find_version((select id from back_id), '2026-03-04T12:00Z')], '{1,4,5}', 'the first version at a time is none of them');
select void_snapshot((select id from back_id), 2, 'harness broke');
select is((select array_agg(snapshot_version order by n) from get_trend((select id from back_id)) with ordinality as t(snapshot_version, c, v, s, e, m, n)),
  '{3,1,4}', 'unless it is void');
select pg_temp.import(0.5 + (n % 50) / 1000.0, to_char(timestamptz '2026-01-01T00:00Z' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI"Z"')) from generate_series(1, 300) as n;
select cmp_ok((select count(*)::int from get_trend((select id from back_id), '/f1', null, null, 20)), '<=', 40, 'many of them are thinned, too');
select is((select array[min(value), max(value)] from get_trend((select id from back_id), '/f1', null, null, 20)), '{0.5,0.95}', 'and no spike is lost');
select is((select bool_and(measured_at >= lag) from (select measured_at, lag(measured_at) over (order by n) from get_trend((select id from back_id), '/f1', null, null, 20) with ordinality as t(v, c, x, s, e, measured_at, n)) as l), true, 'in the order of time');

-- Who may.
select set_read_access('signed-in');
set local role anon;
select is_empty($$ select * from get_trend(find_configuration('short', 'd', 'p', 'local')) $$, 'anon reads no trend before public-read on');
set local role authenticated;
select isnt_empty($$ select * from get_trend(find_configuration('short', 'd', 'p', 'local')) $$, 'authenticated does');

reset role;
select * from finish();
rollback;
