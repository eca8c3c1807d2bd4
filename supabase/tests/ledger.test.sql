-- verify_ledger() finds what the guards could not prevent: here they are disabled first.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(35);

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
select is(pg_temp.finding(), '3: its entry_hash is not that of its content after the version before', 'changed metrics are found');
select is(pg_temp.finding('other'), null, 'and other configurations stay intact');
rollback to s;
update benchmark_transactions set provenance = '{}' where model_version = 'm' and snapshot_version = 4;
select matches(pg_temp.finding(), '^4: ', 'changed provenance is found');
rollback to s;
update benchmark_transactions set published = false where model_version = 'm' and snapshot_version = 4;
select matches(pg_temp.finding(), '^4: ', 'a run that is no longer published is found');
rollback to s;
update benchmark_transactions set commitment = sha256('x') where model_version = 'm' and snapshot_version = 4;
select matches(pg_temp.finding(), '^4: ', 'another commitment is found');
rollback to s;
update benchmark_transactions as t set metrics = '{"f1": 0.9}', f1_score = 0.9, entry_hash = benchmark_private.entry_hash(
  jsonb_populate_record(t, '{"metrics": {"f1": 0.9}}'), (select b.entry_hash from benchmark_transactions as b where b.configuration_id = t.configuration_id and b.snapshot_version = 2))
where model_version = 'm' and snapshot_version = 3;
select matches(pg_temp.finding(), '^4: ', 'a row changed together with its hash is found in the next link of the chain');
rollback to s;
delete from benchmark_transactions where model_version = 'm' and snapshot_version = 3;
select is((select min(snapshot_version) from benchmark_private.broken_entries()), 4, 'a deleted entry is found at the next version');
select matches(pg_temp.finding(), '^4: version 4 follows version 2', 'and said to be missing');
rollback to s;
delete from benchmark_transactions where model_version = 'm' and snapshot_version = 5;
select is((select min(first_broken_version) from verify_ledger() where model_version = 'm'), 5, 'a deleted last entry is found at its version');
rollback to s;
update benchmark_transactions set snapshot_version = case snapshot_version when 2 then 12 when 3 then 2 else snapshot_version end where model_version = 'm' and snapshot_version in (2, 3);
update benchmark_transactions set snapshot_version = 3 where model_version = 'm' and snapshot_version = 12;
select is((select min(first_broken_version) from verify_ledger() where model_version = 'm'), 2, 'reordered entries are found');
rollback to s;
update benchmark_transactions set created_at = created_at - interval '1 day', entry_hash = entry_hash where model_version = 'm' and snapshot_version = 3;
select matches(pg_temp.finding(), '^3: ', 'another time is found');
rollback to s;
alter table benchmark_configurations disable trigger refuse_removal;
delete from benchmark_configurations where model_version = 'm';
select is((select problem from verify_ledger() where model_version is null and first_broken_version is not null), 'the configuration of this entry is missing', 'entries whose configuration is gone are found');
rollback to s;
alter table benchmark_transactions disable trigger refuse_unless_erased;
update benchmark_transactions set notes = 'x' where model_version = 'm' and snapshot_version = 2;
select is(pg_temp.finding(), '2: it says something about people without a commitment', 'a note put in later is found');
rollback to s;

update benchmark_transactions set f1_score = 0.99 where model_version = 'm' and snapshot_version = 2;
select is(pg_temp.finding(), '2: its scores are not those of its metrics', 'a score that is not in the metrics is found');
rollback to s;
alter table benchmark_transactions alter column entry_hash drop not null;
update benchmark_transactions set entry_hash = null, metrics = '{}' where model_version = 'm' and snapshot_version = 5;
select matches(pg_temp.finding(), '^5: ', 'and an entry without a hash');
rollback to s;

-- Pointers against decisions.
update benchmark_configurations set reference_at = '2999-01-01' where model_version = 'm';
select matches((select problem from verify_ledger() where model_version = 'm'), '^reference_at is', 'a reference from the future is found');
rollback to s;
update benchmark_configurations set current_version = 2 where model_version = 'm';
select is((select problem from verify_ledger() where model_version = 'm'), 'current_version is 2, but runs and decisions say 5', 'a current version that nobody chose is found');
rollback to s;
update benchmark_configurations set baseline_version = 2 where model_version = 'm';
select is((select problem from verify_ledger() where model_version = 'm'), 'baseline_version is 2, but decisions say null', 'so is a baseline');
rollback to s;
update benchmark_configurations set reference_version = 2 where model_version = 'm';
select is((select problem from verify_ledger() where model_version = 'm'), 'reference_version is 2, but runs and decisions say 5', 'and a reference');
rollback to s;
update benchmark_configurations set void_versions = '{3}' where model_version = 'm';
select is((select problem from verify_ledger() where model_version = 'm'), 'void_versions are {3}, but decisions say {}', 'and a run that is void without a decision');
rollback to s;

drop index benchmark_transactions_run_key;
select is((select problem from verify_ledger() where configuration_id is null and problem like 'key %'), 'key benchmark_transactions_run_key: the key is missing or not unique any more', 'a missing key is found');
rollback to s;

-- Guards that look like guards.
create or replace function benchmark_private.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$ begin return null; end $$;
select is((select count(*)::int from verify_ledger() where problem = 'function refuse_change(): the function has another body'), 1, 'a guard with an empty body is found');
rollback to s;
alter function benchmark_private.refuse_unless_erased() reset search_path;
select is((select count(*)::int from verify_ledger() where problem like 'function refuse_unless_erased()%'), 1, 'and one with other settings');
rollback to s;
drop trigger refuse_change on benchmark_decisions;
create trigger refuse_change before update or delete or truncate on benchmark_decisions for each statement when (false) execute function benchmark_private.refuse_change('the record is append-only');
alter table benchmark_decisions enable always trigger refuse_change;
select is((select count(*)::int from verify_ledger() where problem like 'refuse_change on benchmark_decisions: the trigger is another one%'), 1, 'and one that never fires');
rollback to s;
create function pg_temp.other() returns trigger language plpgsql as $$ begin return null; end $$;
drop trigger refuse_change on benchmark_decisions;
create trigger refuse_change before update or delete or truncate on benchmark_decisions for each statement execute function pg_temp.other();
alter table benchmark_decisions enable always trigger refuse_change;
select is((select count(*)::int from verify_ledger() where problem like 'refuse_change on benchmark_decisions: the trigger is another one%'), 1, 'and one with another function');
rollback to s;
create trigger also before insert on benchmark_transactions for each row execute function benchmark_private.check_configuration();
select is((select count(*)::int from verify_ledger() where problem like 'also on benchmark_transactions: a trigger that does not belong here'), 1, 'and a trigger too many');
rollback to s;
create rule nothing as on delete to benchmark_decisions do instead nothing;
select is((select count(*)::int from verify_ledger() where problem like 'rule nothing on benchmark_decisions%'), 1, 'and a rule');
rollback to s;
drop trigger refuse_change on benchmark_configurations;
select is((select count(*)::int from verify_ledger() where configuration_id is null), 2, 'a dropped guard is found');
rollback to s;
select is((select get_ledger_entry(configuration_id, snapshot_version) ->> 'entry_hash' from benchmark_transactions where model_version = 'm' and snapshot_version = 1),
  (select encode(entry_hash, 'hex') from benchmark_transactions where model_version = 'm' and snapshot_version = 1), 'an entry can be fetched with its hash');

select * from finish();
rollback;
