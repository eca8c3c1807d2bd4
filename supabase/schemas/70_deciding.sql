-- What people decide about stored runs: which is current, which is the baseline, which is void,
-- what series a configuration belongs to, what is erased. Every decision is a row.

create function benchmark_private.lock_configuration(p_configuration_id uuid)
returns public.benchmark_configurations
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_configuration public.benchmark_configurations;
begin
  -- The lock that ingestion takes: a decision and a new version do not pass each other.
  select c.* into v_configuration
  from public.benchmark_configurations as c
  where c.id = p_configuration_id
  for no key update;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  return v_configuration;
end;
$$;
comment on function benchmark_private.lock_configuration(uuid) is
  'A configuration, its row locked until the transaction ends. Raises PT404 when there is none.';

create function benchmark_private.active_run(
  p_configuration public.benchmark_configurations, p_version integer
) returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_published boolean := (
    select t.published
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration.id and t.snapshot_version = p_version);
begin
  if v_published is null then
    perform benchmark_private.refuse(404, 'not_found', format(
      'Snapshot version %s not found: the configuration has versions 1 to %s.',
      p_version, p_configuration.last_version));
  elsif not v_published then
    perform benchmark_private.refuse(409, 'not_selectable', format(
      'Snapshot version %s is a candidate: only a published run can be current or the baseline.', p_version));
  elsif p_version = any (p_configuration.void_versions) then
    perform benchmark_private.refuse(409, 'not_selectable', format(
      'Snapshot version %s is void. Take that back first: deno task admin void --undo', p_version));
  end if;
end;
$$;
comment on function benchmark_private.active_run(public.benchmark_configurations, integer) is
  'Passes when a version is published and not void; else raises PT404 or PT409.';

create function benchmark_private.point_to(
  p_configuration public.benchmark_configurations, p_kind text, p_version integer, p_reason text
) returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into public.benchmark_decisions (configuration_id, kind, snapshot_version, from_version, last_version, reason)
  values (p_configuration.id, p_kind, p_version,
    case p_kind when 'checkout' then p_configuration.current_version else p_configuration.baseline_version end,
    p_configuration.last_version, p_reason);
  update public.benchmark_configurations as c
  set current_version = case p_kind when 'checkout' then p_version else c.current_version end,
    baseline_version = case p_kind when 'baseline' then p_version else c.baseline_version end
  where c.id = p_configuration.id;
$$;
comment on function benchmark_private.point_to(public.benchmark_configurations, text, integer, text) is
  'Makes a version current (p_kind checkout) or the baseline (p_kind baseline), null for none, and records it. The caller holds the lock.';

create function public.checkout_snapshot(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_snapshot_version integer,
  p_variant text default ''
) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(
    benchmark_private.configuration_id(p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant));
begin
  perform benchmark_private.active_run(v_configuration, p_snapshot_version);
  perform benchmark_private.point_to(v_configuration, 'checkout', p_snapshot_version, null);
  return true;
end;
$$;
comment on function public.checkout_snapshot(text, text, text, text, integer, text) is
  'Makes a version the current snapshot of its configuration, until the next published run; what runs are judged against stays. Recorded in benchmark_decisions. For service_role. Locks the row of the configuration; raises PT404 when the version is missing, PT409 when it is a candidate or void, 55P03 after 4 s.';

create function public.set_baseline(p_configuration_id uuid, p_version integer) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(p_configuration_id);
begin
  if p_version is not null then
    perform benchmark_private.active_run(v_configuration, p_version);
  end if;
  perform benchmark_private.point_to(v_configuration, 'baseline', p_version, null);
  perform benchmark_private.tell_of_decision(p_configuration_id, 'baseline', p_version, null);
  return true;
end;
$$;
comment on function public.set_baseline(uuid, integer) is
  'Makes a version the one baseline of its configuration; null takes the baseline away. Recorded in benchmark_decisions. For service_role. Locks and SQLSTATEs are those of checkout_snapshot().';

create function benchmark_private.newest_reference(
  p_configuration_id uuid, p_void_versions integer[], p_last_version integer
)
returns table (snapshot_version integer, at timestamptz)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  -- A time in the future counts as the time of storing. Not by is_backfill: the run that another
  -- one was measured before can be void by now.
  select t.snapshot_version, least(t.measured_at, t.created_at) as at
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.published
    and t.snapshot_version <= p_last_version
    and t.snapshot_version <> all (p_void_versions)
  order by at desc, t.snapshot_version desc
  limit 1;
