-- Who may do what, tried as every role. "only the function writes" is the sentence to keep true.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(53);

select set_read_access('signed-in');
select create_ingest_token('00000000000000aa', repeat('ab', 32), 'access test', '{local}');
select ingest_benchmark(
  '{"method": "ingest-token", "token_id": "00000000000000aa", "secret_hash": "abababababababababababababababababababababababababababababababab", "attested": {}}',
  '[{"model_version": "access", "dataset_version": "d", "prompt_version": "p", "environment": "local", "commit_sha": "0123abc", "metrics": {"f1": 0.5}}]');

-- Every table of ours has row security, every one.
select is_empty(
  $$ select c.oid::regclass from pg_class as c
     where c.relkind in ('r', 'p') and not c.relrowsecurity
       and (c.relnamespace = 'benchmark_private'::regnamespace
         or (c.relnamespace = 'public'::regnamespace and c.relname like 'benchmark\_%')) $$,
  'row security is on for every table');
select is_empty(
  $$ select p.oid::regprocedure from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'benchmark_private'::regnamespace) and p.provolatile = 'v'
       and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
       and (has_function_privilege('anon', p.oid, 'execute')
         or has_function_privilege('authenticated', p.oid, 'execute')) $$,
  'anon and authenticated may execute no function that could write');
select is_empty(
  $$ select p.oid::regprocedure from pg_proc as p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef
       and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute')) $$,
  'nor one of the API with rights that they do not have');
select is_empty(
  $$ select p.oid::regprocedure from pg_proc as p
     where p.pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
       and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))
       and not coalesce(p.proconfig && case p.proname when 'get_dashboard_overview' then array['statement_timeout=1s']
         else array['statement_timeout=500ms'] end, false) $$,
  'whatever they may call has half a second');
select is_empty(
  $$ select r.role || ' on ' || c.relname from pg_class as c
     cross join (values ('anon'), ('authenticated'), ('service_role')) as r(role)
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and c.relname ~ '^(benchmark_|v_)'
       and has_table_privilege(r.role, c.oid, 'insert, update, delete, truncate') $$,
  'no API role may write to a public table');
select is_empty(
  $$ select r.role || ' on ' || c.relname from pg_class as c
     cross join (values ('anon'), ('authenticated'), ('service_role')) as r(role)
     where c.relnamespace = 'benchmark_private'::regnamespace and c.relkind = 'r'
       and has_table_privilege(r.role, c.oid, 'select, insert, update, delete, truncate') $$,
  'no API role has any right on a private table');

set local role anon;
select throws_ok($$ insert into benchmark_transactions default values $$, '42501', null, 'anon cannot insert a transaction');
select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'anon cannot update a transaction');
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'anon cannot delete a transaction');
select throws_ok($$ truncate benchmark_transactions $$, '42501', null, 'anon cannot truncate transactions');
select throws_ok($$ insert into benchmark_snapshots (snapshot_version) values (1) $$, '42501', null, 'anon cannot insert through the view');
select throws_ok($$ update benchmark_snapshots set is_active = false $$, '42501', null, 'nor update');
select throws_ok($$ delete from benchmark_snapshots $$, '42501', null, 'nor delete');
select throws_ok($$ update benchmark_configurations set current_version = 1 $$, '42501', null, 'anon cannot move what is current');
select throws_ok($$ select ingest_benchmark('{}', '[]') $$, '42501', null, 'anon cannot ingest');
select throws_ok($$ select set_public_read(true) $$, '42501', null, 'anon cannot open reading');
select throws_ok($$ select verify_ledger() $$, '42501', null, 'anon cannot start a verification');
select throws_ok($$ select * from benchmark_private.ingest_tokens $$, '42501', null, 'anon cannot read tokens');
select throws_ok($$ create function pg_temp.evil(text) returns boolean language sql as 'select true'; create domain pg_temp.text as pg_catalog.text check (pg_temp.evil(value)); select verify_ledger() $$, '42501', null, 'nor run anything as the owner by way of a temporary type');
select is_empty($$ select * from benchmark_transactions $$, 'anon reads no transaction before public-read on');
select is_empty($$ select * from benchmark_snapshots $$, 'anon reads no snapshot before public-read on');
select is_empty($$ select * from v_latest_benchmarks $$, 'anon reads no latest benchmark before public-read on');
select is_empty($$ select * from get_latest_benchmarks() $$, 'nor by the function');

