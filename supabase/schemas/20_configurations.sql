-- What is benchmarked. Every key of a public table carries the configuration, so that the schema
-- can be distributed by it (Citus and the like) without change.

create function benchmark_private.configuration_id(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_variant text
) returns uuid
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Derived instead of drawn, so that the primary key alone makes the natural key unique: a
  -- second unique index would cost a write a run, and could not be distributed.
  -- U+001F between the parts: no part may hold a control character (check_configuration), so
  -- ('a','b:c') and ('a:b','c') differ. 8 and a are the version and the variant of RFC 9562.
  return overlay(overlay(left(encode(sha256(convert_to(
    p_model_version || E'\x1f' || p_dataset_version || E'\x1f' || p_prompt_version || E'\x1f'
      || p_environment || E'\x1f' || p_variant, 'UTF8')), 'hex'), 32)
    placing '8' from 13) placing 'a' from 17)::uuid;
end;
$$;
comment on function benchmark_private.configuration_id(text, text, text, text, text) is
  'UUID version 8 (RFC 9562 section 5.8) of a configuration: the first 128 bits of SHA-256 over its five parts with U+001F between them. Takes no lock, raises nothing; null when a part is null.';

create table public.benchmark_configurations (
  id uuid not null,
  model_version text not null,
  dataset_version text not null,
  prompt_version text not null,
  environment text not null,
  variant text not null default '',
  series text,
  last_version integer not null default 1,
  current_version integer,
  baseline_version integer,
  reference_version integer,
  reference_at timestamptz,
  previous_version integer,
  void_versions integer[] not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  constraint benchmark_configurations_pkey primary key (id)
) with (fillfactor = 50);
-- Room on the page, so that the counter's updates stay on it and touch no index.
comment on table public.benchmark_configurations is
  'What is benchmarked: model, dataset, prompt, environment and variant. Its row is the lock and the version counter of its history; its pointers are derived from runs and decisions, which verify_ledger() checks.';
comment on column public.benchmark_configurations.variant is
  'What tells apart runs that the four names do not: a platform, a seed, a temperature. Empty when there is nothing to tell apart.';
comment on column public.benchmark_configurations.series is
  'What models and prompts come and go in, such as bill-auditor. Set by the first published run that names one, changed by a decision.';
comment on column public.benchmark_configurations.last_version is
  'The version given out last; versions are 1, 2, 3 … without gap.';
-- A pointer and not a flag on every run: two current snapshots cannot be written down at all, and
-- a run costs one update less than flipping flags under a partial unique index.
comment on column public.benchmark_configurations.current_version is
  'The one current snapshot, null until a run is published; benchmark_snapshots.is_current is derived from it.';
comment on column public.benchmark_configurations.baseline_version is
  'The one baseline snapshot, or null; benchmark_snapshots.is_baseline is derived from it.';
comment on column public.benchmark_configurations.reference_version is
  'The newest run that is published, not void and not a backfill: what the next run is compared with, and judged against where there is no baseline. A checkout does not move it.';
comment on column public.benchmark_configurations.reference_at is
  'When the run of reference_version was measured, else stored: a published run that was measured earlier is a backfill.';
comment on column public.benchmark_configurations.previous_version is
  'What reference_version was when the newest run came; scratch space of ingest_benchmark().';
comment on column public.benchmark_configurations.void_versions is
  'The runs that a decision declared void.';
create index benchmark_configurations_series_idx
  on public.benchmark_configurations (series, id) where series is not null;
-- For the first run of a configuration, which is shown beside the nearest, and for leaderboards.
create index benchmark_configurations_dataset_idx
  on public.benchmark_configurations (dataset_version, environment, id);

create function benchmark_private.check_name(p_field text, p_value text, p_shortest integer, p_longest integer)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if length(p_value) not between p_shortest and p_longest
    -- Control and format characters, and every space but U+0020: names that look alike must be
    -- alike. The function names character and position; here, who comes by SQL is told the field.
    or p_value ~ '[\u0001-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]'
    or p_value <> btrim(p_value, ' ')
    or p_value is not nfc normalized
  then
    raise exception using
      errcode = '23514',
      message = format('%s must have %s to %s characters in Unicode form NFC, with no control or invisible characters, no space but U+0020, and none at its ends.',
        p_field, p_shortest, p_longest);
  end if;
end;
$$;
comment on function benchmark_private.check_name(text, text, integer, integer) is
  'Refuses (23514) a name that could be mistaken for another one: of the wrong length, not in NFC, or with control, format or other invisible characters or unusual spaces.';

create function benchmark_private.check_configuration() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.check_name('model_version', new.model_version, 1, 200);
  perform benchmark_private.check_name('dataset_version', new.dataset_version, 1, 200);
  perform benchmark_private.check_name('prompt_version', new.prompt_version, 1, 200);
  perform benchmark_private.check_name('variant', new.variant, 0, 100);
  perform new.environment::benchmark_private.environment_label;
  if new.id <> benchmark_private.configuration_id(
    new.model_version, new.dataset_version, new.prompt_version, new.environment, new.variant)
  then
    raise exception using
      errcode = '23514', message = 'The id of a configuration must be its configuration_id().';
  end if;
  return null;
end;
$$;
comment on function benchmark_private.check_configuration() is
  'Trigger that refuses (23514) a new configuration with a malformed part or an id that is not derived from its parts.';

-- After insert and not check constraints: Postgres prepares and checks every constraint again at
-- every update, so the counter would pay for rules over names that cannot change (measured: with
-- like constraints on the runs, a seventh of the ingest call).
create trigger check_configuration
  after insert on public.benchmark_configurations
  for each row execute function benchmark_private.check_configuration();
alter table public.benchmark_configurations enable always trigger check_configuration;
