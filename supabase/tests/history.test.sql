-- Reading and choosing: the original's functions by its names, and what is recorded.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(50);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'history test', '{local,staging}');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": {}}',
  jsonb_build_array(jsonb_build_object('model_version', 'm', 'dataset_version', 'd', 'prompt_version', 'p', 'environment', e,
    'commit_sha', '0123ab' || n, 'metrics', jsonb_build_object('f1', f, 'precision', 0.9, 'latency_ms', 100 * n,
      'category', jsonb_build_object('a/b', n, 'text', 'x'), 'list', jsonb_build_array(n, 2)))))
from (values ('local', 1, 0.8), ('local', 2, 0.9), ('local', 3, 0.7), ('staging', 1, 0.5)) as runs(e, n, f);
create temp table ids as
  select id from benchmark_configurations where model_version = 'm' and environment = 'local';

-- History.
select is((select array_agg(snapshot_version) from get_snapshot_history('m', 'd', 'p', 'local')), '{3,2,1}', 'history is newest first');
select is((select array_agg(snapshot_version) from get_snapshot_history('m', 'd', 'p', 'local', 2)), '{3,2}', 'and limited');
select is((select f1_score from get_snapshot_history('m', 'd', 'p', 'local', 1)), 0.7, 'with scores');
select is((select array_agg(snapshot_version) from get_snapshot_page((select id from ids), null, 2)), '{3,2}', 'a page');
select is((select array_agg(snapshot_version) from get_snapshot_page((select id from ids), 2, 2)), '{1}', 'and the next one');

select is((select array_agg(f1_score) from get_snapshot_history('m', 'd', 'p', 'staging')), '{0.5}', 'another environment has its own');
select is(array[find_configuration('m', 'd', 'p', 'local'), find_configuration('m', 'd', 'p', 'staging'), find_configuration('m', 'd', 'p', 'production')],
  array[benchmark_private.configuration_id('m', 'd', 'p', 'local', ''), benchmark_private.configuration_id('m', 'd', 'p', 'staging', ''), null], 'each configuration is found by its name');

-- Comparing.
select results_eq($$ select metric, version_a_value, version_b_value, delta from compare_snapshots('m', 'd', 'p', 'local', 1, 2) $$,
  $$ values ('f1_score', 0.8, 0.9, 0.1), ('precision', 0.9, 0.9, 0.0), ('recall', null, null, null), ('latency_ms', 100.0, 200.0, 100.0), ('cost_per_analysis', null, null, null) $$,
  'two versions are compared by the original''s names');
select is((select percent_change from compare_snapshots('m', 'd', 'p', 'local', 1, 2) where metric = 'f1_score'), 12.5, 'in percent of the first');
select is_empty($$ select * from compare_snapshots('m', 'd', 'p', 'local', 1, 9) $$, 'a version that is missing gives no row');
select results_eq($$ select path, delta from compare_snapshots_all('m', 'd', 'p', 'local', 1, 3) where delta <> 0 $$,
  $$ values ('/category/a~1b', 2.0), ('/f1', -0.1), ('/latency_ms', 200.0), ('/list/0', 2.0) $$, 'every number is compared, by its pointer');
select is_empty($$ select * from benchmark_private.metric_leaves('{"a": "1", "b": null, "c": []}') $$, 'what is no number is no leaf');

-- Trends.
select is((select run_count from v_performance_trends where model_version = 'm' and environment = 'local'), 3::bigint, 'a day''s runs are counted');
select is((select round(avg_f1, 4) from v_performance_trends where model_version = 'm' and environment = 'local'), 0.8, 'and averaged');
select columns_are('public', 'v_performance_trends', array['date', 'model_version', 'environment', 'run_count', 'avg_f1', 'avg_precision', 'avg_recall', 'avg_latency_ms', 'avg_cost'], 'with the original''s columns');

-- Checking out.
select ok(checkout_snapshot('m', 'd', 'p', 'local', 2), 'a version is checked out');
select is((select array_agg(snapshot_version) from benchmark_snapshots where model_version = 'm' and environment = 'local' and is_current), '{2}', 'and is the one current');
select is((select is_current from benchmark_snapshots where model_version = 'm' and environment = 'staging'), true, 'other configurations stay');
select throws_ok($$ select checkout_snapshot('m', 'd', 'p', 'local', 9) $$, 'PT404', null, 'a version that is missing is refused');
select throws_ok($$ select checkout_snapshot('m', 'd', 'p', 'production', 1) $$, 'PT404', null, 'and a configuration that is');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": {}}',
  '[{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.6}}]');
select is((select snapshot_version from benchmark_snapshots where model_version = 'm' and environment = 'local' and is_current), 4, 'the next run is version 4 and current');

