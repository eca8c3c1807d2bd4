-- Two of the first migrations were changed after the first commits that had them. A database that
-- was made in between gets here what every other has; on those this changes nothing.

create or replace function benchmark_private.append_results(
  p_principal text,
  p_environments text[],
  p_provenance jsonb,
  p_results jsonb
) returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_receipts jsonb := pg_catalog.jsonb_build_array();
  v_order integer[] := array[]::integer[];
  v_row record;
begin
  if pg_catalog.jsonb_array_length(p_results) > 1 or p_results -> 0 ? 'run_id' then
    perform benchmark_private.lock_runs(p_principal, p_results);
  end if;
  if pg_catalog.jsonb_array_length(p_results) = 1 then
    return pg_catalog.jsonb_build_array(benchmark_private.append_result(
      p_principal, p_environments, p_provenance, p_results -> 0, '/results/0'));
  end if;
  -- In the order of the configurations and not as sent: two batches that name the same
  -- configurations in different order would wait for each other.
  for v_row in
    select r.value as result, r.ordinality - 1 as index
    from pg_catalog.jsonb_array_elements(p_results) with ordinality as r
    order by r.value ->> 'model_version', r.value ->> 'dataset_version',
      r.value ->> 'prompt_version', r.value ->> 'environment', r.ordinality
  loop
    v_receipts := v_receipts || benchmark_private.append_result(
      p_principal, p_environments, p_provenance, v_row.result, '/results/' || v_row.index);
    v_order := v_order || v_row.index::integer;
  end loop;
  return (
    select pg_catalog.jsonb_agg(v_receipts -> (o.position - 1)::integer order by o.index)
    from pg_catalog.unnest(v_order) with ordinality as o(index, position));
end;
$$;
comment on function benchmark_private.append_results(text, text[], jsonb, jsonb) is
  'Appends a JSON array of results, all or none, and returns their receipts in the order sent. Pointers of errors start with /results/<index>. Locks and SQLSTATEs are those of append_result().';

drop trigger if exists refuse_change on public.benchmark_snapshots;
create trigger refuse_change
  instead of insert or update or delete on public.benchmark_snapshots
  for each row execute function benchmark_private.refuse_change('snapshots are written by ingest_benchmark() alone');
