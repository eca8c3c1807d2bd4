-- Every function says what it does, and none can be led astray by the caller's search_path or temporary objects.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(12);

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
       and con.conrelid::regclass::text ~ '^benchmark_' and con.conrelid::regclass::text not in ('benchmark_policies', 'benchmark_metrics', 'benchmark_item_sets')
       and con.conname <> 'benchmark_items_item_set_fkey'
       and not exists (select from pg_attribute as a where a.attrelid = con.conrelid and a.attnum = any (con.conkey)
         and a.attname = case when con.conrelid = 'benchmark_configurations'::regclass then 'id' else 'configuration_id' end) $$,
  'every primary, unique and foreign key of a public table carries the configuration, but for small tables that every node can have');
select is_empty(
  $$ select i.indexrelid::regclass from pg_index as i join pg_class as c on c.oid = i.indrelid
     where i.indisunique and c.relnamespace = 'public'::regnamespace and c.relname ~ '^benchmark_' and c.relname not in ('benchmark_policies', 'benchmark_metrics', 'benchmark_item_sets')
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

-- What the ingest path has written in, for speed, is what the functions say.
create function pg_temp.expression(p_function text, p_changes text[]) returns text language plpgsql as $$
declare
  v_text text := substring((select prosrc from pg_proc where proname = p_function and pronamespace = 'benchmark_private'::regnamespace) from 'return (.*?);\s*end;');
  v_change text;
begin
  v_text := regexp_replace(v_text, '--[^\n]*', '', 'g');
  foreach v_change in array p_changes loop
    v_text := replace(v_text, split_part(v_change, '=', 1), split_part(v_change, '=', 2));
  end loop;
  return regexp_replace(v_text, '\s+', ' ', 'g');
end $$;
create function pg_temp.ingest() returns text language sql as $$
  select regexp_replace(regexp_replace(prosrc, '--[^\n]*', '', 'g'), '\s+', ' ', 'g') from pg_proc where proname = 'ingest_benchmark' $$;
select cmp_ok(strpos(pg_temp.ingest(), 'v_entry.configuration_id := ' || pg_temp.expression('configuration_id', '{p_=v_entry.}')), '>', 0, 'the id of a configuration');
select cmp_ok(strpos(pg_temp.ingest(), 'v_entry.entry_hash := ' || pg_temp.expression('entry_hash', '{p_entry.=v_entry.,p_previous_hash=v_previous_hash}')), '>', 0, 'the hash of an entry');
select cmp_ok(strpos(pg_temp.ingest(), 'v_receipts[v_index] := ' || pg_temp.expression('make_receipt', '{p_entry.=v_entry.,p_previous.=v_previous.,p_series=v_series,p_judgements=v_judged.documents,p_references=v_references,p_replayed=false,nearest_document(p_entry)=nearest_document(v_entry)}')), '>', 0, 'the receipt');
select cmp_ok(strpos((select regexp_replace(prosrc, '\s+', ' ', 'g') from pg_proc where proname = 'judge'), pg_temp.expression('is_worse', '{p_from=v_judgement.from_value,p_to=v_to,p_sign=v_policy.sign,p_absolute_limit=v_policy.absolute_limit,p_relative_limit=v_policy.relative_limit}') || ' then ''worse'''), '>', 0, 'and what is worse');

select * from finish();
rollback;
