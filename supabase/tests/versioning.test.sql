-- Versions without gap, one current snapshot, exactly once, all or none.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(49);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'versioning test', '{local,staging}');
select create_ingest_token('00000000000000bb', repeat('cd', 32), 'other principal', '{local}');

create function pg_temp.principal(p_id text default '00000000000000aa', p_hash text default repeat('ab', 32))
returns jsonb language sql as $$
  select jsonb_build_object('method', 'ingest-token', 'token_id', p_id, 'secret_hash', p_hash,
    'attested', '[]'::jsonb, 'claimed', '["commit_sha"]'::jsonb);
$$;
create function pg_temp.result(p_changes jsonb default '{}') returns jsonb language sql as $$
  select '{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "local",
    "commit_sha": "0123abc", "metrics": {"precision": 0.9, "recall": 0.8, "f1": 0.85, "latency_ms": 400, "analysis_cost": 0.01}}'::jsonb
    || p_changes;
$$;
create function pg_temp.post(p_changes jsonb default '{}', p_key text default null) returns jsonb language sql as $$
  select ingest_benchmark(pg_temp.principal(), jsonb_build_array(pg_temp.result(p_changes)), p_key) -> 0;
$$;

create temp table first_receipt as select pg_temp.post('{"run_id": "1", "run_attempt": 1}') as receipt;
select is(receipt ->> 'snapshot_version', '1', 'the first version is 1') from first_receipt;
select is(receipt -> 'previous', 'null', 'version 1 has no previous') from first_receipt;
select is(receipt -> 'replayed', 'false', 'it is not a replay') from first_receipt;
select matches(receipt ->> 'entry_hash', '^[0-9a-f]{64}$', 'the receipt has an entry hash') from first_receipt;
select is(receipt -> 'configuration' ->> 'environment', 'local', 'the receipt names the configuration') from first_receipt;

create temp table second_receipt as select pg_temp.post('{"run_id": "2", "commit_sha": "4567def", "metrics": {"precision": 0.9, "f1": 0.75, "latency_ms": 500}}') as receipt;
select is(receipt ->> 'snapshot_version', '2', 'the next version is 2') from second_receipt;
select is(receipt -> 'previous' ->> 'commit_sha', '0123abc', 'previous names the commit before') from second_receipt;
select is(receipt -> 'previous' -> 'deltas' ->> 'f1', '-0.10', 'f1 fell by 0.1') from second_receipt;
select is(receipt -> 'previous' -> 'deltas' ->> 'latency_ms', '100', 'latency rose by 100 ms') from second_receipt;
select is(receipt -> 'previous' -> 'deltas' -> 'recall', 'null', 'a score that is missing has no delta') from second_receipt;

select is((select array_agg(snapshot_version order by snapshot_version) from benchmark_snapshots where model_version = 'm'), '{1,2}', 'versions are 1, 2');
select is((select snapshot_version from benchmark_snapshots where model_version = 'm' and is_current), 2, 'the newest is current, and only it');
select is((select count(*)::int from v_latest_benchmarks where model_version = 'm'), 1, 'the latest view has one row');
select is((select t.created_at from benchmark_transactions t join benchmark_snapshots s on s.transaction_id = t.id where s.snapshot_version = 2),
  (select created_at from benchmark_snapshots where snapshot_version = 2), 'snapshot and transaction have one time');

-- The same run again.
select is(pg_temp.post('{"run_id": "1", "run_attempt": 1}'), receipt || '{"replayed": true}', 'the same run gives the same receipt, marked') from first_receipt;
select is(pg_temp.post('{"run_id": "1"}') ->> 'snapshot_version', '1', 'no run_attempt is attempt 1');
select throws_ok($$ select pg_temp.post('{"run_id": "1", "notes": "other"}') $$, 'PT409', null, 'the same run with other content is refused');
select throws_ok($$ select pg_temp.post('{"run_id": "1", "metrics": {"f1": 0.1}}') $$, 'PT409', null, 'other metrics are other content');
select is(pg_temp.post('{"run_id": "1", "run_attempt": 2}') ->> 'snapshot_version', '3', 'another attempt is another run');
select is(pg_temp.post('{"run_id": "1", "run_attempt": 1, "dataset_version": "d2"}') ->> 'snapshot_version', '1', 'the same run of another configuration is its own version 1');
select is(pg_temp.post() ->> 'snapshot_version', '4', 'without run_id every post is a new run');
select is(pg_temp.post() ->> 'snapshot_version', '5', 'and again');
select is(ingest_benchmark(pg_temp.principal('00000000000000bb', repeat('cd', 32)), jsonb_build_array(pg_temp.result('{"run_id": "1", "notes": "mine"}'))) -> 0 ->> 'snapshot_version',
  '6', 'the same run_id of another principal is another run');

-- Idempotency-Key.
create temp table keyed as select pg_temp.post('{"notes": "keyed"}', 'key-1') as receipt;
select is(pg_temp.post('{"notes": "keyed"}', 'key-1'), receipt || '{"replayed": true}', 'the same key with the same content gives the same receipt') from keyed;
select throws_ok($$ select pg_temp.post('{"notes": "changed"}', 'key-1') $$, 'PT409', null, 'the same key with other content is refused');
select is(ingest_benchmark(pg_temp.principal('00000000000000bb', repeat('cd', 32)), jsonb_build_array(pg_temp.result('{"notes": "changed"}')), 'key-1') -> 0 ->> 'replayed',
  'false', 'the same key of another principal is independent');
select throws_ok($$ select pg_temp.post('{"environment": "production"}', 'key-2') $$, 'PT403', null, 'a refused request');
select is(pg_temp.post('{"environment": "local"}', 'key-2') ->> 'replayed', 'false', 'does not use its key up');

