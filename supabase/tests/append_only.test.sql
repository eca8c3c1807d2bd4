-- What is stored stays as it was stored, for the owner and a superuser too.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(22);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'append-only test', '{local}');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
  '[{"model_version": "m", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.5}}]');

select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'the owner cannot update');
select throws_ok($$ update benchmark_transactions set notes = 'x' where false $$, '42501', null, 'nor an update that meets no row');
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'the owner cannot delete');
select throws_ok($$ delete from benchmark_transactions where false $$, '42501', null, 'nor a delete that meets no row');
select throws_ok($$ truncate benchmark_transactions cascade $$, '42501', null, 'the owner cannot truncate');
select throws_ok(
  $$ insert into benchmark_transactions select * from benchmark_transactions
     on conflict on constraint benchmark_transactions_pkey do update set notes = 'x' $$,
  '42501', null, 'nor update by way of ON CONFLICT');
select throws_like($$ delete from benchmark_transactions $$, '%append-only%', 'the error says why');

set local session_replication_role = replica;
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'session_replication_role does not switch the guard off for DELETE');
select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'nor for UPDATE');
select throws_ok($$ truncate benchmark_transactions cascade $$, '42501', null, 'nor for TRUNCATE');
select throws_ok($$ delete from benchmark_snapshot_versions $$, '42501', null, 'nor for snapshots');
select throws_ok($$ delete from benchmark_configurations $$, '42501', null, 'nor for configurations');
set local session_replication_role = origin;

select throws_ok($$ update benchmark_snapshot_versions set f1_score = 1 $$, '42501', null, 'scores of a snapshot cannot be updated');
select throws_ok($$ update benchmark_snapshot_versions set snapshot_version = 7 $$, '42501', null, 'nor its version');
select throws_ok($$ delete from benchmark_snapshot_versions $$, '42501', null, 'a snapshot cannot be deleted');
select throws_ok($$ truncate benchmark_snapshot_versions cascade $$, '42501', null, 'nor truncated');
select throws_ok($$ update benchmark_snapshots set is_active = false $$, '42501', null, 'nor updated through the view');
select throws_ok($$ delete from benchmark_snapshots $$, '42501', null, 'nor deleted');
select lives_ok($$ update benchmark_snapshot_versions set is_active = false $$, 'is_active is the one thing that changes');
select throws_ok($$ update benchmark_configurations set model_version = 'other' $$, '42501', null, 'a configuration keeps its name');
select throws_ok($$ delete from benchmark_configurations $$, '42501', null, 'a configuration cannot be deleted');
select throws_ok($$ truncate benchmark_configurations cascade $$, '42501', null, 'nor truncated');

select * from finish();
rollback;
