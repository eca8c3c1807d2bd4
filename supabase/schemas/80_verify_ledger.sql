-- Finding what could not be prevented: whoever owns the tables can disable the guards.

create function benchmark_private.expected_guards()
returns table (table_name text, trigger_name text, definition text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('benchmark_configurations', 'check_configuration',
      'CREATE TRIGGER check_configuration AFTER INSERT ON public.benchmark_configurations FOR EACH ROW EXECUTE FUNCTION benchmark_private.check_configuration()'),
    ('benchmark_configurations', 'refuse_change',
      'CREATE TRIGGER refuse_change BEFORE UPDATE OF id, model_version, dataset_version, prompt_version, environment, variant, created_at ON public.benchmark_configurations FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''a configuration keeps its name'')'),
    ('benchmark_configurations', 'refuse_removal',
      'CREATE TRIGGER refuse_removal BEFORE DELETE OR TRUNCATE ON public.benchmark_configurations FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''configurations are never removed'')'),
    ('benchmark_decisions', 'refuse_change',
      'CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.benchmark_decisions FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''the record is append-only'')'),
    ('benchmark_item_sets', 'refuse_change',
      'CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.benchmark_item_sets FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''items stay as they were sent, or are pruned'')'),
    ('benchmark_items', 'refuse_change',
      'CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.benchmark_items FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''items stay as they were sent, or are pruned'')'),
    ('benchmark_transactions', 'refuse_change',
      'CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OF configuration_id, snapshot_version, created_at, id, commit_sha, branch_name, model_version, model_provider, dataset_version, dataset_size, prompt_version, environment, variant, run_id, run_attempt, metrics, precision_score, recall_score, f1_score, latency_ms, cost_per_analysis, duration_seconds, error_count, success_count, tags, measured_at, principal, provenance, published, is_backfill, previous_version, nearest_version, nearest_configuration_id, verdict, judgements, commitment, items_digest, entry_hash OR TRUNCATE ON public.benchmark_transactions FOR EACH STATEMENT EXECUTE FUNCTION benchmark_private.refuse_change(''the ledger is append-only'')'),
    ('benchmark_transactions', 'refuse_unless_erased',
      'CREATE TRIGGER refuse_unless_erased BEFORE UPDATE OF triggered_by, notes, head_ref, salt ON public.benchmark_transactions FOR EACH ROW EXECUTE FUNCTION benchmark_private.refuse_unless_erased()');
$$;
comment on function benchmark_private.expected_guards() is
  'The triggers that the tables of the ledger must have, no more and no less, as pg_get_triggerdef() writes them.';

create function benchmark_private.expected_guard_functions()
returns table (function_name text, body_sha256 text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('check_configuration', 'd28c272dce421ae37e37c7e8a9cbdee447c8809b55ad143a3a64c49527857220'),
    ('commitment', '596d0aa2dd04b4c283e10b89774d6d657108eb4feda1e52358d938a0a8bfa1c9'),
    ('entry_hash', '7c219d70fade9584aa9cc79fb358b4acaf835ea25220e86235683fb4c64a0486'),
    ('newest_reference', '8237dada66c4565f31070cc6bba254921bd9a98891a97481cc6c1d4c2bbd64a6'),
    ('check_name', 'b0e1f4c402f9d7d2973a7bf298d27b48228005757d3a31c6475844484f5401e8'),
    ('refuse_change', '9779b96be0f2ae953dfb8ad757428e17b3b84ef8e2c7e82f6c6f808dbd183725'),
    ('refuse_unless_erased', '1a29e3d09c49f9f01c4b5ec147d24a5003e5714764fdee98a39f9d6e2cfa3225');
$$;
comment on function benchmark_private.expected_guard_functions() is
  'The functions behind the guards and the hashes, with the SHA-256 of language, settings and body. A test of the project says the new one when a body is changed on purpose.';

create function benchmark_private.guard_function_hash(p_function oid) returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(
    concat_ws(E'\n', l.lanname, p.prosecdef::text, array_to_string(p.proconfig, ';'), p.prosrc), 'UTF8')), 'hex')
  from pg_proc as p
  join pg_language as l on l.oid = p.prolang
  where p.oid = p_function;
$$;
comment on function benchmark_private.guard_function_hash(oid) is
  'SHA-256, in hex, of what a function does: its language, whose rights it has, its settings and its body.';

