-- Who may read. Every grant is written out: hosted projects give none to new tables any more,
-- older ones give all, so both are set to the same here.

create table benchmark_private.settings (
  is_only_row boolean not null default true,
  public_read boolean not null default false,
  constraint settings_pkey primary key (is_only_row),
  constraint settings_is_only_row_check check (is_only_row)
);
comment on table benchmark_private.settings is 'The one row of settings.';
insert into benchmark_private.settings default values;

create function benchmark_private.public_read_is_on() returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select s.public_read from benchmark_private.settings as s;
$$;
comment on function benchmark_private.public_read_is_on() is
  'Whether anon may read. Security definer, because row security evaluates it as the reader, who has no access to the private schema.';

revoke all on all tables in schema benchmark_private from public, anon, authenticated, service_role;
revoke all on all functions in schema benchmark_private from public, anon, authenticated, service_role;
grant execute on function benchmark_private.public_read_is_on() to anon, authenticated, service_role;

alter table public.benchmark_configurations enable row level security;
alter table public.benchmark_transactions enable row level security;
alter table public.benchmark_snapshot_versions enable row level security;
alter table benchmark_private.trust_rules enable row level security;
alter table benchmark_private.ingest_tokens enable row level security;
alter table benchmark_private.idempotency_keys enable row level security;
alter table benchmark_private.settings enable row level security;

-- By name and not "on all tables": a project has tables of its own in public.
revoke all on public.benchmark_configurations, public.benchmark_transactions,
  public.benchmark_snapshot_versions, public.benchmark_snapshots, public.v_latest_benchmarks
  from public, anon, authenticated, service_role;
grant select on public.benchmark_configurations, public.benchmark_transactions,
  public.benchmark_snapshot_versions, public.benchmark_snapshots, public.v_latest_benchmarks
  to anon, authenticated, service_role;

-- Said and not only left out, so that nobody takes the absence for an oversight.
create policy nobody on benchmark_private.trust_rules using (false);
create policy nobody on benchmark_private.ingest_tokens using (false);
create policy nobody on benchmark_private.idempotency_keys using (false);
create policy nobody on benchmark_private.settings using (false);

create policy authenticated_reads on public.benchmark_configurations
  for select to authenticated using (true);
create policy authenticated_reads on public.benchmark_transactions
  for select to authenticated using (true);
create policy authenticated_reads on public.benchmark_snapshot_versions
  for select to authenticated using (true);
-- (select …): evaluated once a query and not once a row
create policy anon_reads_when_public on public.benchmark_configurations
  for select to anon using ((select benchmark_private.public_read_is_on()));
create policy anon_reads_when_public on public.benchmark_transactions
  for select to anon using ((select benchmark_private.public_read_is_on()));
create policy anon_reads_when_public on public.benchmark_snapshot_versions
  for select to anon using ((select benchmark_private.public_read_is_on()));

create function public.get_latest_benchmarks() returns setof public.v_latest_benchmarks
language sql
stable
set search_path = ''
as $$
  select * from public.v_latest_benchmarks;
$$;
comment on function public.get_latest_benchmarks() is
  'v_latest_benchmarks for callers that can only call functions. Row security of the caller applies; takes no lock.';

revoke all on function public.get_latest_benchmarks() from public, anon, authenticated, service_role;
grant execute on function public.get_latest_benchmarks() to anon, authenticated, service_role;

revoke all on function public.ingest_benchmark(jsonb, jsonb, text) from public, anon, authenticated, service_role;
grant execute on function public.ingest_benchmark(jsonb, jsonb, text) to service_role;

revoke all on function public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text)
  from public, anon, authenticated, service_role;
grant execute on function public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text)
  to service_role;

revoke all on function public.verify_ledger() from public, anon, authenticated, service_role;
grant execute on function public.verify_ledger() to service_role;

revoke all on function public.get_ledger_entry(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function public.get_ledger_entry(uuid, integer) to service_role;

revoke all on function public.get_receipt(jsonb, uuid, integer) from public, anon, authenticated, service_role;
grant execute on function public.get_receipt(jsonb, uuid, integer) to service_role;

revoke all on function public.check_principal(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.check_principal(jsonb) to service_role;
