-- Choosing what is current and what is the baseline. Every choice is recorded.

create table public.benchmark_selections (
  id bigint generated always as identity,
  configuration_id uuid not null,
  selected_at timestamptz not null default pg_catalog.clock_timestamp(),
  kind text not null,
  from_version integer,
  to_version integer,
  selected_by text not null,
  constraint benchmark_selections_pkey primary key (configuration_id, id),
  constraint benchmark_selections_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id),
  constraint benchmark_selections_kind_check check (kind in ('current', 'baseline'))
);
comment on table public.benchmark_selections is
  'Append-only record of who made which snapshot current or baseline, and which it was before.';

create trigger refuse_change
  before update or delete or truncate on public.benchmark_selections
  for each statement execute function benchmark_private.refuse_change('the record is append-only');
alter table public.benchmark_selections enable always trigger refuse_change;

alter table public.benchmark_selections enable row level security;
revoke all on public.benchmark_selections from public, anon, authenticated, service_role;
grant select on public.benchmark_selections to anon, authenticated, service_role;
create policy authenticated_reads on public.benchmark_selections
  for select to authenticated using (true);
create policy anon_reads_when_public on public.benchmark_selections
  for select to anon using ((select benchmark_private.public_read_is_on()));

create function benchmark_private.select_snapshot(
  p_configuration_id uuid,
  p_kind text,
  p_version integer
) returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_configuration public.benchmark_configurations;
begin
  -- The lock that ingestion takes: a choice and a new version do not pass each other.
  select c.* into v_configuration
  from public.benchmark_configurations as c
  where c.id = p_configuration_id
  for no key update;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  if p_version is not null then
    perform from public.benchmark_snapshot_versions as s
    where s.configuration_id = p_configuration_id and s.snapshot_version = p_version and s.is_active;
    if not found then
      perform benchmark_private.refuse(404, 'not_found', pg_catalog.format(
        'Snapshot version %s not found: the configuration has versions 1 to %s.',
        p_version, v_configuration.last_version));
    end if;
  end if;
  insert into public.benchmark_selections (configuration_id, kind, from_version, to_version, selected_by)
  values (p_configuration_id, p_kind,
    case p_kind when 'current' then v_configuration.current_version else v_configuration.baseline_version end,
    p_version,
    coalesce(
      nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
      nullif(pg_catalog.current_setting('role', true), 'none'),
      session_user));
  if p_kind = 'current' then
    update public.benchmark_configurations as c
    set current_version = p_version where c.id = p_configuration_id;
  else
    update public.benchmark_configurations as c
    set baseline_version = p_version where c.id = p_configuration_id;
  end if;
end;
$$;
comment on function benchmark_private.select_snapshot(uuid, text, integer) is
  'Makes a version current or baseline and records it. Locks the row of the configuration. Raises PT404 when the configuration or an active version is missing.';

create function public.checkout_snapshot(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_snapshot_version integer
) returns boolean
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform benchmark_private.select_snapshot(
    benchmark_private.configuration_id(p_model_version, p_dataset_version, p_prompt_version, p_environment),
    'current', p_snapshot_version);
  return true;
end;
$$;
comment on function public.checkout_snapshot(text, text, text, text, integer) is
  'Makes a version the current snapshot of its configuration, until the next run. Recorded in benchmark_selections. For service_role. Locks the row of the configuration; raises PT404 when the version is missing or inactive, 55P03 after 4 s.';

create function public.set_baseline(p_configuration_id uuid, p_version integer) returns boolean
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '4s'
as $$
begin
  perform benchmark_private.select_snapshot(p_configuration_id, 'baseline', p_version);
  return true;
end;
$$;
comment on function public.set_baseline(uuid, integer) is
  'Makes a version the one baseline of its configuration; null takes the baseline away. Recorded in benchmark_selections. For service_role. Locks and SQLSTATEs are those of checkout_snapshot().';

revoke all on function benchmark_private.select_snapshot(uuid, text, integer) from public, anon, authenticated, service_role;
revoke all on function public.checkout_snapshot(text, text, text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.checkout_snapshot(text, text, text, text, integer) to service_role;
revoke all on function public.set_baseline(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function public.set_baseline(uuid, integer) to service_role;
