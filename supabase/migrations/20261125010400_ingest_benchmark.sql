-- The versioning transaction: one call, one transaction, one or up to 100 results.

create table benchmark_private.idempotency_keys (
  principal text not null,
  key text not null,
  request_hash bytea not null,
  entries jsonb not null,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  constraint idempotency_keys_pkey primary key (principal, key),
  constraint idempotency_keys_key_check check (
    pg_catalog.length(key) between 1 and 255 and key !~ '[[:cntrl:]]')
);
comment on table benchmark_private.idempotency_keys is
  'Which entries a request with an Idempotency-Key header made. Only accepted requests are remembered: a refusal leaves the key free.';

create function benchmark_private.make_receipt(
  p_entry public.benchmark_transactions,
  p_snapshot public.benchmark_snapshot_versions,
  p_previous public.benchmark_snapshot_versions,
  p_previous_commit text,
  p_replayed boolean
) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'transaction_id', p_entry.id,
    'snapshot_version', p_entry.snapshot_version,
    'configuration', pg_catalog.jsonb_build_object(
      'id', p_entry.configuration_id,
      'model_version', p_entry.model_version,
      'dataset_version', p_entry.dataset_version,
      'prompt_version', p_entry.prompt_version,
      'environment', p_entry.environment),
    'created_at', pg_catalog.to_char(
      p_entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'entry_hash', pg_catalog.encode(p_entry.entry_hash, 'hex'),
    'provenance', p_entry.provenance,
    'previous', case when p_entry.snapshot_version > 1 then pg_catalog.jsonb_build_object(
      'snapshot_version', p_previous.snapshot_version,
      'commit_sha', p_previous_commit,
      'deltas', pg_catalog.jsonb_build_object(
        'precision', p_snapshot.precision_score - p_previous.precision_score,
        'recall', p_snapshot.recall_score - p_previous.recall_score,
        'f1', p_snapshot.f1_score - p_previous.f1_score,
        'latency_ms', p_snapshot.latency_ms - p_previous.latency_ms,
        'analysis_cost', p_snapshot.cost_per_analysis - p_previous.cost_per_analysis)) end,
    'replayed', p_replayed);
end;
$$;
comment on function benchmark_private.make_receipt(public.benchmark_transactions, public.benchmark_snapshot_versions, public.benchmark_snapshot_versions, text, boolean) is
  'The receipt of an entry, given its rows and those of the version before.';

