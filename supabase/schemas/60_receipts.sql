-- What a caller gets for a stored run.

create function benchmark_private.nearest_document(p_entry public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
  select benchmark_private.run_reference(r) || jsonb_build_object(
    'deltas', jsonb_build_object(
      'precision', (p_entry.metrics ->> 'precision')::numeric - r.precision_score,
      'recall', (p_entry.metrics ->> 'recall')::numeric - r.recall_score,
      'f1', (p_entry.metrics ->> 'f1')::numeric - r.f1_score,
      'latency_ms', (p_entry.metrics ->> 'latency_ms')::numeric - r.latency_ms,
      'analysis_cost', (p_entry.metrics ->> 'analysis_cost')::numeric - r.cost_per_analysis))
  from public.benchmark_transactions as r
  where r.configuration_id = p_entry.nearest_configuration_id and r.snapshot_version = p_entry.nearest_version);
end;
$$;
comment on function benchmark_private.nearest_document(public.benchmark_transactions) is
  'The run that a first run is shown beside, unjudged, with the differences of the scores. Takes no lock.';

create function benchmark_private.make_receipt(
  p_entry public.benchmark_transactions,
  p_series text,
  p_previous benchmark_private.scored_run,
  p_judgements jsonb,
  p_references jsonb,
  p_replayed boolean
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The time is utc_text(), written in: the ingest path has this expression, where a nested call costs.
  return jsonb_build_object(
    'transaction_id', p_entry.id,
    'snapshot_version', p_entry.snapshot_version,
    'configuration', jsonb_build_object(
      'id', p_entry.configuration_id,
      'model_version', p_entry.model_version,
      'dataset_version', p_entry.dataset_version,
      'prompt_version', p_entry.prompt_version,
      'environment', p_entry.environment,
      'variant', p_entry.variant),
    'series', p_series,
    'published', p_entry.published,
    'created_at', to_char(p_entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'entry_hash', encode(p_entry.entry_hash, 'hex'),
    'provenance', p_entry.provenance,
    'previous', case when p_previous.snapshot_version is not null then jsonb_build_object(
      'snapshot_version', p_previous.snapshot_version,
      'commit_sha', p_previous.commit_sha,
      'deltas', jsonb_build_object(
        'precision', (p_entry.metrics ->> 'precision')::numeric - p_previous.precision_score,
        'recall', (p_entry.metrics ->> 'recall')::numeric - p_previous.recall_score,
        'f1', (p_entry.metrics ->> 'f1')::numeric - p_previous.f1_score,
        'latency_ms', (p_entry.metrics ->> 'latency_ms')::numeric - p_previous.latency_ms,
        'analysis_cost', (p_entry.metrics ->> 'analysis_cost')::numeric - p_previous.cost_per_analysis)) end,
    'nearest', case when p_entry.nearest_version is not null then benchmark_private.nearest_document(p_entry) end,
    'judgements', coalesce(p_judgements, '[]'),
    'references', p_references,
    'replayed', p_replayed);
end;
$$;
comment on function benchmark_private.make_receipt(public.benchmark_transactions, text, benchmark_private.scored_run, jsonb, jsonb, boolean) is
  'The receipt of an entry, in the series of its configuration, beside the run of its previous_version and with its judgements as judgement_documents() writes them.';

create function benchmark_private.stored_receipt(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The version that was written down with the run: a replay must give the same receipt, and what
  -- is void or current changes.
  return (
    select benchmark_private.make_receipt(t, c.series, case when t.previous_version is not null then
      benchmark_private.scored(t.configuration_id, t.previous_version) end,
      benchmark_private.judgement_documents(t, t.judgements),
      benchmark_private.judgement_references(t.configuration_id, t.previous_version, t.judgements), true)
    from public.benchmark_transactions as t
    join public.benchmark_configurations as c on c.id = t.configuration_id
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version);
end;
$$;
comment on function benchmark_private.stored_receipt(uuid, integer) is
  'The receipt of a stored entry: what the first request was answered, marked as replayed.';

create function public.get_receipt(
  p_principal jsonb,
  p_configuration_id uuid,
  p_snapshot_version integer
) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
declare
  v_principal text := (benchmark_private.authorize(p_principal || '{"dry_run": true}')).principal;
begin
  perform from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_snapshot_version
    and t.principal = v_principal;
  if not found then
    -- One answer for "there is none" and "it is somebody else's".
    perform benchmark_private.refuse(404, 'not_found', 'This credential has stored no such version.');
  end if;
  return benchmark_private.stored_receipt(p_configuration_id, p_snapshot_version);
end;
$$;
comment on function public.get_receipt(jsonb, uuid, integer) is
  'The receipt of an entry that the same principal stored; p_principal as for ingest_benchmark(). For service_role. Raises PT401, PT403, and PT404 for an entry that is missing or another principal''s.';