create function benchmark_private.broken_guards()
returns table (guard text, problem text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select format('%s on %s', coalesce(g.trigger_name, t.tgname), coalesce(g.table_name, t.relname)),
    case
      when t.tgname is null then 'the trigger is missing'
      when g.trigger_name is null then 'a trigger that does not belong here'
      when t.tgenabled <> 'A' then 'the trigger is not enabled always'
      else 'the trigger is another one: ' || t.definition
    end
  from benchmark_private.expected_guards() as g
  full join (
    select c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) as definition
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = to_regnamespace('public') and not t.tgisinternal
      and c.relname in ('benchmark_configurations', 'benchmark_decisions', 'benchmark_item_sets', 'benchmark_items', 'benchmark_transactions')
  ) as t on t.relname = g.table_name and t.tgname = g.trigger_name
  where g.definition is distinct from t.definition or t.tgenabled <> 'A'
  union all
  select format('function %s()', f.function_name),
    case when p.oid is null then 'the function is missing' else 'the function has another body' end
  from benchmark_private.expected_guard_functions() as f
  left join pg_proc as p
    on p.proname = f.function_name and p.pronamespace = to_regnamespace('benchmark_private')
  where benchmark_private.guard_function_hash(p.oid) is distinct from f.body_sha256
  union all
  select format('key %s', k.name), 'the key is missing or not unique any more'
  from (values ('benchmark_transactions_pkey'), ('benchmark_transactions_run_key'), ('benchmark_configurations_pkey')) as k(name)
  left join pg_class as c on c.relname = k.name and c.relnamespace = to_regnamespace('public')
  left join pg_index as i on i.indexrelid = c.oid and i.indisunique and i.indisvalid
  where i.indexrelid is null
  union all
  select 'item set ' || encode(s.digest, 'hex'), 'its digest is not that of its ids'
  from public.benchmark_item_sets as s
  where s.digest <> benchmark_private.item_set_digest(s)
  union all
  select format('rule %s on %s', r.rulename, c.relname), 'a rule that does not belong here'
  from pg_rewrite as r
  join pg_class as c on c.oid = r.ev_class
  where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p')
    and c.relname in ('benchmark_configurations', 'benchmark_decisions', 'benchmark_item_sets', 'benchmark_items', 'benchmark_transactions');
$$;
comment on function benchmark_private.broken_guards() is
  'The append-only guards that somebody with the rights of the owner has dropped, disabled, replaced or hollowed out: trigger, condition, columns, state, function and its body; the keys; item sets with other ids; and triggers and rules that do not belong.';

