-- Every function says what it does, and none can be led astray by the caller's search_path or temporary objects.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(8);

create temp table ours as
  select p.oid::regprocedure as name, p.oid, p.proconfig
  from pg_proc as p
  where p.pronamespace in ('benchmark_private'::regnamespace, 'public'::regnamespace)
    and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e');

select cmp_ok((select count(*)::int from ours), '>', 20, 'the functions are there');
select is_empty($$ select name from ours where obj_description(oid, 'pg_proc') is null $$, 'every function has a comment');
select is_empty($$ select name from ours where not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false) $$, 'every function looks for names in pg_catalog first and in pg_temp last');
select is_empty($$ select proname from ours join pg_proc using (oid) group by pronamespace, proname having count(*) > 1 $$, 'no function is overloaded');
select is_empty(
  $$ select con.conname from pg_constraint as con
     where con.connamespace = 'public'::regnamespace and con.contype in ('p', 'u', 'f')
       and con.conrelid::regclass::text ~ '^benchmark_' and con.conrelid <> 'benchmark_policies'::regclass
       and not exists (select from pg_attribute as a where a.attrelid = con.conrelid and a.attnum = any (con.conkey)
         and a.attname = case when con.conrelid = 'benchmark_configurations'::regclass then 'id' else 'configuration_id' end) $$,
  'every primary, unique and foreign key of a public table carries the configuration');
select is_empty(
  $$ select i.indexrelid::regclass from pg_index as i join pg_class as c on c.oid = i.indrelid
     where i.indisunique and c.relnamespace = 'public'::regnamespace and c.relname ~ '^benchmark_' and c.relname <> 'benchmark_policies'
       and not exists (select from pg_attribute as a where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
         and a.attname = case c.relname when 'benchmark_configurations' then 'id' else 'configuration_id' end) $$,
  'and every unique index');
select is_empty(
  $$ select typ.oid::regtype from pg_type as typ
     where typ.typnamespace = 'benchmark_private'::regnamespace and typ.typtype in ('d', 'c') and obj_description(typ.oid, 'pg_type') is null
       and not exists (select from pg_class as c where c.reltype = typ.oid and c.relkind <> 'c') $$,
  'every type has a comment');
select is_empty(
  $$ select c.oid::regclass from pg_class as c
     where c.relkind in ('r', 'v') and obj_description(c.oid, 'pg_class') is null
       and (c.relnamespace = 'benchmark_private'::regnamespace
         or (c.relnamespace = 'public'::regnamespace and c.relname ~ '^(v_|benchmark_)')) $$,
  'every table and view has a comment');

select * from finish();
rollback;