set local role authenticated;
select throws_ok($$ insert into benchmark_transactions default values $$, '42501', null, 'authenticated cannot insert a transaction');
select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'authenticated cannot update a transaction');
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'authenticated cannot delete a transaction');
select throws_ok($$ truncate benchmark_transactions $$, '42501', null, 'authenticated cannot truncate transactions');
select throws_ok($$ update benchmark_configurations set current_version = 1 $$, '42501', null, 'authenticated cannot move what is current');
select throws_ok($$ select ingest_benchmark('{}', '[]') $$, '42501', null, 'authenticated cannot ingest');
select throws_ok($$ select upsert_benchmark_result('0123abc', null, 'm', null, 'd', null, 'p', 'local', null, null, '{}', null, null, null) $$,
  '42501', null, 'authenticated cannot call the original entry point');
select throws_ok($$ select list_ingest_tokens() $$, '42501', null, 'authenticated cannot list tokens');
select throws_ok($$ select list_trust_rules() $$, '42501', null, 'authenticated cannot list trust rules');
select is((select count(*)::int from benchmark_transactions where model_version = 'access'), 1, 'authenticated reads transactions');
select is((select f1_score from benchmark_snapshots where model_version = 'access'), 0.5, 'authenticated reads snapshots');
select is((select metrics ->> 'f1' from v_latest_benchmarks where model_version = 'access'), '0.5', 'authenticated reads the latest benchmarks');

set local role service_role;
select throws_ok($$ insert into benchmark_transactions default values $$, '42501', null, 'service_role cannot insert a transaction');
select throws_ok($$ update benchmark_transactions set notes = 'x' $$, '42501', null, 'service_role cannot update a transaction');
select throws_ok($$ delete from benchmark_transactions $$, '42501', null, 'service_role cannot delete a transaction');
select throws_ok($$ truncate benchmark_transactions $$, '42501', null, 'service_role cannot truncate transactions');
select throws_ok($$ insert into benchmark_snapshots (snapshot_version) values (1) $$, '42501', null, 'service_role cannot insert through the view');
select throws_ok($$ update benchmark_snapshots set is_active = false $$, '42501', null, 'nor update');
select throws_ok($$ delete from benchmark_snapshots $$, '42501', null, 'nor delete');
select throws_ok($$ insert into benchmark_decisions default values $$, '42501', null, 'service_role cannot write a decision');
select throws_ok($$ update benchmark_configurations set void_versions = '{1}' $$, '42501', null, 'nor declare a run void past it');
select throws_ok($$ update benchmark_configurations set last_version = 9 $$, '42501', null, 'service_role cannot set the counter');
select throws_ok($$ select * from benchmark_private.ingest_tokens $$, '42501', null, 'service_role cannot read token hashes');
select throws_ok($$ select benchmark_private.point_to(c, 'checkout', 1, 'x') from benchmark_configurations as c $$, '42501', null, 'service_role cannot pass by the functions of the API');
select is((select count(*)::int from benchmark_transactions where model_version = 'access'), 1, 'service_role reads transactions');
select ok((select bool_and(is_intact) from verify_ledger()), 'service_role verifies the ledger');
select is(set_public_read(true), true, 'service_role opens reading');

set local role anon;
select is((select count(*)::int from benchmark_transactions where model_version = 'access'), 1, 'anon reads after public-read on');
set local role service_role;
select is(set_public_read(false), false, 'service_role closes reading');
set local role anon;
select is_empty($$ select * from benchmark_transactions $$, 'anon reads nothing after public-read off');

reset role;
select * from finish();
rollback;
