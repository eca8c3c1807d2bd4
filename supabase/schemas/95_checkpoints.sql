-- What a witness keeps: the heads of all chains at a time.

create function public.get_checkpoint(
  p_after uuid default null,
  p_as_of timestamptz default null,
  p_limit integer default 1000
) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_limit constant integer := least(greatest(coalesce(p_limit, 1000), 1), 1000);
  -- Not younger than the oldest transaction that may still end: what stores a run has 5 seconds. So the
  -- entries up to this time are all there, and the same question gets the same answer for ever.
  v_as_of constant timestamptz := greatest(least(p_as_of, clock_timestamp() - interval '10 seconds'), 'epoch');
  v_next uuid;
  v_count integer;
  v_lines text;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  with recursive page as (
    select c.id, c.last_version
    from public.benchmark_configurations as c
    where p_after is null or c.id > p_after
    order by c.id
    limit v_limit + 1
  ),
  kept as (
    select p.id, p.last_version from page as p order by p.id limit v_limit
  ),
  -- Bisected, the last entry first: times go up with versions, and an index over them would cost a
  -- write a run. An entry that is missing counts as too young: the one before it is then the head.
  search as (
    select k.id, 0 as low, k.last_version as high, k.last_version as middle
    from kept as k
    union all
    select narrowed.id, narrowed.low, narrowed.high, (narrowed.low + narrowed.high + 1) / 2
    from search as s
    left join public.benchmark_transactions as t
      on t.configuration_id = s.id and t.snapshot_version = s.middle
    cross join lateral (
      select s.id,
        case when t.created_at <= v_as_of then s.middle else s.low end as low,
        case when t.created_at <= v_as_of then s.high else s.middle - 1 end as high
    ) as narrowed
    where s.low < s.high
  ),
  heads as (
    select s.id, concat_ws(' ', s.id, s.low, encode(t.entry_hash, 'hex')) || E'\n' as line
    from search as s
    join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.low
    where s.low = s.high
  )
  select
    case when (select count(*) from page) > v_limit then (select k.id from kept as k order by k.id desc limit 1) end,
    (select count(*) from heads),
    coalesce((select string_agg(h.line, '' order by h.id) from heads as h), '')
  into v_next, v_count, v_lines;
  return concat(
    E'benchmark-checkpoint/v1\n',
    'time ', benchmark_private.utc_text(v_as_of), E'\n',
    'after ', coalesce(p_after::text, '-'), E'\n',
    'next ', coalesce(v_next::text, '-'), E'\n',
    'count ', v_count, E'\n',
    'sha256 ', encode(sha256(convert_to(v_lines, 'UTF8')), 'hex'), E'\n',
    E'\n', v_lines);
end;
$$;
comment on function public.get_checkpoint(uuid, timestamptz, integer) is
  'A page of a checkpoint (format benchmark-checkpoint/v1): the last entry of each configuration after p_after that was stored at or before p_as_of, as lines "configuration version entry_hash" in the order of the ids, below a header of lines: format, time, after, next, count, and SHA-256 of the lines. The time is p_as_of or 10 seconds ago, whichever is earlier: no entry of before it can still come, unless a transaction of service_role stays open for longer. With the same p_as_of every page is of the same moment, and is the same whenever it is asked for; next is the p_after of the next page, and - in the last. At most p_limit (1000) configurations. Null for who may not read. Takes no lock.';
