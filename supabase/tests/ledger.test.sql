-- verify_ledger() finds what the guards could not prevent: here they are disabled first.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(19);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'ledger test', '{local}');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": [], "claimed": []}',
  jsonb_build_array(jsonb_build_object('model_version', m, 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
    'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', 0.5, 'n', n), 'tags', '["t"]'::jsonb, 'duration_seconds', 1.5)))
from (values ('m'), ('other')) as models(m), generate_series(1, 5) as n;

create function pg_temp.finding(p_model text default 'm') returns text language sql as $$
  select first_broken_version || ': ' || problem from verify_ledger() where model_version = p_model and not is_intact;
$$;

select ok((select bool_and(is_intact) from verify_ledger()), 'an untouched ledger is intact');
select is((select entries from verify_ledger() where model_version = 'm'), 5, 'and all entries are counted');
select is((select head_hash from verify_ledger() where model_version = 'm'),
  (select encode(entry_hash, 'hex') from benchmark_transactions where model_version = 'm' and snapshot_version = 5), 'the head is the newest hash');
set local timezone = 'Asia/Kathmandu';
set local extra_float_digits = 0;
set local datestyle = 'SQL, DMY';
select ok((select bool_and(is_intact) from verify_ledger()), 'also under other settings of the session');
reset timezone;

alter table benchmark_transactions disable trigger refuse_change;
select is((select problem from verify_ledger() where configuration_id is null), 'refuse_change on benchmark_transactions: the trigger is not enabled always', 'a disabled guard is found');
select ok((select not is_intact from verify_ledger() where configuration_id is null), 'and is not intact');

savepoint s;
update benchmark_transactions set metrics = '{"f1": 0.9, "n": 3}' where model_version = 'm' and snapshot_version = 3;
select is(pg_temp.finding(), '3: the content does not match its entry_hash', 'changed metrics are found');
select is(pg_temp.finding('other'), null, 'and other configurations stay intact');
rollback to s;
update benchmark_transactions set created_at = created_at + interval '1 microsecond' where false;
update benchmark_transactions set notes = 'x' where model_version = 'm' and snapshot_version = 2;
select is(pg_temp.finding(), '2: the content does not match its entry_hash', 'a note put in later is found');
rollback to s;
update benchmark_transactions set provenance = '{}' where model_version = 'm' and snapshot_version = 4;
select is(pg_temp.finding(), '4: the content does not match its entry_hash', 'changed provenance is found');
rollback to s;
update benchmark_transactions as t set metrics = '{"f1": 0.9}', entry_hash = benchmark_private.entry_hash(
  jsonb_populate_record(t, '{"metrics": {"f1": 0.9}}')) where model_version = 'm' and snapshot_version = 3;
select is(pg_temp.finding(), '3: the snapshot differs from its transaction', 'a row changed together with its hash is found in its snapshot');
select isnt((select b.problem from benchmark_private.broken_entries() as b where b.snapshot_version = 4), null, 'and in the next link of the chain');
rollback to s;
alter table benchmark_snapshot_versions drop constraint benchmark_snapshot_versions_transaction_fkey;
delete from benchmark_transactions where model_version = 'm' and snapshot_version = 3;
select is((select min(snapshot_version) from benchmark_private.broken_entries()), 3, 'a deleted entry is found at its version');
rollback to s;
alter table benchmark_snapshot_versions drop constraint benchmark_snapshot_versions_transaction_fkey;
delete from benchmark_transactions where model_version = 'm' and snapshot_version = 5;
select is((select min(first_broken_version) from verify_ledger() where model_version = 'm'), 5, 'a deleted last entry is found at its version');
rollback to s;
alter table benchmark_snapshot_versions drop constraint benchmark_snapshot_versions_transaction_fkey;
update benchmark_transactions set snapshot_version = case snapshot_version when 2 then 12 when 3 then 2 else snapshot_version end where model_version = 'm';
update benchmark_transactions set snapshot_version = 3 where model_version = 'm' and snapshot_version = 12;
select is((select min(first_broken_version) from verify_ledger() where model_version = 'm'), 2, 'reordered entries are found');
rollback to s;
alter table benchmark_snapshot_versions disable trigger refuse_change;
update benchmark_snapshot_versions set f1_score = 1 where snapshot_version = 1;
select is(pg_temp.finding(), '1: the snapshot differs from its transaction', 'a score changed in a snapshot is found');
rollback to s;
alter table benchmark_snapshot_versions disable trigger refuse_removal;
delete from benchmark_snapshot_versions where snapshot_version = 2;
select is(pg_temp.finding(), '2: the snapshot of this entry is missing', 'a missing snapshot is found');
rollback to s;
drop trigger refuse_change on benchmark_configurations;
select is((select count(*)::int from verify_ledger() where configuration_id is null), 2, 'a dropped guard is found');
rollback to s;
select is((select get_ledger_entry(configuration_id, snapshot_version) ->> 'entry_hash' from benchmark_transactions where model_version = 'm' and snapshot_version = 1),
  (select encode(entry_hash, 'hex') from benchmark_transactions where model_version = 'm' and snapshot_version = 1), 'an entry can be fetched with its hash');

select * from finish();
rollback;