create function benchmark_private.stored_receipt(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_entry public.benchmark_transactions;
  v_snapshot public.benchmark_snapshot_versions;
  v_previous public.benchmark_snapshot_versions;
  v_previous_commit text;
begin
  select t.* into v_entry
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version;
  select s.* into v_snapshot
  from public.benchmark_snapshot_versions as s
  where s.configuration_id = p_configuration_id and s.snapshot_version = p_snapshot_version;
  -- The version before and not the one that was current: a replay must give the same receipt,
  -- and what is current changes.
  select s.* into v_previous
  from public.benchmark_snapshot_versions as s
  where s.configuration_id = p_configuration_id and s.snapshot_version = p_snapshot_version - 1;
  select t.commit_sha into v_previous_commit
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version - 1;
  return benchmark_private.make_receipt(v_entry, v_snapshot, v_previous, v_previous_commit, true);
end;
$$;
comment on function benchmark_private.stored_receipt(uuid, integer) is
  'The receipt of a stored entry: what the first request was answered, marked as replayed.';

create function benchmark_private.choose_environment(
  p_environment text,
  p_allowed text[],
  p_pointer text
) returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_environment is null then
    if pg_catalog.cardinality(p_allowed) <> 1 then
      perform benchmark_private.refuse(422, 'validation_failed', pg_catalog.format(
        'environment is required: the credential allows several (%s).',
        pg_catalog.array_to_string(p_allowed, ', ')), p_pointer || '/environment');
    end if;
    return p_allowed[1];
  elsif p_environment <> all (p_allowed) then
    perform benchmark_private.refuse(403, 'environment_not_allowed', pg_catalog.format(
      'The credential may not write environment %s; it may write: %s.',
      p_environment, pg_catalog.array_to_string(p_allowed, ', ')),
      p_pointer || '/environment');
  end if;
  return p_environment;
end;
$$;
comment on function benchmark_private.choose_environment(text, text[], text) is
  'The environment label of a result: the one it names if the credential allows it, else the only one that the credential allows. Raises PT403 and PT422.';

create function benchmark_private.append_result(
  p_principal text,
  p_environments text[],
  p_provenance jsonb,
  p_result jsonb,
  p_pointer text
) returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_entry public.benchmark_transactions;
  v_snapshot public.benchmark_snapshot_versions;
  v_previous public.benchmark_snapshot_versions;
  v_previous_commit text;
  v_before record;
  v_stored public.benchmark_transactions;
begin
  -- All fields at once, by name: an assignment each would be prepared anew in every call. What
  -- the caller may not choose is overwritten below.
  v_entry := pg_catalog.jsonb_populate_record(null::public.benchmark_transactions, p_result);
  v_entry.environment := benchmark_private.choose_environment(
    v_entry.environment, p_environments, p_pointer);
  v_entry.configuration_id := benchmark_private.configuration_id(
    v_entry.model_version, v_entry.dataset_version, v_entry.prompt_version, v_entry.environment);
  v_entry.id := pg_catalog.gen_random_uuid();
  v_entry.principal := p_principal;
  v_entry.provenance := p_provenance;
  v_entry.previous_hash := null;
  -- A run that does not count its attempts has one.
  if v_entry.run_id is not null and v_entry.run_attempt is null then
    v_entry.run_attempt := 1;
  end if;

  if v_entry.run_id is not null then
    select t.* into v_stored
    from public.benchmark_snapshot_versions as s
    join public.benchmark_transactions as t
      on t.configuration_id = s.configuration_id
      and t.snapshot_version = s.snapshot_version
      and t.created_at = s.created_at
    where s.configuration_id = v_entry.configuration_id
      and s.principal = p_principal
      and s.run_id = v_entry.run_id
      and s.run_attempt = v_entry.run_attempt;
    if found then
      -- The same content in the place of the stored entry has the same hash.
      v_entry.snapshot_version := v_stored.snapshot_version;
      v_entry.id := v_stored.id;
      v_entry.created_at := v_stored.created_at;
      v_entry.provenance := v_stored.provenance;
      v_entry.previous_hash := v_stored.previous_hash;
      if benchmark_private.entry_hash(v_entry) <> v_stored.entry_hash then
        perform benchmark_private.refuse(409, 'run_conflict', pg_catalog.format(
          'Run %s attempt %s is stored as version %s of this configuration with other content. History is not rewritten: send a new run_id or run_attempt.',
          v_entry.run_id, v_entry.run_attempt, v_stored.snapshot_version), p_pointer);
      end if;
      return benchmark_private.stored_receipt(v_stored.configuration_id, v_stored.snapshot_version);
    end if;
  end if;

  -- The lock and the counter in one statement: whoever else writes to this configuration waits
  -- here until this transaction ends, so versions have neither gap nor duplicate.
  insert into public.benchmark_configurations as c
    (id, model_version, dataset_version, prompt_version, environment)
  values (v_entry.configuration_id, v_entry.model_version, v_entry.dataset_version,
    v_entry.prompt_version, v_entry.environment)
  on conflict on constraint benchmark_configurations_pkey do update
    set last_version = c.last_version + 1, current_version = c.last_version + 1
  returning c.last_version into v_entry.snapshot_version;

  -- Under the lock and not now(): the times of a history go up with its versions.
  v_entry.created_at := pg_catalog.clock_timestamp();

  if v_entry.snapshot_version > 1 then
    select s as snapshot, t.entry_hash, t.commit_sha into strict v_before
    from public.benchmark_snapshot_versions as s
    join public.benchmark_transactions as t
      on t.configuration_id = s.configuration_id
      and t.snapshot_version = s.snapshot_version
      and t.created_at = s.created_at
    where s.configuration_id = v_entry.configuration_id
      and s.snapshot_version = v_entry.snapshot_version - 1;
    v_entry.previous_hash := v_before.entry_hash;
    v_previous := v_before.snapshot;
    v_previous_commit := v_before.commit_sha;
  end if;
  v_entry.entry_hash := benchmark_private.entry_hash(v_entry);
  insert into public.benchmark_transactions select v_entry.*;

  insert into public.benchmark_snapshot_versions as s (
    configuration_id, snapshot_version, created_at, transaction_id,
    precision_score, recall_score, f1_score, latency_ms, cost_per_analysis,
    principal, run_id, run_attempt)
  values (
    v_entry.configuration_id, v_entry.snapshot_version, v_entry.created_at, v_entry.id,
    (v_entry.metrics ->> 'precision')::numeric, (v_entry.metrics ->> 'recall')::numeric,
    (v_entry.metrics ->> 'f1')::numeric, (v_entry.metrics ->> 'latency_ms')::numeric,
    (v_entry.metrics ->> 'analysis_cost')::numeric,
    v_entry.principal, v_entry.run_id, v_entry.run_attempt)
  returning s.* into v_snapshot;

  return benchmark_private.make_receipt(v_entry, v_snapshot, v_previous, v_previous_commit, false);
end;
$$;
comment on function benchmark_private.append_result(text, text[], jsonb, jsonb, text) is
  'Appends one result to the ledger and makes it the current snapshot, or finds the same run stored already; returns its receipt. Locks the row of the configuration until the transaction ends. Raises PT422 without environment, PT403 for an environment that is not allowed, PT409 for the same run with other content. The caller holds the run lock.';

create function benchmark_private.lock_runs(p_principal text, p_results jsonb) returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_key bigint;
begin
  -- All run locks before any configuration lock, and in one order: requests that meet cannot
  -- wait for each other in a circle.
  for v_key in
    select distinct pg_catalog.hashtextextended(
      pg_catalog.jsonb_build_array(p_principal, r.value ->> 'run_id', coalesce(r.value ->> 'run_attempt', '1'))::text, 1)
    from pg_catalog.jsonb_array_elements(p_results) as r
    where r.value ->> 'run_id' is not null
    order by 1
  loop
    perform pg_catalog.pg_advisory_xact_lock(v_key);
  end loop;
end;
$$;
comment on function benchmark_private.lock_runs(text, jsonb) is
  'Makes requests that send the same run wait for each other until the transaction ends, so that the second finds what the first stored. Takes one transaction-level advisory lock a run.';

create function benchmark_private.append_results(
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

create function benchmark_private.authorize(
  p_principal jsonb,
  p_any_ref boolean default false,
  out principal text,
  out environments text[],
  out provenance jsonb
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_github record;
  v_token record;
begin
  provenance := pg_catalog.jsonb_build_object(
    'method', p_principal ->> 'method',
    'attested', p_principal -> 'attested',
    'claimed', p_principal -> 'claimed');
  case p_principal ->> 'method'
    when 'github-oidc' then
      v_github := benchmark_private.authorize_github(p_principal -> 'claims', p_any_ref);
      principal := 'github:' || (p_principal -> 'claims' ->> 'repository_id');
      environments := v_github.environments;
      provenance := provenance || pg_catalog.jsonb_build_object(
        'trust_rules', v_github.trust_rules, 'claims', p_principal -> 'claims');
    when 'ingest-token' then
      v_token := benchmark_private.authorize_token(
        p_principal ->> 'token_id', pg_catalog.decode(p_principal ->> 'secret_hash', 'hex'));
      principal := 'token:' || (p_principal ->> 'token_id');
      environments := v_token.environments;
      provenance := provenance || pg_catalog.jsonb_build_object(
        'token_id', p_principal ->> 'token_id', 'token_name', v_token.name);
    else
      perform benchmark_private.refuse(401, 'invalid_credential', 'Unknown kind of principal.');
  end case;
end;
$$;
comment on function benchmark_private.authorize(jsonb, boolean) is
  'Who a verified credential is (github:<repository_id> or token:<id>), which environment labels it may write and what is stored as provenance. p_principal is {"method": "github-oidc", "claims", "attested", "claimed"} or {"method": "ingest-token", "token_id", "secret_hash", "attested", "claimed"}. p_any_ref as for authorize_github(). Raises PT401 and PT403.';

create function public.ingest_benchmark(
  p_principal jsonb,
  p_results jsonb,
  p_idempotency_key text default null
) returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_auth record;
  v_stored benchmark_private.idempotency_keys;
  v_request_hash bytea;
  v_receipts jsonb;
begin
  v_auth := benchmark_private.authorize(p_principal);
  if p_idempotency_key is null then
    return benchmark_private.append_results(
    v_auth.principal, v_auth.environments, v_auth.provenance, p_results);
  end if;

  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
    pg_catalog.jsonb_build_array(v_auth.principal, p_idempotency_key)::text, 2));
  v_request_hash := pg_catalog.sha256(pg_catalog.convert_to(p_results::text, 'UTF8'));
  select k.* into v_stored
  from benchmark_private.idempotency_keys as k
  where k.principal = v_auth.principal and k.key = p_idempotency_key;
  if found then
    if v_stored.request_hash <> v_request_hash then
      perform benchmark_private.refuse(409, 'idempotency_key_conflict',
        'This Idempotency-Key was used for other content. Use a new key for a new request.');
    end if;
    return (
      select pg_catalog.jsonb_agg(
        benchmark_private.stored_receipt((e.value ->> 0)::uuid, (e.value ->> 1)::integer) order by e.ordinality)
      from pg_catalog.jsonb_array_elements(v_stored.entries) with ordinality as e);
  end if;

  v_receipts := benchmark_private.append_results(
    v_auth.principal, v_auth.environments, v_auth.provenance, p_results);
  insert into benchmark_private.idempotency_keys (principal, key, request_hash, entries)
  select v_auth.principal, p_idempotency_key, v_request_hash,
    pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
      r.value -> 'configuration' -> 'id', r.value -> 'snapshot_version') order by r.ordinality)
  from pg_catalog.jsonb_array_elements(v_receipts) with ordinality as r;
  return v_receipts;
