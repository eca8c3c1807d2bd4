-- Comparing without storing, for a branch under review: it must never become what is current.

create function public.preview_benchmark(p_principal jsonb, p_results jsonb) returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
set statement_timeout = '5s'
as $$
declare
  v_auth record;
  v_row record;
  v_entry public.benchmark_transactions;
  v_snapshot public.benchmark_snapshot_versions;
  v_current public.benchmark_snapshot_versions;
  v_current_commit text;
  v_receipt jsonb;
  v_previews jsonb := pg_catalog.jsonb_build_array();
begin
  -- Any ref: a rule that lets only main write must not keep a pull request from comparing.
  v_auth := benchmark_private.authorize(p_principal, true);
  for v_row in
    select r.value as result, r.value -> 'metrics' as metrics, r.ordinality - 1 as index
    from pg_catalog.jsonb_array_elements(p_results) with ordinality as r
    order by r.ordinality
  loop
    v_entry := pg_catalog.jsonb_populate_record(null::public.benchmark_transactions, v_row.result);
    v_entry.environment := benchmark_private.choose_environment(
      v_entry.environment, v_auth.environments, '/results/' || v_row.index);
    v_entry.configuration_id := benchmark_private.configuration_id(
      v_entry.model_version, v_entry.dataset_version, v_entry.prompt_version, v_entry.environment);
    v_snapshot.precision_score := (v_row.metrics ->> 'precision')::numeric;
    v_snapshot.recall_score := (v_row.metrics ->> 'recall')::numeric;
    v_snapshot.f1_score := (v_row.metrics ->> 'f1')::numeric;
    v_snapshot.latency_ms := (v_row.metrics ->> 'latency_ms')::numeric;
    v_snapshot.cost_per_analysis := (v_row.metrics ->> 'analysis_cost')::numeric;

    select v.* into v_current
    from public.benchmark_configurations as c
    join public.benchmark_snapshot_versions as v
      on v.configuration_id = c.id and v.snapshot_version = c.current_version
    where c.id = v_entry.configuration_id;
    select t.commit_sha into v_current_commit
    from public.benchmark_transactions as t
    where t.configuration_id = v_current.configuration_id
      and t.snapshot_version = v_current.snapshot_version;

    -- The receipt that it would get, were the current snapshot the version before.
    v_entry.snapshot_version := coalesce(v_current.snapshot_version, 0) + 1;
    v_receipt := benchmark_private.make_receipt(
      v_entry, v_snapshot, v_current, v_current_commit, false);
    v_previews := v_previews || pg_catalog.jsonb_build_object(
      'configuration', v_receipt -> 'configuration',
      'current', v_receipt -> 'previous',
      'dry_run', true);
  end loop;
  return v_previews;
end;
$$;
comment on function public.preview_benchmark(jsonb, jsonb) is
  'What ingest_benchmark() would compare: authorizes, and returns for each result its configuration, the current snapshot and the differences of the five scores, in the order sent. Stores nothing, takes no lock but the token''s use. The ref patterns of trust rules do not count. Raises PT401, PT403, PT422.';

revoke all on function public.preview_benchmark(jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.preview_benchmark(jsonb, jsonb) to service_role;
