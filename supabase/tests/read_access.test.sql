-- Who may read: each kind of caller, at each level, every table, view and function of the API that
-- readers may use. Taken from the catalog, so that a new one is covered by itself.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select * from no_plan();

-- Something in every table, and marks by which an answer is recognised.
select ingest_benchmark('{"method": "import"}', jsonb_build_array(jsonb_build_object(
  'model_version', 'hush-m', 'dataset_version', 'hush-d', 'prompt_version', 'hush-p', 'environment', 'local', 'series', 'hush-s',
  'commit_sha', 'c0ffee1', 'metrics', jsonb_build_object('f1', f1, 'correct', f1), 'items',
  jsonb_build_object('ids', jsonb_build_array('hush-1', 'hush-2'), 'scores', jsonb_build_object('correct', jsonb_build_array(f1, f1 / 2))))))
from unnest(array[0.9, 0.4242]) as f1;
create temp table it as select find_configuration('hush-m', 'hush-d', 'hush-p', 'local') as id;
select set_baseline((select id from it), 1);
select set_metric('hush', 'hush', 'ms', 'lower');
insert into benchmark_trend_buckets select id, '/f1', 64, 0, 1, 0.4242, 2, 0.9 from it;
insert into benchmark_replayed_judgements
  select t.configuration_id, t.snapshot_version, j.policy_id, clock_timestamp(), j
  from benchmark_transactions as t cross join lateral unnest(t.judgements) as j where t.configuration_id = (select id from it) limit 1;

create temp table callers (name text, role text, sub text, is_anonymous boolean);
insert into callers values
  ('anon', 'anon', null, null),
  ('a signed-in stranger', 'authenticated', '00000000-0000-4000-8000-000000000001', null),
  ('a member', 'authenticated', '00000000-0000-4000-8000-000000000002', null),
  ('a removed member', 'authenticated', '00000000-0000-4000-8000-000000000003', null),
  ('an anonymous sign-in', 'authenticated', '00000000-0000-4000-8000-000000000004', true),
  ('a token without subject', 'authenticated', null, null),
  ('a token whose subject is no user', 'authenticated', 'x'' or true', null),
  ('service_role', 'service_role', null, null);
select add_reader('00000000-0000-4000-8000-000000000002', 'ada@example.com');
select add_reader('00000000-0000-4000-8000-000000000003');
select ok(remove_reader('00000000-0000-4000-8000-000000000003'), 'a member is removed');
select ok(not remove_reader('00000000-0000-4000-8000-000000000003'), 'once');
select is(jsonb_array_length(list_readers()), 1, 'members are listed');
select is(list_readers() -> 0 ->> 'email', 'ada@example.com', 'by their email');

create function pg_temp.may(p_level text, p_caller text) returns boolean language sql as $$
  select case
    when p_caller = 'service_role' then true
    when p_level = 'public' then true
    when p_level = 'signed-in' then p_caller not in ('anon', 'an anonymous sign-in')
    when p_level = 'members' then p_caller = 'a member'
    else false end $$;

-- What a caller is answered; the role is set back before anything else is done.
create function pg_temp.ask(p_caller callers, p_statement text) returns text language plpgsql as $$
declare
  v_answer text;
begin
  perform set_config('request.jwt.claims', jsonb_build_object('role', p_caller.role, 'sub', p_caller.sub, 'is_anonymous', p_caller.is_anonymous)::text, true);
  perform set_config('role', p_caller.role, true);
  begin
    execute p_statement into v_answer;
  exception when insufficient_privilege then
    v_answer := 'refused';
  end;
  perform set_config('role', 'none', true);
  perform set_config('request.jwt.claims', '', true);
  return coalesce(v_answer, '');
end $$;

