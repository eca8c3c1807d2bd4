-- What has been stored stays as it was stored, for every role, the owner and service_role too.
--
-- Statement-level triggers: a row-level trigger lets `UPDATE … WHERE false` and an
-- `INSERT … ON CONFLICT DO UPDATE` that meets no conflict pass in silence, and never sees
-- TRUNCATE. ENABLE ALWAYS: a plain trigger is bypassed by `SET session_replication_role = replica`.

create function benchmark_private.refuse_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = pg_catalog.format('%s on %I.%I is refused: %s',
      tg_op, tg_table_schema, tg_table_name, tg_argv[0]),
    hint = 'Store a correction as a new run. To see whether the ledger is intact, run verify_ledger().';
end;
$$;
comment on function benchmark_private.refuse_change() is
  'Trigger that refuses its statement with SQLSTATE 42501; its argument is the reason.';

create trigger refuse_change
  before update or delete or truncate on public.benchmark_transactions
  for each statement execute function benchmark_private.refuse_change('the ledger is append-only');
alter table public.benchmark_transactions enable always trigger refuse_change;

create trigger refuse_removal
  before delete or truncate on public.benchmark_snapshot_versions
  for each statement execute function benchmark_private.refuse_change('versions are never removed');
alter table public.benchmark_snapshot_versions enable always trigger refuse_removal;

-- Every column but is_active.
create trigger refuse_change
  before update of configuration_id, snapshot_version, created_at, transaction_id, precision_score,
    recall_score, f1_score, latency_ms, cost_per_analysis, principal, run_id, run_attempt
  on public.benchmark_snapshot_versions
  for each statement execute function benchmark_private.refuse_change('only is_active ever changes');
alter table public.benchmark_snapshot_versions enable always trigger refuse_change;

create trigger refuse_removal
  before delete or truncate on public.benchmark_configurations
  for each statement execute function benchmark_private.refuse_change('configurations are never removed');
alter table public.benchmark_configurations enable always trigger refuse_removal;

-- Named columns and not all: the counter on the ingest path then pays nothing for this guard.
create trigger refuse_change
  before update of id, model_version, dataset_version, prompt_version, environment, created_at
  on public.benchmark_configurations
  for each statement execute function benchmark_private.refuse_change('a configuration keeps its name');
alter table public.benchmark_configurations enable always trigger refuse_change;

-- A view over a join refuses writes by itself, but as 55000 and before it looks at rights. With
-- these triggers a role without rights gets 42501 as from a table, and so does the owner.
create trigger refuse_change
  instead of insert or update or delete on public.benchmark_snapshots
  for each row execute function benchmark_private.refuse_change('snapshots are written by ingest_benchmark() alone');
