-- The versioning transaction: one call, one transaction, one or up to 100 results.

create table benchmark_private.idempotency_keys (
  principal text not null,
  key text not null,
  content_hash bytea not null,
  person_hash bytea,
  entries jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint idempotency_keys_pkey primary key (principal, key),
  constraint idempotency_keys_key_check check (length(key) between 1 and 255 and key !~ '[[:cntrl:]]')
);
create index idempotency_keys_created_at_idx on benchmark_private.idempotency_keys (created_at);
comment on table benchmark_private.idempotency_keys is
  'Which entries a request with an Idempotency-Key header made, for 30 days. Only accepted requests are remembered: a refusal leaves the key free. What is about people is hashed apart, so that erasing can forget it.';

create function public.ingest_benchmark(
  p_principal jsonb,
  p_results jsonb,
  p_idempotency_key text default null
) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_principal text;
  v_environments text[];
  v_publishing benchmark_private.trust_rules[];
  v_candidate_environments text[];
  v_provenance jsonb;
  v_count integer := jsonb_array_length(p_results);
  v_order integer[] := array[0];
  v_receipts jsonb[];
  v_index integer;
  v_result jsonb;
  v_template public.benchmark_transactions;
  v_entry public.benchmark_transactions;
  v_stored public.benchmark_transactions;
  v_reference_version integer;
  v_baseline_version integer;
  v_series text;
  v_previous_hash bytea;
  v_earliest timestamptz;
  v_previous benchmark_private.scored_run;
  v_items public.benchmark_items;
  v_chosen benchmark_private.run_key;
  v_void_versions integer[];
  v_reference benchmark_private.run_key;
  v_judged benchmark_private.judged;
  v_references jsonb;
  v_has_webhooks boolean;
  v_key benchmark_private.idempotency_keys;
  v_content_hash bytea;
  v_person_hash bytea;
