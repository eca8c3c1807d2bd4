-- Versions without gap, one current snapshot, exactly once, all or none.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(73);

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
create function pg_temp.refusal(p_sql text) returns text language plpgsql as $$
begin
  execute p_sql;
  return null;
exception when others then
  return sqlstate;
end $$;
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
select is((select id from benchmark_snapshots where model_version = 'm' and snapshot_version = 2), (select (receipt ->> 'transaction_id')::uuid from second_receipt), 'a snapshot has the id of its run');

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
select is_empty($$ select a.attname from pg_attribute as a
    where a.attrelid = 'benchmark_transactions'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and a.attname <> all ('{precision_score,recall_score,f1_score,latency_ms,cost_per_analysis,commit_sha,branch_name,model_version,model_provider,dataset_version,dataset_size,prompt_version,environment,variant,run_id,run_attempt,triggered_by,metrics,duration_seconds,error_count,success_count,tags,notes,measured_at}')
      and pg_temp.refusal(format('select pg_temp.post(jsonb_build_object(%L, null))', a.attname)) is distinct from 'PT422' $$,
  'a caller cannot choose what the ledger gives: a column that is not in the contract is refused');
select is(pg_temp.post('{"f1_score": 0.99, "model_version": "inject"}') ->> 'snapshot_version', '1', 'a score beside the metrics');
select is((select f1_score from benchmark_transactions where model_version = 'inject'), 0.85, 'is not the score: that is in the metrics');

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
select isnt(benchmark_private.configuration_id('a', 'bc', 'd', 'local', ''), benchmark_private.configuration_id('ab', 'c', 'd', 'local', ''), 'ids do not confuse where one part ends');
select throws_ok($$ select pg_temp.post(jsonb_build_object('model_version', 'zero' || chr(8203) || 'width')) $$, '23514', null, 'a character that is not seen is refused');
select throws_ok($$ select pg_temp.post(jsonb_build_object('model_version', 'soft' || chr(173))) $$, '23514', null, 'a soft hyphen, too');
select throws_ok($$ select pg_temp.post(jsonb_build_object('model_version', 'e' || chr(769))) $$, '23514', null, 'and what is not in NFC');
select throws_ok($$ select pg_temp.post('{"model_version": " m"}') $$, '23514', null, 'and a space at an end');
select is(pg_temp.post(jsonb_build_object('model_version', 'größe ' || chr(128512))) ->> 'snapshot_version', '1', 'letters and signs of the world are fine');
select throws_ok($$ insert into benchmark_configurations (id, model_version, dataset_version, prompt_version, environment) values (gen_random_uuid(), 'm', 'd', 'p', 'local') $$,
  '23514', null, 'a second configuration of the same name cannot be made');

-- The guards below the function, tried as the owner.
create temp table copied as select * from benchmark_transactions where model_version = 'm' and run_id = '1' and run_attempt = 1 limit 1;
create function pg_temp.insert_copy(p_changes text) returns void language plpgsql as $$
begin
  execute 'update copied set ' || p_changes;
  execute format('insert into benchmark_transactions (%1$s) select %1$s from copied',
    (select string_agg(a.attname, ', ') from pg_attribute as a where a.attrelid = 'copied'::regclass and a.attnum > 0 and not a.attisdropped));
end $$;
select throws_ok($$ select pg_temp.insert_copy('snapshot_version = 1000') $$, '23505', null, 'one run of one principal cannot be two versions');
select throws_ok($$ select pg_temp.insert_copy('run_id = null') $$, '23505', null, 'a version cannot be there twice');

-- The original entry point.
create temp table upserted as select upsert_benchmark_result('0123ABC', 'main', 'original', 'acme', 'd', 10, 'p', 'production', '77', 'me', '{"f1": 0.50}', 1.50, '{a,b}', 'n') as id;
select is((select array[commit_sha, duration_seconds::text, metrics::text, tags::text, principal] from benchmark_transactions where id = (select id from upserted)),
  array['0123abc', '1.5', '{"f1": 0.5}', '{a,b}', 'service_role'], 'upsert_benchmark_result stores the same way, numbers normalised');
select is(upsert_benchmark_result('0123abc', 'main', 'original', 'acme', 'd', 10, 'p', 'production', '77', 'me', '{"f1": 0.5}', 1.5, '{a,b}', 'n'), id, 'the same run gives the same id') from upserted;
select throws_ok($$ select upsert_benchmark_result('0123abc', null, 'original', null, 'd', null, 'p', 'production', null, null, '{"f1": 91}', null, null, null) $$,
  'PT422', null, 'a percentage is refused');

-- Variants.
select is(pg_temp.post('{"model_version": "v", "variant": "linux", "run_id": "9"}') -> 'configuration' ->> 'variant', 'linux', 'a variant');
select is(pg_temp.post('{"model_version": "v", "variant": "windows", "run_id": "9", "metrics": {"f1": 0.2}}') ->> 'snapshot_version', '1', 'tells the two results of one job apart');
select throws_like($$ select pg_temp.post('{"model_version": "v", "variant": "linux", "run_id": "9", "metrics": {"f1": 0.3}}') $$,
  'Give them a variant%run 9 attempt 1 brings two results for one configuration, this one (f1 0.3) and the one stored as version 1 (f1 0.85)%v / d / p / local / linux%', 'without one, both are named, and the way out');
