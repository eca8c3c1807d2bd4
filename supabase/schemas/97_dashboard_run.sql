-- One run with all that is known of it, and a data set's leaderboard, for the dashboard.

create function benchmark_private.dashboard_origin(p_run public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'configuration_id', p_run.configuration_id,
    'snapshot_version', p_run.snapshot_version,
    'published', p_run.published,
    'is_backfill', p_run.is_backfill,
    'measured_at', p_run.measured_at,
    'created_at', p_run.created_at,
    'verdict', p_run.verdict,
    'commit_sha', p_run.commit_sha,
    'branch_name', p_run.branch_name,
    'run_id', p_run.run_id,
    'run_attempt', p_run.run_attempt,
    'triggered_by', p_run.triggered_by,
    'notes', p_run.notes,
    'tags', coalesce(p_run.tags, '{}'),
    'principal', p_run.principal,
    'method', p_run.provenance ->> 'method',
    'attested', p_run.provenance -> 'attested',
    'repository', p_run.provenance #>> '{claims,repository}',
    'issuer', p_run.provenance ->> 'issuer',
    'entry_hash', encode(p_run.entry_hash, 'hex'));
end;
$$;
comment on function benchmark_private.dashboard_origin(public.benchmark_transactions) is
  'What a run is and where it came from, without its metrics.';

create function public.get_dashboard_run(
  p_configuration_id uuid,
  p_version integer default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_run public.benchmark_transactions;
  v_previous public.benchmark_transactions;
  v_chain_hash bytea;
  v_reference benchmark_private.run_key;
begin
  select t.* into v_run
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = coalesce(p_version, c.reference_version, c.last_version)
  where c.id = p_configuration_id;
  select b.entry_hash into v_chain_hash
  from public.benchmark_transactions as b
  where b.configuration_id = v_run.configuration_id and b.snapshot_version = v_run.snapshot_version - 1;
  -- What it was judged against, the gravest verdict first; of a first run, what is nearest.
  select coalesce(j.reference_configuration_id, v_run.configuration_id), j.reference_version
  into v_reference.configuration_id, v_reference.snapshot_version
  from unnest(v_run.judgements) as j
  order by j.verdict, j.reference_version
  limit 1;
  if v_reference.snapshot_version is null then
    v_reference.configuration_id := case when v_run.previous_version is null and v_run.nearest_version is not null
      then v_run.nearest_configuration_id else v_run.configuration_id end;
    v_reference.snapshot_version := coalesce(v_run.previous_version, v_run.nearest_version);
  end if;
  select t.* into v_previous
  from public.benchmark_transactions as t
  where t.configuration_id = v_reference.configuration_id and t.snapshot_version = v_reference.snapshot_version;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'run', case when v_run.configuration_id is not null then benchmark_private.dashboard_origin(v_run) end,
    'reference', case when v_previous.configuration_id is not null then benchmark_private.dashboard_origin(v_previous) end,
    'judged', jsonb_build_object(
      'judgements', coalesce(benchmark_private.judgement_documents(v_run, v_run.judgements), '[]'),
      'references', benchmark_private.judgement_references(v_run.configuration_id, null, v_run.judgements)),
    'policies', (
      select coalesce(jsonb_object_agg(p.metric, p.better), '{}')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = p_configuration_id),
    'metrics', (
      select coalesce(jsonb_agg(to_jsonb(l) order by l.path), '[]')
      from benchmark_private.compared_leaves(v_previous.metrics, v_run.metrics) as l
      where v_run.configuration_id is not null),
    -- As text within JSON: a browser that parsed the numbers would lose digits that are hashed.
    'entry', case when v_run.configuration_id is not null then
      benchmark_private.ledger_document(v_run, v_chain_hash)::text end,
    'chain_hash', encode(v_chain_hash, 'hex'),
    'regressions', (
      select coalesce(jsonb_agg(r order by r.severity, r.metric), '[]')
      from benchmark_private.regression_states(p_configuration_id) as r),
    'decisions', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.id desc), '[]')
      from (
        select d.*
        from public.benchmark_decisions as d
        where d.configuration_id = p_configuration_id
          and (d.snapshot_version = v_run.snapshot_version or d.from_version = v_run.snapshot_version)
        order by d.id desc
        limit 200
      ) as d));
end;
$$;
comment on function public.get_dashboard_run(uuid, integer) is
  'A run (null: the newest published one) beside the run it was judged against, with what is known of it: the frame and {run, reference: see dashboard_origin(), judged: {judgements, references} as they were made when it was stored, policies: directions, metrics: [{path, a, b, delta, percent}] from the reference to the run, entry: the text of its ledger document, chain_hash: entry_hash of the version before, regressions: open and acknowledged ones of its configuration, decisions about it}. run is null when there is none. Takes no lock.';

create function public.get_dashboard_leaderboard(
  p_dataset_version text default null,
  p_environment text default null,
  p_metric text default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_dataset text := p_dataset_version;
  v_environment text := p_environment;
  v_metrics jsonb;
  v_metric text := benchmark_private.metric_pointer(p_metric);
begin
  if v_dataset is null or v_environment is null then
    select c.dataset_version, c.environment into v_dataset, v_environment
    from public.benchmark_configurations as c
    where c.current_version is not null
      and (p_dataset_version is null or c.dataset_version = p_dataset_version)
      and (p_environment is null or c.environment = p_environment)
    order by c.reference_at desc nulls last, c.id
    limit 1;
  end if;
  -- What the newest of them measure.
  v_metrics := benchmark_private.metrics_to_choose(array(
    select row(c.id, c.current_version)::benchmark_private.run_key
    from public.benchmark_configurations as c
    where c.dataset_version = v_dataset and c.environment = v_environment and c.current_version is not null
    order by c.reference_at desc nulls last, c.id
    limit 5));
  v_metric := coalesce(v_metric, benchmark_private.usual_metric(v_metrics), '/f1');
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'metrics', v_metrics,
    'leaderboard', public.get_leaderboard(v_dataset, v_environment, v_metric));
end;
$$;
comment on function public.get_dashboard_leaderboard(text, text, text) is
  'The frame and {metrics, leaderboard: see get_leaderboard()}. Left out: data set and environment of the configuration that ran last, and F1, else what is judged, else any number that its newest runs have. Takes no lock.';