begin
  -- A token in force and in use: nothing to write, nothing to say. The same in a nested call costs
  -- 25 µs more, and this is what CI systems without OIDC send all the time.
  select 'token:' || t.id, t.environments::text[], '{"method": "ingest-token", "attested": {}}'::jsonb
  into v_principal, v_environments, v_provenance
  from benchmark_private.ingest_tokens as t
  where t.id = p_principal ->> 'token_id'
    and t.secret_hash = decode(p_principal ->> 'secret_hash', 'hex')
    and t.revoked_at is null
    and (t.expires_at is null or t.expires_at > clock_timestamp())
    and t.last_used_at > clock_timestamp() - interval '1 minute';
  if not found then
    select a.principal, a.environments, a.publishing, a.candidate_environments, a.provenance
    into v_principal, v_environments, v_publishing, v_candidate_environments, v_provenance
    from benchmark_private.authorize(p_principal) as a;
  end if;

  if p_idempotency_key is not null then
    perform pg_advisory_xact_lock(hashtextextended(
      jsonb_build_array(v_principal, p_idempotency_key)::text, 2));
    select sha256(convert_to(jsonb_agg(r.value - 'triggered_by' - 'notes' order by r.ordinality)::text, 'UTF8')),
      sha256(convert_to(jsonb_agg(jsonb_build_array(r.value -> 'triggered_by', r.value -> 'notes')
        order by r.ordinality)::text, 'UTF8'))
    into v_content_hash, v_person_hash
    from jsonb_array_elements(p_results) with ordinality as r;
    select k.* into v_key
    from benchmark_private.idempotency_keys as k
    where k.principal = v_principal and k.key = p_idempotency_key;
    if found then
      if v_key.content_hash <> v_content_hash or v_key.person_hash <> v_person_hash then
        perform benchmark_private.refuse(409, 'idempotency_key_conflict',
          'This Idempotency-Key was used for other content. Use a new key for a new request.');
      end if;
      return (
        select jsonb_agg(
          benchmark_private.stored_receipt((e.value ->> 0)::uuid, (e.value ->> 1)::integer) order by e.ordinality)
        from jsonb_array_elements(v_key.entries) with ordinality as e);
    end if;
  end if;

  if v_count > 1 then
    -- In the order of the configurations and not as sent: two batches that name the same
    -- configurations in different order would wait for each other.
    v_order := array(
      select (r.ordinality - 1)::integer
      from jsonb_array_elements(p_results) with ordinality as r
      order by r.value ->> 'model_version', r.value ->> 'dataset_version', r.value ->> 'prompt_version',
        coalesce(r.value ->> 'environment', v_environments[1]), coalesce(r.value ->> 'variant', ''), r.ordinality);
  end if;
  if v_count = 1 and p_results -> 0 ? 'run_id' then
    perform pg_advisory_xact_lock(hashtextextended(jsonb_build_array(v_principal,
      p_results -> 0 ->> 'run_id', coalesce(p_results -> 0 ->> 'run_attempt', '1'))::text, 1));
  elsif v_count > 1 then
    -- All run locks before any configuration lock, and in one order: requests that meet cannot
    -- wait for each other in a circle. Of two that send the same run, the second finds what the
    -- first stored. The same keys as above, where one result needs no order.
    perform pg_advisory_xact_lock(k.key)
    from (
      select distinct hashtextextended(jsonb_build_array(
        v_principal, r.value ->> 'run_id', coalesce(r.value ->> 'run_attempt', '1'))::text, 1) as key
      from jsonb_array_elements(p_results) as r
      where r.value ->> 'run_id' is not null
      order by 1
    ) as k;
  end if;

  -- Before any configuration is locked, for the same reason.
  if jsonb_path_exists(p_results, '$[*].items') then
    perform benchmark_private.store_item_sets(p_results);
  end if;

  -- What a result does not say stays as it is here, and what it must not say is refused below.
  v_template.principal := v_principal;
  v_template.provenance := v_provenance;
  v_template.variant := '';
  v_template.is_backfill := false;
  foreach v_index in array v_order loop
    v_result := p_results -> v_index;
    if v_result ?| '{configuration_id,snapshot_version,created_at,id,principal,provenance,published,is_backfill,previous_version,nearest_version,nearest_configuration_id,verdict,judgements,head_ref,salt,commitment,items_digest,entry_hash}' then
      perform benchmark_private.refuse(422, 'validation_failed',
        'A result must not say what the ledger gives: version, time, ids, provenance, hashes.', v_index, '');
    end if;
    -- All fields at once, by name: an assignment each would be prepared anew in every call.
    v_entry := jsonb_populate_record(v_template, v_result);
    if v_entry.environment is null then
      if cardinality(v_environments) is distinct from 1 then
        perform benchmark_private.refuse(422, 'validation_failed', format(
          'environment is required: the credential allows %s.',
          coalesce('several (' || array_to_string(v_environments, ', ') || ')', 'every one')), v_index, '/environment');
      end if;
      v_entry.environment := v_environments[1];
    elsif v_entry.environment <> all (v_environments) then
      perform benchmark_private.refuse(403, 'environment_not_allowed', format(
        'The credential may not write environment %s; it may write: %s.',
        v_entry.environment, array_to_string(v_environments, ', ')), v_index, '/environment');
    end if;
    v_entry.provenance := jsonb_set(
      v_provenance, '{claimed}', coalesce(v_result -> 'claimed', p_principal -> 'claimed', '[]'));
    if v_result ? 'computed' then
      v_entry.provenance := jsonb_set(v_entry.provenance, '{computed}', v_result -> 'computed');
    end if;
    v_entry.published := v_result -> 'candidate' is distinct from 'true';
    if v_publishing is not null then
      -- Where the token does not say who, the body may.
      v_entry.triggered_by := coalesce(p_principal ->> 'triggered_by', v_entry.triggered_by);
      v_entry.head_ref := p_principal ->> 'head_ref';
      v_entry.published := v_entry.published and benchmark_private.is_published(
        v_publishing, coalesce(p_principal -> 'job', p_principal -> 'claims'), v_entry.environment, v_entry.branch_name);
      if not v_entry.published and v_entry.environment <> all (v_candidate_environments) then
        perform benchmark_private.refuse(403, 'claim_mismatch', format(
          'This run is a candidate (%s on %s, measured on %s), and the trust rule for environment %s refuses candidates (--no-candidates).',
          benchmark_private.job_of(p_principal) ->> 'event_name', quote_literal(benchmark_private.job_of(p_principal) ->> 'ref'),
          coalesce(quote_literal(v_entry.branch_name), 'a branch that it does not name'), v_entry.environment), v_index, '');
      end if;
    end if;
    -- configuration_id(), written in: a nested call that sets its search_path costs 10 µs, and this
    -- is one of the four that every run would make. A test compares what is written in with the
    -- functions, which everything else calls.
    v_entry.configuration_id := overlay(overlay(left(encode(sha256(convert_to(
      v_entry.model_version || E'\x1f' || v_entry.dataset_version || E'\x1f' || v_entry.prompt_version || E'\x1f'
        || v_entry.environment || E'\x1f' || v_entry.variant, 'UTF8')), 'hex'), 32)
      placing '8' from 13) placing 'a' from 17)::uuid;

    v_items := null;
    if v_result ? 'items' then
      v_items := benchmark_private.read_items(v_result -> 'items', v_index);
      v_entry.items_digest := benchmark_private.items_digest(v_items);
    end if;

    if v_entry.run_id is not null then
      -- A run that does not count its attempts has one.
      v_entry.run_attempt := coalesce(v_entry.run_attempt, 1);
      select t.* into v_stored
      from public.benchmark_transactions as t
      where t.configuration_id = v_entry.configuration_id
        and t.principal = v_entry.principal
        and t.run_id = v_entry.run_id
        and t.run_attempt = v_entry.run_attempt;
      if found then
        if not benchmark_private.is_same_run(v_entry, v_stored) then
          perform benchmark_private.refuse_run_conflict(v_entry, v_stored, v_index, v_order, v_receipts);
        end if;
        v_receipts[v_index] := benchmark_private.stored_receipt(
          v_stored.configuration_id, v_stored.snapshot_version);
        if v_receipts[v_index] ->> 'series' <> v_result ->> 'series' then
          perform benchmark_private.refuse_series(v_result ->> 'series', v_receipts[v_index] ->> 'series', v_index);
        end if;
        continue;
      end if;
    end if;

    v_chosen := null;
    if v_result ? 'compare_to' then
      v_chosen := benchmark_private.find_reference(v_result -> 'compare_to', v_entry, v_environments, v_index);
    end if;
    if v_entry.triggered_by is not null or v_entry.notes is not null or v_entry.head_ref is not null then
      v_entry.salt := uuid_send(gen_random_uuid());
      v_entry.commitment := benchmark_private.commitment(
        v_entry.salt, v_entry.triggered_by, v_entry.notes, v_entry.head_ref);
    end if;

    -- The lock and the counter in one statement: whoever else writes to this configuration waits
    -- here until this transaction ends, so versions have neither gap nor duplicate. The pointers
    -- move with a published run, unless it says that it was measured before the one that they
    -- point to. A time in the future must not keep the next runs from moving them.
    insert into public.benchmark_configurations as c (
      id, model_version, dataset_version, prompt_version, environment, variant, series,
      current_version, reference_version, reference_at)
    values (
      v_entry.configuration_id, v_entry.model_version, v_entry.dataset_version, v_entry.prompt_version,
      v_entry.environment, v_entry.variant, case when v_entry.published then v_result ->> 'series' end,
      case when v_entry.published then 1 end, case when v_entry.published then 1 end,
      case when v_entry.published then least(v_entry.measured_at, clock_timestamp()) end)
    on conflict on constraint benchmark_configurations_pkey do update set
      last_version = c.last_version + 1,
      previous_version = c.reference_version,
      current_version = case when v_entry.published and coalesce(v_entry.measured_at >= c.reference_at, true)
        then c.last_version + 1 else c.current_version end,
      reference_version = case when v_entry.published and coalesce(v_entry.measured_at >= c.reference_at, true)
        then c.last_version + 1 else c.reference_version end,
      reference_at = case when v_entry.published and coalesce(v_entry.measured_at >= c.reference_at, true)
        then least(v_entry.measured_at, clock_timestamp()) else c.reference_at end,
      series = coalesce(c.series, excluded.series)
    returning c.last_version, c.previous_version, c.reference_version, c.baseline_version, c.series, c.void_versions,
      -- Here, where it costs a microsecond, and not in a statement of its own.
      exists (select from benchmark_private.webhooks as w where w.disabled_at is null)
    into v_entry.snapshot_version, v_entry.previous_version, v_reference_version, v_baseline_version, v_series, v_void_versions,
      v_has_webhooks;
    if v_series <> v_result ->> 'series' then
      perform benchmark_private.refuse_series(v_result ->> 'series', v_series, v_index);
    end if;

    v_entry.id := gen_random_uuid();
    v_entry.is_backfill := v_entry.published and v_reference_version is distinct from v_entry.snapshot_version;
    -- Under the lock and not now(): the times of a history go up with its versions, even when the
    -- clock of the server goes back.
    v_entry.created_at := clock_timestamp();
    v_previous := null;
    v_previous_hash := null;
    if v_entry.snapshot_version > 1 then
      select t.entry_hash, t.created_at + interval '1 microsecond', t.snapshot_version, t.commit_sha,
        t.precision_score, t.recall_score, t.f1_score, t.latency_ms, t.cost_per_analysis
      into strict v_previous_hash, v_earliest, v_previous.snapshot_version, v_previous.commit_sha,
        v_previous.precision_score, v_previous.recall_score, v_previous.f1_score, v_previous.latency_ms,
        v_previous.cost_per_analysis
      from public.benchmark_transactions as t
      where t.configuration_id = v_entry.configuration_id
        and t.snapshot_version = v_entry.snapshot_version - 1;
      v_entry.created_at := greatest(v_entry.created_at, v_earliest);
      if v_entry.previous_version is distinct from v_previous.snapshot_version then
        v_previous := case when v_entry.previous_version is not null then
          benchmark_private.scored(v_entry.configuration_id, v_entry.previous_version) end;
      end if;
    end if;
    -- entry_hash(), written in.
    v_entry.entry_hash := sha256(convert_to(
      json_build_array(
        'benchmark-ledger/v1',
        v_entry.model_version, v_entry.dataset_version, v_entry.prompt_version, v_entry.environment,
        v_entry.variant,
        v_entry.snapshot_version,
        encode(v_previous_hash, 'hex'),
        v_entry.id,
        extract(epoch from v_entry.created_at),
        v_entry.principal,
        v_entry.provenance,
        v_entry.published,
        v_entry.commit_sha, v_entry.branch_name, v_entry.model_provider, v_entry.dataset_size,
        v_entry.run_id, v_entry.run_attempt, v_entry.duration_seconds,
        v_entry.error_count, v_entry.success_count, to_jsonb(v_entry.tags),
        extract(epoch from v_entry.measured_at),
        encode(v_entry.items_digest, 'hex'),
        encode(v_entry.commitment, 'hex')
      )::text || E'\n' || v_entry.metrics::text, 'UTF8'));

    v_judged := null;
    v_references := null;
    if not v_entry.is_backfill or v_chosen.configuration_id is not null then
      v_reference := null;
      if v_chosen.configuration_id is not null then
        v_reference := v_chosen;
      elsif v_baseline_version is not null or v_entry.previous_version is not null then
        v_reference.configuration_id := v_entry.configuration_id;
        v_reference.snapshot_version := coalesce(v_baseline_version, v_entry.previous_version);
      elsif v_series is not null or v_result ? 'series' then
        -- A candidate's, too: a pull request with another prompt is a configuration that never ran before.
        v_reference := benchmark_private.series_reference(v_entry, coalesce(v_series, v_result ->> 'series'));
      end if;
      v_judged := benchmark_private.judge(v_entry.configuration_id, v_entry.snapshot_version, v_entry.previous_version,
        v_entry.model_version, v_entry.metrics, v_items, v_reference, v_chosen.configuration_id is not null, v_void_versions,
        p_is_baseline => v_chosen.configuration_id is null and v_baseline_version is not null);
      v_entry.judgements := v_judged.judgements;
      v_entry.verdict := v_judged.verdict;
      if v_judged.is_elsewhere then
        v_references := benchmark_private.judgement_references(
          v_entry.configuration_id, v_entry.previous_version, v_entry.judgements);
      end if;
      if v_reference.configuration_id is null then
        select n.* into v_entry.nearest_configuration_id, v_entry.nearest_version
        from benchmark_private.nearest_run(v_entry) as n;
      end if;
    end if;
    insert into public.benchmark_transactions (
      configuration_id, snapshot_version, created_at, id, commit_sha, branch_name, model_version,
      model_provider, dataset_version, dataset_size, prompt_version, environment, variant, run_id,
      run_attempt, metrics, precision_score, recall_score, f1_score, latency_ms, cost_per_analysis,
      duration_seconds, error_count, success_count, tags, measured_at, principal,
      provenance, published, is_backfill, previous_version, nearest_version, nearest_configuration_id, verdict, judgements,
      triggered_by, notes, head_ref, salt, commitment, items_digest, entry_hash)
    values (
      v_entry.configuration_id, v_entry.snapshot_version, v_entry.created_at, v_entry.id,
      v_entry.commit_sha, v_entry.branch_name, v_entry.model_version, v_entry.model_provider,
      v_entry.dataset_version, v_entry.dataset_size, v_entry.prompt_version, v_entry.environment,
      v_entry.variant, v_entry.run_id, v_entry.run_attempt, v_entry.metrics,
      (v_entry.metrics ->> 'precision')::numeric, (v_entry.metrics ->> 'recall')::numeric,
      (v_entry.metrics ->> 'f1')::numeric, (v_entry.metrics ->> 'latency_ms')::numeric,
      (v_entry.metrics ->> 'analysis_cost')::numeric, v_entry.duration_seconds,
      v_entry.error_count, v_entry.success_count, v_entry.tags, v_entry.measured_at, v_entry.principal,
      v_entry.provenance, v_entry.published, v_entry.is_backfill, v_entry.previous_version,
      v_entry.nearest_version, v_entry.nearest_configuration_id, v_entry.verdict, v_entry.judgements, v_entry.triggered_by, v_entry.notes, v_entry.head_ref, v_entry.salt,
      v_entry.commitment, v_entry.items_digest, v_entry.entry_hash);
    if v_items.item_set is not null then
      v_items.configuration_id := v_entry.configuration_id;
      v_items.snapshot_version := v_entry.snapshot_version;
      insert into public.benchmark_items values (v_items.*);
    end if;
    if v_entry.snapshot_version % 64 = 0 then
      perform benchmark_private.fill_trend_buckets(v_entry.configuration_id, v_entry.snapshot_version);
    end if;
    -- make_receipt(), written in.
    v_receipts[v_index] := jsonb_build_object(
      'transaction_id', v_entry.id,
      'snapshot_version', v_entry.snapshot_version,
      'configuration', jsonb_build_object(
        'id', v_entry.configuration_id,
        'model_version', v_entry.model_version,
        'dataset_version', v_entry.dataset_version,
        'prompt_version', v_entry.prompt_version,
        'environment', v_entry.environment,
        'variant', v_entry.variant),
      'series', v_series,
      'published', v_entry.published,
      'created_at', to_char(v_entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'entry_hash', encode(v_entry.entry_hash, 'hex'),
      'provenance', v_entry.provenance,
      'previous', case when v_previous.snapshot_version is not null then jsonb_build_object(
        'snapshot_version', v_previous.snapshot_version,
        'commit_sha', v_previous.commit_sha,
        'deltas', jsonb_build_object(
          'precision', (v_entry.metrics ->> 'precision')::numeric - v_previous.precision_score,
          'recall', (v_entry.metrics ->> 'recall')::numeric - v_previous.recall_score,
          'f1', (v_entry.metrics ->> 'f1')::numeric - v_previous.f1_score,
          'latency_ms', (v_entry.metrics ->> 'latency_ms')::numeric - v_previous.latency_ms,
          'analysis_cost', (v_entry.metrics ->> 'analysis_cost')::numeric - v_previous.cost_per_analysis)) end,
      'nearest', case when v_entry.nearest_version is not null then benchmark_private.nearest_document(v_entry) end,
      'judgements', coalesce(v_judged.documents, '[]'),
      'references', v_references,
      'replayed', false);
    if v_has_webhooks then
      -- Whoever imports a history tells nobody of it.
      if v_entry.published and not v_entry.is_backfill and v_principal <> 'import' then
        perform benchmark_private.tell_of_run(v_entry, v_series, v_previous, v_judged.documents, v_references);
      end if;
      -- For the function, which then looks at the outbox; no receipt has it.
      v_receipts[v_index] := v_receipts[v_index] || '{"has_webhooks": true}';
    end if;
  end loop;

  if p_idempotency_key is not null then
    insert into benchmark_private.idempotency_keys (principal, key, content_hash, person_hash, entries)
    select v_principal, p_idempotency_key, v_content_hash, v_person_hash,
      jsonb_agg(jsonb_build_array(r.value -> 'configuration' -> 'id', r.value -> 'snapshot_version') order by r.ordinality)
    from unnest(v_receipts) with ordinality as r(value, ordinality);
    delete from benchmark_private.idempotency_keys as k
    where (k.principal, k.key) in (
      select o.principal, o.key
      from benchmark_private.idempotency_keys as o
      where o.created_at < clock_timestamp() - interval '30 days'
      order by o.created_at
      limit 100
      for update skip locked);
  end if;
  return case when v_count = 1 then jsonb_build_array(v_receipts[0]) else to_jsonb(v_receipts) end;
end;
$$;
comment on function public.ingest_benchmark(jsonb, jsonb, text) is
  'The one call of the ingest function: authorizes a principal whose credential the caller has verified (see benchmark_private.authorize()), stores a JSON array of 1 to 100 results, all or none, and returns their receipts in the order sent, with has_webhooks where a webhook is in force and the outbox should be looked at; what is worth telling is written to it (see benchmark_private.tell_of_run()). A result has the columns of benchmark_transactions that a caller may choose, series, claimed (which facts the credential does not attest), candidate, items ({ids, epochs?, groups?, scores}), computed (which metrics follow from them) and compare_to. The same run, or the same Idempotency-Key, with the same content returns the first receipts and stores nothing. For service_role. Locks: advisory locks for key and runs, then the rows of the configurations in order, until the transaction ends; lock_timeout 4 s (55P03), statement_timeout 5 s (57014). Raises PT401, PT403 (credential or policy), PT409 (same run or key, other content), PT422 (environment missing, another series), 22* and 23* (content no constraint allows).';

create function benchmark_private.refuse_series(p_sent text, p_series text, p_index integer) returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.refuse(422, 'validation_failed', format(
    'series is %s, but this configuration belongs to the series %s. Leave it out, or change it with: deno task admin series set',
    to_json(p_sent), to_json(p_series)), p_index, '/series');
end;
$$;
comment on function benchmark_private.refuse_series(text, text, integer) is
  'Refuses (PT422) a result that names another series than its configuration has.';

create function benchmark_private.find_reference(
  p_compare_to jsonb,
  p_entry public.benchmark_transactions,
  p_environments text[],
  p_index integer
) returns benchmark_private.run_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_version integer := (p_compare_to ->> 'snapshot_version')::integer;
  v_run benchmark_private.run_key;
begin
  select c.id, t.snapshot_version into v_run
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = coalesce(v_version, c.reference_version)
  where c.id = coalesce((p_compare_to ->> 'configuration_id')::uuid, benchmark_private.configuration_id(
      coalesce(p_compare_to ->> 'model_version', p_entry.model_version),
      coalesce(p_compare_to ->> 'dataset_version', p_entry.dataset_version),
      coalesce(p_compare_to ->> 'prompt_version', p_entry.prompt_version),
      coalesce(p_compare_to ->> 'environment', p_entry.environment),
      coalesce(p_compare_to ->> 'variant', p_entry.variant)))
    and (p_environments is null or c.environment = any (p_environments))
    and t.snapshot_version <> all (c.void_versions);
  if not found then
    -- One answer for "there is none" and "it is not yours to read": a token that only writes must
    -- not learn the numbers of others.
    perform benchmark_private.refuse(422, 'validation_failed',
      'compare_to names no run that this credential may compare with: no such configuration'
      || coalesce(' with a version ' || v_version || ' that is not void', ', none of its runs is published')
      || format(', or not in the environments that it may write (%s).', coalesce(array_to_string(p_environments, ', '), 'every one')),
      p_index, '/compare_to');
  end if;
  return v_run;
end;
$$;
comment on function benchmark_private.find_reference(jsonb, public.benchmark_transactions, text[], integer) is
  'The run that a result asks to be compared with: configuration_id or those parts of a name that differ from its own, and snapshot_version, else the newest published run. Raises PT422.';

create function benchmark_private.is_published(
  p_publishing benchmark_private.trust_rules[],
  p_job jsonb,
  p_environment text,
  p_branch text
) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ref text := p_job ->> 'ref';
  v_claimed text := case when p_branch like 'refs/%' then p_branch else 'refs/heads/' || p_branch end;
  v_rule benchmark_private.trust_rules;
begin
  if p_job ->> 'event_name' = 'workflow_run' and p_branch is null then
    -- The token's ref is the default branch whatever was measured.
    return false;
  end if;
  foreach v_rule in array p_publishing loop
    if p_environment = any (v_rule.environments)
      and (p_branch is null or v_ref in ('refs/heads/' || p_branch, 'refs/tags/' || p_branch)
        or (benchmark_private.may_publish(v_claimed) and benchmark_private.ref_matches(v_claimed, v_rule.ref_pattern)))
    then
      return true;
    end if;
  end loop;
  return false;
end;
$$;
comment on function benchmark_private.is_published(benchmark_private.trust_rules[], jsonb, text, text) is
  'Whether a run of a CI job is published: by one of the rules whose ref pattern the token meets, into an environment of that rule, and from the token''s branch or from a claimed one that the rule''s pattern meets, too.';

create function benchmark_private.is_same_run(
  p_sent public.benchmark_transactions,
  p_stored public.benchmark_transactions
) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The same content in the place of the stored entry has the same hash. Whether it would be
  -- published now, and who pressed the button of a job that GitHub started again, is not content.
  p_sent.snapshot_version := p_stored.snapshot_version;
  p_sent.id := p_stored.id;
  p_sent.created_at := p_stored.created_at;
  p_sent.provenance := p_stored.provenance;
  p_sent.published := p_stored.published;
  if p_stored.provenance ->> 'method' like '%-oidc' then
    p_sent.triggered_by := p_stored.triggered_by;
    p_sent.head_ref := p_stored.head_ref;
  end if;
  p_sent.commitment := p_stored.commitment;
  return benchmark_private.entry_hash(p_sent, (
      select t.entry_hash from public.benchmark_transactions as t
      where t.configuration_id = p_stored.configuration_id
        and t.snapshot_version = p_stored.snapshot_version - 1)) = p_stored.entry_hash
    and ((p_stored.commitment is not null and p_stored.salt is null)
      or (p_sent.triggered_by, p_sent.notes, p_sent.head_ref)
        is not distinct from (p_stored.triggered_by, p_stored.notes, p_stored.head_ref));
end;
$$;
comment on function benchmark_private.is_same_run(public.benchmark_transactions, public.benchmark_transactions) is
  'Whether a run that is sent has the content of one that is stored. Of an entry whose personal data was erased, all but that is compared.';

create function benchmark_private.refuse_run_conflict(
  p_sent public.benchmark_transactions,
  p_stored public.benchmark_transactions,
  p_index integer,
  p_order integer[],
  p_receipts jsonb[]
) returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_other integer := (
    select o.index
    from unnest(p_order) as o(index)
    where p_receipts[o.index] ->> 'transaction_id' = p_stored.id::text
    limit 1);
begin
  perform benchmark_private.refuse(409, 'run_conflict', format(
    'Give them a variant ("variant": "…"): run %s attempt %s brings two results for one configuration, this one%s and %s%s, which differ. The configuration is %s / %s / %s / %s%s; what is stored is not rewritten.',
    p_sent.run_id, p_sent.run_attempt,
    coalesce(' (f1 ' || (p_sent.metrics ->> 'f1') || ')', ''),
    case when v_other is null then 'the one stored as version ' || p_stored.snapshot_version
      else 'result ' || v_other || ' of the same request' end,
    coalesce(' (f1 ' || p_stored.f1_score || ')', ''),
    p_sent.model_version, p_sent.dataset_version, p_sent.prompt_version, p_sent.environment,
    coalesce(' / ' || nullif(p_sent.variant, ''), '')), p_index, '', v_other);
end;
$$;
comment on function benchmark_private.refuse_run_conflict(public.benchmark_transactions, public.benchmark_transactions, integer, integer[], jsonb[]) is
  'Refuses (PT409) a result of a run that is stored with other content, naming both.';

create function public.preview_benchmark(p_principal jsonb, p_results jsonb) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_receipts jsonb;
begin
  -- What storing does, and back: so a dry run says exactly what storing would.
  begin
    v_receipts := public.ingest_benchmark(p_principal || '{"dry_run": true}', p_results);
    raise exception using errcode = 'DRYRN';
  exception when sqlstate 'DRYRN' then
    null;
  end;
  return (
    select jsonb_agg(jsonb_build_object(
      'configuration', r.value -> 'configuration',
      'series', r.value -> 'series',
      'published', r.value -> 'published',
      'current', r.value -> 'previous',
      'nearest', r.value -> 'nearest',
      'judgements', r.value -> 'judgements',
      'references', r.value -> 'references',
      'dry_run', true) order by r.ordinality)
    from jsonb_array_elements(v_receipts) with ordinality as r);
end;
$$;
comment on function public.preview_benchmark(jsonb, jsonb) is
  'What ingest_benchmark() would answer, stored and rolled back: for each result its configuration, whether it would be published, the newest published run before it (current) with the differences of the five scores, its judgements, in the order sent. Rules that refuse candidates count, too: comparing stores nothing. For service_role. Locks and SQLSTATEs are those of ingest_benchmark(), its locks for as long as the call takes.';