-- Baseline and regression.
select is_empty($$ select * from detect_regression('m') $$, 'without a baseline there is nothing to compare');
select ok(set_baseline((select id from ids), 1), 'a baseline is set');
select ok(set_baseline((select id from ids), 2), 'and replaced');
select is((select array_agg(snapshot_version) from benchmark_snapshots where model_version = 'm' and is_baseline), '{2}', 'there is one');
select results_eq($$ select current_f1, baseline_f1, f1_drop, is_regression from detect_regression('m') $$, $$ values (0.6, 0.9, 0.3, true) $$, 'a drop beyond the threshold is a regression, of this configuration only');
select is((select is_regression from detect_regression('m', 0.5)), false, 'another threshold');
select throws_ok($$ select set_baseline((select id from ids), 9) $$, 'PT404', null, 'a version that is missing cannot be baseline');
select ok(set_baseline((select id from ids), null), 'a baseline is taken away');

-- Percent is of the absolute value: the sign is the direction.
select is(benchmark_private.percent_change(-2, -1), 50.0, 'from -2 to -1 is up by half');
select is(benchmark_private.percent_change(0, 1), null, 'from 0 there is no percent');

-- Bounds: whatever is stored, reading it is small.
select is((select count(*)::int from benchmark_private.metric_leaves(jsonb_build_object('a', (select jsonb_agg(n) from generate_series(1, 20000) as n)))), 5000, 'at most 5000 numbers of a document');
select is_empty($$ select * from benchmark_private.metric_leaves(jsonb_build_object(repeat('k', 100000), jsonb_build_array(1, 2))) $$, 'none below a key that is too long');
create function pg_temp.nested(p_levels integer) returns jsonb language plpgsql as $$
declare
  v_document jsonb := '1';
begin
  for i in 1 .. p_levels loop
    v_document := jsonb_build_object(repeat('k', 200), v_document, 'n', i);
  end loop;
  return v_document;
end $$;
select cmp_ok((select max(length(path)) from benchmark_private.metric_leaves(pg_temp.nested(64))), '<=', 1201, 'and pointers do not grow without end');

select is(benchmark_private.metric_keys('/' || repeat('a', 999)), array[repeat('a', 999)], 'a pointer has at most 1000 characters');
select is(benchmark_private.metric_keys('/' || repeat('a', 1000)), null, 'a longer one names nothing');
select is_empty($$ select * from get_trend((select id from ids), repeat('/a', 400000)) $$, 'and has no trend');
select throws_ok($$ select set_regression_policy('/' || repeat('a', 1000), 'higher', 1) $$, '23514', null, 'nor a policy');

-- The record.
select results_eq($$ select kind, from_version, snapshot_version from benchmark_decisions order by id $$,
  $$ values ('checkout', 3, 2), ('baseline', null, 1), ('baseline', 1, 2), ('baseline', 2, null) $$, 'every choice is recorded, with what it was before');
select throws_ok($$ delete from benchmark_decisions $$, '42501', null, 'and cannot be removed');
savepoint guard;
alter table benchmark_decisions disable trigger refuse_change;
select is((select count(*)::int from verify_ledger() where configuration_id is null), 1, 'a disabled guard of the record is found');
rollback to guard;
select ok((select bool_and(is_intact) from verify_ledger()), 'choices do not touch the ledger');

-- The statements of existing dashboards run as they stand.
select lives_ok($$ SELECT * FROM benchmark_snapshots WHERE environment = 'local' ORDER BY created_at DESC $$, 'latest snapshots of an environment');
select lives_ok($$ SELECT * FROM v_latest_benchmarks ORDER BY f1_score DESC $$, 'latest benchmarks by F1');
select lives_ok($$ SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY model_version, environment ORDER BY snapshot_version DESC) AS rn FROM benchmark_snapshots) ranked WHERE rn <= 2 $$, 'current against previous');
select lives_ok($$ SELECT id, snapshot_version, f1_score FROM benchmark_snapshots WHERE is_current AND is_active $$, 'ids of snapshots');
select lives_ok($$ SELECT AVG((metrics->>'f1')::NUMERIC) FROM benchmark_transactions $$, 'metrics as numbers');

-- Who may.
select set_read_access('signed-in');
set local role authenticated;
select is((select count(*)::int from get_snapshot_history('m', 'd', 'p', 'local')), 4, 'authenticated reads the history');
select throws_ok($$ select checkout_snapshot('m', 'd', 'p', 'local', 1) $$, '42501', null, 'and cannot check out');
set local role anon;
select is_empty($$ select * from get_snapshot_history('m', 'd', 'p', 'local') $$, 'anon reads nothing before public-read on');

reset role;
select * from finish();
rollback;