end;
$$;
comment on function public.ingest_benchmark(jsonb, jsonb, text) is
  'The one call of the ingest function: authorizes a principal whose credential the caller has verified, stores a JSON array of 1 to 100 results, all or none, and returns their receipts in the order sent. The same run, or the same Idempotency-Key, with the same content returns the first receipts and stores nothing. Locks: advisory locks for key and runs, then the rows of the configurations in order, until the transaction ends; lock_timeout 4 s (55P03), statement_timeout 5 s (57014). Raises PT401, PT403 (credential or policy), PT409 (same run or key, other content), PT422 (environment missing), 22* and 23* (content no constraint allows).';

create function public.check_principal(p_principal jsonb) returns text
language plpgsql
volatile
security definer
set search_path = ''
set statement_timeout = '5s'
as $$
begin
  return (benchmark_private.authorize(p_principal)).principal;
end;
$$;
comment on function public.check_principal(jsonb) is
  'The name of a principal that may write anything at all; p_principal as for ingest_benchmark(). Raises PT401 and PT403.';

create function public.get_receipt(
  p_principal jsonb,
  p_configuration_id uuid,
  p_snapshot_version integer
) returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
set statement_timeout = '5s'
as $$
declare
  v_auth record;
begin
  v_auth := benchmark_private.authorize(p_principal);
  perform from public.benchmark_snapshot_versions as s
  where s.configuration_id = p_configuration_id
    and s.snapshot_version = p_snapshot_version
    and s.principal = v_auth.principal;
  if not found then
    -- One answer for "there is none" and "it is somebody else's".
    perform benchmark_private.refuse(404, 'not_found', 'This credential has stored no such version.');
  end if;
  return benchmark_private.stored_receipt(p_configuration_id, p_snapshot_version);
