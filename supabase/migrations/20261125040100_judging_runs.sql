-- Every run is judged in the transaction that stores it, and its receipt says what got worse.

alter table public.benchmark_configurations add column reference_version integer;
comment on column public.benchmark_configurations.reference_version is
  'What the newest run was judged against: the baseline, else what was current before it.';

create table public.benchmark_regressions (
  configuration_id uuid not null,
  snapshot_version integer not null,
  metric text not null,
  severity text not null,
  better text not null,
  from_version integer not null,
  from_value numeric not null,
  to_value numeric not null,
  limit_kind text not null,
  limit_value numeric not null,
  constraint benchmark_regressions_pkey primary key (configuration_id, snapshot_version, metric, severity),
  constraint benchmark_regressions_snapshot_fkey foreign key (configuration_id, snapshot_version)
    references public.benchmark_snapshot_versions (configuration_id, snapshot_version)
);
comment on table public.benchmark_regressions is
  'Append-only record of what each run was found worse in when it was stored, by the policy of that time.';

create trigger refuse_change
  before update or delete or truncate on public.benchmark_regressions
  for each statement execute function benchmark_private.refuse_change('the record is append-only');
alter table public.benchmark_regressions enable always trigger refuse_change;

alter table public.benchmark_regressions enable row level security;
revoke all on public.benchmark_regressions from public, anon, authenticated, service_role;
grant select on public.benchmark_regressions to anon, authenticated, service_role;
create policy authenticated_reads on public.benchmark_regressions
  for select to authenticated using (true);
create policy anon_reads_when_public on public.benchmark_regressions
  for select to anon using ((select benchmark_private.public_read_is_on()));

create function benchmark_private.is_outside_spread(
  p_configuration_id uuid,
  p_before_version integer,
  p_keys text[],
  p_value numeric,
  p_better text
) returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  v_earlier double precision[];
  v_median double precision;
  v_spread double precision;
begin
  v_earlier := array(
    select public.metric_number(t.metrics, p_keys)::double precision
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.snapshot_version < p_before_version
    order by t.snapshot_version desc
    limit 20);
  v_earlier := pg_catalog.array_remove(v_earlier, null);
  if pg_catalog.cardinality(v_earlier) < 8 then
    return true;
  end if;
  select pg_catalog.percentile_cont(0.5) within group (order by e.value) into v_median
  from pg_catalog.unnest(v_earlier) as e(value);
  select pg_catalog.percentile_cont(0.5) within group (order by abs(e.value - v_median)) into v_spread
  from pg_catalog.unnest(v_earlier) as e(value);
  -- 1.4826 makes the MAD of normal noise its standard deviation; three of them is the
  -- conservative of the cutoffs that Leys et al. discuss.
  return case p_better
    when 'higher' then p_value < v_median - 3 * 1.4826 * v_spread
    else p_value > v_median + 3 * 1.4826 * v_spread
  end;
end;
$$;
comment on function benchmark_private.is_outside_spread(uuid, integer, text[], numeric, text) is
  'Whether a value is worse than the noise of the 20 runs before a version explains: further from their median than three scaled median absolute deviations (Leys et al. 2013, "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around the median", J. Exp. Soc. Psychol. 49). True when fewer than 8 of them have the metric: then there is no spread to speak of.';

create function benchmark_private.find_regressions(
  p_configuration_id uuid,
  p_model_version text,
  p_snapshot_version integer,
  p_metrics jsonb,
  p_reference_version integer
) returns public.benchmark_regressions[]
language plpgsql
stable
set search_path = ''
as $$
declare
  v_worse public.benchmark_regressions[];
  v_policy_ids bigint[];