create function benchmark_private.broken_entries(p_configuration_id uuid default null)
returns table (configuration_id uuid, snapshot_version integer, problem text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with entries as (
    select
      t as entry,
      t.configuration_id,
      t.snapshot_version,
      lag(t.snapshot_version, 1, 0) over chain as version_before,
      lag(t.entry_hash) over chain as hash_before,
      lag(t.created_at) over chain as time_before
    from public.benchmark_transactions as t
    where p_configuration_id is null or t.configuration_id = p_configuration_id
    window chain as (partition by t.configuration_id order by t.snapshot_version)
  )
  select e.configuration_id, e.snapshot_version, found.problem
  from entries as e
  left join public.benchmark_configurations as c on c.id = e.configuration_id
  left join public.benchmark_items as i
    on i.configuration_id = e.configuration_id and i.snapshot_version = e.snapshot_version
  cross join lateral (
    select case
      when e.snapshot_version <> e.version_before + 1 then format(
        'version %s follows version %s: entries are missing or doubled', e.snapshot_version, e.version_before)
      when (e.entry).entry_hash is distinct from benchmark_private.entry_hash(e.entry, e.hash_before) then
        'its entry_hash is not that of its content after the version before'
      when (e.entry).created_at <= e.time_before then 'its time is not after that of the version before'
      when c.id is null then 'the configuration of this entry is missing'
      when (c.model_version, c.dataset_version, c.prompt_version, c.environment, c.variant) is distinct from (
        (e.entry).model_version, (e.entry).dataset_version, (e.entry).prompt_version, (e.entry).environment,
        (e.entry).variant) then 'its names are not those of its configuration'
      when ((e.entry).precision_score, (e.entry).recall_score, (e.entry).f1_score, (e.entry).latency_ms,
          (e.entry).cost_per_analysis)
          is distinct from (
            ((e.entry).metrics ->> 'precision')::numeric, ((e.entry).metrics ->> 'recall')::numeric,
            ((e.entry).metrics ->> 'f1')::numeric, ((e.entry).metrics ->> 'latency_ms')::numeric,
            ((e.entry).metrics ->> 'analysis_cost')::numeric)
        then 'its scores are not those of its metrics'
      when (e.entry).salt is not null
        and (e.entry).commitment is distinct from benchmark_private.commitment(
          (e.entry).salt, (e.entry).triggered_by, (e.entry).notes, (e.entry).head_ref)
        then 'what it says about people does not match its commitment'
      when (e.entry).salt is null
        and ((e.entry).triggered_by is not null or (e.entry).notes is not null or (e.entry).head_ref is not null)
        then 'it says something about people without a commitment'
      when (e.entry).salt is null and (e.entry).commitment is not null and not exists (
          select from public.benchmark_decisions as d
          where d.configuration_id = e.configuration_id and d.kind = 'erase'
            and d.snapshot_version = e.snapshot_version)
        then 'what it said about people is gone without a decision to erase it'
      when i.item_set is not null and (e.entry).items_digest is distinct from benchmark_private.items_digest(i)
        then 'the results of its items are not those of its items_digest'
    end as problem
  ) as found
  where found.problem is not null
  union all
  select c.id, coalesce(last.snapshot_version, 0) + 1, format(
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
    and last.snapshot_version is distinct from c.last_version;
$$;
comment on function benchmark_private.broken_entries(uuid) is
  'Every entry whose chain, hash, scores or commitment does not hold, of one configuration or of all, with the reason. Reads every entry; takes no lock.';

create function benchmark_private.broken_pointers()
returns table (configuration_id uuid, problem text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with void as (
    select l.configuration_id, array_agg(l.snapshot_version) filter (where l.kind = 'void') as versions,
      max(l.last_version) as last_version
    from (
      select distinct on (d.configuration_id, d.snapshot_version) d.configuration_id, d.snapshot_version, d.kind, d.last_version
      from public.benchmark_decisions as d
      where d.kind in ('void', 'unvoid')
      order by d.configuration_id, d.snapshot_version, d.id desc
    ) as l
    group by l.configuration_id
  ),
  expected as (
    select c.*,
      coalesce(v.versions, '{}') as expected_void,
      -- As ingestion moved it, since the last void decision, which looked for it anew.
      coalesce(newer.snapshot_version, reference.snapshot_version) as expected_reference,
      coalesce(newer.at, reference.at) as expected_reference_at,
      -- The newest of: a run that can be a reference, a decision. A decision knows after which
      -- version it was made.
      case
        when checkout.last_version is null then coalesce(newer.snapshot_version, reference.snapshot_version)
        when moved.snapshot_version is not null then moved.snapshot_version
        else checkout.snapshot_version
      end as expected_current,
      baseline.snapshot_version as expected_baseline
    from public.benchmark_configurations as c
    left join void as v on v.configuration_id = c.id
    left join lateral (
      select t.snapshot_version, least(t.measured_at, t.created_at) as at
      from public.benchmark_transactions as t
      where t.configuration_id = c.id and t.snapshot_version > coalesce(v.last_version, 0)
        and t.published and not t.is_backfill
      order by t.snapshot_version desc limit 1
    ) as newer on true
    left join lateral benchmark_private.newest_reference(c.id, coalesce(v.versions, '{}'), v.last_version) as reference
      on newer.snapshot_version is null
    left join lateral (
      select d.* from public.benchmark_decisions as d
      where d.configuration_id = c.id and d.kind = 'checkout'
      order by d.id desc limit 1
    ) as checkout on true
    left join lateral (
      select t.snapshot_version from public.benchmark_transactions as t
      where t.configuration_id = c.id and t.snapshot_version > checkout.last_version
        and t.published and not t.is_backfill
      order by t.snapshot_version desc limit 1
    ) as moved on true
    left join lateral (
      select d.* from public.benchmark_decisions as d
      where d.configuration_id = c.id and d.kind = 'baseline'
      order by d.id desc limit 1
    ) as baseline on true
  )
  select e.id, found.problem
  from expected as e
  cross join lateral (values
    (case when e.current_version is distinct from e.expected_current then format(
      'current_version is %s, but runs and decisions say %s', coalesce(e.current_version::text, 'null'), coalesce(e.expected_current::text, 'null')) end),
    (case when e.baseline_version is distinct from e.expected_baseline then format(
      'baseline_version is %s, but decisions say %s', coalesce(e.baseline_version::text, 'null'), coalesce(e.expected_baseline::text, 'null')) end),
    (case when e.reference_version is distinct from e.expected_reference then format(
      'reference_version is %s, but runs and decisions say %s', coalesce(e.reference_version::text, 'null'), coalesce(e.expected_reference::text, 'null')) end),
    -- It may be earlier: it is noted before the run is stored, by a clock that may have gone back.
    (case when e.reference_at > e.expected_reference_at then format(
      'reference_at is %s, but the run was measured at %s', e.reference_at, e.expected_reference_at) end),
    (case when not (e.void_versions @> e.expected_void and e.void_versions <@ e.expected_void) then format(
      'void_versions are %s, but decisions say %s', e.void_versions, e.expected_void) end)
  ) as found(problem)
  where found.problem is not null;
$$;
comment on function benchmark_private.broken_pointers() is
  'Configurations whose pointers (current, baseline, reference, void) are not what runs and decisions make them. Reads decisions and a few runs of each; takes no lock.';

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
  problem text,
  variant text,
  erased integer,
  pruned integer
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '10min'
as $$
  with broken as materialized (
    select distinct on (b.configuration_id) b.*
    from (
      select e.* from benchmark_private.broken_entries() as e
      union all
      select p.configuration_id, null, p.problem from benchmark_private.broken_pointers() as p
    ) as b
    order by b.configuration_id, b.snapshot_version nulls last
  )
  select coalesce(c.id, b.configuration_id), c.model_version, c.dataset_version, c.prompt_version, c.environment,
    c.last_version,
    encode(head.entry_hash, 'hex'),
    b.problem is null,
    b.snapshot_version,
    b.problem,
    c.variant,
    (select count(*)::integer from public.benchmark_decisions as d where d.configuration_id = c.id and d.kind = 'erase'),
    (select count(*)::integer from public.benchmark_transactions as t
     where t.configuration_id = c.id and t.items_digest is not null and not exists (
       select from public.benchmark_items as i
       where i.configuration_id = t.configuration_id and i.snapshot_version = t.snapshot_version))
  from public.benchmark_configurations as c
  -- full: the configuration of an entry can be what is gone.
  full join broken as b on b.configuration_id = c.id
  left join lateral (
    select t.entry_hash
    from public.benchmark_transactions as t
    where t.configuration_id = c.id
    order by t.snapshot_version desc
    limit 1
  ) as head on true
  union all
  select null, null, null, null, null, null, null, false, null, g.guard || ': ' || g.problem, null, null, null
  from benchmark_private.broken_guards() as g
  order by 8, 2, 3, 4, 5, 11;
$$;
comment on function public.verify_ledger() is
  'Recomputes the hash chain of every configuration and names the first version at which it breaks, or the pointer that no decision explains, broken ones first; a row without configuration names an append-only guard that is missing, disabled or replaced. erased counts the entries whose personal data was erased, pruned those whose items were removed. Cannot see a tail cut off together with its counter, nor a chain rewritten as a whole: for that compare a receipt kept outside (deno task verify --receipt). What is derived and not hashed (judgements, verdict, nearest, previous_version, is_backfill, series, trend buckets), grants, and decisions rewritten together with what they explain are not checked. For service_role; reads every entry, may run 10 minutes, takes no lock.';

create function benchmark_private.ledger_document(
  p_entry public.benchmark_transactions, p_previous_hash bytea
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return to_jsonb(p_entry) || jsonb_build_object(
    'created_at', benchmark_private.utc_text(p_entry.created_at),
    'created_at_epoch', extract(epoch from p_entry.created_at),
    'measured_at_epoch', extract(epoch from p_entry.measured_at),
    'salt', encode(p_entry.salt, 'hex'),
    'commitment', encode(p_entry.commitment, 'hex'),
    'items_digest', encode(p_entry.items_digest, 'hex'),
    'previous_hash', encode(p_previous_hash, 'hex'),
    'entry_hash', encode(p_entry.entry_hash, 'hex'));
end;
$$;
comment on function benchmark_private.ledger_document(public.benchmark_transactions, bytea) is
  'An entry of the ledger with everything its hash covers, in the form that ledger/entry_hash.ts hashes.';

create function benchmark_private.ledger_entry(p_entry public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return benchmark_private.ledger_document(p_entry, (
    select b.entry_hash
    from public.benchmark_transactions as b
    where b.configuration_id = p_entry.configuration_id and b.snapshot_version = p_entry.snapshot_version - 1)
  ) || jsonb_build_object('erased_at', (
    select benchmark_private.utc_text(d.decided_at)
    from public.benchmark_decisions as d
    where d.configuration_id = p_entry.configuration_id and d.kind = 'erase'
      and d.snapshot_version = p_entry.snapshot_version
    order by d.id limit 1));
end;
$$;
comment on function benchmark_private.ledger_entry(public.benchmark_transactions) is
  'ledger_document() of an entry with the hash before it, and when its personal data was erased, if it was.';

create function public.get_ledger_entry(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select benchmark_private.ledger_entry(t)
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_snapshot_version;
$$;
comment on function public.get_ledger_entry(uuid, integer) is
  'One entry of the ledger with everything its hash covers, so that the hash can be recomputed outside the database, and when its personal data was erased, if it was; null when there is none. For service_role; takes no lock.';