end;
$$;
comment on function public.get_receipt(jsonb, uuid, integer) is
  'The receipt of an entry that the same principal stored; p_principal as for ingest_benchmark(). Raises PT401, PT403, and PT404 for an entry that is missing or another principal''s.';

create function benchmark_private.normalise_numbers(p_document jsonb) returns jsonb
language sql
immutable parallel safe
set search_path = ''
as $$
  select case pg_catalog.jsonb_typeof(p_document)
    when 'number' then pg_catalog.to_jsonb(pg_catalog.trim_scale(p_document::numeric))
    when 'array' then coalesce(
      (select pg_catalog.jsonb_agg(benchmark_private.normalise_numbers(e.value) order by e.ordinality)
       from pg_catalog.jsonb_array_elements(p_document) with ordinality as e), '[]')
    when 'object' then coalesce(
      (select pg_catalog.jsonb_object_agg(e.key, benchmark_private.normalise_numbers(e.value))
       from pg_catalog.jsonb_each(p_document) as e), '{}')
    else p_document
  end;
$$;
comment on function benchmark_private.normalise_numbers(jsonb) is
  'A document with every number in its shortest plain decimal form (1.50 becomes 1.5), as the ingest function sends it.';

create function benchmark_private.check_result(p_result jsonb) returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_metric text;
  v_value numeric;
