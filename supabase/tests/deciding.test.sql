-- What people decide about stored runs: void, erase, and that every decision is written down.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(62);

select create_ingest_token('00000000000000aa', repeat('ab', 32), 'deciding test', '{local}');
create function pg_temp.run(p_f1 numeric, p_more jsonb default '{}', p_key text default null) returns jsonb language sql as $$
  select ingest_benchmark(
    '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab"}',
    jsonb_build_array(jsonb_build_object('model_version', 'm', 'dataset_version', 'd', 'prompt_version', 'p', 'environment', 'local',
      'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', p_f1)) || p_more), p_key) -> 0 $$;
create function pg_temp.id(p_model text default 'm') returns uuid language sql as $$ select find_configuration(p_model, 'd', 'p', 'local') $$;
create function pg_temp.pointers(p_model text default 'm') returns text language sql as $$
  select concat_ws(' ', 'current', current_version, 'reference', reference_version, 'baseline', coalesce(baseline_version::text, '-'), 'void', void_versions)
  from benchmark_configurations where id = pg_temp.id(p_model) $$;
create function pg_temp.intact() returns boolean language sql as $$ select bool_and(is_intact) from verify_ledger() $$;

-- Void.
select pg_temp.run(f) from unnest('{0.9,0.8,0.2}'::numeric[]) as f;
select ok(set_baseline(pg_temp.id(), 3), 'a baseline');
select throws_ok($$ select void_snapshot(pg_temp.id(), 3, '') $$, 'PT422', null, 'to declare a run void needs a reason');
select throws_ok($$ select void_snapshot(pg_temp.id(), 9, 'x') $$, 'PT404', null, 'and a run');
select ok(void_snapshot(pg_temp.id(), 3, 'harness broke'), 'a run is declared void');
select is(pg_temp.pointers(), 'current 2 reference 2 baseline - void {3}', 'the newest run that is not becomes current, a void baseline is cleared');
select ok(not void_snapshot(pg_temp.id(), 3, 'harness broke'), 'once is enough');
select ok(pg_temp.intact(), 'decisions explain the pointers');
select is((select is_active from benchmark_snapshots where configuration_id = pg_temp.id() and snapshot_version = 3), false, 'it is not active');
select is((select count(*)::int from benchmark_transactions where configuration_id = pg_temp.id()), 3, 'and stays in the ledger');
select is(pg_temp.run(0.7) #>> '{previous,snapshot_version}', '2', 'later runs are compared with the one before it');
select is(pg_temp.pointers(), 'current 4 reference 4 baseline - void {3}', 'and become current');
select throws_ok($$ select checkout_snapshot('m', 'd', 'p', 'local', 3) $$, 'PT409', null, 'it cannot be checked out');
select throws_ok($$ select set_baseline(pg_temp.id(), 3) $$, 'PT409', null, 'nor be the baseline');
select is_empty($$ select * from get_open_regressions() where configuration_id = pg_temp.id() and since_version = 3 $$, 'no regression is since it');
select ok(void_snapshot(pg_temp.id(), 3, 'it was right', false), 'that is undone by another decision');
select is(pg_temp.pointers(), 'current 4 reference 4 baseline - void {}', 'which moves nothing that is newer');
select ok(void_snapshot(pg_temp.id(), 4, 'broken'), 'the newest is void');
select is(pg_temp.pointers(), 'current 3 reference 3 baseline - void {4}', 'the one before is current');
select ok(void_snapshot(pg_temp.id(), 4, 'not broken', false), 'and undone');
select is(pg_temp.pointers(), 'current 4 reference 4 baseline - void {}', 'it is current again');
select ok(checkout_snapshot('m', 'd', 'p', 'local', 1), 'an older one is checked out');
select ok(void_snapshot(pg_temp.id(), 4, 'broken'), 'the newest is void');
select is(pg_temp.pointers(), 'current 1 reference 3 baseline - void {4}', 'what somebody chose stays');
select ok(void_snapshot(pg_temp.id(), 1, 'broken') and void_snapshot(pg_temp.id(), 2, 'broken') and void_snapshot(pg_temp.id(), 3, 'broken'), 'all are void');
select is(pg_temp.pointers(), 'current reference baseline - void {4,1,2,3}', 'nothing is current');
select is(pg_temp.run(0.6) -> 'previous', 'null', 'and the next run has no previous');
select ok(pg_temp.intact(), 'decisions explain all of it');
select is((select array_agg(kind || ' ' || coalesce(snapshot_version::text, '-') order by id) from (select * from benchmark_decisions where configuration_id = pg_temp.id() order by id limit 3) as d),
  '{baseline 3,void 3,checkout 2}', 'and are read in order');

-- Backfills and candidates are void as well, and move nothing.
select pg_temp.run(0.6, '{"candidate": true}');
select ok(void_snapshot(pg_temp.id(), 6, 'broken'), 'a candidate');
select is(pg_temp.pointers(), 'current 5 reference 5 baseline - void {4,1,2,3,6}', 'moves nothing');

-- Measured times, and what is void by now.
select pg_temp.run(0.9, '{"model_version": "t", "measured_at": "2999-01-01T00:00Z"}');
select pg_temp.run(0.9, '{"model_version": "t"}'), pg_temp.run(0.85, '{"model_version": "t"}');
select void_snapshot(pg_temp.id('t'), 3, 'broken'), void_snapshot(pg_temp.id('t'), 2, 'broken');
select is((select reference_at < now() + interval '1 minute' from benchmark_configurations where id = pg_temp.id('t')), true, 'a time in the future is no reference for ever');
select is(pg_temp.run(0.1, jsonb_build_object('model_version', 't', 'measured_at', clock_timestamp())) #>> '{judgements,0,from}', '0.9', 'so the next run is judged');
select pg_temp.run(0.9, '{"model_version": "u", "measured_at": "2026-01-01T00:00Z"}'), pg_temp.run(0.8, '{"model_version": "u"}'), pg_temp.run(0.85, '{"model_version": "u", "measured_at": "2026-02-01T00:00Z"}');
select void_snapshot(pg_temp.id('u'), 2, 'broken');
select is(pg_temp.pointers('u'), 'current 3 reference 3 baseline - void {2}', 'what was measured before a run that is void now is no backfill any more');
select is(pg_temp.run(0.9, '{"model_version": "u"}') #>> '{previous,snapshot_version}', '3', 'but what the next run is compared with');
select ok(pg_temp.intact(), 'and decisions explain it');

-- Erasure.
create temp table receipt as select pg_temp.run(0.5, '{"model_version": "e", "triggered_by": "Alice", "notes": "alice''s laptop", "run_id": "1"}', 'key-1') as receipt;
select pg_temp.run(0.6, '{"model_version": "e", "triggered_by": "bob", "run_id": "2"}');
select pg_temp.run(0.6, '{"model_version": "e", "run_id": "3"}');
select is((select array_agg(commitment is not null order by snapshot_version) from benchmark_transactions where configuration_id = pg_temp.id('e')), '{true,true,false}', 'what is about people is committed to');
select isnt((select commitment from benchmark_transactions where configuration_id = pg_temp.id('e') and snapshot_version = 1),
  sha256(convert_to('["Alice", "alice''s laptop", null]', 'UTF8')), 'with a salt');
select is((select array_agg(snapshot_version) from find_personal_entries('alice')), '{1}', 'the entries of a person are found');
select is((select array_agg(snapshot_version) from find_personal_entries(p_transaction_id => (select id from benchmark_transactions where configuration_id = pg_temp.id('e') and snapshot_version = 2))), '{2}', 'or one by its id');
select throws_ok($$ select erase_personal_data(pg_temp.id('e'), 1, null) $$, 'PT422', null, 'erasing needs a reason');
select throws_ok($$ select erase_personal_data(pg_temp.id('e'), 9, 'x') $$, 'PT404', null, 'and an entry');
create temp table cursor_before as select get_ledger_cursor() as cursor;
select ok(erase_personal_data(pg_temp.id('e'), 1, 'Alice asked for it'), 'an entry is erased');
select isnt(get_ledger_cursor(), cursor, 'and an open page is told') from cursor_before;
select ok(not erase_personal_data(pg_temp.id('e'), 1, 'again'), 'once');
select ok(not erase_personal_data(pg_temp.id('e'), 3, 'nothing'), 'and one that says nothing about people is not');
select is((select array[triggered_by, notes, head_ref, salt::text] from benchmark_transactions where configuration_id = pg_temp.id('e') and snapshot_version = 1), array[null, null, null, null]::text[], 'values and salt are gone');
select ok(pg_temp.intact(), 'the chain holds');
select is((select erased from verify_ledger() where model_version = 'e'), 1, 'and says how many are erased');
select is((select array_agg(triggered_by) from find_personal_entries('bo')), null, 'a login is not the beginning of another');
select isnt((get_ledger_entry(pg_temp.id('e'), 1)) ->> 'erased_at', null, 'the entry says when');
select is(pg_temp.run(0.5, '{"model_version": "e", "triggered_by": "Alice", "notes": "alice''s laptop", "run_id": "1"}'), receipt || '{"replayed": true}', 'a replay gives the receipt from before') from receipt;
select is(pg_temp.run(0.5, '{"model_version": "e", "run_id": "1"}') ->> 'replayed', 'true', 'with or without what was erased');
select throws_ok($$ select pg_temp.run(0.4, '{"model_version": "e", "run_id": "1"}') $$, 'PT409', null, 'but not with other metrics');
select is(pg_temp.run(0.5, '{"model_version": "e", "triggered_by": "Alice", "notes": "alice''s laptop", "run_id": "1"}', 'key-1'), receipt || '{"replayed": true}', 'also by its key') from receipt;
select is((select person_hash from benchmark_private.idempotency_keys where key = 'key-1'), null, 'which keeps no hash of a person');
select throws_ok($$ update benchmark_transactions set notes = 'back' where configuration_id = pg_temp.id('e') and snapshot_version = 1 $$, '42501', null, 'nothing can be put back');
select throws_ok($$ update benchmark_transactions set notes = null where configuration_id = pg_temp.id('e') and snapshot_version = 2 $$, '42501', null, 'nor anything removed elsewhere');
select throws_ok($$ update benchmark_transactions set commit_sha = 'x', notes = null, triggered_by = null, head_ref = null, salt = null where configuration_id = pg_temp.id('e') and snapshot_version = 1 $$, '42501', null, 'nor anything else changed with it');
savepoint s;
alter table benchmark_transactions disable trigger refuse_unless_erased;
update benchmark_transactions set notes = null, triggered_by = null, salt = null where configuration_id = pg_temp.id('e') and snapshot_version = 2;
select is((select problem from verify_ledger() where model_version = 'e'), 'what it said about people is gone without a decision to erase it', 'what is removed without a decision is found');
rollback to s;
alter table benchmark_transactions disable trigger refuse_unless_erased;
update benchmark_transactions set triggered_by = 'eve' where configuration_id = pg_temp.id('e') and snapshot_version = 2;
select is((select problem from verify_ledger() where model_version = 'e'), 'what it says about people does not match its commitment', 'and what is changed');
rollback to s;

select is((select array_agg(distinct decided_by::text) from benchmark_decisions), array[session_user::text], 'who decided is written down');
set local request.jwt.claims = '{"sub": "5d1e"}';
select set_series(pg_temp.id(), 'x');
select is((select decided_by from benchmark_decisions order by id desc limit 1), '5d1e', 'by the subject of the token where there is one');

select * from finish();
rollback;
