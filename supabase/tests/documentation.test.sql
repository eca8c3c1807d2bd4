-- Every function says what it does, and none resolves names by the caller's search_path.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(4);

create temp table ours as
  select p.oid::regprocedure as name, p.oid, p.proconfig
  from pg_proc as p
  where p.pronamespace in ('benchmark_private'::regnamespace, 'public'::regnamespace)
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e');

select cmp_ok((select count(*)::int from ours), '>', 20, 'the functions are there');
select is_empty($$ select name from ours where obj_description(oid, 'pg_proc') is null $$, 'every function has a comment');
select is_empty($$ select name from ours where not coalesce('search_path=""' = any (proconfig), false) $$, 'every function sets search_path to nothing');
select is_empty(
  $$ select c.oid::regclass from pg_class as c
     where c.relkind in ('r', 'v') and obj_description(c.oid, 'pg_class') is null
       and (c.relnamespace = 'benchmark_private'::regnamespace
         or (c.relnamespace = 'public'::regnamespace and c.relname ~ '^(v_|benchmark_)')) $$,
  'every table and view has a comment');

select * from finish();
rollback;
