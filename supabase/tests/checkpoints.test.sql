-- get_checkpoint(): the heads at a time, in pages, the same for ever.
begin;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(26);

select ingest_benchmark('{"method": "import"}', jsonb_build_array(jsonb_build_object('model_version', m, 'dataset_version', 'd',
  'prompt_version', 'p', 'environment', 'local', 'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', 0.5, 'n', n))))
from (values ('a'), ('b'), ('c')) as models(m), generate_series(1, 7) as n;
-- Stored long ago, a day after the other: no entry of the last seconds is in a checkpoint.
alter table benchmark_transactions disable trigger refuse_change;
update benchmark_transactions as t set created_at = timestamptz '2026-01-01T00:00Z' + t.snapshot_version * interval '1 day';
alter table benchmark_transactions enable always trigger refuse_change;

create function pg_temp.header(p_page text, p_key text) returns text language sql as $$
  select substring(p_page from '(?n)^' || p_key || ' (.*)$') $$;
create function pg_temp.lines(p_page text) returns text language sql as $$
  select substring(p_page from position(E'\n\n' in p_page) + 2) $$;
create function pg_temp.expected(p_version integer) returns text language sql as $$
  select string_agg(concat_ws(' ', t.configuration_id, t.snapshot_version, encode(t.entry_hash, 'hex')) || E'\n', '' order by t.configuration_id)
  from benchmark_transactions as t where t.snapshot_version = p_version $$;
create temp table page as select get_checkpoint() as text;

select matches((select text from page), E'^benchmark-checkpoint/v1\ntime [^\n]*Z\nafter -\nnext -\ncount 3\nsha256 [0-9a-f]{64}\n\n', 'a header of six lines and an empty one');
select is(pg_temp.lines((select text from page)), pg_temp.expected(7), 'a line a head, in the order of the ids');
select is(pg_temp.header((select text from page), 'sha256'), encode(sha256(convert_to(pg_temp.lines((select text from page)), 'UTF8')), 'hex'), 'the digest is that of the lines');
select cmp_ok(pg_temp.header((select text from page), 'time')::timestamptz, '<=', clock_timestamp() - interval '10 seconds', 'the time is past: no entry of before it can still come');
select cmp_ok(pg_temp.header((select text from page), 'time')::timestamptz, '>', clock_timestamp() - interval '70 seconds', 'and not long past');

select is(pg_temp.lines(get_checkpoint(p_as_of => '2026-01-05T00:00:00Z')), pg_temp.expected(4), 'an entry of the very time is in it');
select is(pg_temp.lines(get_checkpoint(p_as_of => '2026-01-04T23:59:59.999999Z')), pg_temp.expected(3), 'a later one is not');
select is(pg_temp.lines(get_checkpoint(p_as_of => '2026-01-01T12:00:00Z')), '', 'before the first entry there is no head');
select is(pg_temp.header(get_checkpoint(p_as_of => '2026-01-01T12:00:00Z'), 'count'), '0', 'and none is counted');
select is(get_checkpoint(p_as_of => '2026-01-04T01:00:00+01:00'), get_checkpoint(p_as_of => '2026-01-04T00:00:00Z'), 'whatever the zone of the time');
set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
select is(pg_temp.header(get_checkpoint(p_as_of => '2026-01-04T00:00:00Z'), 'time'), '2026-01-04T00:00:00.000000Z', 'or that of the session');
reset timezone;
reset datestyle;
select cmp_ok(pg_temp.header(get_checkpoint(p_as_of => 'infinity'), 'time')::timestamptz, '<=', clock_timestamp() - interval '10 seconds', 'the future has no checkpoint yet');
select is(pg_temp.header(get_checkpoint(p_as_of => '-infinity'), 'time'), '1970-01-01T00:00:00.000000Z', 'nor has what was before there were clocks');

-- Pages.
create temp table pages as
  with recursive p as (
    select 1 as n, get_checkpoint(p_as_of => '2026-01-05T00:00:00Z', p_limit => 1) as text
    union all
    select n + 1, get_checkpoint(pg_temp.header(text, 'next')::uuid, '2026-01-05T00:00:00Z', 1) from p where pg_temp.header(text, 'next') <> '-'
  ) select * from p;
select is((select count(*)::int from pages), 3, 'a page a configuration');
select is((select string_agg(pg_temp.lines(text), '' order by n) from pages), pg_temp.expected(4), 'together they are the whole');
select results_eq('select pg_temp.header(text, ''after'') from pages where n > 1 order by n', 'select pg_temp.header(text, ''next'') from pages where n < 3 order by n', 'each says after which it comes');
select is(pg_temp.header(get_checkpoint(p_limit => 0), 'count'), '1', 'a page has one configuration at least');
select is(pg_temp.header(get_checkpoint(p_limit => null), 'count'), '3', 'and a thousand unless it is said');
select is(pg_temp.header(get_checkpoint('ffffffff-ffff-ffff-ffff-ffffffffffff'), 'next'), '-', 'after the last there is nothing');

-- An entry stays provable when others follow, and the same question gets the same answer.
create temp table before as select get_checkpoint(p_as_of => '2026-02-01T00:00:00Z') as text;
grant select on before to anon, service_role;
select ingest_benchmark('{"method": "import"}', jsonb_build_array(jsonb_build_object('model_version', m, 'dataset_version', 'd',
  'prompt_version', 'p', 'environment', 'local', 'commit_sha', '0123abc', 'metrics', jsonb_build_object('f1', 0.6)))) from (values ('a'), ('d')) as models(m);
select is(get_checkpoint(p_as_of => '2026-02-01T00:00:00Z'), (select text from before), 'what is stored later changes no earlier checkpoint');
select is(pg_temp.lines(get_checkpoint()), pg_temp.expected(7), 'what was stored just now is not in one yet');

-- What only the owner of the tables can do.
alter table benchmark_transactions disable trigger refuse_change;
savepoint s;
delete from benchmark_transactions where model_version = 'b' and snapshot_version >= 6;
select is((select count(*)::int from regexp_split_to_table(get_checkpoint(p_as_of => '2026-02-01T00:00:00Z'), '\n') as l where l ~ ' 5 '), 1, 'an end that was cut off is seen, with its counter left');
rollback to s;
update benchmark_transactions set entry_hash = sha256('x') where model_version = 'b' and snapshot_version = 7;
select isnt(get_checkpoint(p_as_of => '2026-02-01T00:00:00Z'), (select text from before), 'and another hash');
rollback to s;

-- Who may read.
select set_read_access('members');
set local role anon;
select is(get_checkpoint(), null, 'who may not read gets nothing');
reset role;
select set_read_access('public');
set local role anon;
select is(get_checkpoint(p_as_of => '2026-02-01T00:00:00Z'), (select text from before), 'who may read gets the same as everybody');
reset role;
set local role service_role;
select is(get_checkpoint(p_as_of => '2026-02-01T00:00:00Z'), (select text from before), 'as does the function');
reset role;

select * from finish();
rollback;
