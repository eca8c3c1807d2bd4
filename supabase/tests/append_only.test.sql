-- What is stored stays as it was stored, for the owner and a superuser too.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(23);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'append-only test', '{local}');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
  '[{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.5}}]');

select throws_ok($$ update benchmark_transactions set commit_sha = 'x' $$, '42501', null, 'the owner cannot update');
select throws_ok($$ update benchmark_transactions set commit_sha = 'x' where false $$, '42501', null, 'nor an update that meets no row');
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'the owner cannot delete');
select throws_ok($$ delete from benchmark_transactions where false $$, '42501', null, 'nor a delete that meets no row');
select throws_ok($$ truncate benchmark_transactions cascade $$, '42501', null, 'the owner cannot truncate');
select throws_ok(
  $$ insert into benchmark_transactions (configuration_id, snapshot_version, created_at, commit_sha, model_version, dataset_version, prompt_version, environment, metrics, principal, provenance, published, entry_hash)
     select configuration_id, snapshot_version, created_at, commit_sha, model_version, dataset_version, prompt_version, environment, metrics, principal, provenance, published, entry_hash from benchmark_transactions
     on conflict on constraint benchmark_transactions_pkey do update set commit_sha = 'x' $$,
  '42501', null, 'nor update by way of ON CONFLICT');
select throws_like($$ delete from benchmark_transactions $$, '%append-only%', 'the error says why');

set local session_replication_role = replica;
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'session_replication_role does not switch the guard off for DELETE');
select throws_ok($$ update benchmark_transactions set commit_sha = 'x' $$, '42501', null, 'nor for UPDATE');
select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'nor for what is about people');
select throws_ok($$ truncate benchmark_transactions cascade $$, '42501', null, 'nor for TRUNCATE');
select throws_ok($$ delete from benchmark_configurations $$, '42501', null, 'nor for configurations');
set local session_replication_role = origin;

select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'a note cannot be put in later');
select throws_ok($$ update benchmark_transactions set notes = null, triggered_by = null, head_ref = null, salt = null $$, '42501', null, 'nor what is about people be removed without a decision');
select throws_ok($$ delete from benchmark_decisions $$, '42501', null, 'a decision cannot be deleted');
select throws_ok($$ update benchmark_decisions set reason = 'x' where false $$, '42501', null, 'nor updated');
select throws_ok($$ update benchmark_snapshots set is_active = false $$, '42501', null, 'a snapshot cannot be updated through the view');
select throws_ok($$ delete from benchmark_snapshots $$, '42501', null, 'nor deleted');
select throws_ok($$ update benchmark_configurations set model_version = 'other' $$, '42501', null, 'a configuration keeps its name');
select throws_ok($$ delete from benchmark_configurations $$, '42501', null, 'a configuration cannot be deleted');
select throws_ok($$ truncate benchmark_configurations cascade $$, '42501', null, 'nor truncated');

-- A column that a later change adds must not be forgotten here.
select is_empty($$ select a.attname from pg_attribute as a
  where a.attrelid = 'benchmark_transactions'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and not exists (select from pg_trigger as t where t.tgrelid = a.attrelid and t.tgenabled = 'A'
      and a.attnum = any (t.tgattr::int2[])) $$, 'every column of a run is guarded');
select is_empty($$ select a.attname from pg_attribute as a
  where a.attrelid = 'benchmark_configurations'::regclass and a.attnum > 0 and not a.attisdropped
    and a.attname <> all ('{last_version,current_version,baseline_version,reference_version,reference_at,previous_version,void_versions,series}')
    and not exists (select from pg_trigger as t where t.tgrelid = a.attrelid and t.tgenabled = 'A'
      and a.attnum = any (t.tgattr::int2[])) $$, 'and every column of a configuration but its pointers');

select * from finish();
rollback;
