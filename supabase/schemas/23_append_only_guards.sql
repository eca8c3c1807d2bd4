-- What has been stored stays as it was stored, for every role, the owner and service_role too.
--
-- Statement-level triggers: a row-level trigger lets `UPDATE … WHERE false` and an
-- `INSERT … ON CONFLICT DO UPDATE` that meets no conflict pass in silence, and never sees
-- TRUNCATE. ENABLE ALWAYS: a plain trigger is bypassed by `SET session_replication_role = replica`.

create function benchmark_private.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('%s on %I.%I is refused: %s',
      tg_op, tg_table_schema, tg_table_name, tg_argv[0]),
    hint = 'Store a correction as a new run. To see whether the ledger is intact, run verify_ledger().';
end;
$$;
comment on function benchmark_private.refuse_change() is
  'Trigger that refuses its statement with SQLSTATE 42501; its argument is the reason.';

create function benchmark_private.refuse_unless_erased() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.salt is null and new.triggered_by is null and new.notes is null and new.head_ref is null
    and exists (
      select from public.benchmark_decisions as d
      where d.configuration_id = new.configuration_id
        and d.kind = 'erase' and d.snapshot_version = new.snapshot_version)
  then
    return new;
  end if;
  raise exception using
    errcode = '42501',
    message = 'UPDATE on public.benchmark_transactions is refused: what is about people may only be erased, all of it, by a decision.',
    hint = 'Use: deno task admin erase --transaction ID --reason TEXT';
end;
$$;
comment on function benchmark_private.refuse_unless_erased() is
  'Trigger that lets what is about people only become null, salt and all, and only for an entry that a decision erased; else 42501.';

-- Every column but those about people.
create trigger refuse_change
  before delete or truncate or update of configuration_id, snapshot_version, created_at, id,
    commit_sha, branch_name, model_version, model_provider, dataset_version, dataset_size,
    prompt_version, environment, variant, run_id, run_attempt, metrics, precision_score,
    recall_score, f1_score, latency_ms, cost_per_analysis, duration_seconds, error_count,
    success_count, tags, measured_at, principal, provenance, published, is_backfill,
    previous_version, nearest_version, nearest_configuration_id, verdict, judgements, commitment, items_digest, entry_hash
  on public.benchmark_transactions
  for each statement execute function benchmark_private.refuse_change('the ledger is append-only');
alter table public.benchmark_transactions enable always trigger refuse_change;

create trigger refuse_unless_erased
  before update of triggered_by, notes, head_ref, salt on public.benchmark_transactions
  for each row execute function benchmark_private.refuse_unless_erased();
alter table public.benchmark_transactions enable always trigger refuse_unless_erased;

create trigger refuse_removal
  before delete or truncate on public.benchmark_configurations
  for each statement execute function benchmark_private.refuse_change('configurations are never removed');
alter table public.benchmark_configurations enable always trigger refuse_removal;

-- Named columns and not all: the counter on the ingest path then pays nothing for this guard.
create trigger refuse_change
  before update of id, model_version, dataset_version, prompt_version, environment, variant, created_at
  on public.benchmark_configurations
  for each statement execute function benchmark_private.refuse_change('a configuration keeps its name');
alter table public.benchmark_configurations enable always trigger refuse_change;

create trigger refuse_change
  before update or delete or truncate on public.benchmark_decisions
  for each statement execute function benchmark_private.refuse_change('the record is append-only');
alter table public.benchmark_decisions enable always trigger refuse_change;

-- A view over a join refuses writes by itself, but as 55000 and before it looks at rights. With
-- this trigger a role without rights gets 42501 as from a table, and so does the owner.
create trigger refuse_change
  instead of insert or update or delete on public.benchmark_snapshots
  for each row execute function benchmark_private.refuse_change('snapshots are written by ingest_benchmark() alone');
