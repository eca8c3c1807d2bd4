-- Finding what could not be prevented: whoever owns the tables can disable the guards.

create function benchmark_private.broken_entries(p_configuration_id uuid default null)
returns table (configuration_id uuid, snapshot_version integer, problem text)
language sql
stable
set search_path = ''
as $$
  with entries as (
    select
      t as entry,
      t.configuration_id,
      t.snapshot_version,
      pg_catalog.lag(t.snapshot_version, 1, 0) over chain as version_before,
      pg_catalog.lag(t.entry_hash) over chain as hash_before
    from public.benchmark_transactions as t
    where p_configuration_id is null or t.configuration_id = p_configuration_id
    window chain as (partition by t.configuration_id order by t.snapshot_version, t.created_at)
  )
  select e.configuration_id, e.snapshot_version, found.problem
  from entries as e
  left join public.benchmark_snapshot_versions as s
    on s.configuration_id = e.configuration_id
    and s.snapshot_version = e.snapshot_version
  cross join lateral (
    select case
      when e.snapshot_version <> e.version_before + 1 then pg_catalog.format(
        'version %s follows version %s: entries are missing or doubled', e.snapshot_version, e.version_before)
      when (e.entry).previous_hash is distinct from e.hash_before then
        'previous_hash is not the entry_hash of the version before'
      when (e.entry).entry_hash <> benchmark_private.entry_hash(e.entry) then
        'the content does not match its entry_hash'
      when s.snapshot_version is null then 'the snapshot of this entry is missing'
      when (s.transaction_id, s.created_at, s.principal)
          is distinct from ((e.entry).id, (e.entry).created_at, (e.entry).principal)
        or (s.run_id, s.run_attempt) is distinct from ((e.entry).run_id, (e.entry).run_attempt)
        or (s.precision_score, s.recall_score, s.f1_score, s.latency_ms, s.cost_per_analysis)
          is distinct from (
            ((e.entry).metrics ->> 'precision')::numeric, ((e.entry).metrics ->> 'recall')::numeric,
            ((e.entry).metrics ->> 'f1')::numeric, ((e.entry).metrics ->> 'latency_ms')::numeric,
            ((e.entry).metrics ->> 'analysis_cost')::numeric)
        then 'the snapshot differs from its transaction'
    end as problem
  ) as found
  where found.problem is not null
  union all
  select c.id, coalesce(last.snapshot_version, 0) + 1, pg_catalog.format(
    'entries end at version %s, but %s were given out', coalesce(last.snapshot_version, 0), c.last_version)
  from public.benchmark_configurations as c
  left join lateral (
    select t.snapshot_version
    from public.benchmark_transactions as t
    where t.configuration_id = c.id
    order by t.snapshot_version desc
    limit 1
  ) as last on true
  where (p_configuration_id is null or c.id = p_configuration_id)
    and last.snapshot_version is distinct from c.last_version
  union all
  select s.configuration_id, s.snapshot_version, 'the transaction of this snapshot is missing'
  from public.benchmark_snapshot_versions as s
  where (p_configuration_id is null or s.configuration_id = p_configuration_id)
    and not exists (
      select from public.benchmark_transactions as t
      where t.configuration_id = s.configuration_id
        and t.snapshot_version = s.snapshot_version
        and t.created_at = s.created_at);
$$;
comment on function benchmark_private.broken_entries(uuid) is
  'Every entry whose chain, hash or snapshot does not hold, of one configuration or of all, with the reason. Reads every entry; takes no lock.';

create function benchmark_private.missing_guards()
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
    -- made by a later migration of the same release; listed here, so that there is one list
    ('benchmark_selections', 'refuse_change', 58)
  ) as g(table_name, trigger_name, trigger_type)
  left join pg_catalog.pg_trigger as t
    on t.tgrelid = pg_catalog.to_regclass('public.' || g.table_name)
    and t.tgname = g.trigger_name
    and t.tgtype = g.trigger_type
  where t.tgname is null or t.tgenabled <> 'A';
$$;
comment on function benchmark_private.missing_guards() is
  'The append-only guards that somebody with the rights of the owner has dropped, disabled or replaced by another kind. trigger_type is pg_trigger.tgtype: 2 before + 8 delete + 16 update + 32 truncate.';

create function public.verify_ledger()
returns table (
  configuration_id uuid,
  model_version text,
  dataset_version text,
  prompt_version text,
  environment text,
  entries integer,
  head_hash text,
  is_intact boolean,
  first_broken_version integer,
  problem text
)
language sql
stable
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
  select c.id, c.model_version, c.dataset_version, c.prompt_version, c.environment,
    c.last_version,
    pg_catalog.encode(head.entry_hash, 'hex'),
    broken.problem is null,
    broken.snapshot_version,
    broken.problem
  from public.benchmark_configurations as c
  left join lateral (
    select t.entry_hash
    from public.benchmark_transactions as t
    where t.configuration_id = c.id
    order by t.snapshot_version desc
    limit 1
  ) as head on true
  left join (
    select distinct on (b.configuration_id) b.*
    from benchmark_private.broken_entries() as b
    order by b.configuration_id, b.snapshot_version
  ) as broken on broken.configuration_id = c.id
  union all
  select null, null, null, null, null, null, null, false, null, g.guard || ': ' || g.problem
  from benchmark_private.missing_guards() as g
  order by 8, 2, 3, 4, 5;
$$;
comment on function public.verify_ledger() is
  'Recomputes the hash chain of every configuration and names the first version at which it breaks, broken ones first; a row without configuration names an append-only guard that is missing or disabled. Cannot see a tail cut off together with its counter, nor a chain rewritten as a whole: for that compare a receipt kept outside (deno task verify --receipt). For service_role; reads every entry, may run 10 minutes, takes no lock.';

create function public.get_ledger_entry(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select pg_catalog.to_jsonb(t) || pg_catalog.jsonb_build_object(
    'created_at', benchmark_private.utc_text(t.created_at),
    'created_at_epoch', extract(epoch from t.created_at),
    'measured_at_epoch', extract(epoch from t.measured_at),
    'previous_hash', pg_catalog.encode(t.previous_hash, 'hex'),
    'entry_hash', pg_catalog.encode(t.entry_hash, 'hex'))
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_snapshot_version;
$$;
comment on function public.get_ledger_entry(uuid, integer) is
  'One entry of the ledger with everything its hash covers, so that the hash can be recomputed outside the database; null when there is none. For service_role; takes no lock.';