$$;
comment on function benchmark_private.newest_reference(uuid, integer[], integer) is
  'Of the first p_last_version runs, the published, not void one that was measured last, and when; no row when there is none. Reads every run of the configuration; takes no lock.';

create function public.void_snapshot(
  p_configuration_id uuid,
  p_version integer,
  p_reason text,
  p_void boolean default true
) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(p_configuration_id);
  v_void_versions integer[];
  v_reference record;
begin
  if p_version is null or p_version not between 1 and v_configuration.last_version then
    perform benchmark_private.refuse(404, 'not_found', format(
      'Snapshot version %s not found: the configuration has versions 1 to %s.',
      p_version, v_configuration.last_version));
  elsif coalesce(p_reason, '') = '' then
    perform benchmark_private.refuse(422, 'validation_failed', 'A reason is required: it is what people will read later.');
  elsif p_version = any (v_configuration.void_versions) = p_void then
    return false;
  end if;
  v_void_versions := case
    when p_void then array_append(v_configuration.void_versions, p_version)
    else array_remove(v_configuration.void_versions, p_version) end;
  insert into public.benchmark_decisions (configuration_id, kind, snapshot_version, last_version, reason)
  values (p_configuration_id, case when p_void then 'void' else 'unvoid' end, p_version, v_configuration.last_version, p_reason);

  select r.* into v_reference
  from benchmark_private.newest_reference(
    p_configuration_id, v_void_versions, v_configuration.last_version) as r;
  update public.benchmark_configurations as c
  set void_versions = v_void_versions,
    reference_version = v_reference.snapshot_version, reference_at = v_reference.at
  where c.id = p_configuration_id;
  perform benchmark_private.refill_trend_buckets(p_configuration_id, p_version);
  -- What was current because it was the newest follows; what somebody chose stays, unless it is
  -- what is void now.
  if v_configuration.current_version is not distinct from v_configuration.reference_version
      and v_reference.snapshot_version is distinct from v_configuration.reference_version
    or v_configuration.current_version = any (v_void_versions)
  then
    perform benchmark_private.point_to(v_configuration, 'checkout', v_reference.snapshot_version,
      format('version %s is %s', p_version, case when p_void then 'void' else 'no longer void' end));
  end if;
  if v_configuration.baseline_version = any (v_void_versions) then
    perform benchmark_private.point_to(v_configuration, 'baseline', null, format('version %s is void', p_version));
  end if;
  perform benchmark_private.tell_of_decision(
    p_configuration_id, case when p_void then 'void' else 'unvoid' end, p_version, p_reason);
  return true;
end;
$$;
comment on function public.void_snapshot(uuid, integer, text, boolean) is
  'Takes a run that a broken harness produced out of current, baseline, references, spreads and trends, or with p_void false back in; it stays in the ledger. Returns false when that is so already. Recorded in benchmark_decisions, as is what becomes current. For service_role. Locks the row of the configuration; raises PT404, PT422 without a reason, 55P03 after 4 s.';

create function public.set_series(p_configuration_id uuid, p_series text, p_reason text default null) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(p_configuration_id);
begin
  if p_series is not null then
    perform benchmark_private.check_name('series', p_series, 1, 200);
  end if;
  insert into public.benchmark_decisions (configuration_id, kind, last_version, series, reason)
  values (p_configuration_id, 'series', v_configuration.last_version, p_series, p_reason);
  update public.benchmark_configurations as c set series = p_series where c.id = p_configuration_id;
  return true;
end;
$$;
comment on function public.set_series(uuid, text, text) is
  'Puts a configuration into a series, null for none. Recorded in benchmark_decisions. For service_role. Locks the row of the configuration; raises PT404, 23514 for a malformed name, 55P03 after 4 s.';

