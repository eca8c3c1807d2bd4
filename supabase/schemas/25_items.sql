-- Results of single items: what tells a real change from noise. Kept beside the run and under its
-- entry hash by digest, so that they can be pruned and the chain still holds.

create table public.benchmark_item_sets (
  digest bytea not null,
  ids text[] not null,
  epochs integer[],
  groups text[],
  constraint benchmark_item_sets_pkey primary key (digest)
);
-- Ids are most of what items take, and runs over one data set have the same.
comment on table public.benchmark_item_sets is
  'The items of runs, each set once: ids in order of their bytes, then epochs; stored under the SHA-256 of ids, epochs and groups. Shared by all configurations.';
comment on column public.benchmark_item_sets.epochs is
  'Which repetition of the item; null when each is measured once.';
comment on column public.benchmark_item_sets.groups is
  'What items belong together (a document of which several questions are asked), null when nothing is said: such items are not independent.';

create table public.benchmark_items (
  configuration_id uuid not null,
  snapshot_version integer not null,
  item_set bytea not null,
  scores text[] not null,
  boolean_scores text[] not null,
  numbers double precision[] not null,
  constraint benchmark_items_pkey primary key (configuration_id, snapshot_version),
  constraint benchmark_items_item_set_fkey foreign key (item_set) references public.benchmark_item_sets (digest)
);
create index benchmark_items_item_set_idx on public.benchmark_items (item_set);
comment on table public.benchmark_items is
  'Scores of the items of a run, in the order of its item set: one array, the first score of all items, then the second. Booleans are 1 and 0. May be pruned; the run keeps the digest.';
comment on column public.benchmark_items.boolean_scores is
  'Those of scores that are true or false.';

create trigger refuse_change
  before update or truncate on public.benchmark_items
  for each statement execute function benchmark_private.refuse_change('items stay as they were sent, or are pruned');
alter table public.benchmark_items enable always trigger refuse_change;
create trigger refuse_change
  before update or truncate on public.benchmark_item_sets
  for each statement execute function benchmark_private.refuse_change('items stay as they were sent, or are pruned');
alter table public.benchmark_item_sets enable always trigger refuse_change;

create function benchmark_private.stored_items(p_configuration_id uuid, p_snapshot_version integer)
returns public.benchmark_items
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items public.benchmark_items;
begin
  select i.* into v_items
  from public.benchmark_items as i
  where i.configuration_id = p_configuration_id and i.snapshot_version = p_snapshot_version;
  return v_items;
end;
$$;
comment on function benchmark_private.stored_items(uuid, integer) is
  'The items of a run; all null when it has none. Takes no lock.';

create function benchmark_private.item_numbers(p_items public.benchmark_items, p_score text)
returns double precision[]
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_position integer := array_position(p_items.scores, p_score);
  v_length integer := cardinality(p_items.numbers) / cardinality(p_items.scores);
begin
  return p_items.numbers[(v_position - 1) * v_length + 1 : v_position * v_length];
end;
$$;
comment on function benchmark_private.item_numbers(public.benchmark_items, text) is
  'The numbers of one score in the order of the item set; null when the run has no such score.';

create function benchmark_private.scores_of_metric(p_items public.benchmark_items, p_metric text, p_item_score text)
returns text[]
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_item_score is not null then array[p_item_score]
    when p_metric = '/f1' and p_items.scores @> '{tp,fp,fn}' then '{tp,fp,fn}'
    when p_metric = '/precision' and p_items.scores @> '{tp,fp}' then '{tp,fp}'
    when p_metric = '/recall' and p_items.scores @> '{tp,fn}' then '{tp,fn}'
    when p_metric = '/accuracy' and 'correct' = any (p_items.boolean_scores) then '{correct}'
    -- Counts are parts of a ratio; their mean is nobody's metric.
    when p_metric in ('/tp', '/fp', '/fn') then null
    when cardinality(benchmark_private.metric_keys(p_metric)) = 1 then benchmark_private.metric_keys(p_metric) end;
end;
$$;
comment on function benchmark_private.scores_of_metric(public.benchmark_items, text, text) is
  'The scores of items that give a metric: three or two counts (precision, recall, F1), else one, whose mean it is; null when there can be none. Whether the run has that one is not looked at.';

