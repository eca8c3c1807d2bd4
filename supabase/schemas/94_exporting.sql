-- Taking the ledger elsewhere: everything that was stored, so that it can be read, proved and
-- imported without this database.

create function benchmark_private.exported_items(p_items public.benchmark_items) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('ids', s.ids, 'epochs', s.epochs, 'groups', s.groups,
      'scores', benchmark_private.item_scores(p_items))
    from public.benchmark_item_sets as s
    where s.digest = p_items.item_set);
end;
$$;
comment on function benchmark_private.exported_items(public.benchmark_items) is
  'The items of a run as their digest covers them: {ids, epochs, groups, scores: {name: [number, true, false or null …]}}; null when it has none, or they were pruned.';

create function public.export_runs(p_configuration_id uuid, p_after integer default 0, p_limit integer default 100)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '60s'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'entry', benchmark_private.ledger_entry(t) || jsonb_build_object('is_void', t.snapshot_version = any (c.void_versions)),
    'items', benchmark_private.exported_items(benchmark_private.stored_items(t.configuration_id, t.snapshot_version)))
    order by t.snapshot_version), '[]')
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version > p_after and t.snapshot_version <= p_after + least(greatest(p_limit, 1), 1000)
  where c.id = p_configuration_id;
$$;
comment on function public.export_runs(uuid, integer, integer) is
  'The runs of a configuration after a version, at most p_limit (1000) of them, in order: [{entry: as get_ledger_entry() has it, and is_void, items: {ids, epochs, groups, scores} or null}]. For service_role; may run a minute, takes no lock.';

create function public.export_decisions(p_configuration_id uuid) returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '60s'
as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('decided_at', benchmark_private.utc_text(d.decided_at)) order by d.id), '[]')
  from public.benchmark_decisions as d
  where d.configuration_id = p_configuration_id;
$$;
comment on function public.export_decisions(uuid) is
  'What was decided about a configuration, in order, as benchmark_decisions has it. For service_role; takes no lock.';