begin
  if p_result ->> 'commit_sha' is null or p_result ->> 'commit_sha' !~ '^[0-9a-f]{7,64}$' then
    perform benchmark_private.refuse(422, 'validation_failed',
      'commit_sha must be 7 to 64 hexadecimal digits.', '/commit_sha');
  end if;
  if p_result -> 'metrics' is null or pg_catalog.jsonb_typeof(p_result -> 'metrics') <> 'object' then
    perform benchmark_private.refuse(422, 'validation_failed',
      'metrics must be a JSON object.', '/metrics');
  end if;
  foreach v_metric in array array['precision', 'recall', 'f1', 'latency_ms', 'analysis_cost'] loop
    if pg_catalog.jsonb_typeof(p_result -> 'metrics' -> v_metric) not in ('number', 'null') then
      perform benchmark_private.refuse(422, 'validation_failed', pg_catalog.format(
        '%s must be a number or null.', v_metric), '/metrics/' || v_metric);
    end if;
    v_value := (p_result -> 'metrics' ->> v_metric)::numeric;
    if v_value < 0 then
      perform benchmark_private.refuse(422, 'validation_failed', pg_catalog.format(
        '%s must not be negative: it is %s.', v_metric, v_value), '/metrics/' || v_metric);
    elsif v_value > 1 and v_metric in ('precision', 'recall', 'f1') then
      perform benchmark_private.refuse(422, 'validation_failed', pg_catalog.format(
        '%s must be a fraction, not a percentage: it is %s.', v_metric, v_value), '/metrics/' || v_metric);
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
  p_notes text
) returns uuid
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_result jsonb;
begin
  select pg_catalog.jsonb_object_agg(f.key, f.value)
  into v_result
  from pg_catalog.jsonb_each(pg_catalog.jsonb_build_object(
    'commit_sha', pg_catalog.lower(p_commit_sha),
    'branch_name', p_branch_name,
    'model_version', p_model_version,
    'model_provider', p_model_provider,
    'dataset_version', p_dataset_version,
    'dataset_size', p_dataset_size,
    'prompt_version', p_prompt_version,
    'environment', p_environment,
    'run_id', p_run_id,
    'triggered_by', p_triggered_by,
    'metrics', benchmark_private.normalise_numbers(p_metrics),
    'duration_seconds', pg_catalog.trim_scale(p_duration_seconds),
    'tags', p_tags,
    'notes', p_notes)) as f
  where f.value <> 'null';
  perform benchmark_private.check_result(v_result);
  return (benchmark_private.append_results(
    'service_role',
    array['github-actions', 'local', 'staging', 'production'],
    '{"method": "service-role", "attested": [], "claimed": ["commit_sha", "branch_name", "run_id", "triggered_by"]}',
    pg_catalog.jsonb_build_array(v_result)) -> 0 ->> 'transaction_id')::uuid;
end;
$$;
comment on function public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text) is
  'The original system''s entry point, for service_role only: stores one result by the same path as ingest_benchmark() and returns its transaction id. The same p_run_id with the same content returns the id stored first. SQLSTATEs and locks are those of ingest_benchmark(); 23502 and 23514 when a value is missing or not allowed.';