begin
  -- One small statement, and as a rule the only one: every run waits for it. What follows is for
  -- the runs that it finds worse.
  select pg_catalog.array_agg(row(
      p_configuration_id, p_snapshot_version, p.metric, p.severity, p.better,
      p_reference_version, m.before::numeric, m.after::numeric, p.limit_kind, p.limit_value
    )::public.benchmark_regressions), pg_catalog.array_agg(p.id)
  into v_worse, v_policy_ids
  from public.benchmark_transactions as t
  cross join public.benchmark_policies as p
  cross join lateral (
    -- offset 0 keeps the planner from writing these in wherever they are used: the document is
    -- stored compressed, and every look into it unpacks it.
    select t.metrics #> p.metric_keys, p_metrics #> p.metric_keys offset 0
  ) as m(before, after)
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_reference_version
    and (p.model_version is null or p.model_version = p_model_version)
    and (p.configuration_id is null or p.configuration_id = p_configuration_id)
    -- case, because a metric that is text in one run must not make that run fail.
    and case when pg_catalog.jsonb_typeof(m.before) = 'number' and pg_catalog.jsonb_typeof(m.after) = 'number' then
      -- Multiplied and not divided: from 0 any worsening is beyond a relative limit.
      (m.before::numeric - m.after::numeric) * case p.better when 'higher' then 1 else -1 end
      > p.limit_value * case p.limit_kind when 'relative' then abs(m.before::numeric) else 1 end
    end;
  if v_worse is null then
    return null;
  end if;
  return (
    select pg_catalog.array_agg(v_worse[i])
    from pg_catalog.generate_subscripts(v_worse, 1) as i
    join public.benchmark_applicable_policies as p
      on p.configuration_id = p_configuration_id and p.policy_id = v_policy_ids[i]
    where benchmark_private.is_outside_spread(
      p_configuration_id, p_snapshot_version, p.metric_keys, v_worse[i].to_value, p.better));
end;
$$;
comment on function benchmark_private.find_regressions(uuid, text, integer, jsonb, integer) is
  'What the metrics of a run, about to be a version of a configuration, are worse in than those of another version of it, by the policies in force: beyond the limit, and outside the spread of the runs before it once there are 8. Null when nothing. Metrics that either lacks are not compared. Takes no lock.';

create function benchmark_private.regressions_document(p_regressions public.benchmark_regressions[])
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'metric', r.metric,
      'severity', r.severity,
      'better', r.better,
      'from_version', r.from_version,
      'from', r.from_value,
      'to', r.to_value,
      'change', r.to_value - r.from_value,
      'limit', r.limit_value,
      'limit_kind', r.limit_kind) order by r.metric, r.severity)
    from pg_catalog.unnest(p_regressions) as r), '[]');
end;
$$;
comment on function benchmark_private.regressions_document(public.benchmark_regressions[]) is
  'Regressions as a receipt lists them; an empty JSON array for null.';

drop function benchmark_private.make_receipt(public.benchmark_transactions, public.benchmark_snapshot_versions, public.benchmark_snapshot_versions, text, boolean);

create function benchmark_private.make_receipt(
  p_entry public.benchmark_transactions,
  p_snapshot public.benchmark_snapshot_versions,
  p_previous public.benchmark_snapshot_versions,
  p_previous_commit text,
  p_regressions public.benchmark_regressions[],
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
    'regressions', case when p_regressions is null then '[]'::jsonb
      else benchmark_private.regressions_document(p_regressions) end,
    'replayed', p_replayed);
end;
$$;
comment on function benchmark_private.make_receipt(public.benchmark_transactions, public.benchmark_snapshot_versions, public.benchmark_snapshot_versions, text, public.benchmark_regressions[], boolean) is
  'The receipt of an entry, given its rows, those of the version before and its regressions.';

create or replace function benchmark_private.stored_receipt(p_configuration_id uuid, p_snapshot_version integer)
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
  return benchmark_private.make_receipt(
    v_entry, v_snapshot, v_previous, v_previous_commit,
    array(
      select r from public.benchmark_regressions as r
      where r.configuration_id = p_configuration_id and r.snapshot_version = p_snapshot_version),
    true);
end;
$$;