-- Batches.
create temp table batch as select ingest_benchmark(pg_temp.principal(), jsonb_build_array(
  pg_temp.result('{"model_version": "z"}'), pg_temp.result('{"model_version": "a"}'), pg_temp.result('{"model_version": "z"}'))) as receipts;
select is((select array_agg(r -> 'configuration' ->> 'model_version' || (r ->> 'snapshot_version') order by n) from batch, jsonb_array_elements(receipts) with ordinality as e(r, n)),
  '{z1,a1,z2}', 'receipts come in the order sent, versions of one configuration too');
create temp table before_failure as select count(*) as n from benchmark_transactions;
select throws_ok($$ select ingest_benchmark(pg_temp.principal(), jsonb_build_array(pg_temp.result(), pg_temp.result('{"environment": "production"}'))) $$,
  'PT403', null, 'a batch with one bad result is refused');
select is((select count(*) from benchmark_transactions), (select n from before_failure), 'and nothing of it is stored');

-- Environment.
select throws_ok($$ select ingest_benchmark(pg_temp.principal(), jsonb_build_array(pg_temp.result() - 'environment')) $$, 'PT422', null,
  'environment is required when the credential allows several');
select is(ingest_benchmark(pg_temp.principal('00000000000000bb', repeat('cd', 32)), jsonb_build_array(pg_temp.result('{"model_version": "e"}') - 'environment')) -> 0 -> 'configuration' ->> 'environment',
  'local', 'and taken from a credential that allows one');

-- What a caller may not choose.
select isnt(pg_temp.post('{"id": "00000000-0000-4000-8000-000000000000"}') ->> 'transaction_id', '00000000-0000-4000-8000-000000000000', 'a caller cannot choose the id');
select is((pg_temp.post('{"previous_hash": "\\x00", "entry_hash": "\\x00", "snapshot_version": 99, "principal": "x", "model_version": "inject"}')) ->> 'snapshot_version', '1', 'nor version or hashes');

-- Exact storage.
select pg_temp.post('{"model_version": "exact", "metrics": {"big": 12345678901234567890.12345678901234567890, "f1": 0.5}}');
select is((select metrics ->> 'big' from benchmark_snapshots where model_version = 'exact'), '12345678901234567890.12345678901234567890', 'a number of 40 digits is kept exactly');
select is((select (metrics ->> 'f1')::numeric from benchmark_transactions where model_version = 'exact'), 0.5, 'metrics can be queried as in the original');

-- Receipts.
select is(get_receipt(pg_temp.principal(), (receipt -> 'configuration' ->> 'id')::uuid, 1), receipt || '{"replayed": true}', 'a receipt can be fetched again') from first_receipt;
select throws_ok(format($$ select get_receipt(pg_temp.principal('00000000000000bb', repeat('cd', 32)), %L, 1) $$, receipt -> 'configuration' ->> 'id'),
  'PT404', null, 'but not by another principal') from first_receipt;

-- Configurations.
select throws_ok($$ select pg_temp.post('{"model_version": ""}') $$, '23514', null, 'an empty name is refused');
select throws_ok($$ select pg_temp.post(jsonb_build_object('model_version', repeat('x', 201))) $$, '23514', null, 'a name over 200 characters is refused');
select throws_ok($$ select pg_temp.post('{"model_version": "a\u001fb"}') $$, '23514', null, 'a control character is refused');
select isnt(benchmark_private.configuration_id('a', 'bc', 'd', 'local'), benchmark_private.configuration_id('ab', 'c', 'd', 'local'), 'ids do not confuse where one part ends');
select throws_ok($$ insert into benchmark_configurations (id, model_version, dataset_version, prompt_version, environment) values (gen_random_uuid(), 'm', 'd', 'p', 'local') $$,
  '23514', null, 'a second configuration of the same name cannot be made');

-- The guards below the function, tried as the owner.
select throws_ok($$ insert into benchmark_snapshot_versions select configuration_id, snapshot_version + 1000, created_at, transaction_id, precision_score, recall_score, f1_score, latency_ms, cost_per_analysis, principal, run_id, run_attempt from benchmark_snapshot_versions where run_id = '1' $$,
  '23505', null, 'one run of one principal cannot be two versions');
select throws_ok($$ insert into benchmark_snapshot_versions select configuration_id, snapshot_version, created_at, transaction_id, precision_score, recall_score, f1_score, latency_ms, cost_per_analysis, principal, null, null from benchmark_snapshot_versions where run_id = '1' $$,
  '23505', null, 'a version cannot be there twice');

-- The original entry point.
create temp table upserted as select upsert_benchmark_result('0123ABC', 'main', 'original', 'acme', 'd', 10, 'p', 'production', '77', 'me', '{"f1": 0.50}', 1.50, '{a,b}', 'n') as id;
select is((select array[commit_sha, duration_seconds::text, metrics::text, tags::text, principal] from benchmark_transactions where id = (select id from upserted)),
  array['0123abc', '1.5', '{"f1": 0.5}', '{a,b}', 'service_role'], 'upsert_benchmark_result stores the same way, numbers normalised');
select is(upsert_benchmark_result('0123abc', 'main', 'original', 'acme', 'd', 10, 'p', 'production', '77', 'me', '{"f1": 0.5}', 1.5, '{a,b}', 'n'), id, 'the same run gives the same id') from upserted;
select throws_ok($$ select upsert_benchmark_result('0123abc', null, 'original', null, 'd', null, 'p', 'production', null, null, '{"f1": 91}', null, null, null) $$,
  'PT422', null, 'a percentage is refused');

select * from finish();
rollback;
