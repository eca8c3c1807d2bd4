-- The original system's entry point. Its callers come by SQL or PostgREST and not through the
-- ingest function, so the rules of the contract that no constraint holds are checked here.

create function benchmark_private.normalise_numbers(p_document jsonb) returns jsonb
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case jsonb_typeof(p_document)
    when 'number' then to_jsonb(trim_scale(p_document::numeric))
    when 'array' then coalesce(
      (select jsonb_agg(benchmark_private.normalise_numbers(e.value) order by e.ordinality)
       from jsonb_array_elements(p_document) with ordinality as e), '[]')
    when 'object' then coalesce(
      (select jsonb_object_agg(e.key, benchmark_private.normalise_numbers(e.value))
       from jsonb_each(p_document) as e), '{}')
    else p_document
  end;
$$;
comment on function benchmark_private.normalise_numbers(jsonb) is
  'A document with every number in its shortest plain decimal form (1.50 becomes 1.5), as the ingest function sends it.';

create function benchmark_private.check_result(p_result jsonb) returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_field record;
  v_score record;
  v_value jsonb;
begin
  if p_result ->> 'commit_sha' is null or p_result ->> 'commit_sha' !~ '^[0-9a-f]{7,64}$' then
    perform benchmark_private.refuse(422, 'validation_failed',
      'commit_sha must be 7 to 64 hexadecimal digits.', 0, '/commit_sha');
  end if;
  if p_result -> 'metrics' is null or jsonb_typeof(p_result -> 'metrics') <> 'object' then
    perform benchmark_private.refuse(422, 'validation_failed', 'metrics must be a JSON object.', 0, '/metrics');
  end if;
  for v_field in
    select f.key, f.value, n.longest
    from jsonb_each_text(p_result) as f
    join (values ('branch_name', 255), ('run_id', 200), ('triggered_by', 200), ('model_provider', 200)) as n(key, longest)
      on n.key = f.key
  loop
    perform benchmark_private.check_name(v_field.key, v_field.value, 1, v_field.longest);
  end loop;
  for v_field in select g.value from jsonb_array_elements_text(coalesce(p_result -> 'tags', '[]')) as g loop
    perform benchmark_private.check_name('tags', v_field.value, 1, 100);
  end loop;
  if (p_result ->> 'dataset_size')::numeric < 0 or (p_result ->> 'duration_seconds')::numeric < 0 then
    perform benchmark_private.refuse(422, 'validation_failed',
      'dataset_size and duration_seconds must not be negative.', 0, '');
  end if;
  for v_score in select * from benchmark_private.scores() loop
    v_value := p_result -> 'metrics' -> v_score.key;
    if jsonb_typeof(v_value) not in ('number', 'null') then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must be a number or null.', v_score.key), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric < 0 then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must not be negative: it is %s.', v_score.key, v_value), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric > 1.7976931348623157e308 then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s is beyond the range of a double.', v_score.key), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric > 1 and v_score.is_fraction then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must be a fraction, not a percentage: it is %s.', v_score.key, v_value), 0, '/metrics' || v_score.metric);
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.check_result(jsonb) is
  'The rules of the contract that constraints do not hold, for callers that do not come through the ingest function. Raises PT422 with a pointer.';

create function public.upsert_benchmark_result(
  p_commit_sha text,
  p_branch_name text,
  p_model_version text,
  p_model_provider text,
  p_dataset_version text,
  p_dataset_size integer,
  p_prompt_version text,
  p_environment text,
  p_run_id text,
  p_triggered_by text,
  p_metrics jsonb,
  p_duration_seconds numeric,
  p_tags text[],
  p_notes text,
  p_variant text default ''
) returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_result jsonb;
begin
  select jsonb_object_agg(f.key, f.value)
  into v_result
  from jsonb_each(jsonb_build_object(
    'commit_sha', lower(p_commit_sha),
    'branch_name', p_branch_name,
    'model_version', p_model_version,
    'model_provider', p_model_provider,
    'dataset_version', p_dataset_version,
    'dataset_size', p_dataset_size,
    'prompt_version', p_prompt_version,
    'environment', p_environment,
    'variant', p_variant,
    'run_id', p_run_id,
    'triggered_by', p_triggered_by,
    'metrics', benchmark_private.normalise_numbers(p_metrics),
    'duration_seconds', trim_scale(p_duration_seconds),
    'tags', nullif(p_tags, '{}'),
    'notes', p_notes)) as f
  where f.value <> 'null';
  perform benchmark_private.check_result(v_result);
  -- A score of null says no more than one that is left out.
  v_result := jsonb_set(v_result, '{metrics}', (v_result -> 'metrics') - array(
    select s.key from benchmark_private.scores() as s where v_result -> 'metrics' -> s.key = 'null'));
  return (public.ingest_benchmark(
    '{"method": "service-role", "claimed": ["commit_sha", "branch_name", "run_id", "triggered_by"]}',
    jsonb_build_array(v_result)) -> 0 ->> 'transaction_id')::uuid;
end;
$$;
comment on function public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text, text) is
  'The original system''s entry point, for service_role only: stores one result by the same path as ingest_benchmark() and returns its transaction id. The same p_run_id with the same content returns the id stored first. SQLSTATEs and locks are those of ingest_benchmark(); 23502 and 23514 when a value is missing or not allowed.';