create function public.acknowledge_regression(
  p_configuration_id uuid,
  p_version integer,
  p_metric text,
  p_reason text,
  p_resolution text default 'accepted',
  p_undo boolean default false
) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(p_configuration_id);
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_state record;
begin
  if coalesce(p_reason, '') = '' then
    perform benchmark_private.refuse(422, 'validation_failed', 'A reason is required: it is what people will read later.');
  elsif p_resolution not in ('accepted', 'false-positive') then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      'A regression is acknowledged as accepted or false-positive: current value is %s.', p_resolution));
  end if;
  select r.* into v_state
  from benchmark_private.regression_states(p_configuration_id) as r
  where r.metric = v_metric
    and p_version between r.since_version and r.current_version
  limit 1;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format(
      'Version %s is part of no regression of %s that lasts. Those that do: %s.', p_version, v_metric, coalesce((
        select string_agg(format('%s since version %s', r.metric, r.since_version), ', ')
        from benchmark_private.regression_states(p_configuration_id) as r), 'none of this configuration')));
  elsif (p_undo and v_state.acknowledged_at is null) or (not p_undo and v_state.acknowledged_as = p_resolution) then
    return false;
  end if;
  insert into public.benchmark_decisions (configuration_id, kind, snapshot_version, last_version, metric, resolution, reason)
  values (p_configuration_id, case when p_undo then 'unacknowledge' else 'acknowledge' end, p_version,
    v_configuration.last_version, v_metric, case when not p_undo then p_resolution end, p_reason);
  perform benchmark_private.tell_of_decision(p_configuration_id,
    case when p_undo then 'unacknowledge' else 'acknowledge' end, p_version, p_reason, case when not p_undo then p_resolution end);
  return true;
end;
$$;
comment on function public.acknowledge_regression(uuid, integer, text, text, text, boolean) is
  'Closes the open regression of a metric that a version is part of, or with p_undo opens it again; it comes back by itself when the metric recovers and falls again, or falls further. p_resolution is accepted or false-positive. Returns false when that is so already. Recorded in benchmark_decisions. For service_role. Locks the row of the configuration; raises PT404, PT422, 55P03 after 4 s.';

create function public.find_personal_entries(p_person text default null, p_transaction_id uuid default null)
returns table (configuration_id uuid, snapshot_version integer, transaction_id uuid, created_at timestamptz, triggered_by text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select t.configuration_id, t.snapshot_version, t.id, t.created_at, t.triggered_by
  from public.benchmark_transactions as t
  where t.salt is not null
    and (t.id = p_transaction_id
      or lower(t.triggered_by) = lower(p_person)
      -- GitHub names a branch octocat-patch-1, people octocat/fix
      or lower(t.head_ref) = lower(p_person)
      or starts_with(lower(t.head_ref), lower(p_person) || '-')
      or starts_with(lower(t.head_ref), lower(p_person) || '/'))
  order by t.configuration_id, t.snapshot_version;
$$;
comment on function public.find_personal_entries(text, uuid) is
  'The entries that name a person in triggered_by or at the start of head_ref, or the one with a transaction id, as far as they still say anything about people. Notes are not searched: what they say of whom, only people can tell. For service_role; reads every entry, takes no lock.';

create function public.erase_personal_data(p_configuration_id uuid, p_version integer, p_reason text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_configuration public.benchmark_configurations := benchmark_private.lock_configuration(p_configuration_id);
  v_salt bytea;
begin
  if coalesce(p_reason, '') = '' then
    perform benchmark_private.refuse(422, 'validation_failed', 'A reason is required: it is what people will read later.');
  end if;
  select t.salt into v_salt
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_version;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format(
      'Snapshot version %s not found: the configuration has versions 1 to %s.',
      p_version, v_configuration.last_version));
  elsif v_salt is null then
    return false;
  end if;
  insert into public.benchmark_decisions (configuration_id, kind, snapshot_version, last_version, reason)
  values (p_configuration_id, 'erase', p_version, v_configuration.last_version, p_reason);
  update public.benchmark_transactions as t
  set triggered_by = null, notes = null, head_ref = null, salt = null
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_version;
  -- A hash without salt over what is about people is a guess that can be confirmed.
  update benchmark_private.idempotency_keys as k
  set person_hash = null
  where k.person_hash is not null
    and k.entries @> jsonb_build_array(jsonb_build_array(p_configuration_id, p_version));
  return true;
end;
$$;
comment on function public.erase_personal_data(uuid, integer, text) is
  'Removes what an entry says about people (triggered_by, notes, head_ref) and the salt of its commitment; the hash chain stays valid. Returns false when there is nothing to remove. Recorded in benchmark_decisions. For service_role. Cannot be undone. Locks the row of the configuration; raises PT404, PT422 without a reason, 55P03 after 4 s.';