create function benchmark_private.item_set_digest(p_set public.benchmark_item_sets) returns bytea
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(convert_to(jsonb_build_array(
    'benchmark-item-set/v1', p_set.ids, p_set.epochs, p_set.groups)::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.item_set_digest(public.benchmark_item_sets) is
  'SHA-256 over the canonical JSON array of ids, epochs and groups.';

create function benchmark_private.item_scores(p_items public.benchmark_items) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  return (
    select jsonb_object_agg(s.score, case
      when s.score = any (p_items.boolean_scores) then (
        select jsonb_agg(n = 1 order by n.ordinality)
        from unnest(benchmark_private.item_numbers(p_items, s.score)) with ordinality as n(n))
      else to_jsonb(benchmark_private.item_numbers(p_items, s.score)) end)
    from unnest(p_items.scores) as s(score));
end;
$$;
comment on function benchmark_private.item_scores(public.benchmark_items) is
  'The scores of a run''s items as they were sent: {score: [number, true, false or null …]} in the order of the item set.';

create function benchmark_private.items_digest(p_items public.benchmark_items) returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(convert_to(jsonb_build_array('benchmark-items/v1', encode(p_items.item_set, 'hex'),
    benchmark_private.item_scores(p_items))::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.items_digest(public.benchmark_items) is
  'SHA-256 over the canonical JSON array of the digest of the item set and the scores: what the entry hash of the run covers.';

create function benchmark_private.refuse_items(p_index integer, p_message text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.refuse(422, 'validation_failed', p_message, p_index, '/items');
end;
$$;
comment on function benchmark_private.refuse_items(integer, text) is
  'Refuses (PT422) the items of a result.';

create function benchmark_private.read_item_set(p_items jsonb, p_index integer)
returns public.benchmark_item_sets
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets := jsonb_populate_record(null::public.benchmark_item_sets, p_items - 'digest');
  v_count integer := cardinality(v_set.ids);
begin
  if coalesce(v_count, 0) not between 1 and 10000 then
    perform benchmark_private.refuse_items(p_index, format(
      'items must be 1 to 10000: there are %s.', coalesce(v_count, 0)));
  elsif cardinality(v_set.epochs) <> v_count or cardinality(v_set.groups) <> v_count then
    perform benchmark_private.refuse_items(p_index, 'ids, epochs and groups must have the same length.');
  end if;
  v_set.digest := benchmark_private.item_set_digest(v_set);
  return v_set;
end;
$$;
comment on function benchmark_private.read_item_set(jsonb, integer) is
  'The item set of a result''s items ({ids, epochs?, groups?, scores}), with its digest. Raises PT422.';

create function benchmark_private.store_item_sets(p_results jsonb) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets;
begin
  -- In one order: two requests that store the same sets must not wait for each other in a circle.
  for v_set in
    select distinct on (s.digest) s.*
    from jsonb_array_elements(p_results) with ordinality as r
    cross join lateral benchmark_private.read_item_set(r.value -> 'items', (r.ordinality - 1)::integer) as s
    where r.value ? 'items'
    order by s.digest
  loop
    -- Locked, so that pruning does not take it away before the run refers to it.
    perform from public.benchmark_item_sets as k where k.digest = v_set.digest for key share;
    continue when found;
    if exists (
      select
      from (
        select i.id, i.epoch, lag(i.id) over before as earlier_id, lag(i.epoch) over before as earlier_epoch
        from unnest(v_set.ids, v_set.epochs) with ordinality as i(id, epoch)
        window before as (order by i.ordinality)
      ) as i
      where i.id is null or length(i.id) not between 1 and 200
        or (i.earlier_id collate "C", coalesce(i.earlier_epoch, 0)) >= (i.id collate "C", coalesce(i.epoch, 0)))
    then
      perform benchmark_private.refuse_items(0,
        'ids must have 1 to 200 characters, be unique (with their epoch) and sorted by their bytes.');
    end if;
    insert into public.benchmark_item_sets values (v_set.*) on conflict do nothing;
  end loop;
end;
$$;
comment on function benchmark_private.store_item_sets(jsonb) is
  'Stores the item sets of results, but for those that are stored. Locks them until the transaction ends, in order of their digests; called before any configuration is locked. Raises PT422.';

create function benchmark_private.read_items(p_items jsonb, p_index integer)
returns public.benchmark_items
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets := benchmark_private.read_item_set(p_items, p_index);
  v_items public.benchmark_items;
begin
  v_items.item_set := v_set.digest;
  select array_agg(s.key order by s.key collate "C"),
    coalesce(array_agg(s.key order by s.key collate "C") filter (where jsonb_path_exists(s.value, '$[*] ? (@.type() == "boolean")')), '{}')
  into v_items.scores, v_items.boolean_scores
  from jsonb_each(p_items -> 'scores') as s;
  if coalesce(cardinality(v_items.scores), 0) not between 1 and 16 then
    perform benchmark_private.refuse_items(p_index, format(
      'items must have 1 to 16 scores: there are %s.', coalesce(cardinality(v_items.scores), 0)));
  end if;
  v_items.numbers := array(
    select case n.value when 'true' then 1 when 'false' then 0 else n.value::double precision end
    from unnest(v_items.scores) with ordinality as s(score, position)
    cross join lateral jsonb_array_elements_text(p_items -> 'scores' -> s.score) with ordinality as n
    order by s.position, n.ordinality);
  -- Read back: what would be altered on the way, a number with more digits than a double, a list
  -- that is too short, is not stored.
  if cardinality(v_items.numbers) <> cardinality(v_set.ids) * cardinality(v_items.scores)
    or benchmark_private.item_scores(v_items) <> p_items -> 'scores'
  then
    perform benchmark_private.refuse_items(p_index,
      'Every score must have a double, true, false or null for each id, and no numbers beside booleans.');
  end if;
  return v_items;
end;
$$;
comment on function benchmark_private.read_items(jsonb, integer) is
  'What is stored of a result''s items, {ids, epochs?, groups?, scores: {name: [number, boolean or null …]}}, without the run they belong to. Raises PT422.';
