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
  v_configuration public.benchmark_configurations;
  v_current record;
  v_previews jsonb := pg_catalog.jsonb_build_array();
begin
  -- Any ref: a rule that lets only main write must not keep a pull request from comparing.
  v_auth := benchmark_private.authorize(p_principal, true);
  for v_row in
    select r.value as result, r.value -> 'metrics' as metrics, r.ordinality - 1 as index
    from pg_catalog.jsonb_array_elements(p_results) with ordinality as r
    order by r.ordinality
  loop
    v_configuration := pg_catalog.jsonb_populate_record(
      null::public.benchmark_configurations, v_row.result - 'metrics');
    v_configuration.environment := benchmark_private.choose_environment(
      v_configuration.environment, v_auth.environments, '/results/' || v_row.index);
    v_configuration.id := benchmark_private.configuration_id(
      v_configuration.model_version, v_configuration.dataset_version,
      v_configuration.prompt_version, v_configuration.environment);

    select s.* into v_current
    from public.benchmark_snapshots as s
    where s.configuration_id = v_configuration.id and s.is_current;

    v_previews := v_previews || pg_catalog.jsonb_build_object(
      'configuration', pg_catalog.jsonb_build_object(
        'id', v_configuration.id,
        'model_version', v_configuration.model_version,
        'dataset_version', v_configuration.dataset_version,
        'prompt_version', v_configuration.prompt_version,
        'environment', v_configuration.environment),
      'current', case when v_current.snapshot_version is not null then pg_catalog.jsonb_build_object(
        'snapshot_version', v_current.snapshot_version,
        'commit_sha', v_current.commit_sha,
        'deltas', pg_catalog.jsonb_build_object(
          'precision', (v_row.metrics ->> 'precision')::numeric - v_current.precision_score,
          'recall', (v_row.metrics ->> 'recall')::numeric - v_current.recall_score,
          'f1', (v_row.metrics ->> 'f1')::numeric - v_current.f1_score,
          'latency_ms', (v_row.metrics ->> 'latency_ms')::numeric - v_current.latency_ms,
          'analysis_cost', (v_row.metrics ->> 'analysis_cost')::numeric - v_current.cost_per_analysis)) end,
      'dry_run', true);
  end loop;
  return v_previews;
end;
$$;
comment on function public.preview_benchmark(jsonb, jsonb) is
  'What ingest_benchmark() would compare: authorizes, and returns for each result its configuration, the current snapshot and the differences of the five scores, in the order sent. Stores nothing, takes no lock but the token''s use. The ref patterns of trust rules do not count. Raises PT401, PT403, PT422.';

revoke all on function public.preview_benchmark(jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.preview_benchmark(jsonb, jsonb) to service_role;