create or replace function benchmark_private.append_result(
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
  v_reference_version integer;
  v_regressions public.benchmark_regressions[];
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
    -- What was current is overwritten here, so what to judge against is written down here.
    set last_version = c.last_version + 1, current_version = c.last_version + 1,
      reference_version = coalesce(c.baseline_version, c.current_version)
  returning c.last_version, c.reference_version into v_entry.snapshot_version, v_reference_version;

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

  if v_entry.snapshot_version > 1 then
    v_regressions := benchmark_private.find_regressions(
      v_entry.configuration_id, v_entry.model_version, v_entry.snapshot_version, v_entry.metrics,
      v_reference_version);
    if v_regressions is not null then
      insert into public.benchmark_regressions select r.* from pg_catalog.unnest(v_regressions) as r;
    end if;
  end if;
  return benchmark_private.make_receipt(
    v_entry, v_snapshot, v_previous, v_previous_commit, v_regressions, false);
end;
$$;
comment on function benchmark_private.append_result(text, text[], jsonb, jsonb, text) is
  'Appends one result to the ledger, judges it and makes it the current snapshot, or finds the same run stored already; returns its receipt. Locks the row of the configuration until the transaction ends. Raises PT422 without environment, PT403 for an environment that is not allowed, PT409 for the same run with other content. The caller holds the run lock.';

create or replace function public.preview_benchmark(p_principal jsonb, p_results jsonb) returns jsonb
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
  v_reference_version integer;
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

    select coalesce(c.baseline_version, c.current_version) into v_reference_version
    from public.benchmark_configurations as c
    where c.id = v_entry.configuration_id;
    -- The receipt that it would get, were the current snapshot the version before.
    v_entry.snapshot_version := coalesce(v_current.snapshot_version, 0) + 1;
    v_receipt := benchmark_private.make_receipt(
      v_entry, v_snapshot, v_current, v_current_commit,
      benchmark_private.find_regressions(
        v_entry.configuration_id, v_entry.model_version, v_entry.snapshot_version, v_entry.metrics,
        v_reference_version), false);
    v_previews := v_previews || pg_catalog.jsonb_build_object(
      'configuration', v_receipt -> 'configuration',
      'current', v_receipt -> 'previous',
      'regressions', v_receipt -> 'regressions',
      'dry_run', true);
  end loop;
  return v_previews;
end;
$$;
comment on function public.preview_benchmark(jsonb, jsonb) is
  'What ingest_benchmark() would compare: authorizes, and returns for each result its configuration, the current snapshot, the differences of the five scores and the regressions it would be stored with, in the order sent. Stores nothing, takes no lock but the token''s use. The ref patterns of trust rules do not count. Raises PT401, PT403, PT422.';

create or replace function benchmark_private.missing_guards()
returns table (guard text, problem text)
language sql
stable
set search_path = ''
as $$
  select pg_catalog.format('%s on %s', g.trigger_name, g.table_name),
    case when t.tgname is null then 'the trigger is missing'
      when t.tgenabled <> 'A' then 'the trigger is not enabled always' end
  from (values
    ('benchmark_transactions', 'refuse_change', 58),
    ('benchmark_snapshot_versions', 'refuse_removal', 42),
    ('benchmark_snapshot_versions', 'refuse_change', 18),
    ('benchmark_configurations', 'refuse_removal', 42),
    ('benchmark_configurations', 'refuse_change', 18),
    ('benchmark_selections', 'refuse_change', 58),
    ('benchmark_regressions', 'refuse_change', 58)
  ) as g(table_name, trigger_name, trigger_type)
  left join pg_catalog.pg_trigger as t
    on t.tgrelid = pg_catalog.to_regclass('public.' || g.table_name)
    and t.tgname = g.trigger_name
    and t.tgtype = g.trigger_type
  where t.tgname is null or t.tgenabled <> 'A';
$$;

revoke all on all functions in schema benchmark_private from public, anon, authenticated, service_role;
grant execute on function benchmark_private.public_read_is_on() to anon, authenticated, service_role;