select throws_like($$ select ingest_benchmark(pg_temp.principal(), jsonb_build_array(pg_temp.result('{"model_version": "b", "run_id": "9"}'), pg_temp.result('{"model_version": "b", "run_id": "9", "metrics": {"f1": 0.1}}'))) $$,
  '%result 0 of the same request%', 'also within one request');
select is((select array_agg(r ->> 'snapshot_version' order by n) from jsonb_array_elements(ingest_benchmark(pg_temp.principal(), jsonb_build_array(pg_temp.result('{"model_version": "b"}'), pg_temp.result('{"model_version": "b", "metrics": {"f1": 0.1}}')))) with ordinality as e(r, n)),
  '{1,2}', 'without run ids they are two runs, in the order sent');
select is((select upsert_benchmark_result('0123abc', null, 'original', null, 'd', null, 'p', 'production', null, null, '{"f1": 0.5, "precision": null}', null, '{}', null, 'seed-2')) is null, false, 'the original entry point takes one, too');
select is((select array_agg(pg_temp.refusal(format('select upsert_benchmark_result(''0123abc'', %L, ''original'', null, ''d'', %L, ''p'', ''production'', %L, %L, %L, %L, %L, null)', b, s, r, w, m, d, t)) order by n)
  from (values (1, E'a\u0007', null, null, null, '{}', null, null), (2, null, '-1', null, null, '{}', null, null), (3, null, null, '', null, '{}', null, null),
    (4, null, null, E'r\n1', null, '{}', null, null), (5, null, null, null, E'\u0007', '{}', null, null), (6, null, null, null, null, '{"latency_ms": 1e400}', null, null),
    (7, null, null, null, null, '{}', '-1.5', null), (8, null, null, null, null, '{}', null, '{""}')) as x(n, b, s, r, w, m, d, t)),
  '{23514,PT422,23514,23514,23514,PT422,PT422,23514}', 'what the ingest function refuses is refused here');
select is((select array[variant, metrics::text, tags::text] from benchmark_transactions where variant = 'seed-2'), array['seed-2', '{"f1": 0.5}', null], 'null scores and empty tags are left out');

-- Times.
alter table benchmark_transactions disable trigger refuse_change;
update benchmark_transactions set created_at = clock_timestamp() + interval '1 hour' where model_version = 'b' and snapshot_version = 2;
alter table benchmark_transactions enable always trigger refuse_change;
select pg_temp.post('{"model_version": "b"}');
select is((select created_at from benchmark_transactions where model_version = 'b' and snapshot_version = 3),
  (select created_at + interval '1 microsecond' from benchmark_transactions where model_version = 'b' and snapshot_version = 2), 'times go up with versions, also when the clock goes back');
select is(pg_temp.post('{"model_version": "b"}') ->> 'published', 'true', 'and runs go on to be stored');
select is((select snapshot_version from benchmark_snapshots where model_version = 'b' and is_current), 4, 'and to become current');

-- Backfills.
select pg_temp.post('{"model_version": "old", "measured_at": "2026-01-02T00:00Z", "metrics": {"f1": 0.9}}');
select is(pg_temp.post('{"model_version": "old", "measured_at": "2026-01-03T00:00Z", "metrics": {"f1": 0.89}}') #>> '{previous,snapshot_version}', '1', 'runs that are stored in the order of their times follow each other');
select is(pg_temp.post('{"model_version": "old", "measured_at": "2026-01-01T00:00Z", "metrics": {"f1": 0.1}}') -> 'judgements', '[]', 'one that was measured before is not judged');
select is((select array_agg(snapshot_version || ':' || is_current || is_active order by snapshot_version) from benchmark_snapshots where model_version = 'old'),
  '{1:falsetrue,2:truetrue,3:falsetrue}', 'it is published and never current');
select is(pg_temp.post('{"model_version": "old", "metrics": {"f1": 0.88}}') #>> '{previous,snapshot_version}', '2', 'nor a reference');
select pg_temp.post('{"model_version": "old", "measured_at": "2999-01-01T00:00Z"}');
select is(pg_temp.post('{"model_version": "old"}') #>> '{previous,snapshot_version}', '5', 'a time in the future keeps no later run from following');
select is((select is_current from benchmark_snapshots where model_version = 'old' and snapshot_version = 6), true, 'nor from becoming current');

-- Idempotency keys do not stay for ever.
insert into benchmark_private.idempotency_keys (principal, key, content_hash, entries, created_at)
select 'p', 'old-' || n, '\x00', '[]', clock_timestamp() - interval '31 days' from generate_series(1, 150) as n;
select pg_temp.post('{"model_version": "pruning"}', 'key-3');
select is((select count(*)::int from benchmark_private.idempotency_keys where principal = 'p'), 50, 'a hundred old keys go with each call that uses one');

select * from finish();
rollback;