-- Arguments by the names of parameters: a function with one that is not here fails below.
create temp table arguments (name text, value text);
insert into arguments
  select a.name, a.value
  from it, lateral (values
    ('p_configuration_id', quote_literal(it.id)), ('p_configuration_a', quote_literal(it.id)), ('p_configuration_b', quote_literal(it.id)),
    ('p_configuration_ids', format('array[%L]::uuid[]', it.id)), ('p_model_version', '''hush-m'''), ('p_dataset_version', '''hush-d'''),
    ('p_prompt_version', '''hush-p'''), ('p_environment', '''local'''), ('p_variant', ''''''), ('p_version_a', '1'), ('p_version_b', '2'),
    ('p_metric', '''/correct'''), ('p_series', '''hush-s'''), ('p_limit', '10'), ('p_threshold', '0.05'), ('p_points', '10'),
    ('p_from', 'null'), ('p_to', 'null'), ('p_after', 'null'), ('p_as_of', 'null'), ('p_before_version', 'null'), ('p_version', '2'), ('p_candidates', 'false')) as a(name, value);

create temp table readable as
  select c.relname::text as name, format('select count(*) > 0 from public.%I', c.relname) as statement, 'false' as nothing
  from pg_class as c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')
    and (has_table_privilege('anon', c.oid, 'select') or has_table_privilege('authenticated', c.oid, 'select'))
    and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
  union all
  select p.proname || '()', format('select string_agg(r::text, '';'') from public.%I(%s) as r', p.proname, (
      select string_agg(format('%I := %s', n.name, a.value), ', ')
      from unnest(p.proargnames[1:p.pronargs]) as n(name) left join arguments as a on a.name = n.name)),
    null
  from pg_proc as p
  where p.pronamespace = 'public'::regnamespace
    and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e');
select cmp_ok((select count(*)::int from readable), '>', 30, 'there are tables, views and functions');
select is_empty($$ select p.proname || '(' || n.name || ')' from pg_proc as p cross join lateral unnest(p.proargnames[1:p.pronargs]) as n(name)
  where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    and n.name not in (select name from arguments) $$, 'this test knows an argument for each of their parameters');
select is_empty($$ select p.oid::regprocedure from pg_proc as p
  where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    and p.prosrc !~ 'may_read|dashboard_frame' $$, 'each asks whether the caller may read');

create temp table answers as
  select l.level, c.name as caller, r.name, r.nothing, pg_temp.may(l.level, c.name) as may, null::text as answer
  from (values ('nobody'), ('members'), ('signed-in'), ('public')) as l(level), callers as c, readable as r limit 0;
create function pg_temp.ask_all() returns void language plpgsql as $$
declare
  v_level text;
  v_caller callers;
  v_readable readable;
begin
  foreach v_level in array '{nobody,members,signed-in,public}'::text[] loop
    perform set_read_access(v_level);
    for v_caller in select * from callers loop
      for v_readable in select * from readable loop
        insert into answers values (v_level, v_caller.name, v_readable.name, v_readable.nothing,
          pg_temp.may(v_level, v_caller.name), pg_temp.ask(v_caller, v_readable.statement));
      end loop;
    end loop;
  end loop;
end $$;
select pg_temp.ask_all();

select is_empty($$ select level, caller, name, answer from answers
  where not may and (answer ~ 'hush|c0ffee|4242' or (name = 'find_configuration()' and answer <> '') or answer <> coalesce(nothing, answer)) $$,
  'who may not read is told nothing');
select is_empty($$ select a.level, a.caller, a.name, a.answer from answers as a
  where a.may and a.answer in ('refused', coalesce(a.nothing, (
    select n.answer from answers as n where n.level = 'nobody' and n.caller = 'anon' and n.name = a.name))) $$,
  'who may read is told something');

select set_read_access('members');
select is(get_read_access(), 'members', 'a level is set');
select throws_ok($$ select set_read_access('everybody') $$, 'PT422', null, 'of the four');
select is(set_public_read(true), true, 'the short form opens reading');
select is(get_read_access(), 'public', 'to everybody');
select is(set_public_read(false), false, 'and closes it');
select is(get_read_access(), 'members', 'but for members');
delete from benchmark_private.settings;
select is(get_read_access(), 'members', 'which is the level of a new project');
select is(benchmark_private.may_read(), true, 'who logs in at the database is decided about by grants');

select * from finish();
rollback;
