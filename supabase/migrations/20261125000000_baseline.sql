-- Made by `deno task schema --baseline` from supabase/schemas, which is what to read and edit.

-- supabase/schemas/00_private_schema.sql

-- What is not called through the API lives here, and how a function refuses.
--
-- Every function, in every file, sets `search_path = pg_catalog, pg_temp`. An empty path still
-- looks into pg_temp first for types: whoever can make a temporary domain named `text` would run
-- its check as the owner of a security definer function. With pg_temp named last, built-in names
-- win. Whatever is ours is written with its schema.

create schema benchmark_private;
comment on schema benchmark_private is
  'Trust rules, ingest tokens and the functions behind the API. Must never be added to the exposed schemas of PostgREST.';

create domain benchmark_private.environment_label as text
  constraint environment_label_check check (value ~ '^[a-z0-9][a-z0-9-]{0,39}$');
comment on domain benchmark_private.environment_label is
  'Where a run was measured: 1 to 40 lowercase letters, digits and hyphens, not starting with a hyphen.';

create function benchmark_private.refuse(
  p_status integer,
  p_code text,
  p_message text,
  p_result integer default null,
  p_pointer text default null,
  p_other integer default null
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- PTnnn is PostgREST's way to choose the HTTP status; DETAIL carries what a program needs.
  raise exception using
    errcode = 'PT' || p_status::text,
    message = p_message,
    detail = jsonb_strip_nulls(jsonb_build_object(
      'code', p_code, 'result', p_result, 'pointer', p_pointer, 'other', p_other))::text;
end;
$$;
comment on function benchmark_private.refuse(integer, text, text, integer, text, integer) is
  'Raises SQLSTATE PT<status> with p_message, and DETAIL {"code", "result", "pointer", "other"}: result is the index of the result at fault in the request, pointer the JSON pointer into that result, other the index of a second result that it collides with.';

create function benchmark_private.decided_by() returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
    nullif(current_setting('role', true), 'none'),
    session_user);
end;
$$;
comment on function benchmark_private.decided_by() is
  'Who is making a decision: the subject of the caller''s JWT, else the role that was set, else the login role.';

create function benchmark_private.utc_text(p_at timestamptz) returns text
language plpgsql
stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The text of a timestamptz depends on the session's TimeZone; a receipt must not.
  return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
end;
$$;
comment on function benchmark_private.utc_text(timestamptz) is
  'A point in time as ISO 8601 text in UTC with six decimals of a second, whatever the session''s time zone.';


-- supabase/schemas/10_metrics.sql

-- Metrics by JSON pointer, and the five scores that have columns of their own.

create function benchmark_private.scores()
returns table (metric text, key text, is_fraction boolean)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('/f1', 'f1', true),
    ('/precision', 'precision', true),
    ('/recall', 'recall', true),
    ('/latency_ms', 'latency_ms', false),
    ('/analysis_cost', 'analysis_cost', false);
$$;
comment on function benchmark_private.scores() is
  'The numbers that have columns of their own in benchmark_transactions: their JSON pointer, their key in the metrics, and whether they are fractions from 0 to 1.';

create function benchmark_private.metric_pointer(p_metric text) returns text
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when left(p_metric, 1) = '/' then p_metric else '/' || p_metric end;
end;
$$;
comment on function benchmark_private.metric_pointer(text) is
  'A metric as the JSON pointer that it is stored under: f1 is taken for /f1.';

create function benchmark_private.metric_keys(p_metric text) returns text[]
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := array[]::text[];
  v_key text;
begin
  if length(p_metric) > 1000 then
    -- As long as metric_leaves() shows one, and a policy takes one.
    return null;
  end if;
  foreach v_key in array
    string_to_array(substr(benchmark_private.metric_pointer(p_metric), 2), '/') loop
    -- ~1 first: ~01 stands for ~1 and not for /.
    v_keys := v_keys || replace(replace(v_key, '~1', '/'), '~0', '~');
  end loop;
  return v_keys;
end;
$$;
comment on function benchmark_private.metric_keys(text) is
  'The keys of a JSON pointer (RFC 6901), for the operators #> and #>>; null for one of over 1000 characters. f1 is taken for /f1.';

create function benchmark_private.metric_number(p_metrics jsonb, p_keys text[]) returns numeric
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value jsonb := p_metrics #> p_keys;
begin
  -- Looked at first: a metric that is text in one run must not make that run fail.
  return case when jsonb_typeof(v_value) = 'number' then v_value::numeric end;
end;
$$;
comment on function benchmark_private.metric_number(jsonb, text[]) is
  'The number at a path of a metrics document; null when there is none or something else stands there.';

create function benchmark_private.percent_change(p_from numeric, p_to numeric) returns numeric
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return (p_to - p_from) / nullif(abs(p_from), 0) * 100;
end;
$$;
comment on function benchmark_private.percent_change(numeric, numeric) is
  'By how many percent of |p_from| p_to differs from it; null when p_from is 0. Of the absolute value, so that the sign is the direction of the change for negative numbers, too.';

create function benchmark_private.metric_leaves(p_document jsonb)
returns table (path text, value numeric)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  -- What the ingest function lets in has at most 5,000 numbers under keys of at most 200
  -- characters. Bounded here as well: reading must not depend on who wrote. A row is a number and
  -- the pointer to it, so a long key above many numbers would be copied as often.
  with recursive nodes as (
    select ''::text as path, p_document as node
    union all
    select n.path || '/' || child.key, child.value
    from nodes as n
    cross join lateral (
      select replace(replace(e.key, '~', '~0'), '/', '~1') as key, e.value
      from jsonb_each(case when jsonb_typeof(n.node) = 'object' then n.node else '{}' end) as e
      where length(e.key) <= 200
      union all
      select (a.ordinality - 1)::text, a.value
      from jsonb_array_elements(
        case when jsonb_typeof(n.node) = 'array' then n.node else '[]' end)
        with ordinality as a
    ) as child
    where length(n.path) < 1000 and jsonb_typeof(child.value) in ('number', 'object', 'array')
  )
  select n.path, n.node::numeric
  from nodes as n
  where jsonb_typeof(n.node) = 'number'
  limit 5000;
$$;
comment on function benchmark_private.metric_leaves(jsonb) is
  'The numbers in a document with their JSON pointers (RFC 6901), the outermost first: at most 5000, and none below a key of over 200 or a pointer of over 1000 characters.';


-- supabase/schemas/12_judgements.sql

-- What is kept of a verdict: the evidence, from which interval and verdict follow.

create type benchmark_private.verdict as enum ('worse', 'inconclusive', 'not-worse');
comment on type benchmark_private.verdict is
  'Whether a number of a run is worse than a policy allows. In the order of urgency, so that the least of several is what a person must see.';

create type benchmark_private.evidence_method as enum ('paired-items', 'standard-errors', 'history', 'none');
comment on type benchmark_private.evidence_method is
  'What a verdict rests on, the best first: results of the same items in both runs, standard errors that the harness gave, the spread of earlier runs, or the limit alone.';

create type benchmark_private.judgement as (
  estimate double precision,
  margin double precision,
  degrees double precision,
  policy_id integer,
  method benchmark_private.evidence_method,
  verdict benchmark_private.verdict,
  reference_version integer,
  n integer,
  metrics smallint,
  is_ratio boolean,
  is_named boolean,
  is_chosen boolean,
  caveat text,
  from_value numeric,
  reference_configuration_id uuid
);
-- Half a row's size is at stake: with names and limits written out a run with three policies would
-- take a kilobyte more, and be moved out of line.
comment on type benchmark_private.judgement is
  'One number of a run compared with one of its reference, by a policy: verdict, estimate of the change (below 0 is worse; of logarithms where is_ratio), margin (half the interval), degrees of freedom (null: normal), on how many items or runs it rests (n), is_named where the reference is one run that somebody named (a baseline, or is_chosen for compare_to), how many metrics of its severity were judged at once, and what forbids a verdict (caveat). reference_configuration_id is null for the run''s own configuration.';


-- supabase/schemas/20_configurations.sql

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


-- supabase/schemas/21_transactions.sql

-- One row a run, with everything: facts, metrics, scores, version, verdicts, hashes.

-- Columns of fixed length first: Postgres would pad between them. The scores are no generated columns:
-- Postgres parses their expressions anew for every INSERT (measured: a thirtieth of the ingest call).
-- verify_ledger() compares them with the metrics.
create table public.benchmark_transactions (
  id uuid not null default gen_random_uuid(),
  configuration_id uuid not null,
  created_at timestamptz not null,
  measured_at timestamptz,
  dataset_size bigint,
  error_count bigint,
  success_count bigint,
  snapshot_version integer not null,
  run_attempt integer,
  previous_version integer,
  nearest_version integer,
  verdict benchmark_private.verdict,
  published boolean not null,
  is_backfill boolean not null default false,
  commit_sha text not null,
  branch_name text,
  model_version text not null,
  model_provider text,
  dataset_version text not null,
  prompt_version text not null,
  environment text not null,
  variant text not null default '',
  run_id text,
  triggered_by text,
  duration_seconds numeric,
  precision_score numeric,
  recall_score numeric,
  f1_score numeric,
  latency_ms numeric,
  cost_per_analysis numeric,
  tags text[],
  notes text,
  head_ref text,
  principal text not null,
  salt bytea,
  commitment bytea,
  items_digest bytea,
  entry_hash bytea not null,
  provenance jsonb not null,
  nearest_configuration_id uuid,
  judgements benchmark_private.judgement[],
  metrics jsonb not null,
  constraint benchmark_transactions_pkey primary key (configuration_id, snapshot_version)
);
-- No foreign key to the configuration: ingest_benchmark() alone writes here, after it has written
-- there, and verify_ledger() finds an entry without one. It would cost a lookup a run.

-- The id is what upsert_benchmark_result returns and people paste; not unique by index, because
-- a unique key would have to carry the configuration.
create index benchmark_transactions_id_idx on public.benchmark_transactions (id);
-- The last guard of exactly-once: whatever the locks above it do, one run of one principal is
-- one version.
create unique index benchmark_transactions_run_key
  on public.benchmark_transactions (configuration_id, principal, run_id, run_attempt)
  where run_id is not null;
create index benchmark_transactions_backfill_idx
  on public.benchmark_transactions (configuration_id, least(measured_at, created_at), snapshot_version)
  where is_backfill;
create index benchmark_transactions_worse_idx
  on public.benchmark_transactions (configuration_id, snapshot_version)
  where verdict = 'worse';

-- lz4 packs a document in a sixth of the time of pglz. A server that was built without it keeps
-- its default.
do $$
begin
  alter table public.benchmark_transactions alter column metrics set compression lz4;
exception when feature_not_supported then
  null;
end;
$$;

comment on table public.benchmark_transactions is
  'Append-only ledger of every run. entry_hash chains the entries of one configuration; see benchmark_private.entry_hash().';
comment on column public.benchmark_transactions.metrics is
  'The metrics document; the five scores beside it are the numbers that it holds under /precision, /recall, /f1, /latency_ms and /analysis_cost.';
comment on column public.benchmark_transactions.measured_at is
  'When the benchmark ran, as the caller says (field timestamp); created_at is when it was stored.';
comment on column public.benchmark_transactions.principal is
  'Who sent it: github:<issuer>:<repository_id>, token:<id> or service_role.';
comment on column public.benchmark_transactions.provenance is
  'How its facts are known: the method, the values that the credential attests, which stored facts are only claimed, and the claims of the token. Holds nothing about people.';
comment on column public.benchmark_transactions.published is
  'Whether it comes from where the truth of the team lives. A run that is not is a candidate: it never becomes current, a reference or part of a trend.';
comment on column public.benchmark_transactions.is_backfill is
  'Whether it was measured before the reference of its time: then it is charted, but never becomes current or a reference.';
comment on column public.benchmark_transactions.previous_version is
  'The newest earlier run that was published and not void when this one was stored; what the receipt calls previous.';
comment on column public.benchmark_transactions.judgements is
  'The run''s numbers compared with its reference when it was stored, a judgement a policy; null when there was nothing to compare. Written out by benchmark_private.judgement_documents().';
comment on column public.benchmark_transactions.verdict is
  'The gravest of its judgements; null when there is none.';
comment on column public.benchmark_transactions.nearest_configuration_id is
  'Of a run that had no reference, the configuration that its receipt shows beside it, unjudged; nearest_version is the run.';
comment on column public.benchmark_transactions.salt is
  '128 random bits in front of what commitment covers: triggered_by, notes and head_ref, which are about people. Erasing removes these four columns, so that nobody can confirm a guess, and leaves the commitment, so that the chain holds.';
comment on column public.benchmark_transactions.commitment is
  'SHA-256 over salt and what is about people; null when there was nothing of the kind. See benchmark_private.commitment().';
comment on column public.benchmark_transactions.items_digest is
  'SHA-256 over the results of single items; null when the run brought none.';
comment on column public.benchmark_transactions.entry_hash is
  'SHA-256 over the entry and the entry_hash of the version before. See benchmark_private.entry_hash().';

-- security_invoker lets row security of the reader apply.
create view public.benchmark_snapshots with (security_invoker = true) as
select
  t.configuration_id,
  t.snapshot_version,
  t.id,
  t.created_at,
  t.model_version,
  t.dataset_version,
  t.prompt_version,
  t.environment,
  t.variant,
  t.id as transaction_id,
  t.commit_sha,
  t.metrics,
  t.precision_score,
  t.recall_score,
  t.f1_score,
  t.latency_ms,
  t.cost_per_analysis,
  t.published,
  t.measured_at,
  coalesce(t.snapshot_version = c.current_version, false) as is_current,
  coalesce(t.snapshot_version = c.baseline_version, false) as is_baseline,
  t.published and t.snapshot_version <> all (c.void_versions) as is_active
from public.benchmark_transactions as t
join public.benchmark_configurations as c on c.id = t.configuration_id;
comment on view public.benchmark_snapshots is
  'Every run of every configuration as a snapshot: version, scores, metrics and whether it is current, baseline, active (published and not void). Read from benchmark_transactions; takes no write.';

create view public.v_latest_benchmarks with (security_invoker = true) as
select
  t.model_version,
  t.dataset_version,
  t.prompt_version,
  t.environment,
  t.snapshot_version,
  t.f1_score,
  t.precision_score,
  t.recall_score,
  t.latency_ms,
  t.cost_per_analysis,
  t.created_at,
  t.commit_sha,
  t.run_id,
  t.triggered_by,
  t.metrics,
  t.variant
from public.benchmark_configurations as c
join public.benchmark_transactions as t
  on t.configuration_id = c.id and t.snapshot_version = c.current_version
order by t.f1_score desc nulls last;
comment on view public.v_latest_benchmarks is
  'The current snapshot of every configuration with the run that made it, best F1 first.';

create view public.v_performance_trends with (security_invoker = true) as
select
  date_trunc('day', least(s.measured_at, s.created_at)) as date,
  s.model_version,
  s.environment,
  count(*) as run_count,
  avg(s.f1_score) as avg_f1,
  avg(s.precision_score) as avg_precision,
  avg(s.recall_score) as avg_recall,
  avg(s.latency_ms) as avg_latency_ms,
  avg(s.cost_per_analysis) as avg_cost
from public.benchmark_snapshots as s
where s.is_active
group by 1, 2, 3
order by 1 desc, 2;
comment on view public.v_performance_trends is
  'Runs and mean scores of each day, model and environment, of runs that are published and not void; days of the session''s time zone, by the time of measuring, else of storing.';


-- supabase/schemas/22_decisions.sql

-- Everything that people decided about stored runs: who, when, why. The runs stay as they are.

create table public.benchmark_decisions (
  configuration_id uuid not null,
  id bigint generated always as identity,
  decided_at timestamptz not null default clock_timestamp(),
  decided_by text not null default benchmark_private.decided_by(),
  kind text not null,
  snapshot_version integer,
  from_version integer,
  last_version integer not null,
  series text,
  metric text,
  resolution text,
  reason text,
  constraint benchmark_decisions_pkey primary key (configuration_id, id),
  constraint benchmark_decisions_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id),
  constraint benchmark_decisions_kind_check check (
    kind in ('checkout', 'baseline', 'void', 'unvoid', 'erase', 'series', 'acknowledge', 'unacknowledge')),
  constraint benchmark_decisions_acknowledge_check check (
    kind not in ('acknowledge', 'unacknowledge') or (metric is not null and (resolution is not null) = (kind = 'acknowledge'))),
  constraint benchmark_decisions_resolution_check check (resolution in ('accepted', 'false-positive')),
  constraint benchmark_decisions_reason_check check (
    length(reason) between 1 and 2000 or (reason is null and kind in ('checkout', 'baseline', 'series')))
);
comment on table public.benchmark_decisions is
  'Append-only record of what people decided: which run is current (checkout) or the baseline, which is void, whose personal data was erased, which series a configuration belongs to, which regression is acknowledged.';
comment on column public.benchmark_decisions.snapshot_version is
  'The run decided about; of a checkout or baseline what it points to now, null for none.';
comment on column public.benchmark_decisions.from_version is
  'Of a checkout or baseline, what it pointed to before.';
comment on column public.benchmark_decisions.last_version is
  'The newest version of the configuration when it was decided, so that the order of runs and decisions is known.';
comment on column public.benchmark_decisions.metric is
  'Of an acknowledgement, the metric whose regression it closes.';
comment on column public.benchmark_decisions.resolution is
  'Of an acknowledgement, why: accepted (worse, and meant to be) or false-positive.';


-- supabase/schemas/23_append_only_guards.sql

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


-- supabase/schemas/24_read_access.sql

-- Whether the caller may read: one answer, asked by every policy and by every function that reads.

create table benchmark_private.settings (
  is_only_row boolean not null default true,
  read_access text not null default 'members',
  constraint settings_pkey primary key (is_only_row),
  constraint settings_is_only_row_check check (is_only_row),
  constraint settings_read_access_check check (read_access in ('members', 'signed-in', 'public', 'nobody'))
);
comment on table benchmark_private.settings is
  'The one row of settings; without it the defaults hold: only members read.';
comment on column benchmark_private.settings.read_access is
  'Who may read: members (the readers below), signed-in (whoever has an account: sign-up is open on a new project), public (everybody who has the publishable key) or nobody.';

create table benchmark_private.readers (
  user_id uuid not null,
  email text,
  added_at timestamptz not null default clock_timestamp(),
  added_by text not null default benchmark_private.decided_by(),
  constraint readers_pkey primary key (user_id),
  constraint readers_email_check check (length(email) between 3 and 320)
);
comment on table benchmark_private.readers is
  'Members: the users of Supabase Auth that may read. A table and no claim of their token, so that who is removed reads nothing at once.';

create function benchmark_private.read_access() returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select s.read_access from benchmark_private.settings as s), 'members');
$$;
comment on function benchmark_private.read_access() is
  'Who may read: members, signed-in, public or nobody.';

create function benchmark_private.caller_id() returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Not auth.uid(): a plain Postgres has no schema auth.
  v_sub text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
  return case when v_sub ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then v_sub::uuid end;
end;
$$;
comment on function benchmark_private.caller_id() is
  'The user that the request''s token names; null when it names none.';

create function benchmark_private.may_read() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The role setting and not current_user, which is the owner in here.
  v_role text := current_setting('role', true);
begin
  if v_role is distinct from 'anon' and v_role is distinct from 'authenticated' then
    -- service_role, and whoever logs in at the database: grants and policies decide about them.
    return true;
  end if;
  return case benchmark_private.read_access()
    when 'public' then true
    -- An anonymous sign-in is nobody's account.
    when 'signed-in' then v_role = 'authenticated'
      and (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'is_anonymous') is distinct from 'true'
    when 'members' then v_role = 'authenticated' and exists (
      select from benchmark_private.readers as r where r.user_id = benchmark_private.caller_id())
    else false
  end;
end;
$$;
comment on function benchmark_private.may_read() is
  'Whether the caller may read: decided by the setting read_access and the table of members, at once and not when a token is renewed. Row security gives who may not no rows, which an empty database gives, too. Takes no lock.';

create function public.get_read_access() returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select benchmark_private.read_access();
$$;
comment on function public.get_read_access() is
  'Who may read: members, signed-in, public or nobody. For service_role.';

create function public.set_read_access(p_level text) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_level is null or p_level <> all ('{members,signed-in,public,nobody}') then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      'Read access is members, signed-in, public or nobody: it cannot be %s.', quote_nullable(p_level)));
  end if;
  insert into benchmark_private.settings as s (read_access) values (p_level)
  on conflict on constraint settings_pkey do update set read_access = excluded.read_access;
  return benchmark_private.read_access();
end;
$$;
comment on function public.set_read_access(text) is
  'Sets who may read (members, signed-in, public, nobody), and returns what is in force now. For service_role. Raises PT422.';

create function public.set_public_read(p_on boolean) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select public.set_read_access(case when p_on then 'public' else 'members' end) = 'public';
$$;
comment on function public.set_public_read(boolean) is
  'set_read_access(''public''), or (''members''); returns whether reading is public now. For service_role.';

create function public.add_reader(p_user_id uuid, p_email text default null) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into benchmark_private.readers as r (user_id, email) values (p_user_id, p_email)
  on conflict on constraint readers_pkey do update set email = coalesce(excluded.email, r.email);
  return true;
end;
$$;
comment on function public.add_reader(uuid, text) is
  'Makes a user of Supabase Auth a member, who may read; the email is what people recognise them by. For service_role.';

create function public.remove_reader(p_user_id uuid) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from benchmark_private.readers as r where r.user_id = p_user_id;
  return found;
end;
$$;
comment on function public.remove_reader(uuid) is
  'Makes a user no member any more, at once; false when it was none. For service_role.';

create function public.list_readers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.added_at, r.user_id), '[]') from benchmark_private.readers as r;
$$;
comment on function public.list_readers() is
  'Members: [{user_id, email, added_at, added_by}]. For service_role.';


-- supabase/schemas/25_items.sql

-- Results of single items: what tells a real change from noise. Kept beside the run and under its
-- entry hash by digest, so that they can be pruned and the chain still holds.

create table public.benchmark_item_sets (
  digest bytea not null,
  ids text[] not null,
  epochs integer[],
  groups text[],
  constraint benchmark_item_sets_pkey primary key (digest)
);
-- Ids are most of what items take, and runs over one data set have the same.
comment on table public.benchmark_item_sets is
  'The items of runs, each set once: ids in order of their bytes, then epochs; stored under the SHA-256 of ids, epochs and groups. Shared by all configurations.';
comment on column public.benchmark_item_sets.epochs is
  'Which repetition of the item; null when each is measured once.';
comment on column public.benchmark_item_sets.groups is
  'What items belong together (a document of which several questions are asked), null when nothing is said: such items are not independent.';

create table public.benchmark_items (
  configuration_id uuid not null,
  snapshot_version integer not null,
  item_set bytea not null,
  scores text[] not null,
  boolean_scores text[] not null,
  numbers double precision[] not null,
  constraint benchmark_items_pkey primary key (configuration_id, snapshot_version),
  constraint benchmark_items_item_set_fkey foreign key (item_set) references public.benchmark_item_sets (digest)
);
create index benchmark_items_item_set_idx on public.benchmark_items (item_set);
comment on table public.benchmark_items is
  'Scores of the items of a run, in the order of its item set: one array, the first score of all items, then the second. Booleans are 1 and 0. May be pruned; the run keeps the digest.';
comment on column public.benchmark_items.boolean_scores is
  'Those of scores that are true or false.';

create trigger refuse_change
  before update or truncate on public.benchmark_items
  for each statement execute function benchmark_private.refuse_change('items stay as they were sent, or are pruned');
alter table public.benchmark_items enable always trigger refuse_change;
create trigger refuse_change
  before update or truncate on public.benchmark_item_sets
  for each statement execute function benchmark_private.refuse_change('items stay as they were sent, or are pruned');
alter table public.benchmark_item_sets enable always trigger refuse_change;

create function benchmark_private.stored_items(p_configuration_id uuid, p_snapshot_version integer)
returns public.benchmark_items
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items public.benchmark_items;
begin
  select i.* into v_items
  from public.benchmark_items as i
  where i.configuration_id = p_configuration_id and i.snapshot_version = p_snapshot_version;
  return v_items;
end;
$$;
comment on function benchmark_private.stored_items(uuid, integer) is
  'The items of a run; all null when it has none. Takes no lock.';

create function benchmark_private.item_numbers(p_items public.benchmark_items, p_score text)
returns double precision[]
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_position integer := array_position(p_items.scores, p_score);
  v_length integer := cardinality(p_items.numbers) / cardinality(p_items.scores);
begin
  return p_items.numbers[(v_position - 1) * v_length + 1 : v_position * v_length];
end;
$$;
comment on function benchmark_private.item_numbers(public.benchmark_items, text) is
  'The numbers of one score in the order of the item set; null when the run has no such score.';

create function benchmark_private.scores_of_metric(p_items public.benchmark_items, p_metric text, p_item_score text)
returns text[]
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_item_score is not null then array[p_item_score]
    when p_metric = '/f1' and p_items.scores @> '{tp,fp,fn}' then '{tp,fp,fn}'
    when p_metric = '/precision' and p_items.scores @> '{tp,fp}' then '{tp,fp}'
    when p_metric = '/recall' and p_items.scores @> '{tp,fn}' then '{tp,fn}'
    when p_metric = '/accuracy' and 'correct' = any (p_items.boolean_scores) then '{correct}'
    -- Counts are parts of a ratio; their mean is nobody's metric.
    when p_metric in ('/tp', '/fp', '/fn') then null
    when cardinality(benchmark_private.metric_keys(p_metric)) = 1 then benchmark_private.metric_keys(p_metric) end;
end;
$$;
comment on function benchmark_private.scores_of_metric(public.benchmark_items, text, text) is
  'The scores of items that give a metric: three or two counts (precision, recall, F1), else one, whose mean it is; null when there can be none. Whether the run has that one is not looked at.';

create function benchmark_private.item_set_digest(p_set public.benchmark_item_sets) returns bytea
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(convert_to(jsonb_build_array(
    'benchmark-item-set/v1', p_set.ids, p_set.epochs, p_set.groups)::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.item_set_digest(public.benchmark_item_sets) is
  'SHA-256 over the canonical JSON array of ids, epochs and groups.';

create function benchmark_private.item_scores(p_items public.benchmark_items) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set extra_float_digits = 1
as $$
begin
  return (
    select jsonb_object_agg(s.score, case
      when s.score = any (p_items.boolean_scores) then (
        select jsonb_agg(n = 1 order by n.ordinality)
        from unnest(benchmark_private.item_numbers(p_items, s.score)) with ordinality as n(n))
      else to_jsonb(benchmark_private.item_numbers(p_items, s.score)) end)
    from unnest(p_items.scores) as s(score));
end;
$$;
comment on function benchmark_private.item_scores(public.benchmark_items) is
  'The scores of a run''s items as they were sent: {score: [number, true, false or null …]} in the order of the item set.';

create function benchmark_private.items_digest(p_items public.benchmark_items) returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(convert_to(jsonb_build_array('benchmark-items/v1', encode(p_items.item_set, 'hex'),
    benchmark_private.item_scores(p_items))::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.items_digest(public.benchmark_items) is
  'SHA-256 over the canonical JSON array of the digest of the item set and the scores: what the entry hash of the run covers.';

create function benchmark_private.refuse_items(p_index integer, p_message text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.refuse(422, 'validation_failed', p_message, p_index, '/items');
end;
$$;
comment on function benchmark_private.refuse_items(integer, text) is
  'Refuses (PT422) the items of a result.';

create function benchmark_private.read_item_set(p_items jsonb, p_index integer)
returns public.benchmark_item_sets
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets := jsonb_populate_record(null::public.benchmark_item_sets, p_items - 'digest');
  v_count integer := cardinality(v_set.ids);
begin
  if coalesce(v_count, 0) not between 1 and 10000 then
    perform benchmark_private.refuse_items(p_index, format(
      'items must be 1 to 10000: there are %s.', coalesce(v_count, 0)));
  elsif cardinality(v_set.epochs) <> v_count or cardinality(v_set.groups) <> v_count then
    perform benchmark_private.refuse_items(p_index, 'ids, epochs and groups must have the same length.');
  end if;
  v_set.digest := benchmark_private.item_set_digest(v_set);
  return v_set;
end;
$$;
comment on function benchmark_private.read_item_set(jsonb, integer) is
  'The item set of a result''s items ({ids, epochs?, groups?, scores}), with its digest. Raises PT422.';

create function benchmark_private.store_item_sets(p_results jsonb) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets;
begin
  -- In one order: two requests that store the same sets must not wait for each other in a circle.
  for v_set in
    select distinct on (s.digest) s.*
    from jsonb_array_elements(p_results) with ordinality as r
    cross join lateral benchmark_private.read_item_set(r.value -> 'items', (r.ordinality - 1)::integer) as s
    where r.value ? 'items'
    order by s.digest
  loop
    -- Locked, so that pruning does not take it away before the run refers to it.
    perform from public.benchmark_item_sets as k where k.digest = v_set.digest for key share;
    continue when found;
    if exists (
      select
      from (
        select i.id, i.epoch, lag(i.id) over before as earlier_id, lag(i.epoch) over before as earlier_epoch
        from unnest(v_set.ids, v_set.epochs) with ordinality as i(id, epoch)
        window before as (order by i.ordinality)
      ) as i
      where i.id is null or length(i.id) not between 1 and 200
        or (i.earlier_id collate "C", coalesce(i.earlier_epoch, 0)) >= (i.id collate "C", coalesce(i.epoch, 0)))
    then
      perform benchmark_private.refuse_items(0,
        'ids must have 1 to 200 characters, be unique (with their epoch) and sorted by their bytes.');
    end if;
    insert into public.benchmark_item_sets values (v_set.*) on conflict do nothing;
  end loop;
end;
$$;
comment on function benchmark_private.store_item_sets(jsonb) is
  'Stores the item sets of results, but for those that are stored. Locks them until the transaction ends, in order of their digests; called before any configuration is locked. Raises PT422.';

create function benchmark_private.read_items(p_items jsonb, p_index integer)
returns public.benchmark_items
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_set public.benchmark_item_sets := benchmark_private.read_item_set(p_items, p_index);
  v_items public.benchmark_items;
begin
  v_items.item_set := v_set.digest;
  select array_agg(s.key order by s.key collate "C"),
    coalesce(array_agg(s.key order by s.key collate "C") filter (where jsonb_path_exists(s.value, '$[*] ? (@.type() == "boolean")')), '{}')
  into v_items.scores, v_items.boolean_scores
  from jsonb_each(p_items -> 'scores') as s;
  if coalesce(cardinality(v_items.scores), 0) not between 1 and 16 then
    perform benchmark_private.refuse_items(p_index, format(
      'items must have 1 to 16 scores: there are %s.', coalesce(cardinality(v_items.scores), 0)));
  end if;
  v_items.numbers := array(
    select case n.value when 'true' then 1 when 'false' then 0 else n.value::double precision end
    from unnest(v_items.scores) with ordinality as s(score, position)
    cross join lateral jsonb_array_elements_text(p_items -> 'scores' -> s.score) with ordinality as n
    order by s.position, n.ordinality);
  -- Read back: what would be altered on the way, a number with more digits than a double, a list
  -- that is too short, is not stored.
  if cardinality(v_items.numbers) <> cardinality(v_set.ids) * cardinality(v_items.scores)
    or benchmark_private.item_scores(v_items) <> p_items -> 'scores'
  then
    perform benchmark_private.refuse_items(p_index,
      'Every score must have a double, true, false or null for each id, and no numbers beside booleans.');
  end if;
  return v_items;
end;
$$;
comment on function benchmark_private.read_items(jsonb, integer) is
  'What is stored of a result''s items, {ids, epochs?, groups?, scores: {name: [number, boolean or null …]}}, without the run they belong to. Raises PT422.';


-- supabase/schemas/30_entry_hash.sql

-- How an entry of the ledger is hashed: format benchmark-ledger/v1. One definition here, used when
-- an entry is written and when it is verified; ledger/entry_hash.ts has the same rule outside the
-- database, so that a receipt can be checked without trusting these functions.

create function benchmark_private.commitment(
  p_salt bytea, p_triggered_by text, p_notes text, p_head_ref text
) returns bytea
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(p_salt || convert_to(
    jsonb_build_array(p_triggered_by, p_notes, p_head_ref)::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.commitment(bytea, text, text, text) is
  'SHA-256 over a salt and the canonical JSON array of what an entry says about people. The hash of the entry covers the commitment and not the values, so that values and salt can be erased.';

create function benchmark_private.entry_hash(
  p_entry public.benchmark_transactions, p_previous_hash bytea
) returns bytea
language plpgsql
stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Canonical bytes: the text form of jsonb, which is defined as keys sorted by length in bytes
  -- and then by bytes, ", " and ": " between them, strings with the shortest escapes, numbers
  -- in plain decimals without exponent. The objections to jsonb::text (it keeps 1.0 <> 1.00 and
  -- forgets -0) are met before: numbers are normalised on their way in. json_build_array() writes
  -- the same text without building a document first; only an array among its arguments would lose
  -- its spaces. Two lines, because one document of 4 KB more would have to be copied into another.
  return sha256(convert_to(
    json_build_array(
      'benchmark-ledger/v1',
      p_entry.model_version, p_entry.dataset_version, p_entry.prompt_version, p_entry.environment,
      p_entry.variant,
      p_entry.snapshot_version,
      encode(p_previous_hash, 'hex'),
      p_entry.id,
      extract(epoch from p_entry.created_at),
      p_entry.principal,
      p_entry.provenance,
      p_entry.published,
      p_entry.commit_sha, p_entry.branch_name, p_entry.model_provider, p_entry.dataset_size,
      p_entry.run_id, p_entry.run_attempt, p_entry.duration_seconds,
      p_entry.error_count, p_entry.success_count, to_jsonb(p_entry.tags),
      extract(epoch from p_entry.measured_at),
      encode(p_entry.items_digest, 'hex'),
      encode(p_entry.commitment, 'hex')
    )::text || E'\n' || p_entry.metrics::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.entry_hash(public.benchmark_transactions, bytea) is
  'SHA-256 of an entry after one with a given hash, null for the first: the link of the hash chain (Haber and Stornetta 1991, "How to time-stamp a digital document"). The hashed text is a JSON array (the header: domain, configuration, version, previous entry_hash, id, time, principal, provenance, published, facts, digest of the items, commitment to what is about people), a line feed, and the metrics. Verdicts, previous_version and is_backfill are derived and not covered. Depends on no setting of the session.';


-- supabase/schemas/40_trust_rules.sql

-- Which projects of which CI systems may write, and what of it is published.

create domain benchmark_private.issuer_kind as text
  constraint issuer_kind_check check (value in ('github', 'gitlab', 'circleci', 'buildkite'));
comment on domain benchmark_private.issuer_kind is
  'Whose tokens an issuer signs, and so which claims they have.';

create table benchmark_private.issuers (
  url text not null,
  kind benchmark_private.issuer_kind not null,
  added_at timestamptz not null default clock_timestamp(),
  constraint issuers_pkey primary key (url),
  constraint issuers_url_check check (url ~ '^https://[^[:space:][:cntrl:]?#]+[^/]$'
    or url ~ '^http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[^[:space:][:cntrl:]?#]*)?$')
);
comment on table benchmark_private.issuers is
  'Issuers beyond the public ones that may be trusted: a GitHub Enterprise Server, a GitLab of one''s own. url is exactly the iss of the tokens.';

create function benchmark_private.is_public_issuer(p_url text, p_kind text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case p_kind
    when 'github' then p_url = 'https://token.actions.githubusercontent.com'
    when 'gitlab' then p_url = 'https://gitlab.com'
    when 'buildkite' then p_url = 'https://agent.buildkite.com'
    -- One an organization.
    when 'circleci' then p_url ~ '^https://oidc\.circleci\.com/org/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    else false
  end;
end;
$$;
comment on function benchmark_private.is_public_issuer(text, text) is
  'Whether an issuer is the one that everybody uses of a CI system, and needs no entry in issuers.';

create table benchmark_private.trust_rules (
  id bigint generated always as identity,
  kind benchmark_private.issuer_kind not null default 'github',
  issuer text not null,
  repository text not null,
  repository_id text not null,
  repository_owner_id text not null,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments benchmark_private.environment_label[] not null,
  allows_candidates boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  constraint trust_rules_pkey primary key (id),
  constraint trust_rules_issuer_check check (issuer ~ '^https?://[^[:space:][:cntrl:]?#]+[^/]$'),
  constraint trust_rules_repository_check check (repository ~ '^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)+$'
    and (kind <> 'github' or repository ~ '^[^/]+/[^/]+$')),
  constraint trust_rules_ids_check check (
    case when kind in ('github', 'gitlab') then repository_id ~ '^[0-9]+$' and repository_owner_id ~ '^[0-9]+$'
      else repository_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        and repository_owner_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' end),
  constraint trust_rules_github_check check (kind = 'github' or (workflow is null and github_environment is null)),
  constraint trust_rules_workflow_check check (workflow ~ '^([A-Za-z0-9._-]+/[A-Za-z0-9._-]+/)?\.github/workflows/[^/]+\.ya?ml$'),
  constraint trust_rules_ref_pattern_check check (ref_pattern ~ '^refs/[^[:cntrl:]]+$'),
  constraint trust_rules_environments_check check (cardinality(environments) > 0)
);
create index trust_rules_repository_id_idx on benchmark_private.trust_rules (repository_id);
comment on table benchmark_private.trust_rules is
  'Which projects may write. issuer, repository_id and repository_owner_id decide (of GitLab the ids of project and namespace, of CircleCI of project and organization, of Buildkite of pipeline and organization); repository is for people, because a name can be deleted and taken by somebody else; of CircleCI it decides, too, because only it tells a fork (unless it is the two ids: then nobody said it). Removed rules stay, so that an old entry''s rule can be looked up.';
comment on column benchmark_private.trust_rules.issuer is
  'Exactly the iss of the tokens: ids of one GitHub server mean nothing on another.';
comment on column benchmark_private.trust_rules.workflow is
  'Path of the only workflow file allowed, or null for any. With OWNER/REPO/ in front: a reusable workflow of another repository.';
comment on column benchmark_private.trust_rules.ref_pattern is
  'Pattern of the git refs that are published, or null for any: * stands for any characters but /, ** for any. Runs of other refs are candidates.';
comment on column benchmark_private.trust_rules.allows_candidates is
  'Whether runs that this rule does not publish may be stored as candidates; else they are refused.';

create function benchmark_private.ref_matches(p_ref text, p_pattern text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- As a rule a pattern is a name, and needs no regular expression.
  return p_pattern is null or p_ref = p_pattern or (strpos(p_pattern, '*') > 0 and p_ref ~ ('^' ||
    replace(replace(replace(
      regexp_replace(p_pattern, '([].+?^${}()|[\\])', '\\\1', 'g'),
      '**', E'\x01'), '*', '[^/]*'), E'\x01', '.*')
    || '$'));
end;
$$;
comment on function benchmark_private.ref_matches(text, text) is
  'Whether a git ref matches a pattern in which * stands for any characters but / and ** for any, as in GitHub''s branch filters. A null pattern is matched by every ref.';

create function benchmark_private.workflow_matches(p_claims jsonb, p_workflow text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The name in the token and not the one in the rule: the repository may have been renamed.
  v_path text := case when p_workflow like '.github/%' then (p_claims ->> 'repository') || '/' || p_workflow
    else p_workflow end;
begin
  -- What follows the path must be @refs/… or @<commit>: a file name may hold an @, and
  -- "bench.yml@evil.yml" must not pass for "bench.yml".
  return p_workflow is null or (
    starts_with(p_claims ->> 'job_workflow_ref', v_path || '@')
    and substr(p_claims ->> 'job_workflow_ref', length(v_path) + 2) ~ '^(refs/|[0-9a-f]{40,64}$)');
end;
$$;
comment on function benchmark_private.workflow_matches(jsonb, text) is
  'Whether job_workflow_ref of the token''s claims is the given workflow file at any ref; a null file allows every workflow.';

create function benchmark_private.may_publish(p_ref text) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_ref like 'refs/%' and p_ref not like 'refs/pull/%' and p_ref not like 'refs/merge-requests/%'
    and p_ref not like 'refs/heads/gh-readonly-queue/%';
end;
$$;
comment on function benchmark_private.may_publish(text) is
  'Whether what ran on a git ref can be published at all: what a pull request or a merge queue ran on is not what the team has accepted, whatever the pattern of a rule says.';

create function benchmark_private.origin_path(p_origin text) returns text
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_path text := lower(p_origin);
begin
  if v_path ~ '^[a-z+]+://' then
    v_path := regexp_replace(v_path, '^[a-z+]+://([^/@]*@)?([^/:@]+)(:[0-9]+)?/', '\2/');
  else
    -- As ssh writes it: git@host:owner/name. Whatever else has an @ or a colon is no address of a repository.
    v_path := regexp_replace(v_path, '^[^/:@]+@([^/:@]+):/?', '\1/');
  end if;
  return regexp_replace(v_path, '(\.git)?/*$', '');
end;
$$;
comment on function benchmark_private.origin_path(text) is
  'The address of a repository, however it is written, as host/owner/name in lower case: github.com/owner/name for https://github.com/Owner/name.git, ssh://git@github.com:22/owner/name and git@github.com:owner/name.';

create function benchmark_private.job_of(p_principal jsonb) returns jsonb
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_claims jsonb := p_principal -> 'claims';
begin
  return coalesce(p_principal -> 'job', jsonb_build_object(
    'project', v_claims -> 'repository', 'project_id', v_claims -> 'repository_id',
    'owner_id', v_claims -> 'repository_owner_id', 'ref', v_claims -> 'ref', 'event_name', v_claims -> 'event_name',
    'may_publish', v_claims ->> 'event_name' not in ('pull_request', 'merge_group')));
end;
$$;
comment on function benchmark_private.job_of(jsonb) is
  'What trust rules decide by, the same for every CI system: {project, project_id, owner_id, ref, event_name, may_publish}. The function says it; for a GitHub principal without it, it follows from the claims.';

create function benchmark_private.authorize_job(
  p_principal jsonb,
  out environments text[],
  out publishing benchmark_private.trust_rules[],
  out candidate_environments text[],
  out trust_rules bigint[]
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_issuer text := p_principal ->> 'issuer';
  v_kind text := replace(p_principal ->> 'method', '-oidc', '');
  v_claims jsonb := p_principal -> 'claims';
  v_job jsonb := benchmark_private.job_of(p_principal);
  v_repository text := v_job ->> 'project';
  v_project_id text := v_job ->> 'project_id';
  v_owner_id text := v_job ->> 'owner_id';
  v_ref text := v_job ->> 'ref';
  v_may_publish boolean := v_job @> '{"may_publish": true}' and benchmark_private.may_publish(v_ref);
  v_strict_environments text[] := '{}'::text[];
  v_strict_rules bigint[] := '{}'::bigint[];
  v_rule benchmark_private.trust_rules;
  v_publishes boolean;
  v_failed text;
  v_expected text;
  v_rule_id bigint;
  v_rule_repository text;
  v_claim text;
begin
  publishing := array[]::benchmark_private.trust_rules[];
  candidate_environments := array[]::text[];
  -- Rule by rule: what one rule publishes says nothing of the labels of another.
  for v_rule in
    select r.*
    from benchmark_private.trust_rules as r
    where r.repository_id = v_project_id
      and r.repository_owner_id = v_owner_id
      and r.issuer = v_issuer
      and r.kind = v_kind
      and r.removed_at is null
      -- The id is that of the project that runs the job, also for a fork.
      and (v_kind <> 'circleci' or r.repository = r.repository_owner_id || '/' || r.repository_id
        or lower(r.repository) = benchmark_private.origin_path(v_repository))
    order by r.id
  loop
    continue when v_rule.workflow is not null and not benchmark_private.workflow_matches(v_claims, v_rule.workflow);
    continue when lower(v_rule.github_environment) <> lower(coalesce(v_claims ->> 'environment', ''));
    v_publishes := v_may_publish and benchmark_private.ref_matches(v_ref, v_rule.ref_pattern);
    if not v_publishes and not v_rule.allows_candidates then
      v_strict_environments := v_strict_environments || v_rule.environments::text[];
      v_strict_rules := v_strict_rules || v_rule.id;
      continue;
    end if;
    trust_rules := trust_rules || v_rule.id;
    environments := case when environments is null then v_rule.environments::text[]
      else array(select distinct e from unnest(environments || v_rule.environments::text[]) as e order by e) end;
    if v_publishes then
      publishing := publishing || v_rule;
    end if;
    if v_rule.allows_candidates then
      candidate_environments := candidate_environments || v_rule.environments::text[];
    end if;
  end loop;
  if p_principal @> '{"dry_run": true}' then
    -- Comparing stores nothing, so a rule that refuses candidates lets them compare; where another
    -- rule lets them be stored, the answer is that rule's.
    if environments is null and v_strict_rules <> '{}' then
      environments := v_strict_environments;
      trust_rules := v_strict_rules;
    end if;
    candidate_environments := environments;
  end if;
  if environments is not null then
    return;
  end if;

  -- Refused. Name the claim that failed in the rule that came closest.
  select case
      when r.issuer <> v_issuer then 'iss'
      when r.repository_owner_id is distinct from v_owner_id then 'owner_id'
      when r.repository_id is distinct from v_project_id then 'project_id'
      when v_kind = 'circleci' and r.repository <> r.repository_owner_id || '/' || r.repository_id
        and lower(r.repository) is distinct from benchmark_private.origin_path(v_repository) then 'vcs-origin'
      when not benchmark_private.workflow_matches(v_claims, r.workflow) then 'job_workflow_ref'
      when lower(r.github_environment) is distinct from lower(v_claims ->> 'environment')
        and r.github_environment is not null then 'environment'
      when v_may_publish then 'ref'
      else 'event_name'
    end,
    case when v_may_publish then r.ref_pattern end, r.id, r.repository
  into v_failed, v_expected, v_rule_id, v_rule_repository
  from benchmark_private.trust_rules as r
  where r.removed_at is null
    and r.kind = v_kind
    and (lower(r.repository) = lower(v_repository) or r.repository_id = v_project_id)
  order by
    r.issuer = v_issuer desc,
    (r.repository_id = v_project_id)::integer + (r.repository_owner_id = v_owner_id)::integer desc,
    benchmark_private.workflow_matches(v_claims, r.workflow) desc,
    r.github_environment is null desc,
    r.id
  limit 1;

  if v_failed is null then
    perform benchmark_private.refuse(403, 'untrusted_repository', case v_kind
      when 'github' then format(
        'Claim repository: no trust rule names %s (repository_id %s, repository_owner_id %s) of %s. Add one with: deno task admin trust add --repository %s --repository-id %s --owner-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_issuer, v_repository, v_project_id, v_owner_id)
      when 'gitlab' then format(
        'Claim project_id: no trust rule names %s (project_id %s, namespace_id %s) of %s. Add one with: deno task admin trust add --issuer %s --project %s --project-id %s --namespace-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_issuer, v_issuer, v_repository, v_project_id, v_owner_id)
      when 'circleci' then format(
        'Claim project-id: no trust rule names project %s of %s (vcs-origin %s). Add one with: deno task admin trust add --issuer %s --project %s --project-id %s --ref BRANCH',
        v_project_id, v_issuer, coalesce(nullif(v_repository, ''), 'none'), v_issuer,
        coalesce(nullif(benchmark_private.origin_path(v_repository), ''), 'HOST/OWNER/NAME'), v_project_id)
      else format(
        'Claim pipeline_id: no trust rule names %s (pipeline_id %s, organization_id %s). Add one with: deno task admin trust add --issuer buildkite --project %s --pipeline-id %s --organization-id %s --ref BRANCH',
        v_repository, v_project_id, v_owner_id, v_repository, v_project_id, v_owner_id) end);
  elsif v_failed = 'iss' then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim iss: the trust rule for %s is for another issuer than %s.', v_repository, v_issuer));
  elsif v_failed in ('project_id', 'owner_id') then
    v_claim := case
      when v_failed = 'project_id' then case v_kind
        when 'github' then 'repository_id' when 'buildkite' then 'pipeline_id' else 'project_id' end
      else case v_kind
        when 'github' then 'repository_owner_id' when 'gitlab' then 'namespace_id' else 'organization_id' end
    end;
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: the trust rule for %s names another id than the token (%s). A %s, or transferred, has new ids: remove the rule and add it anew.',
      v_claim, v_repository, v_job ->> v_failed,
      case when v_kind = 'github' then 'repository deleted and made again' else 'project deleted and made again' end));
  elsif v_failed = 'vcs-origin' then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim vcs-origin: the trust rule is for the repository %s, and the build is of %s. A build of a fork may write nothing. If it is no fork: deno task admin trust remove %s, and add it with --project %s',
      v_rule_repository, coalesce(quote_literal(nullif(v_repository, '')), 'none'), v_rule_id,
      coalesce(nullif(benchmark_private.origin_path(v_repository), ''), 'HOST/OWNER/NAME')));
  elsif v_failed in ('ref', 'event_name') then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s publishes %s of the ref %s%s, and candidates are refused (--no-candidates).',
      v_failed, v_repository, v_job ->> 'event_name', quote_literal(v_ref),
      coalesce(' (the rule says ' || v_expected || ')', '')));
  else
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s allows %s.', v_failed, v_repository,
      coalesce(quote_literal(v_claims ->> v_failed), 'a token without it')));
  end if;
end;
$$;
comment on function benchmark_private.authorize_job(jsonb) is
  'What a verified token of a CI job may write: the environment labels of every trust rule that it meets, those rules whose ref pattern it meets, too, because they publish, the labels under which it may store candidates, and the ids of the rules. Issuer and ids decide, names do not. A rule that refuses candidates counts only where it publishes, or where nothing else is met for a principal with "dry_run": true. Raises PT403 naming the claim that failed.';

create function public.add_trust_rule(
  p_repository text,
  p_repository_id text,
  p_repository_owner_id text,
  p_environments text[],
  p_workflow text default null,
  p_ref_pattern text default null,
  p_github_environment text default null,
  p_issuer text default 'https://token.actions.githubusercontent.com',
  p_allows_candidates boolean default true
) returns bigint
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.trust_rules (
    issuer, repository, repository_id, repository_owner_id, environments, workflow, ref_pattern,
    github_environment, allows_candidates)
  values (
    p_issuer, p_repository, p_repository_id, p_repository_owner_id, p_environments,
    case when p_workflow not like '%/%' then '.github/workflows/' || p_workflow else p_workflow end,
    case when p_ref_pattern not like 'refs/%' then 'refs/heads/' || p_ref_pattern else p_ref_pattern end,
    p_github_environment, p_allows_candidates)
  returning id;
$$;
comment on function public.add_trust_rule(text, text, text, text[], text, text, text, text, boolean) is
  'Lets a GitHub repository, given by its name and its numeric ids, write the given environment labels; optionally only from one workflow file and one GitHub environment. Runs of refs that match the pattern (a bare name is a branch, null is any ref) are published, others are candidates or, without p_allows_candidates, refused. Returns the id of the rule. For service_role. Raises 23514 or 23502 for a value that is malformed or missing.';

create function public.add_ci_trust_rule(
  p_kind text,
  p_issuer text,
  p_project text,
  p_project_id text,
  p_owner_id text,
  p_environments text[],
  p_ref_pattern text default null,
  p_allows_candidates boolean default true
) returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What it is compared with is written in the same way.
  v_project text := case when p_kind = 'circleci' then benchmark_private.origin_path(p_project) else p_project end;
  v_id bigint;
begin
  if p_kind = 'circleci' and v_project !~ '^[a-z0-9._~-]+(/[a-z0-9._~-]+){2,}$' and v_project <> lower(p_owner_id || '/' || p_project_id) then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      'The project of CircleCI must be the address of its repository, such as github.com/owner/name: current value is %s', p_project));
  end if;
  if not benchmark_private.is_public_issuer(p_issuer, p_kind)
    and not exists (select from benchmark_private.issuers as i where i.url = p_issuer and i.kind = p_kind)
  then
    perform benchmark_private.refuse(422, 'validation_failed', format(
      '%s is not a known issuer of %s. Allow it first: deno task admin issuer add --url %s --kind %s', p_issuer, p_kind, p_issuer, p_kind));
  end if;
  insert into benchmark_private.trust_rules (
    kind, issuer, repository, repository_id, repository_owner_id, environments, ref_pattern, allows_candidates)
  values (
    p_kind, p_issuer, v_project, lower(p_project_id), lower(p_owner_id), p_environments,
    case when p_ref_pattern not like 'refs/%' then 'refs/heads/' || p_ref_pattern else p_ref_pattern end,
    p_allows_candidates)
  returning id into v_id;
  return v_id;
end;
$$;
comment on function public.add_ci_trust_rule(text, text, text, text, text, text[], text, boolean) is
  'Lets a project of GitLab, CircleCI or Buildkite write the given environment labels: p_project is its path, for people (of CircleCI the address of its repository, which decides, too), p_project_id and p_owner_id are its ids (GitLab: project and namespace; CircleCI: project and organization; Buildkite: pipeline and organization). The issuer must be a public one or one of issuers. The rest is as in add_trust_rule(). For service_role. Raises PT422, and 23514 or 23502 for a value that is malformed or missing.';

create function public.add_issuer(p_url text, p_kind text) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.issuers as i (url, kind) values (p_url, p_kind)
  on conflict on constraint issuers_pkey do update set kind = excluded.kind
  returning true;
$$;
comment on function public.add_issuer(text, text) is
  'Allows trust rules for an issuer beyond the public ones: exactly the iss of its tokens, and whose they are (github, gitlab, circleci, buildkite). For service_role. Raises 23514 for one that is malformed.';

create function public.remove_issuer(p_url text) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from benchmark_private.issuers as i where i.url = p_url;
  return found;
end;
$$;
comment on function public.remove_issuer(text) is
  'Ends an issuer that was allowed: its tokens are refused from then on, whatever rules name it. False when it was none. For service_role.';

create function public.list_issuers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('url', i.url, 'kind', i.kind, 'added_at', i.added_at,
    'rules', (select count(*) from benchmark_private.trust_rules as r where r.issuer = i.url and r.kind = i.kind and r.removed_at is null))
    order by i.url), '[]')
  from benchmark_private.issuers as i;
$$;
comment on function public.list_issuers() is
  'The issuers that were allowed beyond the public ones: [{url, kind, added_at, rules}]. For service_role.';

create function public.list_trusted_issuers() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
  select coalesce(jsonb_agg(jsonb_build_object('url', t.issuer, 'kind', t.kind) order by t.issuer), '[]')
  from (
    select distinct r.issuer, r.kind
    from benchmark_private.trust_rules as r
    where r.removed_at is null
      and (benchmark_private.is_public_issuer(r.issuer, r.kind)
        or exists (select from benchmark_private.issuers as i where i.url = r.issuer and i.kind = r.kind))
  ) as t;
$$;
comment on function public.list_trusted_issuers() is
  'The issuers that rules in force name and that are public or were allowed: [{url, kind}]. Tokens of any other are refused before a key is fetched. For service_role.';

create function public.list_trust_rules() returns table (
  id bigint,
  kind text,
  issuer text,
  repository text,
  repository_id text,
  repository_owner_id text,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments text[],
  allows_candidates boolean,
  created_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select r.id, r.kind::text, r.issuer, r.repository, r.repository_id, r.repository_owner_id, r.workflow, r.ref_pattern,
    r.github_environment, r.environments::text[], r.allows_candidates, r.created_at
  from benchmark_private.trust_rules as r
  where r.removed_at is null
  order by r.repository, r.id;
$$;
comment on function public.list_trust_rules() is 'The trust rules in force. For service_role.';

create function public.remove_trust_rule(p_id bigint) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with removed as (
    update benchmark_private.trust_rules as r
    set removed_at = clock_timestamp()
    where r.id = p_id and r.removed_at is null
    returning 1
  )
  select exists (select from removed);
$$;
comment on function public.remove_trust_rule(bigint) is
  'Ends a trust rule; false when there is none in force with that id. For service_role.';


-- supabase/schemas/41_ingest_tokens.sql

-- Scoped write tokens, for everything that is not GitHub Actions.

create table benchmark_private.ingest_tokens (
  id text not null,
  secret_hash bytea not null,
  name text not null,
  environments benchmark_private.environment_label[] not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint ingest_tokens_pkey primary key (id),
  constraint ingest_tokens_id_check check (id ~ '^[0-9a-f]{16}$'),
  constraint ingest_tokens_secret_hash_check check (octet_length(secret_hash) = 32),
  constraint ingest_tokens_name_check check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  constraint ingest_tokens_environments_check check (cardinality(environments) > 0)
);
comment on table benchmark_private.ingest_tokens is
  'Scoped write tokens. Only the SHA-256 of the secret is stored; 256 random bits need no slow hash.';
comment on column benchmark_private.ingest_tokens.last_used_at is
  'Last use, to the minute: a write a request would make all requests of a token wait for each other.';

create function benchmark_private.authorize_token(p_id text, p_secret_hash bytea, out environments text[])
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_token benchmark_private.ingest_tokens;
begin
  select t.* into v_token
  from benchmark_private.ingest_tokens as t
  where t.id = p_id and t.secret_hash = p_secret_hash;
  if not found then
    -- One answer for an unknown id and for a wrong secret: it must not tell which ids exist.
    perform benchmark_private.refuse(403, 'unknown_token',
      'No ingest token matches. Create one with: deno task admin token create --name NAME --environment LABEL');
  elsif v_token.revoked_at is not null then
    perform benchmark_private.refuse(401, 'token_revoked', format(
      'Ingest token %s was revoked at %s.', v_token.id, benchmark_private.utc_text(v_token.revoked_at)));
  elsif v_token.expires_at <= clock_timestamp() then
    perform benchmark_private.refuse(401, 'token_expired', format(
      'Ingest token %s expired at %s.', v_token.id, benchmark_private.utc_text(v_token.expires_at)));
  end if;

  environments := v_token.environments;
  if v_token.last_used_at is null or v_token.last_used_at < clock_timestamp() - interval '1 minute' then
    -- skip locked: whoever comes second does not wait for the first one's commit
    update benchmark_private.ingest_tokens as t
    set last_used_at = clock_timestamp()
    where t.id = (
      select u.id from benchmark_private.ingest_tokens as u
      where u.id = p_id
      for no key update skip locked);
  end if;
end;
$$;
comment on function benchmark_private.authorize_token(text, bytea) is
  'Environment labels of an ingest token, given its id and the SHA-256 of its secret. Raises PT403 when none matches, PT401 when it is revoked or has expired.';

create function public.create_ingest_token(
  p_id text,
  p_secret_hash text,
  p_name text,
  p_environments text[],
  p_expires_at timestamptz default null
) returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into benchmark_private.ingest_tokens (id, secret_hash, name, environments, expires_at)
  values (p_id, decode(p_secret_hash, 'hex'), p_name, p_environments, p_expires_at);
$$;
comment on function public.create_ingest_token(text, text, text, text[], timestamptz) is
  'Registers an ingest token bmk_<p_id>_<secret>, of which the database sees the SHA-256 of the secret in hex only. For service_role. Raises 23505 when the id is taken, 23514 or 23502 for a value that is malformed or missing.';

create function public.list_ingest_tokens() returns table (
  id text,
  name text,
  environments text[],
  created_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select t.id, t.name, t.environments::text[], t.created_at, t.expires_at, t.revoked_at, t.last_used_at
  from benchmark_private.ingest_tokens as t
  order by t.created_at, t.id;
$$;
comment on function public.list_ingest_tokens() is
  'All ingest tokens, revoked and expired ones too, without their secrets. For service_role.';

create function public.revoke_ingest_token(p_id text) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with revoked as (
    update benchmark_private.ingest_tokens as t
    set revoked_at = clock_timestamp()
    where t.id = p_id and t.revoked_at is null
    returning 1
  )
  select exists (select from revoked);
$$;
comment on function public.revoke_ingest_token(text) is
  'Revokes an ingest token at once; false when there is none with that id, or it is revoked already. For service_role.';


-- supabase/schemas/42_authorize.sql

-- From a verified credential to what it may write.

create function benchmark_private.authorize(
  p_principal jsonb,
  out principal text,
  out environments text[],
  out publishing benchmark_private.trust_rules[],
  out candidate_environments text[],
  out provenance jsonb
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job record;
begin
  case p_principal ->> 'method'
    when 'ingest-token' then
      environments := benchmark_private.authorize_token(
        p_principal ->> 'token_id', decode(p_principal ->> 'secret_hash', 'hex'));
      principal := 'token:' || (p_principal ->> 'token_id');
      provenance := '{"method": "ingest-token", "attested": {}}';
    when 'github-oidc', 'gitlab-oidc', 'circleci-oidc', 'buildkite-oidc' then
      v_job := benchmark_private.authorize_job(p_principal);
      principal := replace(p_principal ->> 'method', '-oidc', '') || ':' || split_part(p_principal ->> 'issuer', '://', 2) || ':'
        || (benchmark_private.job_of(p_principal) ->> 'project_id');
      environments := v_job.environments;
      publishing := v_job.publishing;
      candidate_environments := v_job.candidate_environments;
      provenance := jsonb_build_object(
        'method', p_principal ->> 'method', 'attested', p_principal -> 'attested',
        'issuer', p_principal ->> 'issuer', 'trust_rules', v_job.trust_rules, 'claims', p_principal -> 'claims');
    when 'service-role' then
      principal := 'service_role';
      provenance := '{"method": "service-role", "attested": {}}';
    when 'import' then
      principal := 'import';
      provenance := '{"method": "import", "attested": {}}';
    else
      perform benchmark_private.refuse(401, 'invalid_credential', 'Unknown kind of principal.');
  end case;
end;
$$;
comment on function benchmark_private.authorize(jsonb) is
  'Who a verified credential is (<kind>:<issuer>:<project id>, token:<id>, service_role or import), which environment labels it may write (null: all), which trust rules publish its runs (null: all its runs are published), under which labels it may store candidates (null: all), and what is stored as provenance. p_principal is {"method": "github-oidc" (or gitlab, circleci, buildkite), "issuer", "claims", "job", "attested", "triggered_by", "head_ref"}, {"method": "ingest-token", "token_id", "secret_hash"} or, for service_role itself, {"method": "service-role"} or {"method": "import"}, which stores a history that was kept elsewhere. Raises PT401 and PT403.';

create function public.check_principal(p_principal jsonb) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
begin
  return (benchmark_private.authorize(p_principal || '{"dry_run": true}')).principal;
end;
$$;
comment on function public.check_principal(jsonb) is
  'The name of a principal that may write or compare anything at all; p_principal as for ingest_benchmark(). For service_role. Raises PT401 and PT403.';


-- supabase/schemas/43_webhooks.sql

-- Who is told: addresses that events are sent to, and the outbox of what is to be sent.

create table benchmark_private.webhooks (
  id bigint generated always as identity,
  url text not null,
  events text[] not null,
  metrics text[],
  severity text not null default 'warn',
  format text not null default 'standard',
  allows_private boolean not null default false,
  dashboard_url text,
  secret text,
  secret_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default benchmark_private.decided_by(),
  disabled_at timestamptz,
  constraint webhooks_pkey primary key (id),
  constraint webhooks_url_check check (length(url) <= 2000 and url ~ '^https?://[^[:space:][:cntrl:]@#/?]+([/?][^[:space:][:cntrl:]#]*)?$'
    and (url ~ '^https://' or url ~ '^http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?([/?].*)?$')),
  constraint webhooks_events_check check (
    cardinality(events) > 0 and events <@ '{regression,recovery,first-run,void}'::text[]),
  constraint webhooks_metrics_check check (cardinality(metrics) > 0),
  constraint webhooks_severity_check check (severity in ('warn', 'fail')),
  constraint webhooks_format_check check (format in ('standard', 'slack')),
  constraint webhooks_dashboard_url_check check (length(dashboard_url) <= 2000 and dashboard_url ~ '^https?://[^[:space:][:cntrl:]<>|]+$'),
  constraint webhooks_secret_check check (secret ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'),
  constraint webhooks_one_secret_check check ((secret is null) <> (secret_id is null))
);
comment on table benchmark_private.webhooks is
  'Where events are sent. Disabled by itself when the receiver says that it is gone (410).';
comment on column benchmark_private.webhooks.metrics is
  'JSON pointers: regressions and recoveries of other metrics are not sent; null for all.';
comment on column benchmark_private.webhooks.severity is
  'The least severity of a policy whose regressions and recoveries are sent: warn (all) or fail.';
comment on column benchmark_private.webhooks.allows_private is
  'Whether it may be an address inside: private, link-local or loopback.';
comment on column benchmark_private.webhooks.secret_id is
  'Of the secret in Supabase Vault; where there is no Vault the secret stands in the column secret.';

create table benchmark_private.webhook_deliveries (
  id bigint generated always as identity,
  webhook_id bigint not null,
  event_id uuid not null,
  event text not null,
  topic text not null,
  document jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  state text not null default 'pending',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  lease uuid,
  leased_until timestamptz,
  attempted_at timestamptz,
  status integer,
  error text,
  finished_at timestamptz,
  constraint webhook_deliveries_pkey primary key (id),
  -- A webhook that is removed takes what it was still to be sent with it, whatever is being stored.
  constraint webhook_deliveries_webhook_fkey foreign key (webhook_id)
    references benchmark_private.webhooks (id) on delete cascade,
  constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'given-up')),
  constraint webhook_deliveries_finished_check check ((finished_at is null) = (state = 'pending'))
);
create index webhook_deliveries_due_idx
  on benchmark_private.webhook_deliveries (next_attempt_at, id) where state = 'pending';
create index webhook_deliveries_topic_idx
  on benchmark_private.webhook_deliveries (webhook_id, topic, id) where state = 'pending';
create index webhook_deliveries_finished_idx
  on benchmark_private.webhook_deliveries (finished_at) where state <> 'pending';
create index webhook_deliveries_webhook_idx
  on benchmark_private.webhook_deliveries (webhook_id, id);
comment on table benchmark_private.webhook_deliveries is
  'The outbox: an event for a webhook a row, written in the transaction that makes it happen. Finished ones are kept for 30 days.';
comment on column benchmark_private.webhook_deliveries.event_id is
  'The header webhook-id: the same for every webhook and in every attempt.';
comment on column benchmark_private.webhook_deliveries.topic is
  'What it is about: of one topic, a later event waits until the earlier one is delivered or given up. Ids go up within a topic, because who writes one holds the lock of its configuration.';
comment on column benchmark_private.webhook_deliveries.lease is
  'Who is sending it now: nobody else takes it before leased_until.';

create table benchmark_private.told_regressions (
  configuration_id uuid not null,
  metric text not null,
  severity text not null,
  regression_id uuid not null,
  opened_version integer not null,
  reference_value numeric not null,
  told_version integer not null,
  told_value numeric not null,
  closed_by text,
  constraint told_regressions_pkey primary key (configuration_id, metric, severity)
);
comment on table benchmark_private.told_regressions is
  'The last regression that was told about of each configuration, metric and severity. Kept while there is a webhook in force, so that nothing is told twice.';
comment on column benchmark_private.told_regressions.reference_value is
  'What its runs are worse than.';
comment on column benchmark_private.told_regressions.told_value is
  'What was told last: a later run is worth telling when it is worse than this by more than the limit.';
comment on column benchmark_private.told_regressions.closed_by is
  'What ended it (see tell_of_run() and tell_of_decision()); null while it lasts.';

create function benchmark_private.has_webhooks() returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (select from benchmark_private.webhooks as w where w.disabled_at is null);
end;
$$;
comment on function benchmark_private.has_webhooks() is
  'Whether anybody is told of anything.';

create function benchmark_private.check_webhook_exists(p_id bigint, p_is_there boolean) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not p_is_there then
    perform benchmark_private.refuse(404, 'not_found', format(
      'There is no webhook %s; see: deno task admin webhook list', p_id));
  end if;
end;
$$;
comment on function benchmark_private.check_webhook_exists(bigint, boolean) is
  'Raises PT404 that names a webhook that is not there.';

create function benchmark_private.has_vault() returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return to_regclass('vault.decrypted_secrets') is not null;
end;
$$;
comment on function benchmark_private.has_vault() is
  'Whether Supabase Vault is there, which encrypts secrets at rest.';

create function benchmark_private.webhook_secret(p_secret text, p_secret_id uuid) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_secret text := p_secret;
begin
  if p_secret_id is not null then
    -- Dynamic: where there is no Vault, nothing here may name it.
    execute format('select s.decrypted_secret::text from %s as s where s.id = $1', to_regclass('vault.decrypted_secrets'))
      into v_secret using p_secret_id;
  end if;
  return v_secret;
end;
$$;
comment on function benchmark_private.webhook_secret(text, uuid) is
  'The secret of a webhook, from the table or from Vault; null when somebody removed it there.';

create function public.create_webhook(
  p_url text,
  p_events text[],
  p_secret text,
  p_metrics text[] default null,
  p_severity text default 'warn',
  p_format text default 'standard',
  p_allows_private boolean default false,
  p_dashboard_url text default null
) returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id bigint;
  v_secret_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('webhooks', 4));
  if not benchmark_private.has_webhooks() then
    -- Nobody kept it up.
    delete from benchmark_private.told_regressions;
  end if;
  insert into benchmark_private.webhooks as w
    (url, events, metrics, severity, format, allows_private, dashboard_url, secret)
  values (p_url, p_events,
    (select array_agg(benchmark_private.metric_pointer(m.name)) from unnest(p_metrics) as m(name)),
    p_severity, p_format, p_allows_private, p_dashboard_url, p_secret)
  returning w.id into v_id;
  if benchmark_private.has_vault() then
    execute format('select %s($1, $2, $3)', to_regproc('vault.create_secret')) into v_secret_id
      using p_secret, 'benchmark_webhook_' || v_id, 'Signs what is sent to a webhook of the benchmark ledger';
    update benchmark_private.webhooks as w set secret = null, secret_id = v_secret_id where w.id = v_id;
  end if;
  return v_id;
end;
$$;
comment on function public.create_webhook(text, text[], text, text[], text, text, boolean, text) is
  'Sends events (regression, recovery, first-run, void) to an address from now on, signed with p_secret (whsec_ and base64 of 24 to 64 bytes), which goes to Supabase Vault where that is there; returns the id. p_metrics and p_severity say which regressions and recoveries, p_format standard (Standard Webhooks) or slack. For service_role. Raises 23514 for a value that is not allowed.';

create function public.list_webhooks() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', w.id,
    -- Whoever knows Slack's address may post; so do the paths of other receivers often hold a secret.
    'url', regexp_replace(w.url, '^(https?://[^/?]+).+$', '\1/…'),
    'events', w.events, 'metrics', w.metrics, 'severity', w.severity, 'format', w.format,
    'allows_private', w.allows_private, 'dashboard_url', w.dashboard_url,
    'created_at', w.created_at, 'created_by', w.created_by, 'disabled_at', w.disabled_at,
    'pending', (select count(*) from benchmark_private.webhook_deliveries as d
      where d.webhook_id = w.id and d.state = 'pending')) order by w.id), '[]')
  from benchmark_private.webhooks as w;
$$;
comment on function public.list_webhooks() is
  'The webhooks: [{id, url, events, metrics, severity, format, allows_private, dashboard_url, created_at, created_by, disabled_at, pending}], never their secrets, nor more of an address than its server, because the rest often is one. For service_role.';

create function public.remove_webhook(p_id bigint) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_secret_id uuid;
begin
  delete from benchmark_private.webhooks as w where w.id = p_id returning w.secret_id into v_secret_id;
  perform benchmark_private.check_webhook_exists(p_id, found);
  if v_secret_id is not null and benchmark_private.has_vault() then
    execute format('delete from %s as s where s.id = $1', to_regclass('vault.secrets')) using v_secret_id;
  end if;
  return true;
end;
$$;
comment on function public.remove_webhook(bigint) is
  'Removes a webhook, its secret and what it was still to be sent. For service_role. Waits for runs that are being stored; raises PT404, 55P03 after 4 s.';


-- supabase/schemas/45_statistics.sql

-- The few functions of statistics that Postgres lacks.

create function benchmark_private.normal_cdf(p_x double precision) returns double precision
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_x double precision := abs(p_x);
  v_tail double precision;
begin
  if v_x > 37 then
    v_tail := 0; -- and exp() would be an error: Postgres raises underflow
  elsif v_x < 7.07106781186547 then
    v_tail := exp(-v_x * v_x / 2) * ((((((
      3.52624965998911e-2 * v_x + 0.700383064443688) * v_x + 6.37396220353165) * v_x + 33.912866078383) * v_x
      + 112.079291497871) * v_x + 221.213596169931) * v_x + 220.206867912376)
      / (((((((8.83883476483184e-2 * v_x + 1.75566716318264) * v_x + 16.064177579207) * v_x + 86.7807322029461) * v_x
      + 296.564248779674) * v_x + 637.333633378831) * v_x + 793.826512519948) * v_x + 440.413735824752);
  else
    v_tail := exp(-v_x * v_x / 2) / (v_x + 1 / (v_x + 2 / (v_x + 3 / (v_x + 4 / (v_x + 0.65))))) / 2.506628274631;
  end if;
  return case when p_x > 0 then 1 - v_tail else v_tail end;
end;
$$;
comment on function benchmark_private.normal_cdf(double precision) is
  'The standard normal distribution function, within 1e-15 (algorithm of Hart 1968 as given by West 2005, "Better approximations to cumulative normal functions", Wilmott Magazine). Postgres has erf() from 16 on only.';

create function benchmark_private.normal_quantile(p_probability double precision) returns double precision
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_x double precision := 0;
  v_step double precision;
begin
  -- Newton's method. The distribution function is concave above 0, so the steps come from below and never overshoot.
  for i in 1..100 loop
    v_step := (p_probability - benchmark_private.normal_cdf(v_x)) * 2.506628274631001 * exp(v_x * v_x / 2);
    v_x := v_x + v_step;
    exit when abs(v_step) < 1e-14;
  end loop;
  return v_x;
end;
$$;
comment on function benchmark_private.normal_quantile(double precision) is
  'The inverse of normal_cdf() for a probability from 0.5 to 1 - 1e-9: 1.959964 for 0.975.';

create function benchmark_private.t_quantile(p_degrees double precision, p_normal_quantile double precision)
returns double precision
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when p_degrees is null then p_normal_quantile else
    sqrt(p_degrees * (exp((p_normal_quantile * (8 * p_degrees + 3) / (8 * p_degrees + 1)) ^ 2 / p_degrees) - 1)) end;
end;
$$;
comment on function benchmark_private.t_quantile(double precision, double precision) is
  'The quantile of Student''s t for degrees of freedom (null: infinitely many), above 1, at the probability where the normal distribution has p_normal_quantile (Wallace 1959, "Bounds on normal approximations to Student''s and the chi-square distributions", Ann. Math. Statist. 30).';

create function benchmark_private.confidence_quantiles(p_confidence numeric) returns double precision[]
language plpgsql
immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select benchmark_private.normal_quantile((1 - (1 - p_confidence) / (2 * n))::double precision)
    from generate_series(1, 32) as n
    order by n);
end;
$$;
comment on function benchmark_private.confidence_quantiles(numeric) is
  'Normal quantiles of a two-sided interval when 1, 2, … 32 metrics are judged at once with a joint confidence (Bonferroni: each at 1 - (1 - confidence) / n).';


-- supabase/schemas/50_regression_policies.sql

-- What counts as a regression: which metric, which direction is better, by how much it may get
-- worse, and how serious that is.

create function benchmark_private.policy_document(
  p_metric text, p_better text, p_limit_kind text, p_limit numeric, p_severity text, p_confidence numeric
) returns jsonb
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object('metric', p_metric, 'better', p_better, 'limit_kind', p_limit_kind, 'limit', p_limit,
    'severity', p_severity, 'policy_confidence', p_confidence);
end;
$$;
comment on function benchmark_private.policy_document(text, text, text, numeric, text, numeric) is
  'What a judgement says of its policy.';

create table public.benchmark_policies (
  id integer generated always as identity,
  metric text not null,
  better text not null,
  limit_kind text not null,
  limit_value numeric not null,
  severity text not null,
  model_version text,
  configuration_id uuid,
  confidence numeric not null default 0.95,
  item_score text,
  standard_error text,
  created_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  -- Null only for a metric that the check below refuses.
  metric_keys text[]
    generated always as (benchmark_private.metric_keys(metric)) stored,
  -- Configuration before model before all.
  scope_rank integer not null generated always as (
    case when configuration_id is not null then 3 when model_version is not null then 2 else 1 end) stored,
  -- As is_worse() takes them.
  sign integer not null generated always as (case better when 'higher' then 1 else -1 end) stored,
  absolute_limit numeric not null generated always as (
    case limit_kind when 'absolute' then limit_value else 0 end) stored,
  relative_limit numeric not null generated always as (
    case limit_kind when 'relative' then limit_value else 0 end) stored,
  -- Where the standard error stands (null beyond what a pointer may have), and quantiles for its confidence when 1, 2, … metrics are judged.
  standard_error_keys text[]
    generated always as (benchmark_private.metric_keys(coalesce(standard_error, metric || '_stderr'))) stored,
  quantiles double precision[] not null
    generated always as (benchmark_private.confidence_quantiles(confidence)) stored,
  -- What a judgement says of its policy: made once and not in every run.
  document jsonb not null
    generated always as (benchmark_private.policy_document(metric, better, limit_kind, limit_value, severity, confidence)) stored,
  constraint benchmark_policies_pkey primary key (id),
  constraint benchmark_policies_metric_check check (metric ~ '^/' and length(metric) <= 1000),
  constraint benchmark_policies_confidence_check check (confidence >= 0.5 and confidence <= 0.9999),
  constraint benchmark_policies_item_score_check check (length(item_score) between 1 and 200),
  constraint benchmark_policies_standard_error_check check (standard_error ~ '^/' and length(standard_error) <= 1000),
  constraint benchmark_policies_better_check check (better in ('higher', 'lower')),
  constraint benchmark_policies_limit_kind_check check (limit_kind in ('absolute', 'relative')),
  constraint benchmark_policies_limit_value_check check (limit_value >= 0 and limit_value < 'Infinity'),
  constraint benchmark_policies_severity_check check (severity in ('warn', 'fail')),
  constraint benchmark_policies_scope_check check (model_version is null or configuration_id is null)
);
-- A policy in force is one row of its metric, severity and scope; changed or removed ones stay,
-- because stored verdicts name the policy that they were made by.
create unique index benchmark_policies_scope_key
  on public.benchmark_policies (metric, severity, model_version, configuration_id) nulls not distinct
  where removed_at is null;
comment on table public.benchmark_policies is
  'Limits that a run is judged by, and were. Of those in force (removed_at is null) only the narrowest scope counts for each metric: of the configuration, else of the model, else those for all. A change is a new row.';
comment on column public.benchmark_policies.confidence is
  'Of the intervals that a verdict rests on; joint, when several metrics of a run are judged by intervals with the same severity.';
comment on column public.benchmark_policies.item_score is
  'Which score of the items gives the metric, where it has another name.';
comment on column public.benchmark_policies.standard_error is
  'Where the metric''s standard error stands in the metrics, a JSON pointer; null for the metric''s own with _stderr at its end.';
comment on column public.benchmark_policies.metric is
  'Where the number stands in the metrics: a JSON pointer such as /f1.';
comment on column public.benchmark_policies.limit_value is
  'How much worse a run may be: absolute in the metric''s unit, relative as a fraction of the value compared with.';

create function benchmark_private.shipped_policies()
returns table (metric text, better text, limit_kind text, limit_value numeric, severity text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('/f1', 'higher', 'absolute', 0.05, 'fail'),
    ('/latency_ms', 'lower', 'relative', 0.5, 'warn'),
    ('/analysis_cost', 'lower', 'relative', 0.5, 'warn');
$$;
comment on function benchmark_private.shipped_policies() is
  'The policies that a new ledger starts with.';

insert into public.benchmark_policies (metric, better, limit_kind, limit_value, severity)
select s.* from benchmark_private.shipped_policies() as s;

create view benchmark_private.applicable_policies with (security_invoker = true) as
select a.*
from (
  select c.id as for_configuration_id, p.*,
    max(p.scope_rank) over (partition by c.id, p.metric) as narrowest
  from public.benchmark_configurations as c
  join public.benchmark_policies as p
    on (p.model_version is null or p.model_version = c.model_version)
    and (p.configuration_id is null or p.configuration_id = c.id)
  where p.removed_at is null
) as a
where a.scope_rank = a.narrowest;
comment on view benchmark_private.applicable_policies is
  'The policies that count for each configuration (for_configuration_id): of a metric, those of the narrowest scope, so that a noisy model can be given a wider limit.';

create function public.set_regression_policy(
  p_metric text,
  p_better text,
  p_limit numeric,
  p_limit_kind text default 'absolute',
  p_severity text default 'fail',
  p_model_version text default null,
  p_configuration_id uuid default null,
  p_confidence numeric default 0.95,
  p_item_score text default null,
  p_standard_error text default null
) returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_standard_error text := benchmark_private.metric_pointer(p_standard_error);
  v_id integer;
begin
  if p_configuration_id is not null and not exists (
    select from public.benchmark_configurations as c where c.id = p_configuration_id)
  then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  perform pg_advisory_xact_lock(hashtextextended(v_metric, 3));
  select p.id into v_id
  from public.benchmark_policies as p
  where p.removed_at is null
    and (p.metric, p.better, p.limit_kind, p.limit_value, p.severity, p.model_version, p.configuration_id,
      p.confidence, p.item_score, p.standard_error)
      is not distinct from (v_metric, p_better, p_limit_kind, p_limit, p_severity, p_model_version, p_configuration_id,
        p_confidence, p_item_score, v_standard_error);
  if found then
    return v_id;
  end if;
  update public.benchmark_policies as p
  set removed_at = clock_timestamp()
  where p.removed_at is null
    and (p.metric, p.severity, p.model_version, p.configuration_id)
      is not distinct from (v_metric, p_severity, p_model_version, p_configuration_id);
  insert into public.benchmark_policies as p
    (metric, better, limit_kind, limit_value, severity, model_version, configuration_id, confidence, item_score,
      standard_error)
  values (
    v_metric, p_better, p_limit_kind, p_limit, p_severity, p_model_version, p_configuration_id, p_confidence,
    p_item_score, v_standard_error)
  returning p.id into v_id;
  return v_id;
end;
$$;
comment on function public.set_regression_policy(text, text, numeric, text, text, text, uuid, numeric, text, text) is
  'Makes a policy, in the place of the one of the same metric, severity and scope; returns its id, that of the present one when nothing differs. p_metric is a JSON pointer (/f1 or f1), p_better higher or lower, p_limit_kind absolute or relative, p_severity warn or fail; with neither model nor configuration it holds for all. p_confidence (0.5 to 0.9999) is that of intervals, p_item_score the score of items that gives the metric where its name differs, p_standard_error the JSON pointer of its standard error where that is not <metric>_stderr. For service_role. Raises 23514 for a value that is not allowed, PT404 for an unknown configuration.';

create function public.remove_regression_policy(p_id integer) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update public.benchmark_policies as p set removed_at = clock_timestamp() where p.id = p_id and p.removed_at is null;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format('There is no policy %s.', p_id));
  end if;
  return true;
end;
$$;
comment on function public.remove_regression_policy(integer) is
  'Takes a policy out of force; what was judged by it stays. For service_role. Raises PT404.';

create function public.list_regression_policies() returns setof public.benchmark_policies
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select p.* from public.benchmark_policies as p where (select benchmark_private.may_read()) and p.removed_at is null order by p.metric, p.scope_rank, p.severity, p.id;
$$;
comment on function public.list_regression_policies() is
  'The policies in force. Row security of the caller applies; takes no lock.';


-- supabase/schemas/51_compare_items.sql

-- Paired items: the best evidence there is.

create function benchmark_private.compare_items(
  p_new public.benchmark_items,
  p_old public.benchmark_items,
  p_metric text,
  p_item_score text,
  p_sign integer,
  p_is_relative boolean,
  p_value numeric,
  out n integer,
  out estimate double precision,
  out standard_error double precision,
  out degrees double precision,
  out is_ratio boolean,
  out caveat text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- What a metric is a ratio of: a / (a + b), a / (a + (b + c) / 2), or a mean, which is a / 1.
  v_scores text[] := benchmark_private.scores_of_metric(p_new, p_metric, p_item_score);
  v_is_mean boolean := cardinality(v_scores) = 1;
  v_is_boolean boolean := v_scores <@ p_new.boolean_scores;
  v_a1 double precision[];
  v_b1 double precision[];
  v_c1 double precision[];
  v_a0 double precision[];
  v_b0 double precision[];
  v_c0 double precision[];
  v_set public.benchmark_item_sets;
  v_old_set public.benchmark_item_sets;
  v_old_items integer;
  v_u1 double precision[];
  v_v1 double precision[];
  v_u0 double precision[];
  v_v0 double precision[];
  v_total record := null;
  v_groups integer;
begin
  if not coalesce(p_new.scores @> v_scores and p_old.scores @> v_scores
    and v_is_boolean = (v_scores <@ p_old.boolean_scores), false)
  then
    return;
  end if;
  begin
    v_a1 := benchmark_private.item_numbers(p_new, v_scores[1]);
    v_b1 := benchmark_private.item_numbers(p_new, v_scores[2]);
    v_c1 := benchmark_private.item_numbers(p_new, v_scores[3]);
    v_a0 := benchmark_private.item_numbers(p_old, v_scores[1]);
    v_b0 := benchmark_private.item_numbers(p_old, v_scores[2]);
    v_c0 := benchmark_private.item_numbers(p_old, v_scores[3]);
    -- A score of another name may be on another scale than the metric, percent and not a fraction.
    if p_item_score is not null and p_value is not null
      and (select abs(avg(x)::numeric - p_value) > 0.001 * greatest(1, abs(p_value)) from unnest(v_a1) as x) is not false
    then
      return;
    end if;
    -- Latencies, costs, tokens: positive, skewed, and limited by a share of themselves.
    is_ratio := p_is_relative and v_is_mean and not v_is_boolean
      and not exists (select from unnest(v_a1) as x where x <= 0) and not exists (select from unnest(v_a0) as x where x <= 0);
    if is_ratio then
      v_a1 := array(select ln(x) from unnest(v_a1) with ordinality as x(x) order by x.ordinality);
      v_a0 := array(select ln(x) from unnest(v_a0) with ordinality as x(x) order by x.ordinality);
    end if;

    select s.* into strict v_set from public.benchmark_item_sets as s where s.digest = p_new.item_set;
    if p_new.item_set = p_old.item_set and v_set.epochs is null and v_set.groups is null then
      select array_agg(r.u1) filter (where r.is_pair), array_agg(r.v1) filter (where r.is_pair),
        array_agg(r.u0) filter (where r.is_pair), array_agg(r.v0) filter (where r.is_pair),
        count(*) filter (where r.is_pair), count(r.v0 + r.u0)
      into v_u1, v_v1, v_u0, v_v0, n, v_old_items
      from (
        select p.*, p.u1 + p.v1 + p.u0 + p.v0 is not null as is_pair
        from (
          select i.a1 as u1, case when v_is_mean then 1 when v_c1 is null then i.a1 + i.b1 else i.a1 + (i.b1 + i.c1) / 2 end as v1,
            i.a0 as u0, case when v_is_mean then 1 when v_c0 is null then i.a0 + i.b0 else i.a0 + (i.b0 + i.c0) / 2 end as v0
          from unnest(v_a1, v_b1, v_c1, v_a0, v_b0, v_c0) as i(a1, b1, c1, a0, b0, c0)
        ) as p
      ) as r;
    else
      select s.* into strict v_old_set from public.benchmark_item_sets as s where s.digest = p_old.item_set;
      with new_items as materialized (
        select r.id, min(r.item_group) as item_group, avg(r.u) as u, avg(r.v) as v
        from (
          select i.id, i.item_group, i.a as u,
            case when v_is_mean then 1 when v_c1 is null then i.a + i.b else i.a + (i.b + i.c) / 2 end as v
          from unnest(v_set.ids, v_set.groups, v_a1, v_b1, v_c1) as i(id, item_group, a, b, c)
        ) as r
        where r.u + r.v is not null
        group by r.id
      ),
      old_items as materialized (
        select r.id, avg(r.u) as u, avg(r.v) as v
        from (
          select i.id, i.a as u,
            case when v_is_mean then 1 when v_c0 is null then i.a + i.b else i.a + (i.b + i.c) / 2 end as v
          from unnest(v_old_set.ids, v_a0, v_b0, v_c0) as i(id, a, b, c)
        ) as r
        where r.u + r.v is not null
        group by r.id
      )
      select array_agg(g.u1), array_agg(g.v1), array_agg(g.u0), array_agg(g.v0), sum(g.items),
        (select count(*) from old_items)
      into v_u1, v_v1, v_u0, v_v0, n, v_old_items
      from (
        select sum(a.u) as u1, sum(a.v) as v1, sum(b.u) as u0, sum(b.v) as v0, count(*) as items
        from new_items as a
        join old_items as b using (id)
        -- An id and a group of the same name are not the same.
        group by a.item_group, case when a.item_group is null then a.id end
      ) as g;
    end if;
    n := coalesce(n, 0);
    v_groups := coalesce(cardinality(v_u1), 0);
    degrees := v_groups - 1;
    if v_groups < 2 then
      caveat := case when v_groups = 0 then 'undefined' else 'too-few-items' end;
      degrees := null;
      return;
    end if;

    with g as materialized (
      select g.* from unnest(v_u1, v_v1, v_u0, v_v0) as g(u1, v1, u0, v0)
    ),
    t as (
      select sum(g.u1) as u1, sum(g.v1) as v1, sum(g.u0) as u0, sum(g.v0) as v0,
        avg((g.u1 = g.u0 and g.v1 = g.v0)::integer) as identical,
        case when v_is_boolean or not v_is_mean then 1
          else greatest(max(g.u1 / nullif(g.v1, 0)), max(g.u0 / nullif(g.v0, 0)))
            - least(min(g.u1 / nullif(g.v1, 0)), min(g.u0 / nullif(g.v0, 0))) end as range
      from g
    ),
    e as (
      select t.u1 / nullif(t.v1, 0) - t.u0 / nullif(t.v0, 0) as delta,
        case when t.v1 - g.v1 > 1e-9 * t.v1 and t.v0 - g.v0 > 1e-9 * t.v0 then
          t.u1 / nullif(t.v1, 0) - t.u0 / nullif(t.v0, 0) - ((t.u1 - g.u1) / (t.v1 - g.v1) - (t.u0 - g.u0) / (t.v0 - g.v0)) end as change
      from g cross join t
      where t.v1 > 0 and t.v0 > 0
    )
    select max(e.delta) * p_sign as delta, count(e.change) = v_groups as is_defined, var_samp(e.change) as variance,
      max(abs(e.change)) as largest, (select t.identical from t), (select t.range / nullif(t.v0, 0) from t) as floor
    into v_total
    from e;
    if v_total is null or v_total.is_defined is not true then
      caveat := 'undefined';
      degrees := null;
      return;
    end if;
    estimate := v_total.delta;
    -- Delete-one-group jackknife for a ratio of sums (MacKinnon, Nielsen and Webb 2023, "Fast and
    -- reliable jackknife and bootstrap methods for cluster-robust inference", arXiv 2301.04527; paired
    -- differences and clusters: Miller 2024, "Adding error bars to evals", arXiv 2411.00640). The second
    -- term is ours: where hardly an item changes at all, what is seen to vary is less than what can.
    standard_error := case
      when v_total.identical = 1 then v_total.floor
      else sqrt((v_groups - 1) ^ 2 / v_groups * v_total.variance
        + v_total.identical * (v_total.largest * (v_groups - 1) / v_groups) ^ 2) end;
    caveat := case
      when v_groups < 10 then 'too-few-items'
      when n < 0.95 * v_old_items then 'too-few-common-items'
      when v_total.identical = 1 then 'identical' end;
  exception when numeric_value_out_of_range then
    -- Numbers like 1e200, whose squares are no doubles: the run is stored, only nothing is proved by them.
    n := coalesce(n, 0);
    estimate := null;
    standard_error := null;
    degrees := null;
    is_ratio := false;
    caveat := 'undefined';
  end;
end;
$$;
comment on function benchmark_private.compare_items(public.benchmark_items, public.benchmark_items, text, text, integer, boolean, numeric) is
  'The change of a metric from the items of one run (p_old) to those of another, over the items that both have: n items, estimate (p_sign times new minus old; of mean logarithms where is_ratio), standard error by the delete-one-group jackknife with a floor, degrees of freedom (groups - 1), and what forbids a verdict. Precision, recall and F1 of counts tp, fp, fn, accuracy of a boolean correct, else the mean of the score p_item_score or of the metric''s own name; epochs of an item are averaged first. n is null when either run lacks the scores, or p_item_score does not give the new run''s value (p_value). Reads item sets; takes no lock.';

create function benchmark_private.item_changes(
  p_new public.benchmark_items,
  p_old public.benchmark_items,
  p_metric text,
  p_item_score text,
  p_sign integer,
  p_limit integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_scores text[] := benchmark_private.scores_of_metric(p_new, p_metric, p_item_score);
  v_is_mean boolean := cardinality(v_scores) = 1;
  v_new_set public.benchmark_item_sets;
  v_old_set public.benchmark_item_sets;
begin
  if not coalesce(p_new.scores @> v_scores and p_old.scores @> v_scores, false) then
    return null;
  end if;
  select s.* into strict v_new_set from public.benchmark_item_sets as s where s.digest = p_new.item_set;
  select s.* into strict v_old_set from public.benchmark_item_sets as s where s.digest = p_old.item_set;
  return (
    with new_items as (
      select i.id, min(i.item_group) as item_group, avg(i.a) as a, avg(i.b) as b, avg(i.c) as c
      from unnest(v_new_set.ids, v_new_set.groups, benchmark_private.item_numbers(p_new, v_scores[1]),
        benchmark_private.item_numbers(p_new, v_scores[2]), benchmark_private.item_numbers(p_new, v_scores[3])
      ) as i(id, item_group, a, b, c)
      where i.a is not null and (v_is_mean or i.b is not null) and (cardinality(v_scores) < 3 or i.c is not null)
      group by i.id
    ),
    old_items as (
      select i.id, avg(i.a) as a, avg(i.b) as b, avg(i.c) as c
      from unnest(v_old_set.ids, benchmark_private.item_numbers(p_old, v_scores[1]),
        benchmark_private.item_numbers(p_old, v_scores[2]), benchmark_private.item_numbers(p_old, v_scores[3])
      ) as i(id, a, b, c)
      where i.a is not null and (v_is_mean or i.b is not null) and (cardinality(v_scores) < 3 or i.c is not null)
      group by i.id
    ),
    -- Of counts, the mistakes: what was missed and what was found wrongly.
    changes as (
      select n.id, n.item_group, n.a as new_a, n.b as new_b, n.c as new_c, o.a as old_a, o.b as old_b, o.c as old_c,
        o.id is null as is_added, n.id is null as is_gone,
        case when v_is_mean then p_sign * (o.a - n.a) else n.b + coalesce(n.c, 0) - o.b - coalesce(o.c, 0) end as loss,
        case when v_is_mean then o.a = case when p_sign > 0 then 1 else 0 end
          else o.b + coalesce(o.c, 0) = 0 end as was_right
      from new_items as n
      full join old_items as o on o.id = n.id
    )
    select jsonb_build_object(
      'metric', p_metric,
      'scores', to_jsonb(v_scores),
      'common', count(c.loss),
      'added', count(*) filter (where c.is_added),
      'gone', count(*) filter (where c.is_gone),
      'worse', count(*) filter (where c.loss > 0),
      'better', count(*) filter (where c.loss < 0),
      'items', coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', l.id,
          'group', l.item_group,
          'change', case when l.loss > 0 then 'worse' else 'better' end,
          'newly_failing', l.loss > 0 and l.was_right,
          'from', (select jsonb_object_agg(s.score, s.number) from unnest(v_scores, array[l.old_a, l.old_b, l.old_c]) as s(score, number) where s.score is not null),
          'to', (select jsonb_object_agg(s.score, s.number) from unnest(v_scores, array[l.new_a, l.new_b, l.new_c]) as s(score, number) where s.score is not null))
          order by l.loss < 0, l.was_right desc, l.loss desc, l.id collate "C")
        from (
          select k.* from changes as k where k.loss <> 0
          order by k.loss < 0, k.was_right desc, k.loss desc, k.id collate "C"
          limit p_limit
        ) as l), '[]'))
    from changes as c);
exception when numeric_value_out_of_range then
  return null; -- differences that are no doubles
end;
$$;
comment on function benchmark_private.item_changes(public.benchmark_items, public.benchmark_items, text, text, integer, integer) is
  'Which items of a metric changed from one run (p_old) to another: {metric, scores, common, added, gone, worse, better, items: [{id, group, change, newly_failing, from, to}]}, new failures first, then what got worse most, then what got better; at most p_limit items. from and to hold the scores, means over epochs. Null when either run lacks the scores, or their differences are beyond a double. Reads item sets; takes no lock.';


-- supabase/schemas/52_verdicts.sql

-- Judgements with the policies and references that they name.

create function benchmark_private.judgement_documents(
  p_entry public.benchmark_transactions, p_judgements benchmark_private.judgement[]
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
  select jsonb_agg(p.document || jsonb_build_object(
    'from', j.from_value,
    'to', p_entry.metrics #> p.metric_keys,
    'change', (p_entry.metrics #> p.metric_keys)::numeric - j.from_value,
    'method', j.method,
    'caveat', j.caveat,
    'n', j.n,
    'reference_version', j.reference_version,
    'reference_configuration_id', j.reference_configuration_id,
    'is_named', j.is_named,
    'verdict', j.verdict,
    'metrics', j.metrics,
    'is_ratio', j.is_ratio,
    'estimate', j.estimate,
    'margin', j.margin,
    'degrees', j.degrees)
    || case when j.method = 'paired-items' and j.verdict <> 'not-worse' then jsonb_build_object('flipped', (
      select benchmark_private.flipped_items(i, coalesce(j.reference_configuration_id, p_entry.configuration_id),
        j.reference_version, j.policy_id)
      from public.benchmark_items as i
      where i.configuration_id = p_entry.configuration_id and i.snapshot_version = p_entry.snapshot_version))
      else '{}' end order by j.position)
  from unnest(p_judgements) with ordinality as j(estimate, margin, degrees, policy_id, method, verdict,
    reference_version, n, metrics, is_ratio, is_named, is_chosen, caveat, from_value, reference_configuration_id, position)
  join public.benchmark_policies as p on p.id = j.policy_id);
end;
$$;
comment on function benchmark_private.judgement_documents(public.benchmark_transactions, benchmark_private.judgement[]) is
  'The judgements of a run with the policies that they were made by, as judge() gives them: a JSON array, null when there is none. What follows from them is added where it is shown: interval, p-value, what would settle it. Takes no lock.';

create function benchmark_private.run_reference(p_run public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'configuration', jsonb_build_object(
      'id', p_run.configuration_id,
      'model_version', p_run.model_version,
      'dataset_version', p_run.dataset_version,
      'prompt_version', p_run.prompt_version,
      'environment', p_run.environment,
      'variant', p_run.variant),
    'snapshot_version', p_run.snapshot_version,
    'commit_sha', p_run.commit_sha);
end;
$$;
comment on function benchmark_private.run_reference(public.benchmark_transactions) is
  'A run as receipts name one that another was compared with: {configuration, snapshot_version, commit_sha}.';

create function benchmark_private.judgement_references(
  p_configuration_id uuid, p_previous_version integer, p_judgements benchmark_private.judgement[]
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(benchmark_private.run_reference(r))
    from (
      select distinct coalesce(j.reference_configuration_id, p_configuration_id) as configuration_id, j.reference_version
      from unnest(p_judgements) as j
      where j.reference_configuration_id is not null or j.reference_version is distinct from p_previous_version
    ) as j
    join public.benchmark_transactions as r
      on r.configuration_id = j.configuration_id and r.snapshot_version = j.reference_version);
end;
$$;
comment on function benchmark_private.judgement_references(uuid, integer, benchmark_private.judgement[]) is
  'The runs that a run of a configuration was compared with, each once, but for the one before it (p_previous_version): [{configuration, snapshot_version, commit_sha}]; null when there is none. Takes no lock.';

create view public.benchmark_judgements with (security_invoker = true) as
select
  t.configuration_id,
  t.snapshot_version,
  t.published,
  t.created_at,
  p.metric,
  j.verdict::text as verdict,
  j.method::text as method,
  j.caveat,
  p.severity,
  p.better,
  coalesce(j.reference_configuration_id, t.configuration_id) as reference_configuration_id,
  j.reference_version as from_version,
  j.from_value,
  (t.metrics #> p.metric_keys)::numeric as to_value,
  p.limit_kind,
  p.limit_value,
  j.n,
  j.is_ratio,
  j.estimate,
  j.margin,
  case when j.method = 'history' then (t.metrics #> p.metric_keys)::numeric - p.sign * j.estimate::numeric
    else j.from_value end as basis_value,
  j.is_chosen,
  t.verdict as run_verdict,
  t.measured_at
from public.benchmark_transactions as t
cross join lateral unnest(t.judgements) as j
join public.benchmark_policies as p on p.id = j.policy_id
where t.judgements is not null;
comment on view public.benchmark_judgements is
  'What was found of each run when it was stored, a row a policy, with the evidence: estimate (below 0 is worse) plus and minus margin is the interval, of logarithms where is_ratio. basis_value is what the estimate is the distance from: the median of a history, else from_value; is_chosen where compare_to named the reference.';

create table public.benchmark_replayed_judgements (
  configuration_id uuid not null,
  snapshot_version integer not null,
  policy_id integer not null,
  replayed_at timestamptz not null default clock_timestamp(),
  judgement benchmark_private.judgement not null,
  constraint benchmark_replayed_judgements_pkey primary key (configuration_id, snapshot_version, policy_id)
);
comment on table public.benchmark_replayed_judgements is
  'What a policy that was set later found worse among the runs before it. Beside the verdicts that were stored with the runs, which stay.';

create view public.benchmark_regressions with (security_invoker = true) as
select j.configuration_id, j.snapshot_version, j.metric, j.severity, j.better, j.reference_configuration_id, j.from_version,
  j.from_value, j.to_value, j.limit_kind, j.limit_value, j.published, j.created_at, null::timestamptz as replayed_at,
  j.basis_value, j.is_chosen, j.measured_at
from public.benchmark_judgements as j
-- The verdict of the run, too: it has an index.
where j.run_verdict = 'worse' and j.verdict = 'worse'
union all
select t.configuration_id, t.snapshot_version, p.metric, p.severity, p.better,
  coalesce((r.judgement).reference_configuration_id, t.configuration_id), (r.judgement).reference_version,
  (r.judgement).from_value, (t.metrics #> p.metric_keys)::numeric, p.limit_kind, p.limit_value, t.published, t.created_at,
  r.replayed_at,
  case when (r.judgement).method = 'history' then (t.metrics #> p.metric_keys)::numeric - p.sign * ((r.judgement).estimate)::numeric
    else (r.judgement).from_value end,
  false, t.measured_at
from public.benchmark_replayed_judgements as r
join public.benchmark_policies as p on p.id = r.policy_id
join public.benchmark_transactions as t
  on t.configuration_id = r.configuration_id and t.snapshot_version = r.snapshot_version;
comment on view public.benchmark_regressions is
  'What each run was found worse in, when it was stored by the policies of that time, or by a policy that was set later (replayed_at).';


-- supabase/schemas/53_judging.sql

-- Every run is judged in the transaction that stores it.

create view benchmark_private.run_scores with (security_invoker = true) as
select t.configuration_id, t.snapshot_version, t.published, t.is_backfill, s.metric, s.value
from public.benchmark_transactions as t
cross join lateral (values
  ('/f1', t.f1_score), ('/precision', t.precision_score), ('/recall', t.recall_score),
  ('/latency_ms', t.latency_ms), ('/analysis_cost', t.cost_per_analysis)
) as s(metric, value);
comment on view benchmark_private.run_scores is
  'The five scores of each run, a row each, by their JSON pointers: numbers that can be read without unpacking a document.';

create type benchmark_private.scored_run as (
  snapshot_version integer,
  commit_sha text,
  precision_score numeric,
  recall_score numeric,
  f1_score numeric,
  latency_ms numeric,
  cost_per_analysis numeric
);
comment on type benchmark_private.scored_run is
  'What a receipt says of another run. Not the whole row: its document would be unpacked to be handed on.';

create function benchmark_private.scored(p_configuration_id uuid, p_snapshot_version integer)
returns benchmark_private.scored_run
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.scored_run;
begin
  select t.snapshot_version, t.commit_sha, t.precision_score, t.recall_score, t.f1_score, t.latency_ms,
    t.cost_per_analysis
  into strict v_run
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version;
  return v_run;
end;
$$;
comment on function benchmark_private.scored(uuid, integer) is
  'Commit and scores of a run that is there. Takes no lock.';

create function benchmark_private.run_metric(
  p_configuration_id uuid, p_snapshot_version integer, p_metric text
) returns numeric
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value numeric;
begin
  select s.value into v_value
  from benchmark_private.run_scores as s
  where s.configuration_id = p_configuration_id and s.snapshot_version = p_snapshot_version
    and s.metric = p_metric;
  if not found then
    select benchmark_private.metric_number(t.metrics, benchmark_private.metric_keys(p_metric)) into v_value
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version;
  end if;
  return v_value;
end;
$$;
comment on function benchmark_private.run_metric(uuid, integer, text) is
  'A number of a run by its JSON pointer; null when the run has none. Takes no lock.';

create function benchmark_private.is_worse(
  p_from numeric, p_to numeric, p_sign integer, p_absolute_limit numeric, p_relative_limit numeric
) returns boolean
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Multiplied and not divided: from 0 any worsening is beyond a relative limit.
  return (p_from - p_to) * p_sign > p_absolute_limit + p_relative_limit * abs(p_from);
end;
$$;
comment on function benchmark_private.is_worse(numeric, numeric, integer, numeric, numeric) is
  'Whether a number is worse than another by more than a limit: absolute in its unit, plus relative as a fraction of |p_from|; p_sign is 1 where higher is better, -1 where lower is. Null when either number is null.';

create function benchmark_private.earlier_with_metric(
  p_configuration_id uuid, p_before_version integer, p_metric text, p_limit integer
) returns table (snapshot_version integer, value numeric)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select r.snapshot_version, r.value
  from (
    select t.snapshot_version, t.at, benchmark_private.run_metric(p_configuration_id, t.snapshot_version, p_metric) as value
    from (
      select e.snapshot_version, least(e.measured_at, e.created_at) as at
      from public.benchmark_transactions as e
      join public.benchmark_configurations as c on c.id = e.configuration_id
      where e.configuration_id = p_configuration_id
        -- A metric that is gone for longer begins anew; a search has to end.
        and e.snapshot_version between p_before_version - 1000 and p_before_version - 1
        and e.published
        and e.snapshot_version <> all (c.void_versions)
    ) as t
  ) as r
  where r.value is not null
  order by r.at desc, r.snapshot_version desc
  limit p_limit;
end;
$$;
comment on function benchmark_private.earlier_with_metric(uuid, integer, text, integer) is
  'Of the runs before a version that are published, not void and have a number, the p_limit that were measured last, the last first; looked for among the 1000 versions before. Takes no lock.';

create type benchmark_private.run_key as (
  configuration_id uuid,
  snapshot_version integer
);
comment on type benchmark_private.run_key is
  'Which run.';

create function benchmark_private.series_reference(p_entry public.benchmark_transactions, p_series text)
returns benchmark_private.run_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.run_key;
begin
  select c.id, c.reference_version into v_run
  from public.benchmark_configurations as c
  where c.series = p_series
    and c.dataset_version = p_entry.dataset_version
    and c.environment = p_entry.environment
    and c.id <> p_entry.configuration_id
    and c.reference_version is not null
  -- A variant is another platform or limit: what has the same one tells more.
  order by c.variant = p_entry.variant desc, (
    select least(t.measured_at, t.created_at)
    from public.benchmark_transactions as t
    where t.configuration_id = c.id and t.snapshot_version = c.reference_version) desc
  limit 1;
  return v_run;
end;
$$;
comment on function benchmark_private.series_reference(public.benchmark_transactions, text) is
  'The newest published run of a series with the data set and environment of an entry, of its variant where there is one; null when there is none. Takes no lock.';

create function benchmark_private.nearest_run(p_entry public.benchmark_transactions)
returns benchmark_private.run_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run benchmark_private.run_key;
begin
  select c.id, c.reference_version into v_run
  from public.benchmark_configurations as c
  where c.dataset_version = p_entry.dataset_version
    and c.environment = p_entry.environment
    and (c.model_version = p_entry.model_version or c.prompt_version = p_entry.prompt_version)
    and c.id <> p_entry.configuration_id
    and c.reference_version is not null
  order by (c.model_version = p_entry.model_version)::integer + (c.prompt_version = p_entry.prompt_version)::integer
      + (c.variant = p_entry.variant)::integer desc,
    c.reference_at desc nulls last, c.id
  limit 1;
  return v_run;
end;
$$;
comment on function benchmark_private.nearest_run(public.benchmark_transactions) is
  'The newest published run of the configuration that has most in common with an entry: data set and environment, and model or prompt; null when there is none. Takes no lock.';

create function benchmark_private.flipped_items(
  p_items public.benchmark_items, p_configuration_id uuid, p_snapshot_version integer, p_policy_id integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select benchmark_private.item_changes(p_items, i, p.metric, p.item_score, p.sign, 10)
    from public.benchmark_items as i
    cross join public.benchmark_policies as p
    where i.configuration_id = p_configuration_id and i.snapshot_version = p_snapshot_version and p.id = p_policy_id);
end;
$$;
comment on function benchmark_private.flipped_items(public.benchmark_items, uuid, integer, integer) is
  'The first ten items that changed against a run, by the metric of a policy, as item_changes() gives them; null when that run has no items any more. Takes no lock.';

create type benchmark_private.judged as (
  judgements benchmark_private.judgement[],
  documents jsonb,
  verdict benchmark_private.verdict,
  is_elsewhere boolean
);
comment on type benchmark_private.judged is
  'The judgements of a run as they are stored and as documents, the gravest verdict, and whether a reference is another run than the one before.';

create function benchmark_private.judge(
  p_configuration_id uuid,
  p_snapshot_version integer,
  p_previous_version integer,
  p_model_version text,
  p_metrics jsonb,
  p_items public.benchmark_items,
  p_reference benchmark_private.run_key,
  p_is_chosen boolean,
  p_void_versions integer[],
  p_policy_id integer default null,
  p_is_baseline boolean default false
) returns benchmark_private.judged
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- Or the window of earlier runs is planned anew in every call, at three times its price.
set plan_cache_mode = force_generic_plan
as $$
declare
  v_judged benchmark_private.judged;
  v_judgements benchmark_private.judgement[];
  v_policy public.benchmark_policies;
  v_judgement benchmark_private.judgement;
  v_run benchmark_private.run_key;
  v_reference benchmark_private.scored_run;
  v_to numeric;
  v_to_error numeric;
  v_from_error numeric;
  v_old_items public.benchmark_items;
  v_found record;
  v_window record;
  v_runs integer;
  v_numbers numeric[];
  v_earlier double precision[];
  v_median double precision;
  v_low integer;
  v_high integer;
  v_distance double precision;
  v_value double precision;
  v_lower_distance double precision;
  v_count integer := 0;
  v_metrics integer;
  -- How many are judged by intervals, of each severity.
  v_failing integer := 0;
  v_warning integer := 0;
  v_error double precision;
  -- An element a judgement; of quantiles 32.
  v_quantiles double precision[];
  v_limits double precision[];
  v_slack double precision[];
  v_documents jsonb[];
  v_is_fail boolean[];
  v_quantile double precision;
begin
  v_judged.is_elsewhere := false;
  -- Every run waits for this: one statement for the policies, one for the scores of earlier runs, and
  -- arithmetic, which plpgsql does in fractions of what a statement takes.
  if p_reference.configuration_id is not null then
    select t.snapshot_version, t.commit_sha, t.precision_score, t.recall_score, t.f1_score, t.latency_ms, t.cost_per_analysis
    into v_reference
    from public.benchmark_transactions as t
    where t.configuration_id = p_reference.configuration_id and t.snapshot_version = p_reference.snapshot_version;
  end if;
  for v_policy in
    select p.*
    from public.benchmark_policies as p
    where p.removed_at is null
      and (p_policy_id is null or p.id = p_policy_id)
      and (p.model_version is null or p.model_version = p_model_version)
      and (p.configuration_id is null or p.configuration_id = p_configuration_id)
      and (p.scope_rank = 3 or not exists (
        select
        from public.benchmark_policies as n
        where n.removed_at is null and n.metric = p.metric and n.scope_rank > p.scope_rank
          and (n.model_version is null or n.model_version = p_model_version)
          and (n.configuration_id is null or n.configuration_id = p_configuration_id)))
    order by p.metric, p.severity
  loop
    continue when jsonb_typeof(p_metrics #> v_policy.metric_keys) is distinct from 'number';
    v_to := (p_metrics #> v_policy.metric_keys)::numeric;
    v_run := p_reference;
    v_judgement := null;
    if v_reference.snapshot_version is not null then
      v_judgement.from_value := case v_policy.metric
        when '/f1' then v_reference.f1_score
        when '/precision' then v_reference.precision_score
        when '/recall' then v_reference.recall_score
        when '/latency_ms' then v_reference.latency_ms
        when '/analysis_cost' then v_reference.cost_per_analysis
        else benchmark_private.run_metric(v_run.configuration_id, v_run.snapshot_version, v_policy.metric) end;
    end if;
    -- Of two runs that are only compared, another reference would be an answer to another question.
    if v_judgement.from_value is null and (not p_is_chosen or p_previous_version is not null) then
      -- The baseline, or the run before, lacks it: the newest earlier run that has it.
      select e.snapshot_version, e.value into v_run.snapshot_version, v_judgement.from_value
      from benchmark_private.earlier_with_metric(p_configuration_id, p_snapshot_version, v_policy.metric, 1) as e;
      if found then
        v_run.configuration_id := p_configuration_id;
      end if;
    end if;
    continue when v_judgement.from_value is null;
    v_judgement.policy_id := v_policy.id;
    v_judgement.reference_version := v_run.snapshot_version;
    if v_run.configuration_id <> p_configuration_id then
      v_judgement.reference_configuration_id := v_run.configuration_id;
    end if;
    v_judged.is_elsewhere := v_judged.is_elsewhere or v_judgement.reference_configuration_id is not null
      or v_run.snapshot_version is distinct from p_previous_version;
    v_judgement.is_ratio := false;
    v_judgement.is_chosen := p_is_chosen and v_run = p_reference;
    v_judgement.is_named := (p_is_chosen or p_is_baseline) and v_run = p_reference;

    if p_items.item_set is not null then
      v_old_items := benchmark_private.stored_items(v_run.configuration_id, v_run.snapshot_version);
      if v_old_items.item_set is not null then
        select c.* into v_found
        from benchmark_private.compare_items(p_items, v_old_items, v_policy.metric, v_policy.item_score, v_policy.sign,
          v_policy.limit_kind = 'relative', v_to) as c;
        if v_found.n is not null then
          v_judgement.method := 'paired-items';
          v_judgement.n := v_found.n;
          v_judgement.estimate := v_found.estimate;
          v_judgement.margin := v_found.standard_error;
          v_judgement.degrees := v_found.degrees;
          v_judgement.is_ratio := v_found.is_ratio;
          v_judgement.caveat := v_found.caveat;
        end if;
      end if;
    end if;

    if v_judgement.method is null and jsonb_typeof(p_metrics #> v_policy.standard_error_keys) = 'number' then
      select benchmark_private.metric_number(t.metrics, v_policy.standard_error_keys) into v_from_error
      from public.benchmark_transactions as t
      where t.configuration_id = v_run.configuration_id and t.snapshot_version = v_run.snapshot_version;
      if v_from_error is not null then
        v_to_error := (p_metrics #> v_policy.standard_error_keys)::numeric;
        v_judgement.method := 'standard-errors';
        v_judgement.estimate := v_policy.sign * least(greatest(round(v_to - v_judgement.from_value, 300), -1e150), 1e150)::double precision;
        -- As numerics and clipped: their squares must be numbers.
        v_judgement.margin := greatest(sqrt(least(abs(v_to_error), 1e150) ^ 2 + least(abs(v_from_error), 1e150) ^ 2), 1e-150)::double precision;
        v_judgement.caveat := case when v_to_error <= 0 or v_from_error <= 0 then 'no-standard-error' end;
      end if;
    end if;

    if v_judgement.method is null then
      v_earlier := null;
      if v_judgement.reference_configuration_id is null and not v_judgement.is_chosen
        and v_policy.metric in ('/f1', '/latency_ms', '/analysis_cost')
      then
        if v_runs is null then
          -- Sorted as numerics: a cast takes longer than a comparison.
          select case when p_snapshot_version <= 41 then count(*) else 20 end as runs, coalesce(bool_or(e.is_backfill), false) as has_backfill,
            array_agg(e.f1_score order by e.f1_score) filter (where e.f1_score is not null) as f1,
            array_agg(e.latency_ms order by e.latency_ms) filter (where e.latency_ms is not null) as latency_ms,
            array_agg(e.cost_per_analysis order by e.cost_per_analysis) filter (where e.cost_per_analysis is not null) as cost
          into v_window
          from (
            select t.f1_score, t.latency_ms, t.cost_per_analysis, t.is_backfill
            from public.benchmark_transactions as t
            where t.configuration_id = p_configuration_id
              -- Bounded below, too: whatever plan is chosen, and without statistics it is a poor one, reads no more.
              and t.snapshot_version between p_snapshot_version - 40 and p_snapshot_version - 1
              and t.published and t.snapshot_version <> all (p_void_versions)
            order by t.snapshot_version desc
            limit 20
          ) as e;
        end if;
        v_runs := v_window.runs;
        v_numbers := case v_policy.metric when '/f1' then v_window.f1 when '/latency_ms' then v_window.latency_ms
          else v_window.cost end;
        -- A run without the metric, or out of the order of time, among them: looked for one by one.
        if not v_window.has_backfill and (v_runs < 20 or cardinality(v_numbers) = 20)
          and v_numbers[cardinality(v_numbers)] < 1e150
        then
          v_earlier := v_numbers;
        end if;
      end if;
      if v_earlier is null and coalesce(v_runs, 8) >= 8 then
        -- Clipped far beyond what anybody measures, or a spread of 1 and 1.7e308 would be an
        -- overflow, and every honest run after it refused.
        v_earlier := array(
          select least(greatest(e.value, -1e150), 1e150)::double precision as value
          from benchmark_private.earlier_with_metric(v_run.configuration_id,
            case when v_judgement.reference_configuration_id is not null then v_run.snapshot_version + 1
              else greatest(p_snapshot_version, v_run.snapshot_version) end, v_policy.metric, 20) as e
          order by value);
      end if;
      v_judgement.method := 'none';
      v_judgement.n := cardinality(v_earlier);
      if v_judgement.n >= 8 then
        v_judgement.method := 'history';
        v_median := (v_earlier[(v_judgement.n + 1) / 2] + v_earlier[v_judgement.n / 2 + 1]) / 2;
        -- Their distances from the median in ascending order, from the middle outwards, up to the middle one.
        v_low := (v_judgement.n + 1) / 2;
        v_high := v_low + 1;
        for i in 1..v_judgement.n / 2 + 1 loop
          v_lower_distance := v_distance;
          if v_high > v_judgement.n or v_median - v_earlier[v_low] <= v_earlier[v_high] - v_median then
            v_distance := v_median - v_earlier[v_low];
            v_low := v_low - 1;
          else
            v_distance := v_earlier[v_high] - v_median;
            v_high := v_high + 1;
          end if;
        end loop;
        v_error := 1.4826 * case when v_judgement.n % 2 = 0 then (v_lower_distance + v_distance) / 2 else v_distance end;
        if v_error = 0 then
          foreach v_value in array v_earlier loop
            v_error := v_error + abs(v_value - v_median);
          end loop;
          v_error := 1.2533 * v_error / v_judgement.n;
        end if;
        -- From the median, whose own error widens the interval; where somebody named one run, from that
        -- run, which is as uncertain as this one.
        v_judgement.estimate := v_policy.sign * (least(greatest(v_to, -1e150), 1e150)::double precision
          - case when v_judgement.is_named then least(greatest(v_judgement.from_value, -1e150), 1e150)::double precision else v_median end);
        v_judgement.margin := v_error * case when v_judgement.is_named then sqrt(2) else sqrt(1 + pi() / (2 * v_judgement.n)) end;
        v_judgement.degrees := 0.37::double precision * v_judgement.n;
        v_judgement.caveat := case when v_error = 0 and v_judgement.estimate < 0 then 'no-spread' end;
      else
        v_judgement.n := null;
      end if;
    end if;
    v_is_fail[v_count + 1] := v_policy.severity = 'fail';
    if v_judgement.method = 'none' then
      null;
    elsif v_policy.severity = 'fail' then
      v_failing := v_failing + 1;
    else
      v_warning := v_warning + 1;
    end if;
    v_count := v_count + 1;
    -- is_worse(), written in.
    if v_judgement.method = 'none' then
      v_judgement.verdict := case
        when (v_judgement.from_value - v_to) * v_policy.sign
          > v_policy.absolute_limit + v_policy.relative_limit * abs(v_judgement.from_value) then 'worse'
        else 'not-worse' end::benchmark_private.verdict;
    else
      -- The limit on the scale of the estimate; and nothing is decided by the twelfth digit, which
      -- depends on the order of sums.
      v_limits[v_count] := case
        when not v_judgement.is_ratio
          then round(least(v_policy.absolute_limit + v_policy.relative_limit * abs(v_judgement.from_value), 1e300), 300)::double precision
        when v_policy.sign < 0 then ln(1 + v_policy.relative_limit::double precision)
        when v_policy.relative_limit < 1 then -ln(1 - v_policy.relative_limit::double precision)
        else 1e300 end;
      v_slack[v_count] := 1e-12::double precision * case when v_judgement.is_ratio then 1
        else greatest(abs(v_judgement.from_value), abs(v_to), 1e-200)::double precision end;
    end if;
    v_quantiles := v_quantiles || v_policy.quantiles;
    v_documents[v_count] := v_policy.document || jsonb_build_object('from', v_judgement.from_value, 'to', v_to,
      'change', v_to - v_judgement.from_value, 'method', v_judgement.method, 'caveat', v_judgement.caveat, 'n', v_judgement.n,
      'reference_version', v_judgement.reference_version, 'reference_configuration_id', v_judgement.reference_configuration_id, 'is_named', v_judgement.is_named);
    v_judgements[v_count] := v_judgement;
  end loop;

  for i in 1..v_count loop
    v_judgement := v_judgements[i];
    if v_judgement.method <> 'none' then
      -- Joint over the metrics that can fail a build, or warn, at once (Bonferroni): of ten honest runs
      -- one would be called worse otherwise. t_quantile(), written in.
      v_metrics := case when v_is_fail[i] then v_failing else v_warning end;
      v_quantile := v_quantiles[(i - 1) * 32 + least(v_metrics, 32)];
      v_judgement.metrics := v_metrics;
      v_judgement.margin := v_judgement.margin * case when v_judgement.degrees is null then v_quantile else
        sqrt(v_judgement.degrees * (exp((v_quantile * (8 * v_judgement.degrees + 3) / (8 * v_judgement.degrees + 1)) ^ 2
          / v_judgement.degrees) - 1)) end;
      v_judgement.verdict := case
        when v_judgement.caveat in ('undefined', 'too-few-items', 'no-spread', 'no-standard-error') then 'inconclusive'
        when v_judgement.estimate + v_judgement.margin < -v_slack[i]
          and v_judgement.estimate < -(v_limits[i] + v_slack[i]) then 'worse'
        when v_judgement.caveat = 'too-few-common-items' then 'inconclusive'
        when v_judgement.caveat = 'identical' or v_judgement.estimate - v_judgement.margin > v_slack[i] - v_limits[i] then 'not-worse'
        else 'inconclusive' end::benchmark_private.verdict;
      v_judgements[i] := v_judgement;
    end if;
    if v_judgement.method = 'paired-items' and v_judgement.verdict <> 'not-worse' then
      v_documents[i] := v_documents[i] || jsonb_build_object('flipped', benchmark_private.flipped_items(
        p_items, coalesce(v_judgement.reference_configuration_id, p_configuration_id), v_judgement.reference_version,
        v_judgement.policy_id));
    end if;
    v_documents[i] := v_documents[i] || jsonb_build_object('verdict', v_judgement.verdict, 'metrics', v_judgement.metrics,
      'is_ratio', v_judgement.is_ratio, 'estimate', v_judgement.estimate, 'margin', v_judgement.margin, 'degrees', v_judgement.degrees);
    v_judged.verdict := least(v_judged.verdict, v_judgement.verdict);
  end loop;
  v_judged.judgements := v_judgements;
  v_judged.documents := to_jsonb(v_documents);
  return v_judged;
end;
$$;
comment on function benchmark_private.judge(uuid, integer, integer, text, jsonb, public.benchmark_items, benchmark_private.run_key, boolean, integer[], integer, boolean) is
  'A run judged by the policies in force (or by one of them), ordered by metric and severity; judgements are null when there is nothing to compare. p_reference is the baseline (p_is_baseline), the run before, or the newest of the series of a run without earlier ones, or where p_is_chosen what the caller named; where it lacks a metric, the newest earlier run that has it, unless p_previous_version is null. With the best evidence there is: paired items (compare_items()), else standard errors, else the last 20 published runs from 8 on, else the limit alone. The history: distance from the median (from the reference, where somebody named it), with 1.4826 times the median absolute deviation (Leys et al. 2013, J. Exp. Soc. Psychol. 49), or 1.2533 times the mean one where that is 0, widened by the error of the median; such a scale from k runs has 0.37 k degrees of freedom (simulated, see docs/judging.md). worse: the interval lies below 0 and the estimate beyond the limit; not-worse: the interval lies above the limit; else inconclusive. Takes no lock.';


-- supabase/schemas/55_webhook_events.sql

-- What is told: one message a regression, not one a run. In the transaction of the run or the decision that
-- makes it so, under the lock of its configuration, so that it is told exactly when it is stored.

-- For every run of a series, which asks what of it is open.
create index told_regressions_open_idx
  on benchmark_private.told_regressions (configuration_id) where closed_by is null;

create function benchmark_private.tell(
  p_event text, p_configuration_id uuid, p_metric text, p_severity text, p_document jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event_id uuid := gen_random_uuid();
begin
  insert into benchmark_private.webhook_deliveries (webhook_id, event_id, event, topic, document)
  select w.id, v_event_id, p_event, concat_ws(' ', p_configuration_id, coalesce(p_metric, p_event), p_severity), p_document
  from benchmark_private.webhooks as w
  where w.disabled_at is null
    and p_event = any (w.events)
    and (p_metric is null or w.metrics is null or p_metric = any (w.metrics))
    and (p_severity is null or w.severity = 'warn' or p_severity = 'fail')
  -- One that is being removed is waited for and then left out: the foreign key would refuse the run.
  for key share of w;
end;
$$;
comment on function benchmark_private.tell(text, uuid, text, text, jsonb) is
  'Writes an event to the outbox, of the topic configuration, metric (or what else happened) and severity, for every webhook that wants it, whose rows it locks against removal. The caller holds the lock of the configuration.';

create function benchmark_private.told_run(p_entry public.benchmark_transactions, p_series text) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nothing about people: an event that was sent cannot be erased.
  return benchmark_private.run_reference(p_entry) || jsonb_build_object(
    'series', p_series,
    'transaction_id', p_entry.id,
    'branch_name', p_entry.branch_name,
    'run_id', p_entry.run_id,
    'created_at', benchmark_private.utc_text(p_entry.created_at),
    'measured_at', benchmark_private.utc_text(p_entry.measured_at),
    'provenance', p_entry.provenance);
end;
$$;
comment on function benchmark_private.told_run(public.benchmark_transactions, text) is
  'A run as events name it. Takes no lock.';

create function benchmark_private.told_metric(p_told benchmark_private.told_regressions, p_better text) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'regression_id', p_told.regression_id,
    'metric', p_told.metric,
    'label', (select m.label from public.benchmark_metrics as m where m.metric = p_told.metric),
    'unit', (select m.unit from public.benchmark_metrics as m where m.metric = p_told.metric),
    'severity', p_told.severity,
    'better', p_better,
    'reference_value', p_told.reference_value,
    'opened_version', p_told.opened_version);
end;
$$;
comment on function benchmark_private.told_metric(benchmark_private.told_regressions, text) is
  'What events say of a regression, whatever happens to it. Takes no lock.';

create function benchmark_private.tell_recovery(
  p_told benchmark_private.told_regressions, p_how text, p_run jsonb, p_value numeric, p_decision jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update benchmark_private.told_regressions as r
  set closed_by = p_how
  where r.configuration_id = p_told.configuration_id and r.metric = p_told.metric and r.severity = p_told.severity;
  perform benchmark_private.tell('recovery', p_told.configuration_id, p_told.metric, p_told.severity,
    benchmark_private.told_metric(p_told, (
      select p.better from public.benchmark_policies as p
      where p.metric = p_told.metric and p.severity = p_told.severity
      order by p.id desc limit 1))
    || jsonb_build_object('change', 'recovered', 'how', p_how, 'value', p_value, 'told_value', p_told.told_value,
      'run', p_run, 'decision', p_decision));
end;
$$;
comment on function benchmark_private.tell_recovery(benchmark_private.told_regressions, text, jsonb, numeric, jsonb) is
  'Closes a regression that was told about, and tells so.';

create function benchmark_private.is_acknowledged_fall(
  p_configuration_id uuid, p_version integer, p_metric text, p_reference_value numeric, p_value numeric,
  p_sign integer, p_absolute_limit numeric, p_relative_limit numeric
) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_decision public.benchmark_decisions;
begin
  select d.* into v_decision
  from public.benchmark_decisions as d
  where d.configuration_id = p_configuration_id and d.kind in ('acknowledge', 'unacknowledge') and d.metric = p_metric
  order by d.id desc
  limit 1;
  return coalesce(v_decision.kind = 'acknowledge', false)
    and not coalesce(benchmark_private.is_worse(
      benchmark_private.run_metric(p_configuration_id, v_decision.snapshot_version, p_metric), p_value,
      p_sign, p_absolute_limit, p_relative_limit), true)
    and not exists (
      select from benchmark_private.earlier_with_metric(p_configuration_id, p_version, p_metric, 1000) as e
      where e.snapshot_version >= v_decision.snapshot_version
        and not benchmark_private.is_worse(p_reference_value, e.value, p_sign, p_absolute_limit, p_relative_limit));
end;
$$;
comment on function benchmark_private.is_acknowledged_fall(uuid, integer, text, numeric, numeric, integer, numeric, numeric) is
  'Whether a run that is worse is only what somebody acknowledged before anybody was told: no run since was good, and it is no worse than the one that was acknowledged. Takes no lock.';

create function benchmark_private.tell_of_run(
  p_entry public.benchmark_transactions,
  p_series text,
  p_previous benchmark_private.scored_run,
  p_documents jsonb,
  p_references jsonb
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_documents jsonb[] := '{}'::jsonb[];
  v_document jsonb;
  v_told benchmark_private.told_regressions;
  v_policy record;
  v_value numeric;
  v_reference_value numeric;
begin
  if p_entry.previous_version is null and not exists (
    select from public.benchmark_transactions as t
    where t.configuration_id = p_entry.configuration_id and t.snapshot_version < p_entry.snapshot_version and t.published)
  then
    perform benchmark_private.tell('first-run', p_entry.configuration_id, null, null,
      jsonb_build_object('run', benchmark_private.told_run(p_entry, p_series), 'metrics', (
        select jsonb_object_agg(s.metric, s.value)
        from benchmark_private.run_scores as s
        where s.configuration_id = p_entry.configuration_id and s.snapshot_version = p_entry.snapshot_version
          and s.value is not null)));
  end if;
  if p_series is not null then
    -- What it took the place of in its series has no later run that could recover: what ran last
    -- before this one ran first. Skip locked: two configurations that replace each other must not
    -- wait in a circle; what is being stored now is the next run's to tell.
    for v_told in
      select r.*
      from benchmark_private.told_regressions as r
      join public.benchmark_configurations as c on c.id = r.configuration_id
      where r.closed_by is null and c.series = p_series and c.id <> p_entry.configuration_id
        and c.dataset_version = p_entry.dataset_version and c.environment = p_entry.environment
        and c.variant = p_entry.variant
        and not exists (
          select
          from public.benchmark_transactions as t
          where t.configuration_id = c.id and t.snapshot_version = c.reference_version
            and t.created_at >= (
              select f.created_at
              from public.benchmark_transactions as f
              where f.configuration_id = p_entry.configuration_id and f.published
              order by f.snapshot_version
              limit 1))
      order by r.configuration_id, r.metric, r.severity
      for update of r skip locked
    loop
      perform benchmark_private.tell_recovery(v_told, 'replaced',
        benchmark_private.told_run(p_entry, p_series), null, null);
    end loop;
  end if;

  for i in 1..coalesce(cardinality(p_entry.judgements), 0) loop
    -- What one run was asked to be compared with is not what the next ones should be.
    if not (p_entry.judgements[i]).is_chosen then
      v_documents := v_documents || (p_documents -> (i - 1));
    end if;
  end loop;

  for v_told in
    select r.*
    from benchmark_private.told_regressions as r
    where r.configuration_id = p_entry.configuration_id
    order by r.metric, r.severity
    for update
  loop
    continue when v_told.closed_by is not null and v_told.closed_by not in ('acknowledge', 'replaced');
    v_document := (
      select a.value from unnest(v_documents) as a(value)
      where a.value ->> 'metric' = v_told.metric and a.value ->> 'severity' = v_told.severity);
    select p.better, p.sign, p.absolute_limit, p.relative_limit, p.metric_keys into v_policy
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_entry.configuration_id
      and p.metric = v_told.metric and p.severity = v_told.severity;
    if not found then
      if v_told.closed_by is null then
        perform benchmark_private.tell_recovery(v_told, 'policy',
          benchmark_private.told_run(p_entry, p_series), null, null);
      end if;
      continue;
    end if;
    v_value := benchmark_private.metric_number(p_entry.metrics, v_policy.metric_keys);
    -- A run without the metric tells nothing of it.
    continue when v_value is null;
    -- Where somebody named a baseline, that is what counts.
    v_reference_value := case when (v_document ->> 'is_named')::boolean then (v_document ->> 'from')::numeric
      else v_told.reference_value end;
    if v_document ->> 'verdict' is distinct from 'worse' and not benchmark_private.is_worse(
      v_reference_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit)
    then
      if v_told.closed_by is null then
        perform benchmark_private.tell_recovery(v_told, 'run',
          benchmark_private.told_run(p_entry, p_series), v_value, null);
      else
        update benchmark_private.told_regressions as r
        set closed_by = 'run'
        where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      end if;
    elsif v_told.closed_by = 'replaced' then
      -- It goes on beside what took its place, which cannot take it again.
      update benchmark_private.told_regressions as r
      set closed_by = null, told_version = p_entry.snapshot_version, told_value = v_value
      where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_policy.better)
        || jsonb_build_object('change', 'opened', 'value', v_value, 'told_value', null, 'told_version', null,
          'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
          'previous', to_jsonb(p_previous), 'references', p_references));
    elsif v_told.closed_by is null and benchmark_private.is_worse(
      v_told.told_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit)
    then
      update benchmark_private.told_regressions as r
      set told_version = p_entry.snapshot_version, told_value = v_value
      where r.configuration_id = v_told.configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_policy.better)
        || jsonb_build_object('change', 'worse-still', 'value', v_value,
          'told_value', v_told.told_value, 'told_version', v_told.told_version,
          'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
          'previous', to_jsonb(p_previous), 'references', p_references));
    end if;
  end loop;

  foreach v_document in array v_documents loop
    continue when v_document ->> 'verdict' <> 'worse';
    v_value := (v_document ->> 'to')::numeric;
    select p.sign, p.absolute_limit, p.relative_limit into v_policy
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_entry.configuration_id
      and p.metric = v_document ->> 'metric' and p.severity = v_document ->> 'severity';
    -- What the estimate is the distance from: of a history its median.
    v_reference_value := coalesce(case
      when v_document ->> 'method' = 'history' and not (v_document ->> 'is_named')::boolean
        -- Null where the policy was removed a moment ago: that must not refuse the run.
        then v_value - v_policy.sign * (v_document ->> 'estimate')::double precision::numeric end,
      (v_document ->> 'from')::numeric);
    select r.* into v_told
    from benchmark_private.told_regressions as r
    where r.configuration_id = p_entry.configuration_id
      and r.metric = v_document ->> 'metric' and r.severity = v_document ->> 'severity';
    if found then
      continue when v_told.closed_by is null
        or (v_told.closed_by = 'acknowledge' and not benchmark_private.is_worse(
          v_told.told_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit));
    else
      continue when benchmark_private.is_acknowledged_fall(p_entry.configuration_id, p_entry.snapshot_version,
        v_document ->> 'metric', v_reference_value, v_value, v_policy.sign, v_policy.absolute_limit, v_policy.relative_limit);
    end if;
    insert into benchmark_private.told_regressions as r
      (configuration_id, metric, severity, regression_id, opened_version, reference_value, told_version, told_value)
    values (p_entry.configuration_id, v_document ->> 'metric', v_document ->> 'severity', gen_random_uuid(),
      p_entry.snapshot_version, v_reference_value, p_entry.snapshot_version, v_value)
    on conflict on constraint told_regressions_pkey do update
      set regression_id = excluded.regression_id, opened_version = excluded.opened_version,
        reference_value = excluded.reference_value, told_version = excluded.told_version,
        told_value = excluded.told_value, closed_by = null
    returning r.* into v_told;
    perform benchmark_private.tell('regression', p_entry.configuration_id, v_told.metric, v_told.severity,
      benchmark_private.told_metric(v_told, v_document ->> 'better')
      || jsonb_build_object('change', 'opened', 'value', v_value, 'told_value', null, 'told_version', null,
        'run', benchmark_private.told_run(p_entry, p_series), 'decision', null, 'judgement', v_document,
        'previous', to_jsonb(p_previous), 'references', p_references));
  end loop;
end;
$$;
comment on function benchmark_private.tell_of_run(public.benchmark_transactions, text, benchmark_private.scored_run, jsonb, jsonb) is
  'Writes to the outbox what a run that was just stored is worth telling: that it is the first published one of its configuration; that a regression opened (it is judged worse, and none is open), is worse still (than what was told last, by more than the limit) or recovered (it is neither judged worse nor worse than what the regression was measured from, by the limit); what the configuration replaced in its series, or what no policy is about any more, recovers, too, and is open again with the next run of what was replaced, should that go on and be worse. For a run that is published, no backfill and judged already; the caller holds the lock of the configuration.';

create function benchmark_private.tell_of_decision(
  p_configuration_id uuid, p_kind text, p_version integer, p_reason text, p_resolution text default null
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_configuration public.benchmark_configurations;
  v_run public.benchmark_transactions;
  v_told benchmark_private.told_regressions;
  v_state record;
  v_value numeric;
  v_decision jsonb := jsonb_build_object('kind', p_kind, 'snapshot_version', p_version, 'reason', p_reason, 'resolution', p_resolution);
begin
  if not benchmark_private.has_webhooks() then
    return;
  end if;
  select c.* into v_configuration from public.benchmark_configurations as c where c.id = p_configuration_id;
  if p_kind in ('void', 'unvoid') then
    select t.* into v_run
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_version and t.published;
    if found then
      perform benchmark_private.tell('void', p_configuration_id, null, null, jsonb_build_object(
        'change', p_kind, 'run', benchmark_private.told_run(v_run, v_configuration.series), 'decision', v_decision));
    end if;
  end if;

  if not exists (select from benchmark_private.told_regressions as r where r.configuration_id = p_configuration_id) then
    return;
  end if;
  for v_state in
    select r as told, s.*
    from benchmark_private.told_regressions as r
    left join benchmark_private.regression_states(p_configuration_id) as s
      on s.metric = r.metric and s.severity = r.severity
    where r.configuration_id = p_configuration_id
    order by r.metric, r.severity
    for update of r
  loop
    v_told := v_state.told;
    v_value := benchmark_private.run_metric(p_configuration_id, v_configuration.reference_version, v_told.metric);
    -- Where the newest run lacks the metric, nobody knows whether it is still worse.
    continue when v_configuration.reference_version is not null and v_value is null;
    select t.* into v_run
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id
      and t.snapshot_version = coalesce(v_configuration.reference_version, v_told.told_version);
    if v_told.closed_by is null and (v_state.metric is null or v_state.acknowledged_at >= (
      -- Not what somebody acknowledged before it fell further, which was told since.
      select t.created_at
      from public.benchmark_transactions as t
      where t.configuration_id = p_configuration_id and t.snapshot_version = v_told.told_version))
    then
      perform benchmark_private.tell_recovery(v_told, p_kind,
        benchmark_private.told_run(v_run, v_configuration.series), v_value, v_decision);
    elsif v_told.closed_by <> 'replaced' and v_state.metric is not null and v_state.acknowledged_at is null
      -- The one that was told about, and not another one since.
      and v_state.since_version <= v_told.told_version
    then
      update benchmark_private.told_regressions as r
      set closed_by = null, told_version = v_state.current_version, told_value = v_state.current_value
      where r.configuration_id = p_configuration_id and r.metric = v_told.metric and r.severity = v_told.severity;
      perform benchmark_private.tell('regression', p_configuration_id, v_told.metric, v_told.severity,
        benchmark_private.told_metric(v_told, v_state.better)
        || jsonb_build_object('change', 'opened', 'value', v_state.current_value, 'told_value', null, 'told_version', null,
          'run', benchmark_private.told_run(v_run, v_configuration.series), 'decision', v_decision,
          'judgement', null, 'previous', null, 'references', null));
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.tell_of_decision(uuid, text, integer, text, text) is
  'Writes to the outbox what a decision that was just recorded changes: that a published run is void, or no longer; that a regression that was told about is gone (acknowledged, its run void, another baseline), or is there again. For void, unvoid, acknowledge, unacknowledge and baseline; the caller holds the lock of the configuration. Nothing where there is no webhook in force.';


-- supabase/schemas/60_receipts.sql

-- What a caller gets for a stored run.

create function benchmark_private.nearest_document(p_entry public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
  select benchmark_private.run_reference(r) || jsonb_build_object(
    'deltas', jsonb_build_object(
      'precision', (p_entry.metrics ->> 'precision')::numeric - r.precision_score,
      'recall', (p_entry.metrics ->> 'recall')::numeric - r.recall_score,
      'f1', (p_entry.metrics ->> 'f1')::numeric - r.f1_score,
      'latency_ms', (p_entry.metrics ->> 'latency_ms')::numeric - r.latency_ms,
      'analysis_cost', (p_entry.metrics ->> 'analysis_cost')::numeric - r.cost_per_analysis))
  from public.benchmark_transactions as r
  where r.configuration_id = p_entry.nearest_configuration_id and r.snapshot_version = p_entry.nearest_version);
end;
$$;
comment on function benchmark_private.nearest_document(public.benchmark_transactions) is
  'The run that a first run is shown beside, unjudged, with the differences of the scores. Takes no lock.';

create function benchmark_private.make_receipt(
  p_entry public.benchmark_transactions,
  p_series text,
  p_previous benchmark_private.scored_run,
  p_judgements jsonb,
  p_references jsonb,
  p_replayed boolean
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The time is utc_text(), written in: the ingest path has this expression, where a nested call costs.
  return jsonb_build_object(
    'transaction_id', p_entry.id,
    'snapshot_version', p_entry.snapshot_version,
    'configuration', jsonb_build_object(
      'id', p_entry.configuration_id,
      'model_version', p_entry.model_version,
      'dataset_version', p_entry.dataset_version,
      'prompt_version', p_entry.prompt_version,
      'environment', p_entry.environment,
      'variant', p_entry.variant),
    'series', p_series,
    'published', p_entry.published,
    'created_at', to_char(p_entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'entry_hash', encode(p_entry.entry_hash, 'hex'),
    'provenance', p_entry.provenance,
    'previous', case when p_previous.snapshot_version is not null then jsonb_build_object(
      'snapshot_version', p_previous.snapshot_version,
      'commit_sha', p_previous.commit_sha,
      'deltas', jsonb_build_object(
        'precision', (p_entry.metrics ->> 'precision')::numeric - p_previous.precision_score,
        'recall', (p_entry.metrics ->> 'recall')::numeric - p_previous.recall_score,
        'f1', (p_entry.metrics ->> 'f1')::numeric - p_previous.f1_score,
        'latency_ms', (p_entry.metrics ->> 'latency_ms')::numeric - p_previous.latency_ms,
        'analysis_cost', (p_entry.metrics ->> 'analysis_cost')::numeric - p_previous.cost_per_analysis)) end,
    'nearest', case when p_entry.nearest_version is not null then benchmark_private.nearest_document(p_entry) end,
    'judgements', coalesce(p_judgements, '[]'),
    'references', p_references,
    'replayed', p_replayed);
end;
$$;
comment on function benchmark_private.make_receipt(public.benchmark_transactions, text, benchmark_private.scored_run, jsonb, jsonb, boolean) is
  'The receipt of an entry, in the series of its configuration, beside the run of its previous_version and with its judgements as judgement_documents() writes them.';

create function benchmark_private.stored_receipt(p_configuration_id uuid, p_snapshot_version integer)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The version that was written down with the run: a replay must give the same receipt, and what
  -- is void or current changes.
  return (
    select benchmark_private.make_receipt(t, c.series, case when t.previous_version is not null then
      benchmark_private.scored(t.configuration_id, t.previous_version) end,
      benchmark_private.judgement_documents(t, t.judgements),
      benchmark_private.judgement_references(t.configuration_id, t.previous_version, t.judgements), true)
    from public.benchmark_transactions as t
    join public.benchmark_configurations as c on c.id = t.configuration_id
    where t.configuration_id = p_configuration_id and t.snapshot_version = p_snapshot_version);
end;
$$;
comment on function benchmark_private.stored_receipt(uuid, integer) is
  'The receipt of a stored entry: what the first request was answered, marked as replayed.';

create function public.get_receipt(
  p_principal jsonb,
  p_configuration_id uuid,
  p_snapshot_version integer
) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
declare
  v_principal text := (benchmark_private.authorize(p_principal || '{"dry_run": true}')).principal;
begin
  perform from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_id
    and t.snapshot_version = p_snapshot_version
    and t.principal = v_principal;
  if not found then
    -- One answer for "there is none" and "it is somebody else's".
    perform benchmark_private.refuse(404, 'not_found', 'This credential has stored no such version.');
  end if;
  return benchmark_private.stored_receipt(p_configuration_id, p_snapshot_version);
end;
$$;
comment on function public.get_receipt(jsonb, uuid, integer) is
  'The receipt of an entry that the same principal stored; p_principal as for ingest_benchmark(). For service_role. Raises PT401, PT403, and PT404 for an entry that is missing or another principal''s.';


-- supabase/schemas/61_ingest_benchmark.sql

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


-- supabase/schemas/62_upsert_benchmark_result.sql

-- The original system's entry point. Its callers come by SQL or PostgREST and not through the
-- ingest function, so the rules of the contract that no constraint holds are checked here.

create function benchmark_private.normalise_numbers(p_document jsonb) returns jsonb
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case jsonb_typeof(p_document)
    when 'number' then to_jsonb(trim_scale(p_document::numeric))
    when 'array' then coalesce(
      (select jsonb_agg(benchmark_private.normalise_numbers(e.value) order by e.ordinality)
       from jsonb_array_elements(p_document) with ordinality as e), '[]')
    when 'object' then coalesce(
      (select jsonb_object_agg(e.key, benchmark_private.normalise_numbers(e.value))
       from jsonb_each(p_document) as e), '{}')
    else p_document
  end;
$$;
comment on function benchmark_private.normalise_numbers(jsonb) is
  'A document with every number in its shortest plain decimal form (1.50 becomes 1.5), as the ingest function sends it.';

create function benchmark_private.check_result(p_result jsonb) returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_field record;
  v_score record;
  v_value jsonb;
begin
  if p_result ->> 'commit_sha' is null or p_result ->> 'commit_sha' !~ '^[0-9a-f]{7,64}$' then
    perform benchmark_private.refuse(422, 'validation_failed',
      'commit_sha must be 7 to 64 hexadecimal digits.', 0, '/commit_sha');
  end if;
  if p_result -> 'metrics' is null or jsonb_typeof(p_result -> 'metrics') <> 'object' then
    perform benchmark_private.refuse(422, 'validation_failed', 'metrics must be a JSON object.', 0, '/metrics');
  end if;
  for v_field in
    select f.key, f.value, n.longest
    from jsonb_each_text(p_result) as f
    join (values ('branch_name', 255), ('run_id', 200), ('triggered_by', 200), ('model_provider', 200)) as n(key, longest)
      on n.key = f.key
  loop
    perform benchmark_private.check_name(v_field.key, v_field.value, 1, v_field.longest);
  end loop;
  for v_field in select g.value from jsonb_array_elements_text(coalesce(p_result -> 'tags', '[]')) as g loop
    perform benchmark_private.check_name('tags', v_field.value, 1, 100);
  end loop;
  if (p_result ->> 'dataset_size')::numeric < 0 or (p_result ->> 'duration_seconds')::numeric < 0 then
    perform benchmark_private.refuse(422, 'validation_failed',
      'dataset_size and duration_seconds must not be negative.', 0, '');
  end if;
  for v_score in select * from benchmark_private.scores() loop
    v_value := p_result -> 'metrics' -> v_score.key;
    if jsonb_typeof(v_value) not in ('number', 'null') then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must be a number or null.', v_score.key), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric < 0 then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must not be negative: it is %s.', v_score.key, v_value), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric > 1.7976931348623157e308 then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s is beyond the range of a double.', v_score.key), 0, '/metrics' || v_score.metric);
    elsif jsonb_typeof(v_value) = 'number' and v_value::numeric > 1 and v_score.is_fraction then
      perform benchmark_private.refuse(422, 'validation_failed', format(
        '%s must be a fraction, not a percentage: it is %s.', v_score.key, v_value), 0, '/metrics' || v_score.metric);
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.check_result(jsonb) is
  'The rules of the contract that constraints do not hold, for callers that do not come through the ingest function. Raises PT422 with a pointer.';

create function public.upsert_benchmark_result(
  p_commit_sha text,
  p_branch_name text,
  p_model_version text,
  p_model_provider text,
  p_dataset_version text,
  p_dataset_size integer,
  p_prompt_version text,
  p_environment text,
  p_run_id text,
  p_triggered_by text,
  p_metrics jsonb,
  p_duration_seconds numeric,
  p_tags text[],
  p_notes text,
  p_variant text default ''
) returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_result jsonb;
begin
  select jsonb_object_agg(f.key, f.value)
  into v_result
  from jsonb_each(jsonb_build_object(
    'commit_sha', lower(p_commit_sha),
    'branch_name', p_branch_name,
    'model_version', p_model_version,
    'model_provider', p_model_provider,
    'dataset_version', p_dataset_version,
    'dataset_size', p_dataset_size,
    'prompt_version', p_prompt_version,
    'environment', p_environment,
    'variant', p_variant,
    'run_id', p_run_id,
    'triggered_by', p_triggered_by,
    'metrics', benchmark_private.normalise_numbers(p_metrics),
    'duration_seconds', trim_scale(p_duration_seconds),
    'tags', nullif(p_tags, '{}'),
    'notes', p_notes)) as f
  where f.value <> 'null';
  perform benchmark_private.check_result(v_result);
  -- A score of null says no more than one that is left out.
  v_result := jsonb_set(v_result, '{metrics}', (v_result -> 'metrics') - array(
    select s.key from benchmark_private.scores() as s where v_result -> 'metrics' -> s.key = 'null'));
  return (public.ingest_benchmark(
    '{"method": "service-role", "claimed": ["commit_sha", "branch_name", "run_id", "triggered_by"]}',
    jsonb_build_array(v_result)) -> 0 ->> 'transaction_id')::uuid;
end;
$$;
comment on function public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text, text) is
  'The original system''s entry point, for service_role only: stores one result by the same path as ingest_benchmark() and returns its transaction id. The same p_run_id with the same content returns the id stored first. SQLSTATEs and locks are those of ingest_benchmark(); 23502 and 23514 when a value is missing or not allowed.';


-- supabase/schemas/70_deciding.sql

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


-- supabase/schemas/71_items_and_policies.sql

-- What the operator does about items and policies: prune items, let a new policy look back, and say
-- what metrics are.

create function public.prune_items(p_older_than interval) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '10min'
as $$
declare
  v_pruned integer;
  v_sets integer := 0;
  v_set record;
begin
  if p_older_than < interval '0' then
    perform benchmark_private.refuse(422, 'validation_failed', 'The age must not be negative.');
  end if;
  delete from public.benchmark_items as i
  using public.benchmark_transactions as t, public.benchmark_configurations as c
  where t.configuration_id = i.configuration_id and t.snapshot_version = i.snapshot_version and c.id = i.configuration_id
    and t.created_at < clock_timestamp() - p_older_than
    -- What the next runs are compared with, and what people look at.
    and t.snapshot_version not in (
      coalesce(c.current_version, 0), coalesce(c.baseline_version, 0), coalesce(c.reference_version, 0))
    and t.snapshot_version <> all (array(
      select r.snapshot_version
      from public.benchmark_transactions as r
      where r.configuration_id = c.id and r.published
      order by r.snapshot_version desc
      limit 20));
  get diagnostics v_pruned = row_count;
  for v_set in
    select s.digest from public.benchmark_item_sets as s
    where not exists (select from public.benchmark_items as i where i.item_set = s.digest)
    order by s.digest
  loop
    begin
      delete from public.benchmark_item_sets as s where s.digest = v_set.digest;
      v_sets := v_sets + 1;
    exception when foreign_key_violation then
      null; -- a run that refers to it came meanwhile
    end;
  end loop;
  return jsonb_build_object('runs', v_pruned, 'item_sets', v_sets,
    'kept', (select count(*) from public.benchmark_items));
end;
$$;
comment on function public.prune_items(interval) is
  'Removes the items of runs that were stored longer ago than p_older_than, but never of a current, baseline or reference run nor of the last 20 published ones; digests stay, so that the chain holds. Returns {runs, item_sets, kept}. For service_role. Raises PT422 for a negative age.';

create function public.list_policy_scope(p_policy_id integer) returns uuid[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(a.for_configuration_id order by a.for_configuration_id), '{}')
  from benchmark_private.applicable_policies as a
  where a.id = p_policy_id;
$$;
comment on function public.list_policy_scope(integer) is
  'The configurations that a policy in force counts for. For service_role; takes no lock.';

create function public.replay_policy(p_policy_id integer, p_configuration_id uuid) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '30s'
as $$
declare
  v_policy public.benchmark_policies;
  v_configuration public.benchmark_configurations;
  v_run record;
  v_judged benchmark_private.judged;
  v_runs integer := 0;
  v_with_metric integer := 0;
  v_worse integer := 0;
  v_previous integer;
begin
  select p.* into v_policy from public.benchmark_policies as p where p.id = p_policy_id and p.removed_at is null;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', format('There is no policy %s.', p_policy_id));
  end if;
  select c.* into v_configuration from public.benchmark_configurations as c where c.id = p_configuration_id;
  if not found then
    perform benchmark_private.refuse(404, 'not_found', 'There is no such configuration.');
  end if;
  for v_run in
    select n.*
    from (
      select t.*
      from public.benchmark_transactions as t
      where t.configuration_id = p_configuration_id and t.published and not t.is_backfill
        and t.snapshot_version <> all (v_configuration.void_versions)
      order by t.snapshot_version desc
      limit 100
    ) as n
    order by n.snapshot_version
  loop
    v_runs := v_runs + 1;
    v_with_metric := v_with_metric + (jsonb_typeof(v_run.metrics #> v_policy.metric_keys) is not distinct from 'number')::integer;
    if v_previous is null then
      v_previous := case when v_run.previous_version <> all (v_configuration.void_versions) then v_run.previous_version end;
    end if;
    if v_previous is null or exists (select from unnest(v_run.judgements) as j where j.policy_id = p_policy_id) then
      v_previous := v_run.snapshot_version;
      continue;
    end if;
    v_judged := benchmark_private.judge(p_configuration_id, v_run.snapshot_version, v_previous, v_run.model_version,
      v_run.metrics, benchmark_private.stored_items(p_configuration_id, v_run.snapshot_version), row(p_configuration_id, v_previous)::benchmark_private.run_key, false,
      v_configuration.void_versions, p_policy_id);
    v_previous := v_run.snapshot_version;
    if v_judged.verdict = 'worse' then
      v_worse := v_worse + 1;
      insert into public.benchmark_replayed_judgements (configuration_id, snapshot_version, policy_id, judgement)
      values (p_configuration_id, v_run.snapshot_version, p_policy_id, v_judged.judgements[1])
      on conflict do nothing;
    end if;
  end loop;
  return jsonb_build_object('runs', v_runs, 'with_metric', v_with_metric, 'worse', v_worse, 'open', (
    select jsonb_build_object('since_version', r.since_version, 'since_commit', r.since_commit, 'since_at', r.since_at)
    from benchmark_private.regression_states(p_configuration_id) as r
    where r.metric = v_policy.metric and r.severity = v_policy.severity));
end;
$$;
comment on function public.replay_policy(integer, uuid) is
  'Judges the last 100 published runs of a configuration by a policy that was set after they were stored, each against the run before it that is not void, and records those that are worse beside the verdicts that were stored. Returns {runs, with_metric, worse, open: {since_version, since_commit, since_at} or null}. For service_role; may run 30 seconds, takes no lock on the configuration. Raises PT404.';

create table public.benchmark_metrics (
  metric text not null,
  label text,
  unit text,
  better text,
  constraint benchmark_metrics_pkey primary key (metric),
  constraint benchmark_metrics_metric_check check (metric ~ '^/' and length(metric) <= 1000),
  constraint benchmark_metrics_label_check check (length(label) between 1 and 100),
  constraint benchmark_metrics_unit_check check (length(unit) between 1 and 20),
  constraint benchmark_metrics_better_check check (better in ('higher', 'lower'))
);
comment on table public.benchmark_metrics is
  'What numbers are called, their unit and which direction is better; what is not here is shown by its pointer.';

create function benchmark_private.shipped_metrics()
returns table (metric text, label text, unit text, better text)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  values
    ('/f1', 'F1', null, 'higher'),
    ('/precision', 'Precision', null, 'higher'),
    ('/recall', 'Recall', null, 'higher'),
    ('/accuracy', 'Accuracy', null, 'higher'),
    ('/pass_rate', 'Pass rate', null, 'higher'),
    ('/latency_ms', 'Latency', 'ms', 'lower'),
    ('/analysis_cost', 'Cost', 'US$', 'lower');
$$;
comment on function benchmark_private.shipped_metrics() is
  'The catalogue that a new ledger starts with.';

insert into public.benchmark_metrics (metric, label, unit, better)
select m.* from benchmark_private.shipped_metrics() as m;

create function public.set_metric(
  p_metric text, p_label text default null, p_unit text default null, p_better text default null
) returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into public.benchmark_metrics as m (metric, label, unit, better)
  values (benchmark_private.metric_pointer(p_metric), p_label, p_unit, p_better)
  on conflict on constraint benchmark_metrics_pkey do update
    set label = coalesce(excluded.label, m.label), unit = coalesce(excluded.unit, m.unit),
      better = coalesce(excluded.better, m.better)
  returning true;
$$;
comment on function public.set_metric(text, text, text, text) is
  'Says what a metric is: p_metric a JSON pointer (/f1 or f1), p_label of up to 100 and p_unit of up to 20 characters, p_better higher or lower; null leaves what is there. For service_role. Raises 23514 for a value that is not allowed.';

create function public.list_metrics() returns setof public.benchmark_metrics
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select m.* from public.benchmark_metrics as m where (select benchmark_private.may_read()) order by m.metric;
$$;
comment on function public.list_metrics() is
  'The catalogue of metrics. Row security of the caller applies; takes no lock.';


-- supabase/schemas/72_delivering_webhooks.sql

-- Who sends what is in the outbox, and what came of it.

create index webhook_deliveries_turn_idx
  on benchmark_private.webhook_deliveries (webhook_id, next_attempt_at, id) where state = 'pending';
create index webhook_deliveries_leased_idx
  on benchmark_private.webhook_deliveries (webhook_id) where lease is not null;

create function benchmark_private.delivery_document(
  p_delivery benchmark_private.webhook_deliveries, p_webhook benchmark_private.webhooks
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'id', p_delivery.id,
    'lease', p_delivery.lease,
    'attempt', p_delivery.attempts,
    'event_id', p_delivery.event_id,
    'event', p_delivery.event,
    'document', p_delivery.document,
    'created_at', benchmark_private.utc_text(p_delivery.created_at),
    'webhook_id', p_webhook.id,
    'url', p_webhook.url,
    'format', p_webhook.format,
    'allows_private', p_webhook.allows_private,
    'dashboard_url', p_webhook.dashboard_url,
    'secret', benchmark_private.webhook_secret(p_webhook.secret, p_webhook.secret_id));
end;
$$;
comment on function benchmark_private.delivery_document(benchmark_private.webhook_deliveries, benchmark_private.webhooks) is
  'What it takes to send a delivery, secret and all.';

create function benchmark_private.free_places(p_webhook benchmark_private.webhooks, p_now timestamptz) returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_webhook.format = 'slack' and (exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = p_webhook.id and d.state <> 'pending' and d.attempted_at is not null
        and d.finished_at > p_now - interval '1 second')
    or exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = p_webhook.id and d.state = 'pending' and d.attempted_at > p_now - interval '1 second'))
  then
    return 0;
  end if;
  return greatest(case p_webhook.format when 'slack' then 1 else 3 end - (
    select count(*)
    from benchmark_private.webhook_deliveries as d
    where d.webhook_id = p_webhook.id and d.state = 'pending' and d.lease is not null and d.leased_until > p_now)::integer, 0);
end;
$$;
comment on function benchmark_private.free_places(benchmark_private.webhooks, timestamptz) is
  'How many deliveries of a webhook may be claimed now: so many that three are being sent at once, of Slack one, and a second after the one before ended. Who claims holds the lock of the webhook.';

create function public.claim_webhook_deliveries(p_limit integer default 10, p_lease_seconds numeric default 60)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
set statement_timeout = '5s'
as $$
declare
  v_deliveries jsonb;
  v_webhooks bigint[];
  v_now timestamptz := clock_timestamp();
begin
  -- Also where the last webhook was removed: what was finished is kept for so long and no longer.
  delete from benchmark_private.webhook_deliveries as d
  where d.id in (
    select o.id
    from benchmark_private.webhook_deliveries as o
    where o.state <> 'pending' and o.finished_at < v_now - interval '30 days'
    order by o.finished_at
    limit 100
    for update skip locked);
  if not benchmark_private.has_webhooks() then
    return jsonb_build_object('deliveries', '[]'::jsonb, 'next_in_seconds', null);
  end if;
  -- Who sends for a webhook at the same time counts what is being sent, one after another; what
  -- somebody else is counting, he claims.
  select coalesce(array_agg(l.id), '{}') into v_webhooks
  from (
    select w.id
    from benchmark_private.webhooks as w
    where w.disabled_at is null and exists (
      select
      from benchmark_private.webhook_deliveries as d
      where d.webhook_id = w.id and d.state = 'pending' and d.next_attempt_at <= v_now)
    order by w.id
    for no key update of w skip locked
  ) as l;
  v_now := clock_timestamp();
  with due as (
    select o.id
    from (
      select d.id, d.next_attempt_at, row_number() over (partition by w.id order by d.next_attempt_at, d.id) as turn
      from benchmark_private.webhooks as w
      cross join lateral (
        select d.id, d.next_attempt_at
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id
          and d.state = 'pending'
          and d.next_attempt_at <= v_now
          and coalesce(d.leased_until <= v_now, true)
          and not exists (
            select
            from benchmark_private.webhook_deliveries as e
            where e.webhook_id = d.webhook_id and e.topic = d.topic and e.id < d.id and e.state = 'pending')
        order by d.next_attempt_at, d.id
        limit benchmark_private.free_places(w, v_now)
        for update of d skip locked
      ) as d
      where w.id = any (v_webhooks)
    ) as o
    -- In turn: one that has much to be sent keeps none of the others waiting.
    order by o.turn, o.next_attempt_at, o.id
    limit least(greatest(p_limit, 1), 100)
  ), claimed as (
    update benchmark_private.webhook_deliveries as d
    set lease = gen_random_uuid(),
      leased_until = v_now + make_interval(secs => least(greatest(p_lease_seconds, 1), 600)::double precision),
      attempts = d.attempts + 1,
      attempted_at = v_now
    from due
    where d.id = due.id
    returning d as delivery
  )
  select coalesce(jsonb_agg(benchmark_private.delivery_document(c.delivery, w) order by (c.delivery).id), '[]')
  into v_deliveries
  from claimed as c
  join benchmark_private.webhooks as w on w.id = (c.delivery).webhook_id;
  v_now := clock_timestamp();
  return jsonb_build_object('deliveries', v_deliveries, 'next_in_seconds', (
    -- Not greatest(): of null and 0 it is 0.
    select case when count(n.at) > 0 then greatest(extract(epoch from min(n.at) - v_now), 0) end
    from (
      select least(l.until, case
        when benchmark_private.free_places(w, v_now) > 0 then d.next_attempt_at
        -- Slack's pause. Else it is when one of those that are being sent ends, which who sends it knows.
        when l.until is null and d.next_attempt_at is not null then greatest(d.next_attempt_at, v_now + interval '1 second') end) as at
      from benchmark_private.webhooks as w
      cross join lateral (
        select min(d.leased_until) as until
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id and d.state = 'pending' and d.lease is not null and d.leased_until > v_now
      ) as l
      left join lateral (
        select d.next_attempt_at
        from benchmark_private.webhook_deliveries as d
        where d.webhook_id = w.id
          and d.state = 'pending'
          and coalesce(d.leased_until <= v_now, true)
          and not exists (
            select
            from benchmark_private.webhook_deliveries as e
            where e.webhook_id = d.webhook_id and e.topic = d.topic and e.id < d.id and e.state = 'pending')
        order by d.next_attempt_at, d.id
        limit 1
      ) as d on true
      where w.disabled_at is null
    ) as n));
end;
$$;
comment on function public.claim_webhook_deliveries(integer, numeric) is
  'Takes up to p_limit (1 to 100) deliveries that are due for the caller to send within p_lease_seconds (1 to 600): {deliveries: [{id, lease, attempt, event_id, event, document, created_at, webhook_id, url, format, allows_private, dashboard_url, secret}], next_in_seconds: until the next is due, null when there is none}. Of a topic only the first that is pending; of a webhook so many that three are being sent at once (see free_places()), and each in turn, so that none keeps another waiting; what another caller has claimed is left out until its time is over, so two never send the same at once. Removes what was finished 30 days ago, 100 at a time. For service_role. Locks the webhooks that it claims for against others that claim; waits for nobody.';

create function public.finish_webhook_delivery(
  p_id bigint,
  p_lease uuid,
  p_status integer default null,
  p_error text default null,
  p_retry_in_seconds numeric default null,
  p_is_sent boolean default true
) returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '4s'
as $$
declare
  v_delivery benchmark_private.webhook_deliveries;
  v_is_delivered boolean := coalesce(p_status between 200 and 299, false);
  v_is_gone boolean := coalesce(p_status = 410, false);
  v_now timestamptz := clock_timestamp();
begin
  -- The webhook before the delivery, as removing one does: neither then waits in a circle.
  perform from benchmark_private.webhooks as w
  where w.id = (select d.webhook_id from benchmark_private.webhook_deliveries as d where d.id = p_id)
  for key share of w;
  update benchmark_private.webhook_deliveries as d
  set state = case
      when v_is_delivered then 'delivered'
      when not p_is_sent then 'pending'
      when v_is_gone or p_retry_in_seconds is null then 'given-up'
      else 'pending' end,
    finished_at = case when v_is_delivered or (p_is_sent and (v_is_gone or p_retry_in_seconds is null)) then v_now end,
    attempts = case when p_is_sent then d.attempts else d.attempts - 1 end,
    next_attempt_at = case when p_is_sent and p_retry_in_seconds is not null
      then v_now + make_interval(secs => least(greatest(p_retry_in_seconds, 0), 2592000)::double precision)
      else d.next_attempt_at end,
    status = case when p_is_sent then p_status else d.status end,
    error = case when p_is_sent then left(p_error, 500) else d.error end,
    lease = null,
    leased_until = null
  where d.id = p_id and d.lease = p_lease and d.state = 'pending'
  returning d.* into v_delivery;
  if not found then
    -- Somebody else claimed it when the time was over, or the webhook was removed.
    return null;
  end if;
  if v_is_gone then
    update benchmark_private.webhooks as w set disabled_at = v_now
    where w.id = v_delivery.webhook_id and w.disabled_at is null;
    update benchmark_private.webhook_deliveries as d
    set state = 'given-up', finished_at = v_now, lease = null, leased_until = null,
      error = 'the webhook was disabled: the receiver answered 410'
    where d.webhook_id = v_delivery.webhook_id and d.state = 'pending';
  elsif v_is_delivered and v_delivery.event = 'test' then
    perform pg_advisory_xact_lock(hashtextextended('webhooks', 4));
    if not benchmark_private.has_webhooks() then
      delete from benchmark_private.told_regressions;
    end if;
    update benchmark_private.webhooks as w set disabled_at = null
    where w.id = v_delivery.webhook_id and w.disabled_at is not null;
  end if;
  return v_delivery.state;
end;
$$;
comment on function public.finish_webhook_delivery(bigint, uuid, integer, text, numeric, boolean) is
  'Says what came of a delivery that was claimed: the receiver''s status or why there was none, and in how many seconds to try again, null for never. 2xx is delivered; 410 disables the webhook and gives up all that it was still to be sent; a test that is delivered puts a disabled webhook in force again. p_is_sent false hands it back as it was. Returns the state (pending, delivered, given-up); null when the lease was lost to somebody else. For service_role. Locks delivery and webhook; 55P03 after 4 s.';

create function public.claim_test_delivery(p_webhook_id bigint) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_webhook benchmark_private.webhooks;
  v_delivery benchmark_private.webhook_deliveries;
begin
  select w.* into v_webhook from benchmark_private.webhooks as w where w.id = p_webhook_id;
  perform benchmark_private.check_webhook_exists(p_webhook_id, found);
  insert into benchmark_private.webhook_deliveries as d
    (webhook_id, event_id, event, topic, document, attempts, attempted_at, lease, leased_until)
  values (p_webhook_id, gen_random_uuid(), 'test', gen_random_uuid()::text, '{}', 1, clock_timestamp(),
    gen_random_uuid(), clock_timestamp() + interval '1 minute')
  returning d.* into v_delivery;
  return benchmark_private.delivery_document(v_delivery, v_webhook);
end;
$$;
comment on function public.claim_test_delivery(bigint) is
  'A test event for a webhook, also for one that is disabled, claimed by the caller, who sends it and says what came of it; the document is one of claim_webhook_deliveries(). For service_role. Raises PT404.';

create function public.list_webhook_deliveries(p_webhook_id bigint default null, p_limit integer default 50)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform benchmark_private.check_webhook_exists(p_webhook_id, p_webhook_id is null or exists (
    select from benchmark_private.webhooks as w where w.id = p_webhook_id));
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', d.id, 'webhook_id', d.webhook_id, 'event_id', d.event_id, 'event', d.event,
      'metric', d.document ->> 'metric', 'created_at', d.created_at,
      'state', d.state, 'attempts', d.attempts, 'status', d.status, 'error', d.error,
      'attempted_at', d.attempted_at, 'finished_at', d.finished_at,
      'next_attempt_at', case when d.state = 'pending' then d.next_attempt_at end) order by d.id desc), '[]')
    from (
      select d.*
      from benchmark_private.webhook_deliveries as d
      where p_webhook_id is null or d.webhook_id = p_webhook_id
      order by d.id desc
      limit least(greatest(p_limit, 1), 1000)
    ) as d);
end;
$$;
comment on function public.list_webhook_deliveries(bigint, integer) is
  'The newest deliveries of a webhook, or of all, the newest first: [{id, webhook_id, event_id, event, metric, created_at, state, attempts, status, error, attempted_at, finished_at, next_attempt_at}]. For service_role. Raises PT404.';


-- supabase/schemas/80_verify_ledger.sql

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


-- supabase/schemas/90_reading_history.sql

-- Reading the history with the original system's names, parameters and columns, so that its
-- dashboards run unchanged; and comparing every number of two snapshots.
--
-- Whatever anon and authenticated may call runs with their own rights, so that row security
-- decides what they see, takes bounded arguments, and has half a second.

create function public.find_configuration(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_variant text default ''
) returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select c.id
  from public.benchmark_configurations as c
  where (select benchmark_private.may_read())
    and c.id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant);
$$;
comment on function public.find_configuration(text, text, text, text, text) is
  'The id of a configuration, or null. Takes no lock.';

create function public.list_configurations() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', c.id,
    'model_version', c.model_version,
    'dataset_version', c.dataset_version,
    'prompt_version', c.prompt_version,
    'environment', c.environment,
    'variant', c.variant,
    'series', c.series,
    'created_at', c.created_at,
    'last_version', c.last_version,
    'current_version', c.current_version,
    'baseline_version', c.baseline_version,
    'reference_version', c.reference_version,
    'void_versions', c.void_versions)
    order by c.model_version, c.dataset_version, c.prompt_version, c.environment, c.variant), '[]')
  from public.benchmark_configurations as c
  where (select benchmark_private.may_read());
$$;
comment on function public.list_configurations() is
  'Every configuration with its series and version pointers, as a JSON array ordered by name. Takes no lock.';

create function public.get_latest_benchmarks() returns setof public.v_latest_benchmarks
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select * from public.v_latest_benchmarks where (select benchmark_private.may_read());
$$;
comment on function public.get_latest_benchmarks() is
  'v_latest_benchmarks for callers that can only call functions. Row security of the caller applies; takes no lock.';

create function public.get_snapshot_history(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_limit integer default 10,
  p_variant text default ''
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  commit_sha text,
  f1_score numeric,
  precision_score numeric,
  recall_score numeric,
  latency_ms numeric,
  is_current boolean,
  is_baseline boolean
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select s.snapshot_version, s.created_at, s.commit_sha, s.f1_score, s.precision_score,
    s.recall_score, s.latency_ms, s.is_current, s.is_baseline
  from public.benchmark_snapshots as s
  where (select benchmark_private.may_read())
    and s.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and s.is_active
  order by s.snapshot_version desc
  limit p_limit;
$$;
comment on function public.get_snapshot_history(text, text, text, text, integer, text) is
  'The newest p_limit active snapshots of a configuration, newest first. Takes no lock.';

create function public.get_snapshot_page(
  p_configuration_id uuid,
  p_before_version integer default null,
  p_limit integer default 50
) returns setof public.benchmark_snapshots
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_snapshot public.benchmark_snapshots;
  v_length integer := 0;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  for v_snapshot in
    select s.*
    from public.benchmark_snapshots as s
    where s.configuration_id = p_configuration_id
      and (p_before_version is null or s.snapshot_version < p_before_version)
    order by s.snapshot_version desc
    limit least(p_limit, 1000)
  loop
    return next v_snapshot;
    v_length := v_length + length(v_snapshot.metrics::text);
    exit when v_length > 500000;
  end loop;
end;
$$;
comment on function public.get_snapshot_page(uuid, integer, integer) is
  'A page of a configuration''s history, candidates and void runs too, newest first, at most 1000, and fewer once their documents have half a million characters: pass the last version of a page as p_before_version of the next, until one is empty. As fast on the last page as on the first. Takes no lock.';

create function public.compare_snapshots(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer,
  p_variant text default ''
) returns table (
  metric text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  -- The original's names and order of the scores.
  select m.name, a.value, b.value, b.value - a.value, benchmark_private.percent_change(a.value, b.value)
  from (values
    (1, '/f1', 'f1_score'), (2, '/precision', 'precision'), (3, '/recall', 'recall'),
    (4, '/latency_ms', 'latency_ms'), (5, '/analysis_cost', 'cost_per_analysis')
  ) as m(position, metric, name)
  join benchmark_private.run_scores as a on a.metric = m.metric and a.snapshot_version = p_version_a
  join benchmark_private.run_scores as b
    on b.metric = m.metric and b.snapshot_version = p_version_b and b.configuration_id = a.configuration_id
  where (select benchmark_private.may_read())
    and a.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
  order by m.position;
$$;
comment on function public.compare_snapshots(text, text, text, text, integer, integer, text) is
  'The five scores of two versions of a configuration: delta is b minus a, percent_change is of |a| and null when a is 0. No row when a version is missing. Takes no lock.';

create function benchmark_private.compared_leaves(p_metrics_a jsonb, p_metrics_b jsonb)
returns table (path text, a numeric, b numeric, delta numeric, percent numeric)
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select path, a.value, b.value, b.value - a.value, benchmark_private.percent_change(a.value, b.value)
  from benchmark_private.metric_leaves(p_metrics_a) as a
  full join benchmark_private.metric_leaves(p_metrics_b) as b using (path)
  order by path;
$$;
comment on function benchmark_private.compared_leaves(jsonb, jsonb) is
  'The numbers of two metrics documents side by side, by JSON pointer; null where one lacks it. Bounded as metric_leaves() is.';

create function public.compare_snapshots_all(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_version_a integer,
  p_version_b integer,
  p_variant text default ''
) returns table (
  path text,
  version_a_value numeric,
  version_b_value numeric,
  delta numeric,
  percent_change numeric
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select l.*
  from public.benchmark_transactions as a
  join public.benchmark_transactions as b on b.configuration_id = a.configuration_id
  cross join lateral benchmark_private.compared_leaves(a.metrics, b.metrics) as l
  where (select benchmark_private.may_read())
    and a.configuration_id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and a.snapshot_version = p_version_a and b.snapshot_version = p_version_b;
$$;
comment on function public.compare_snapshots_all(text, text, text, text, integer, integer, text) is
  'The numbers anywhere in the metrics of two versions of a configuration, at most 5000 of each, by JSON pointer; null where a version lacks it. Takes no lock.';

create function public.detect_regression(p_model_version text, p_threshold numeric default 0.05)
returns table (current_f1 numeric, baseline_f1 numeric, f1_drop numeric, is_regression boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  -- A row for each configuration that has a baseline: the original compared any current snapshot
  -- of the model with any baseline of it, two environments too.
  select cur.f1_score, base.f1_score, base.f1_score - cur.f1_score,
    benchmark_private.is_worse(base.f1_score, cur.f1_score, 1, p_threshold, 0)
  from public.benchmark_configurations as c
  join public.benchmark_transactions as cur
    on cur.configuration_id = c.id and cur.snapshot_version = c.current_version
  join public.benchmark_transactions as base
    on base.configuration_id = c.id and base.snapshot_version = c.baseline_version
  where (select benchmark_private.may_read()) and c.model_version = p_model_version
  order by c.dataset_version, c.prompt_version, c.environment, c.variant;
$$;
comment on function public.detect_regression(text, numeric) is
  'How far F1 of the current snapshot is below the baseline, for each configuration of a model that has one; p_threshold is a fraction. Takes no lock.';


-- supabase/schemas/91_trends.sql

-- A chart of a million runs costs about what a chart of a thousand does: extremes are kept per
-- 64, 512, 4096 and 32768 versions. Versions have no gap and runs never change, so a full bucket
-- is final, until a run in it is declared void.

create table public.benchmark_trend_buckets (
  configuration_id uuid not null,
  metric text not null,
  size integer not null,
  bucket integer not null,
  low_version integer not null,
  low_value numeric not null,
  high_version integer not null,
  high_value numeric not null,
  constraint benchmark_trend_buckets_pkey primary key (configuration_id, metric, size, bucket),
  constraint benchmark_trend_buckets_configuration_fkey foreign key (configuration_id)
    references public.benchmark_configurations (id)
);
comment on table public.benchmark_trend_buckets is
  'Lowest and highest value of each score among the published, not void, not backfilled runs of versions bucket * size + 1 to (bucket + 1) * size of a configuration. Derived from benchmark_transactions; a bucket is written when its last version is.';

create function benchmark_private.fill_trend_buckets(p_configuration_id uuid, p_version integer) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_size integer;
begin
  -- A restore of the data alone brings the buckets along: on conflict, nothing. The first version
  -- that has the extreme is looked up in an array: sorting for each metric costs five times as much.
  insert into public.benchmark_trend_buckets
  select p_configuration_id, b.metric, 64, p_version / 64 - 1,
    e.versions[array_position(b.numbers, b.low)], b.low, e.versions[array_position(b.numbers, b.high)], b.high
  from (
    select array_agg(r.snapshot_version) as versions,
      array_agg(r.f1_score) as f1, min(r.f1_score) as f1_low, max(r.f1_score) as f1_high,
      array_agg(r.precision_score) as prec, min(r.precision_score) as prec_low, max(r.precision_score) as prec_high,
      array_agg(r.recall_score) as recall, min(r.recall_score) as recall_low, max(r.recall_score) as recall_high,
      array_agg(r.latency_ms) as latency, min(r.latency_ms) as latency_low, max(r.latency_ms) as latency_high,
      array_agg(r.cost_per_analysis) as cost, min(r.cost_per_analysis) as cost_low, max(r.cost_per_analysis) as cost_high
    from (
      select t.snapshot_version, t.f1_score, t.precision_score, t.recall_score, t.latency_ms, t.cost_per_analysis
      from public.benchmark_transactions as t
      join public.benchmark_configurations as c on c.id = t.configuration_id
      where t.configuration_id = p_configuration_id
        and t.snapshot_version > p_version - 64 and t.snapshot_version <= p_version
        and t.published and not t.is_backfill and t.snapshot_version <> all (c.void_versions)
      order by t.snapshot_version
    ) as r
  ) as e
  cross join lateral (values
    ('/f1', e.f1, e.f1_low, e.f1_high), ('/precision', e.prec, e.prec_low, e.prec_high),
    ('/recall', e.recall, e.recall_low, e.recall_high), ('/latency_ms', e.latency, e.latency_low, e.latency_high),
    ('/analysis_cost', e.cost, e.cost_low, e.cost_high)
  ) as b(metric, numbers, low, high)
  where b.low is not null
  on conflict do nothing;
  foreach v_size in array array[512, 4096, 32768] loop
    exit when p_version % v_size <> 0;
    insert into public.benchmark_trend_buckets
    select p_configuration_id, b.metric, v_size, p_version / v_size - 1,
      (array_agg(b.low_version order by b.low_value, b.low_version))[1],
      min(b.low_value),
      (array_agg(b.high_version order by b.high_value desc, b.high_version))[1],
      max(b.high_value)
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id
      and b.size = v_size / 8
      and b.bucket >= p_version / (v_size / 8) - 8 and b.bucket < p_version / (v_size / 8)
    group by b.metric
    on conflict do nothing;
  end loop;
end;
$$;
comment on function benchmark_private.fill_trend_buckets(uuid, integer) is
  'Writes the buckets that end with a version, a multiple of 64, whose versions are all stored.';

create function benchmark_private.refill_trend_buckets(p_configuration_id uuid, p_version integer) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last integer := (select c.last_version from public.benchmark_configurations as c where c.id = p_configuration_id);
  v_size integer;
  v_end integer;
begin
  delete from public.benchmark_trend_buckets as b
  where b.configuration_id = p_configuration_id and b.bucket = (p_version - 1) / b.size;
  -- From the smallest up: a bucket is made of the smaller ones in it.
  foreach v_size in array array[64, 512, 4096, 32768] loop
    v_end := ((p_version - 1) / v_size + 1) * v_size;
    if v_end <= v_last then
      perform benchmark_private.fill_trend_buckets(p_configuration_id, v_end);
    end if;
  end loop;
end;
$$;
comment on function benchmark_private.refill_trend_buckets(uuid, integer) is
  'Writes the buckets that hold a version anew, after it was declared void or that was undone.';

create function benchmark_private.trend_bucket_size(p_width integer) returns integer
language sql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when p_width >= 32768 then 32768 when p_width >= 4096 then 4096
    when p_width >= 512 then 512 when p_width >= 64 then 64 end;
$$;
comment on function benchmark_private.trend_bucket_size(integer) is
  'The largest buckets that are kept and are no wider than so many versions; null when none is.';

create function benchmark_private.find_version(p_configuration_id uuid, p_at timestamptz) returns integer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_low integer := 1;
  v_high integer;
  v_middle integer;
  v_at timestamptz;
begin
  select c.last_version + 1 into v_high
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  -- Bisected: the times of runs that moved the pointers go up with their versions, and an index over
  -- them would cost a write a run. Any other run names the one before it that did.
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    select case when t.published and not t.is_backfill then least(t.measured_at, t.created_at)
      else coalesce(least(p.measured_at, p.created_at), '-infinity') end
    into v_at
    from public.benchmark_transactions as t
    left join public.benchmark_transactions as p
      on p.configuration_id = t.configuration_id and p.snapshot_version = t.previous_version
    where t.configuration_id = p_configuration_id and t.snapshot_version = v_middle;
    if v_at < p_at then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return v_low;
end;
$$;
comment on function benchmark_private.find_version(uuid, timestamptz) is
  'The first version of a configuration whose run, backfills and candidates aside, was measured (else stored) at or after a time; one more than the last when there is none. Takes no lock.';

create function benchmark_private.metric_values(
  p_configuration_id uuid,
  p_metric text,
  p_from_version integer,
  p_to_version integer,
  p_every integer default 1
) returns table (snapshot_version integer, value numeric)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_keys text[] := benchmark_private.metric_keys(p_metric);
  v_void_versions integer[] := (
    select c.void_versions from public.benchmark_configurations as c where c.id = p_configuration_id);
begin
  if v_keys is null then
    return;
  end if;
  if p_every = 1 and exists (select from benchmark_private.scores() as s where s.metric = v_metric) then
    return query
    select s.snapshot_version, s.value
    from benchmark_private.run_scores as s
    where s.configuration_id = p_configuration_id
      and s.snapshot_version between p_from_version and p_to_version
      and s.metric = v_metric
      and s.published and not s.is_backfill and s.snapshot_version <> all (v_void_versions)
      and s.value is not null;
    return;
  end if;
  return query
  select t.snapshot_version, m.value
  from generate_series(p_from_version, p_to_version, p_every) as n(version)
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id and t.snapshot_version = n.version
  cross join lateral benchmark_private.metric_number(t.metrics, v_keys) as m(value)
  where t.published and not t.is_backfill and t.snapshot_version <> all (v_void_versions)
    and m.value is not null;
end;
$$;
comment on function benchmark_private.metric_values(uuid, text, integer, integer, integer) is
  'A number in every p_every-th run from one version to another of a configuration, as it was stored; runs without it, candidates, backfills and void runs are left out. Reads a document a run unless it is one of scores(). Takes no lock.';

create function benchmark_private.backfilled_values(
  p_configuration_id uuid,
  p_metric text,
  p_from timestamptz,
  p_to timestamptz,
  p_limit integer
) returns table (snapshot_version integer, value numeric, every integer)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_keys text[] := benchmark_private.metric_keys(p_metric);
  v_is_score boolean := exists (select from benchmark_private.scores() as s where s.metric = v_metric);
  v_void_versions integer[] := (
    select c.void_versions from public.benchmark_configurations as c where c.id = p_configuration_id);
  v_versions integer[];
  v_every integer;
begin
  if v_keys is null then
    return;
  end if;
  v_versions := array(
    select t.snapshot_version
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and t.is_backfill
      and least(t.measured_at, t.created_at) >= coalesce(p_from, '-infinity')
      and least(t.measured_at, t.created_at) <= coalesce(p_to, 'infinity')
    order by least(t.measured_at, t.created_at) desc, t.snapshot_version desc
    limit 20000);
  v_every := case when v_is_score then 1 else greatest(ceil(cardinality(v_versions) / 1000.0), 1) end;
  return query
  with runs as materialized (
    select r.snapshot_version, r.value, r.position * (p_limit / 2) / greatest(cardinality(v_versions), 1) as stretch
    from (
      select t.snapshot_version, n.position,
        case when not v_is_score then benchmark_private.metric_number(t.metrics, v_keys)
          else case v_metric when '/f1' then t.f1_score when '/precision' then t.precision_score
            when '/recall' then t.recall_score when '/latency_ms' then t.latency_ms
            else t.cost_per_analysis end end as value
      from unnest(v_versions) with ordinality as n(version, position)
      join public.benchmark_transactions as t
        on t.configuration_id = p_configuration_id and t.snapshot_version = n.version
      where n.position % v_every = 0 and n.version <> all (v_void_versions)
    ) as r
    where r.value is not null
  )
  select r.snapshot_version, r.value, v_every from runs as r where cardinality(v_versions) <= p_limit
  union
  (select distinct on (r.stretch) r.snapshot_version, r.value, v_every from runs as r
   where cardinality(v_versions) > p_limit order by r.stretch, r.value, r.snapshot_version)
  union
  (select distinct on (r.stretch) r.snapshot_version, r.value, v_every from runs as r
   where cardinality(v_versions) > p_limit order by r.stretch, r.value desc, r.snapshot_version);
end;
$$;
comment on function benchmark_private.backfilled_values(uuid, text, timestamptz, timestamptz, integer) is
  'A number in the runs of a configuration that were stored after one that was measured later, by the time of measuring: all when there are p_limit or fewer, else the lowest and the highest of each of p_limit / 2 stretches; void runs and those without it are left out. every is as in get_trend(). At most the newest 20000 are looked at. Takes no lock.';

create function public.get_trend(
  p_configuration_id uuid,
  p_metric text default '/f1',
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_points integer default 500
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  value numeric,
  commit_sha text,
  every integer,
  measured_at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
#variable_conflict use_column
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_points integer := least(greatest(p_points, 4), 10000);
  v_first integer;
  v_last integer;
  v_width integer := 1;
  v_size integer;
  v_low_bucket integer;
  v_high_bucket integer;
  v_every integer := 1;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  select c.last_version into v_last
  from public.benchmark_configurations as c
  where c.id = p_configuration_id;
  if not found then
    return;
  end if;
  v_first := case when p_from is null then 1 else benchmark_private.find_version(p_configuration_id, p_from) end;
  if p_to is not null then
    v_last := least(v_last, benchmark_private.find_version(p_configuration_id, p_to + interval '1 microsecond') - 1);
  end if;
  -- First and last besides the two extremes of each stretch.
  if v_last - v_first >= v_points then
    v_width := ceil((v_last - v_first + 1) / ((v_points - 2) / 2)::numeric);
  end if;
  if exists (select from benchmark_private.scores() as s where s.metric = v_metric) then
    v_size := benchmark_private.trend_bucket_size(v_width);
    select min(b.bucket), max(b.bucket) + 1 into v_low_bucket, v_high_bucket
    from public.benchmark_trend_buckets as b
    where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
      and b.bucket >= ceil((v_first - 1)::numeric / v_size) and b.bucket < v_last / v_size;
  else
    -- Documents have to be unpacked one by one: of more than 1000, an even sample, and said so.
    v_every := greatest(ceil((v_last - v_first + 1) / 1000.0), 1);
  end if;

  return query
  with runs as (
    select r.version, r.value, (r.version - v_first) / v_width as stretch
    from (
      select b.low_version, b.low_value
      from public.benchmark_trend_buckets as b
      where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
        and b.bucket >= v_low_bucket and b.bucket < v_high_bucket
      union all
      select b.high_version, b.high_value
      from public.benchmark_trend_buckets as b
      where b.configuration_id = p_configuration_id and b.metric = v_metric and b.size = v_size
        and b.bucket >= v_low_bucket and b.bucket < v_high_bucket
      -- Before the buckets, or all when there is none; after them; and the ends of a sample.
      union all
      select v.* from benchmark_private.metric_values(
        p_configuration_id, v_metric, v_first, coalesce(v_low_bucket * v_size, v_last), v_every) as v
      union all
      select v.* from benchmark_private.metric_values(
        p_configuration_id, v_metric, coalesce(v_high_bucket * v_size + 1, v_last), v_last) as v
      union all
      select v.* from benchmark_private.metric_values(p_configuration_id, v_metric, v_last, v_last) as v
      union all
      select v.* from benchmark_private.metric_values(p_configuration_id, v_metric, v_first, v_first) as v
    ) as r(version, value)
    where r.version between v_first and v_last
  ),
  chosen as (
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value, r.version)
    union
    (select distinct on (r.stretch) r.version, r.value from runs as r order by r.stretch, r.value desc, r.version)
    union
    (select r.version, r.value from runs as r order by r.version limit 1)
    union
    (select r.version, r.value from runs as r order by r.version desc limit 1)
  ),
  charted as (
    select c.version, c.value, v_every as every from chosen as c
    union all
    select b.snapshot_version, b.value, b.every
    from benchmark_private.backfilled_values(p_configuration_id, v_metric, p_from, p_to, v_points) as b
  )
  select c.version, t.created_at, c.value, t.commit_sha, c.every, least(t.measured_at, t.created_at)
  from charted as c
  join public.benchmark_transactions as t
    on t.configuration_id = p_configuration_id and t.snapshot_version = c.version
  order by least(t.measured_at, t.created_at), c.version;
end;
$$;
comment on function public.get_trend(uuid, text, timestamptz, timestamptz, integer) is
  'The history of a number over published, not void runs as at most p_points runs (4 to 10000), by the time of measuring (measured_at; of a run that does not say it, that of storing), oldest first: all runs of a time range when they fit, else the lowest and the highest of each of p_points / 2 equal stretches, so that no spike is lost. Backfilled runs, which were measured before what was stored already, come beside, at most p_points, too. p_metric is a JSON pointer into the metrics (/f1 or f1). Runs without the number are left out. every is 1, or n when a number that is not one of the five scores has more than 1000 runs in the range: then only each n-th was looked at. Takes no lock.';

create function public.get_metric_history(
  p_configuration_id uuid,
  p_metric text default '/f1',
  p_limit integer default 1000
) returns table (
  snapshot_version integer,
  created_at timestamptz,
  value numeric,
  commit_sha text,
  measured_at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
#variable_conflict use_column
declare
  v_limit integer := least(greatest(p_limit, 1), 1000);
  v_first integer;
  v_last integer;
begin
  if not benchmark_private.may_read() then
    return;
  end if;
  -- Backfilled runs among the newest versions must not push out what they were stored beside.
  select min(r.snapshot_version), max(r.snapshot_version) into v_first, v_last
  from (
    select t.snapshot_version
    from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_id and not t.is_backfill
    order by t.snapshot_version desc
    limit v_limit
  ) as r;
  return query
  select r.*
  from (
    select v.version, t.created_at, v.value, t.commit_sha, least(t.measured_at, t.created_at) as measured_at
    from (
      select m.* from benchmark_private.metric_values(
        p_configuration_id, p_metric, v_first, v_last) as m
      union all
      select b.snapshot_version, b.value from benchmark_private.backfilled_values(
        p_configuration_id, p_metric, null, null, v_limit) as b
    ) as v(version, value)
    join public.benchmark_transactions as t
      on t.configuration_id = p_configuration_id and t.snapshot_version = v.version
    order by measured_at desc, v.version desc
    limit v_limit
  ) as r
  order by r.measured_at, r.version;
end;
$$;
comment on function public.get_metric_history(uuid, text, integer) is
  'A number in each of the newest p_limit versions (at most 1000) of a configuration that are published and not void, with backfilled runs among them, by the time of measuring, oldest first: what change points are looked for in. p_metric is a JSON pointer (/f1 or f1). Takes no lock.';


-- supabase/schemas/92_dashboard_reads.sql

-- What the dashboard shows, one call a view. Each answer is one JSON document: PostgREST cuts
-- result sets at its max-rows, and a view should neither lose rows nor need a second request.
-- Row security of the reader applies to all of it.

create function public.get_ledger_cursor() returns text
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select md5(concat(
    (select string_agg(concat_ws(',',
        c.id, c.last_version, c.current_version, c.baseline_version, c.series, c.void_versions), ';' order by c.id)
     from public.benchmark_configurations as c),
    (select string_agg(p::text, ';' order by p.id) from public.benchmark_policies as p),
    (select max(d.id) from public.benchmark_decisions as d),
    (select max(r.replayed_at) from public.benchmark_replayed_judgements as r),
    (select string_agg(m::text, ';' order by m.metric) from public.benchmark_metrics as m),
    benchmark_private.may_read()));
$$;
comment on function public.get_ledger_cursor() is
  'A text that differs as soon as a run is stored, something is decided or a policy changes: poll it, and read again when it does. Made of what is there and not of times, because transactions do not end in the order of their times. Reads the configurations; takes no lock.';

create function benchmark_private.newest_configuration() returns uuid
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select c.id
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = c.last_version
  -- A first run has no trend, and nothing to be compared with.
  order by c.last_version > 1 desc, t.created_at desc
  limit 1;
$$;
comment on function benchmark_private.newest_configuration() is
  'The configuration that the newest run belongs to, of those with at least two runs where there are such; null when there is none. Takes no lock.';

create function benchmark_private.is_replaced(p_configuration public.benchmark_configurations) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_configuration.series is not null and exists (
    select
    from public.benchmark_configurations as o
    where o.series = p_configuration.series and o.dataset_version = p_configuration.dataset_version
      and o.environment = p_configuration.environment and o.variant = p_configuration.variant
      and o.id <> p_configuration.id and o.reference_version is not null
      and o.created_at > (
        select t.created_at from public.benchmark_transactions as t
        where t.configuration_id = p_configuration.id and t.snapshot_version = p_configuration.reference_version));
end;
$$;
comment on function benchmark_private.is_replaced(public.benchmark_configurations) is
  'Whether another configuration of the same series, data set, environment and variant has taken its place: one that is newer than its newest published run. Takes no lock.';

create function benchmark_private.regression_states(p_configuration_id uuid default null)
returns table (
  configuration_id uuid,
  metric text,
  better text,
  severity text,
  reference_version integer,
  is_baseline boolean,
  reference_value numeric,
  current_version integer,
  current_value numeric,
  limit_kind text,
  limit_value numeric,
  since_version integer,
  since_commit text,
  since_at timestamptz,
  reference_configuration_id uuid,
  series text,
  acknowledged_as text,
  acknowledged_by text,
  acknowledged_at timestamptz,
  acknowledged_reason text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with judged as (
    select p.metric, p.better, p.severity, p.limit_kind, p.limit_value, p.sign, p.absolute_limit, p.relative_limit,
      p.metric_keys, c.id, c.series, c.reference_version as current_version, c.void_versions,
      r.configuration_id as reference_configuration_id,
      r.version as reference_version,
      r.is_baseline,
      r.value as reference_value,
      benchmark_private.run_metric(c.id, c.reference_version, p.metric) as current_value
    from public.benchmark_configurations as c
    join benchmark_private.applicable_policies as p on p.for_configuration_id = c.id
    -- The baseline if it has the metric, else what the last recorded regression was measured from.
    cross join lateral (
      (select c.id as configuration_id, c.baseline_version as version, true as is_baseline, b.value
       from benchmark_private.run_metric(c.id, c.baseline_version, p.metric) as b(value)
       where b.value is not null)
      union all
      (select g.reference_configuration_id, g.from_version, false, g.basis_value
       from public.benchmark_regressions as g
       where g.configuration_id = c.id and g.metric = p.metric
         and g.published and g.snapshot_version <> all (c.void_versions)
         -- What one run was asked to be compared with is not what the next ones should be.
         and not g.is_chosen
         and (g.reference_configuration_id <> c.id or g.from_version <> all (c.void_versions))
       order by g.snapshot_version desc
       limit 1)
      limit 1
    ) as r
    -- In a series, another configuration can have taken its place: what ran last is what is open.
    where (p_configuration_id is null or c.id = p_configuration_id)
      -- Most have neither, and need not be looked at policy by policy.
      and (c.baseline_version is not null
        or exists (
          select from public.benchmark_transactions as t where t.configuration_id = c.id and t.verdict = 'worse')
        or exists (
          select from public.benchmark_replayed_judgements as r where r.configuration_id = c.id))
      and (c.series is null or not benchmark_private.is_replaced(c))
  )
  select j.id, j.metric, j.better, j.severity,
    -- While a history still knows better days, every run is found worse: the run before the first of them counts.
    case when j.is_baseline or j.reference_configuration_id <> j.id then j.reference_version
      else least(j.reference_version, since.previous_version) end,
    j.is_baseline, j.reference_value,
    j.current_version, j.current_value, j.limit_kind, j.limit_value,
    since.snapshot_version, since.commit_sha, least(since.measured_at, since.created_at),
    j.reference_configuration_id, j.series,
    acknowledged.resolution, acknowledged.decided_by, acknowledged.decided_at, acknowledged.reason
  from judged as j
  cross join lateral (
    -- The run after the last one that was good enough; of a regression older than 1000 runs, the
    -- oldest of these.
    select t.snapshot_version, t.commit_sha, t.created_at, t.measured_at, t.previous_version
    from public.benchmark_transactions as t
    where t.configuration_id = j.id
      and t.published and not t.is_backfill and t.snapshot_version <> all (j.void_versions)
      and t.snapshot_version <= j.current_version
      and t.snapshot_version > greatest(
        -- A baseline can be newer than a version that was checked out.
        case when j.is_baseline and j.reference_version < j.current_version then j.reference_version end,
        j.current_version - 1000, (
        -- Read backwards, and no further than to the one that is looked for.
        select w.snapshot_version
        from (
          select e.snapshot_version, case j.metric
            when '/f1' then e.f1_score when '/latency_ms' then e.latency_ms when '/analysis_cost' then e.cost_per_analysis
            else benchmark_private.metric_number(e.metrics, j.metric_keys) end as value
          from public.benchmark_transactions as e
          where e.configuration_id = j.id
            and e.snapshot_version between j.current_version - 1000 and j.current_version - 1
            and e.published and e.snapshot_version <> all (j.void_versions)
          order by e.snapshot_version desc
        ) as w
        where not benchmark_private.is_worse(j.reference_value, w.value, j.sign, j.absolute_limit, j.relative_limit)
        limit 1))
    order by t.snapshot_version
    limit 1
  ) as since
  left join lateral (
    -- The last word about a run since then.
    select d.*
    from public.benchmark_decisions as d
    where d.configuration_id = j.id and d.kind in ('acknowledge', 'unacknowledge') and d.metric = j.metric
      and d.snapshot_version between since.snapshot_version and j.current_version
    order by d.id desc
    limit 1
  ) as acknowledged on acknowledged.kind = 'acknowledge'
    -- Nobody accepted what came after: a further fall is open again, as it is told again.
    and not coalesce(benchmark_private.is_worse(
      benchmark_private.run_metric(j.id, acknowledged.snapshot_version, j.metric), j.current_value,
      j.sign, j.absolute_limit, j.relative_limit), false)
  where benchmark_private.is_worse(j.reference_value, j.current_value, j.sign, j.absolute_limit, j.relative_limit)
  order by j.severity, j.id, j.metric;
$$;
comment on function benchmark_private.regression_states(uuid) is
  'Of one configuration, or of all: what is worse now than the baseline, beyond the limit of a policy, acknowledged or not: the newest published run of each configuration against its baseline, or where that is missing or lacks the metric against what its last recorded regression was measured from (a run, or the median of a history), which is another configuration for the first run of a series'' newest; and the version since which every published run is (of the last 1000), and when that was measured, else stored. A configuration that another one of its series has replaced is left out. The spread of earlier runs does not count here: a shift that lasts becomes their spread. Takes no lock.';

create function benchmark_private.dashboard_frame(p_open_regressions bigint default null) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'readable', benchmark_private.may_read(),
    'read_access', benchmark_private.read_access(),
    'cursor', public.get_ledger_cursor(),
    'open_regressions', coalesce(p_open_regressions, (
      select count(distinct (r.configuration_id, r.metric))
      from benchmark_private.regression_states() as r where r.acknowledged_at is null)),
    'catalogue', (select coalesce(jsonb_agg(m order by m.metric), '[]') from public.benchmark_metrics as m),
    'configurations', public.list_configurations());
$$;
comment on function benchmark_private.dashboard_frame(bigint) is
  'What every view of the dashboard needs besides its own: {readable, read_access, cursor, open_regressions: how many metrics of configurations have one, catalogue: what metrics are called, configurations}. p_open_regressions is their number where the caller has counted them. Takes no lock.';

create function public.get_dashboard_current() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select benchmark_private.dashboard_frame() || jsonb_build_object(
    'snapshots', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'configuration_id', c.id,
        'snapshot_version', t.snapshot_version,
        'created_at', t.created_at,
        'f1', t.f1_score,
        'precision', t.precision_score,
        'recall', t.recall_score,
        'latency_ms', t.latency_ms,
        'analysis_cost', t.cost_per_analysis,
        'commit_sha', t.commit_sha,
        'branch_name', t.branch_name,
        'run_id', t.run_id,
        'run_attempt', t.run_attempt,
        'tags', coalesce(t.tags, '{}'),
        'attested', t.provenance -> 'attested',
        'repository', t.provenance #>> '{claims,repository}',
        'issuer', t.provenance ->> 'issuer')
        order by t.f1_score desc nulls last, c.model_version, c.id), '[]')
      from public.benchmark_configurations as c
      join public.benchmark_transactions as t
        on t.configuration_id = c.id and t.snapshot_version = c.current_version));
$$;
comment on function public.get_dashboard_current() is
  'The current snapshot of every configuration, best F1 first, without the metrics documents: the frame and {snapshots}. Takes no lock.';

create function benchmark_private.metrics_to_choose(p_runs benchmark_private.run_key[]) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    -- Numbers of single documents and the like (/individual_results/17/…) would bury the rest, and
    -- one without a key cannot be named.
    select coalesce(jsonb_agg(distinct l.path), '[]')
    from unnest(p_runs) as r
    join public.benchmark_transactions as t
      on t.configuration_id = r.configuration_id and t.snapshot_version = r.snapshot_version
    cross join lateral benchmark_private.metric_leaves(t.metrics) as l
    where l.path !~ '/[0-9]+(/|$)' and l.path <> '/');
end;
$$;
comment on function benchmark_private.metrics_to_choose(benchmark_private.run_key[]) is
  'The numbers of some runs that are not inside an array, by their JSON pointers, as a JSON array. Takes no lock.';

create function benchmark_private.usual_metric(p_metrics jsonb) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select m.path
    from jsonb_array_elements_text(p_metrics) as m(path)
    order by m.path <> '/f1',
      not exists (select from public.benchmark_policies as p where p.metric = m.path and p.removed_at is null and p.better = 'higher'),
      not exists (select from public.benchmark_policies as p where p.metric = m.path and p.removed_at is null),
      m.path
    limit 1);
end;
$$;
comment on function benchmark_private.usual_metric(jsonb) is
  'Of a JSON array of metrics the one to show where none is asked for: F1, else what is judged, a score before a cost, else the first by name; null of none. Takes no lock.';

create function benchmark_private.dashboard_series(
  p_ids uuid[], p_metric text, p_from timestamptz, p_to timestamptz, p_points integer, p_candidates boolean
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := benchmark_private.metric_keys(p_metric);
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'configuration_id', c.id,
      'baseline', case when c.baseline_version is not null then jsonb_build_object(
        'snapshot_version', c.baseline_version,
        'value', benchmark_private.run_metric(c.id, c.baseline_version, p_metric)) end,
      'points', (
        select coalesce(jsonb_agg(jsonb_build_array(
          p.snapshot_version,
          extract(epoch from p.measured_at),
          p.value, p.commit_sha, p.every) order by p.measured_at, p.snapshot_version), '[]')
        from public.get_trend(c.id, p_metric, p_from, p_to, p_points) as p),
      'candidates', (
        select coalesce(jsonb_agg(jsonb_build_array(
          r.snapshot_version, extract(epoch from r.at), r.value, r.commit_sha, 1) order by r.at, r.snapshot_version), '[]')
        from (
          select t.snapshot_version, least(t.measured_at, t.created_at) as at, t.commit_sha,
            benchmark_private.metric_number(t.metrics, v_keys) as value
          from public.benchmark_transactions as t
          where p_candidates and t.configuration_id = c.id and t.snapshot_version > c.last_version - 1000
            and not t.published and t.snapshot_version <> all (c.void_versions)
            and (p_from is null or least(t.measured_at, t.created_at) >= p_from)
            and (p_to is null or least(t.measured_at, t.created_at) <= p_to)
          order by t.snapshot_version desc
          limit 200
        ) as r
        where r.value is not null),
      'regressions', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'snapshot_version', r.snapshot_version,
          'at', extract(epoch from least(r.measured_at, r.created_at)),
          'from_version', r.from_version,
          'from', r.from_value, 'to', r.to_value, 'severity', r.severity)
          order by r.snapshot_version), '[]')
        from (
          select g.*
          from public.benchmark_regressions as g
          where g.configuration_id = c.id and g.metric = p_metric
            and g.published and g.snapshot_version <> all (c.void_versions)
            and (p_from is null or least(g.measured_at, g.created_at) >= p_from)
            and (p_to is null or least(g.measured_at, g.created_at) <= p_to)
          order by g.snapshot_version desc
          limit 200
        ) as r)) order by i.position), '[]')
    from unnest(p_ids) with ordinality as i(id, position)
    join public.benchmark_configurations as c on c.id = i.id);
end;
$$;
comment on function benchmark_private.dashboard_series(uuid[], text, timestamptz, timestamptz, integer, boolean) is
  'The series of get_dashboard_trends(). Takes no lock.';

create function public.get_dashboard_trends(
  p_configuration_ids uuid[] default null,
  p_metric text default null,
  p_from timestamptz default null,
  p_to timestamptz default null,
  p_points integer default 500,
  p_candidates boolean default false
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  -- More lines than eight cannot be told apart, and each costs.
  v_ids uuid[] := (coalesce(p_configuration_ids, array_remove(array[benchmark_private.newest_configuration()], null)))[1:8];
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_metrics jsonb;
  v_usual text;
  v_series jsonb;
begin
  -- Of the newest documents: what can be chosen, not all that ever was.
  v_metrics := benchmark_private.metrics_to_choose(array(
    select row(c.id, c.last_version)::benchmark_private.run_key
    from public.benchmark_configurations as c
    where c.id = any (v_ids)));
  v_usual := benchmark_private.usual_metric(v_metrics);
  v_metric := coalesce(v_metric, v_usual, '/f1');
  v_series := benchmark_private.dashboard_series(v_ids, v_metric, p_from, p_to, least(p_points, 1000), p_candidates);
  if not v_metrics ? v_metric and v_usual is not null and not exists (
    select from jsonb_array_elements(v_series) as s where s -> 'points' <> '[]' or s -> 'candidates' <> '[]')
  then
    -- None of them has, or had, the number.
    v_metric := v_usual;
    v_series := benchmark_private.dashboard_series(v_ids, v_metric, p_from, p_to, least(p_points, 1000), p_candidates);
  end if;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'metric', v_metric,
    'metrics', v_metrics,
    'series', v_series);
end;
$$;
comment on function public.get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer, boolean) is
  'The history of a number in up to eight configurations (null: the one that ran last): the frame and {metric, metrics, series: [{configuration_id, baseline, points: [[version, seconds since 1970, value, commit, every]], candidates: likewise, regressions}]}. metric is p_metric, unless that is null or none of the configurations ever had it: then F1, else what is judged, else any they have. metrics are the numbers of their newest documents that are not inside an array. candidates are there with p_candidates, the newest 200. The other parameters are those of get_trend(), with at most 1000 points a configuration. Takes no lock.';

create function public.get_dashboard_metric_history(
  p_configuration_ids uuid[],
  p_metric text default '/f1'
) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'configuration_id', i.id,
    'runs', (
      select coalesce(jsonb_agg(jsonb_build_array(
        h.snapshot_version, extract(epoch from h.measured_at), h.value, h.commit_sha)
        order by h.measured_at, h.snapshot_version), '[]')
      from public.get_metric_history(i.id, p_metric, 1000) as h)) order by i.position), '[]')
  from unnest(p_configuration_ids[1:8]) with ordinality as i(id, position)
  where (select benchmark_private.may_read());
$$;
comment on function public.get_dashboard_metric_history(uuid[], text) is
  'get_metric_history() of up to eight configurations: [{configuration_id, runs: [[version, seconds since 1970, value, commit]]}]. The page looks for change points in it. Apart from get_dashboard_trends(), so that a chart need not wait for it. Takes no lock.';

create function public.get_dashboard_comparison(
  p_configuration_a uuid default null,
  p_version_a integer default null,
  p_configuration_b uuid default null,
  p_version_b integer default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_id_b uuid := coalesce(p_configuration_b, p_configuration_a, benchmark_private.newest_configuration());
  v_id_a uuid := coalesce(p_configuration_a, v_id_b);
  v_a public.benchmark_transactions;
  v_b public.benchmark_transactions;
begin
  select t.* into v_b
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version = coalesce(p_version_b, c.current_version, c.last_version)
  where c.id = v_id_b;
  -- Of another configuration the current version; of the same, what a run is judged against.
  select t.* into v_a
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version = coalesce(p_version_a,
      case when v_id_a <> v_id_b then c.current_version
        else coalesce(nullif(c.baseline_version, v_b.snapshot_version), v_b.previous_version) end, c.last_version)
  where c.id = v_id_a;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'a', jsonb_build_object('configuration_id', v_id_a, 'snapshot_version', v_a.snapshot_version,
      'created_at', v_a.created_at, 'commit_sha', v_a.commit_sha),
    'b', jsonb_build_object('configuration_id', v_id_b, 'snapshot_version', v_b.snapshot_version,
      'created_at', v_b.created_at, 'commit_sha', v_b.commit_sha),
    -- As runs of that configuration are judged: a policy of another one says nothing here.
    'directions', (
      select coalesce(jsonb_object_agg(p.metric, p.better), '{}')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = v_id_b),
    'judgements', public.get_judgements(v_id_a, v_a.snapshot_version, v_id_b, v_b.snapshot_version),
    'metrics', (
      select coalesce(jsonb_agg(to_jsonb(l) order by l.path), '[]')
      from benchmark_private.compared_leaves(v_a.metrics, v_b.metrics) as l));
end;
$$;
comment on function public.get_dashboard_comparison(uuid, integer, uuid, integer) is
  'The numbers of two snapshots, of one configuration or of two, at most 5000 of each, by their JSON pointers: the frame and {a, b, directions, judgements: what get_judgements() gives, metrics: [{path, a, b, delta, percent}]}; delta is b minus a, percent is of |a|. Left out: b is the newest configuration''s current version, a what b was compared with when it was stored, or the baseline. directions are those of the policies that count for b. Takes no lock.';

create function public.get_open_regressions()
returns table (
  configuration_id uuid,
  metric text,
  better text,
  severity text,
  reference_version integer,
  is_baseline boolean,
  reference_value numeric,
  current_version integer,
  current_value numeric,
  limit_kind text,
  limit_value numeric,
  since_version integer,
  since_commit text,
  since_at timestamptz,
  reference_configuration_id uuid,
  series text
)
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select r.configuration_id, r.metric, r.better, r.severity, r.reference_version, r.is_baseline, r.reference_value,
    r.current_version, r.current_value, r.limit_kind, r.limit_value, r.since_version, r.since_commit, r.since_at,
    r.reference_configuration_id, r.series
  from benchmark_private.regression_states() as r
  where (select benchmark_private.may_read()) and r.acknowledged_at is null;
$$;
comment on function public.get_open_regressions() is
  'What is worse now than it was, beyond the limit of a policy, and acknowledged by nobody; see benchmark_private.regression_states(). Takes no lock.';

create function public.get_dashboard_regressions() returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select benchmark_private.dashboard_frame() || jsonb_build_object(
    'policies', (select coalesce(jsonb_agg(p order by p.metric, p.scope_rank, p.id), '[]')
      from public.benchmark_policies as p where p.removed_at is null),
    'regressions', (select coalesce(jsonb_agg(r order by r.severity, r.since_at desc), '[]')
      from benchmark_private.regression_states() as r where r.acknowledged_at is null),
    'acknowledged', (select coalesce(jsonb_agg(r order by r.acknowledged_at desc), '[]')
      from benchmark_private.regression_states() as r where r.acknowledged_at is not null),
    'inconclusive', (
      select coalesce(jsonb_agg(to_jsonb(j) order by j.created_at desc), '[]')
      from (
        select j.configuration_id, j.snapshot_version, j.created_at, j.metric, j.severity, j.better, j.caveat, j.method,
          j.reference_configuration_id, j.from_version, j.from_value, j.to_value, j.limit_kind, j.limit_value, j.n, j.is_ratio,
          j.estimate, j.margin
        from public.benchmark_configurations as c
        join public.benchmark_judgements as j
          on j.configuration_id = c.id and j.snapshot_version = c.reference_version
        where j.run_verdict <> 'not-worse' and j.verdict = 'inconclusive'
        order by j.created_at desc
        limit 200
      ) as j));
$$;
comment on function public.get_dashboard_regressions() is
  'The frame and {policies, regressions, acknowledged, inconclusive}: open regressions and those that somebody acknowledged (see regression_states()), and what the newest published run of each configuration left open. Takes no lock.';

create function public.get_dashboard_history(
  p_configuration_id uuid default null,
  p_before_version integer default null,
  p_limit integer default 25
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_id uuid := coalesce(p_configuration_id, benchmark_private.newest_configuration());
  v_row record;
  v_entries text[] := array[]::text[];
  v_length integer := 0;
begin
  -- One entry more than shown, so that the oldest shown can be checked against its previous. A page
  -- ends early where documents are large: whoever stores some must not make it unreadable.
  for v_row in
    select t as entry, b.entry_hash as previous_hash
    from public.benchmark_transactions as t
    left join public.benchmark_transactions as b
      on b.configuration_id = t.configuration_id and b.snapshot_version = t.snapshot_version - 1
    where t.configuration_id = v_id
      and (p_before_version is null or t.snapshot_version < p_before_version)
    order by t.snapshot_version desc
    limit least(greatest(p_limit, 1), 200) + 1
  loop
    v_entries := v_entries || benchmark_private.ledger_document(v_row.entry, v_row.previous_hash)::text;
    v_length := v_length + length(v_entries[cardinality(v_entries)]);
    exit when v_length > 1000000 and cardinality(v_entries) > 1;
  end loop;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'configuration_id', v_id,
    -- As text within JSON: a browser that parsed the numbers would lose digits that are hashed.
    'entries', '[' || array_to_string(v_entries, ', ') || ']',
    'decisions', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.id desc), '[]')
      from (
        select d.* from public.benchmark_decisions as d
        where d.configuration_id = v_id
        order by d.id desc
        limit 1000
      ) as d),
    'regressions', (
      select coalesce(jsonb_agg(distinct r.snapshot_version), '[]')
      from public.benchmark_regressions as r
      where r.configuration_id = v_id),
    'policies', (
      select coalesce(jsonb_agg(distinct jsonb_build_object('metric', p.metric)), '[]')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = v_id));
end;
$$;
comment on function public.get_dashboard_history(uuid, integer, integer) is
  'A page of the ledger of a configuration (null: the one that ran last), newest first: the frame and {configuration_id, entries, decisions, regressions, policies: [{metric}] in force for it}. entries is the text of a JSON array of p_limit (1 to 200) entries and the one before them, with all that their hashes cover; of fewer, where their documents have more than a million characters. Pass the last version shown as p_before_version of the next page. Takes no lock.';

create function public.get_badge(
  p_model_version text,
  p_dataset_version text,
  p_prompt_version text,
  p_environment text,
  p_metric text default '/f1',
  p_variant text default ''
) returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
  select jsonb_build_object(
    'snapshot_version', c.current_version,
    'value', benchmark_private.run_metric(c.id, c.current_version, benchmark_private.metric_pointer(p_metric)))
  from public.benchmark_configurations as c
  where c.id = benchmark_private.configuration_id(
      p_model_version, p_dataset_version, p_prompt_version, p_environment, p_variant)
    and c.current_version is not null
    and benchmark_private.read_access() = 'public';
$$;
comment on function public.get_badge(text, text, text, text, text, text) is
  'A number of the current snapshot for a badge: {snapshot_version, value}; null when there is no such configuration, and when reading is not public, because a badge is. For service_role; takes no lock.';

create function public.check_ingest_health() returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '5s'
as $$
  select to_regclass('public.benchmark_transactions') is not null;
$$;
comment on function public.check_ingest_health() is
  'True when the database answers and the schema is in place. For service_role.';


-- supabase/schemas/93_comparing.sql

-- Comparing across runs, models and prompts, with intervals.

create function benchmark_private.better_direction(p_metric text) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    (select m.better from public.benchmark_metrics as m where m.metric = p_metric),
    (select p.better from public.benchmark_policies as p where p.metric = p_metric and p.removed_at is null
     order by p.scope_rank, p.id limit 1),
    'higher');
end;
$$;
comment on function benchmark_private.better_direction(text) is
  'Which direction of a metric is better, by the catalogue, else by a policy, else higher. Takes no lock.';

create function benchmark_private.item_score_of(p_configuration_id uuid, p_metric text) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.item_score
    from benchmark_private.applicable_policies as p
    where p.for_configuration_id = p_configuration_id and p.metric = p_metric and p.item_score is not null
    order by p.severity
    limit 1);
end;
$$;
comment on function benchmark_private.item_score_of(uuid, text) is
  'The score of items that gives a metric of a configuration, by a policy in force for it; null where none names one. Takes no lock.';

create function public.get_item_changes(
  p_configuration_a uuid,
  p_version_a integer,
  p_configuration_b uuid,
  p_version_b integer,
  p_metric text default '/f1',
  p_limit integer default 100
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_a public.benchmark_items := benchmark_private.stored_items(p_configuration_a, p_version_a);
  v_b public.benchmark_items := benchmark_private.stored_items(p_configuration_b, p_version_b);
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  if v_a.item_set is null or v_b.item_set is null then
    return null;
  end if;
  return benchmark_private.item_changes(v_b, v_a, v_metric, benchmark_private.item_score_of(p_configuration_b, v_metric),
    case benchmark_private.better_direction(v_metric) when 'higher' then 1 else -1 end,
    least(greatest(p_limit, 0), 10000));
end;
$$;
comment on function public.get_item_changes(uuid, integer, uuid, integer, text, integer) is
  'Which items of a metric changed from run a to run b: {metric, scores, common, added, gone, worse, better, items: [{id, group, change, newly_failing, from, to}]}, new failures first, at most p_limit (to 10000) items. Null when either run has no items, or not those that give the metric. Takes no lock.';

create function public.get_judgements(
  p_configuration_a uuid,
  p_version_a integer,
  p_configuration_b uuid,
  p_version_b integer
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_run public.benchmark_transactions;
  v_judged benchmark_private.judged;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  select t.* into v_run
  from public.benchmark_transactions as t
  where t.configuration_id = p_configuration_b and t.snapshot_version = p_version_b;
  if not found or not exists (
    select from public.benchmark_transactions as t
    where t.configuration_id = p_configuration_a and t.snapshot_version = p_version_a)
  then
    return null;
  end if;
  v_judged := benchmark_private.judge(v_run.configuration_id, v_run.snapshot_version, null, v_run.model_version,
    v_run.metrics, benchmark_private.stored_items(p_configuration_b, p_version_b),
    row(p_configuration_a, p_version_a)::benchmark_private.run_key, true, '{}');
  return jsonb_build_object(
    'judgements', coalesce(v_judged.documents, '[]'),
    'references', benchmark_private.judgement_references(p_configuration_b, null, v_judged.judgements));
end;
$$;
comment on function public.get_judgements(uuid, integer, uuid, integer) is
  'Run b judged against run a, of any two configurations, by the policies in force for b: {judgements, references} as a receipt has them; null when either run is missing. Nothing is stored. Takes no lock.';

create function public.get_leaderboard(
  p_dataset_version text,
  p_environment text,
  p_metric text default '/f1'
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_better text := benchmark_private.better_direction(benchmark_private.metric_pointer(p_metric));
  v_sign integer := case v_better when 'higher' then 1 else -1 end;
  v_row record;
  v_leader_value numeric;
  v_leader_error numeric;
  v_leader_items public.benchmark_items;
  v_items public.benchmark_items;
  v_n integer;
  v_estimate double precision;
  v_margin double precision;
  v_is_ratio boolean;
  v_method text;
  v_rows jsonb := jsonb_build_array();
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  for v_row in
    select r.*
    from (
      select c.id, c.model_version, c.prompt_version, c.variant, c.series, c.current_version as snapshot_version, t.created_at,
        t.commit_sha, benchmark_private.run_metric(c.id, c.current_version, v_metric) as value,
        benchmark_private.metric_number(t.metrics, benchmark_private.metric_keys(v_metric || '_stderr')) as standard_error
      from public.benchmark_configurations as c
      join public.benchmark_transactions as t on t.configuration_id = c.id and t.snapshot_version = c.current_version
      where c.dataset_version = p_dataset_version and c.environment = p_environment
      offset 0
    ) as r
    where r.value is not null
    order by v_sign * r.value desc, r.id
    limit 20
  loop
    v_items := benchmark_private.stored_items(v_row.id, v_row.snapshot_version);
    v_method := 'none';
    v_n := null;
    v_estimate := null;
    v_margin := null;
    v_is_ratio := false;
    if v_leader_value is null then
      v_method := 'leader';
      v_leader_value := v_row.value;
      v_leader_error := v_row.standard_error;
      v_leader_items := v_items;
    else
      -- Each interval by itself: a table of twenty is looked at, and fails nobody's build.
      if v_items.item_set is not null and v_leader_items.item_set is not null then
        select 'paired-items', k.n, k.estimate, benchmark_private.t_quantile(k.degrees, 1.959964) * k.standard_error, k.is_ratio
        into v_method, v_n, v_estimate, v_margin, v_is_ratio
        from benchmark_private.compare_items(v_items, v_leader_items, v_metric,
          benchmark_private.item_score_of(v_row.id, v_metric), v_sign, v_better = 'lower', v_row.value) as k
        where k.estimate is not null;
      end if;
      if v_estimate is null and v_row.standard_error > 0 and v_leader_error > 0
        and greatest(v_row.standard_error, v_leader_error) < 1e150
      then
        v_method := 'standard-errors';
        v_estimate := v_sign * (v_row.value - v_leader_value);
        v_margin := 1.959964 * sqrt(v_row.standard_error ^ 2 + v_leader_error ^ 2);
      end if;
    end if;
    v_rows := v_rows || jsonb_build_object(
      'configuration_id', v_row.id,
      'model_version', v_row.model_version,
      'prompt_version', v_row.prompt_version,
      'variant', v_row.variant,
      'series', v_row.series,
      'snapshot_version', v_row.snapshot_version,
      'created_at', v_row.created_at,
      'commit_sha', v_row.commit_sha,
      'value', v_row.value,
      'method', coalesce(v_method, 'none'),
      'n', v_n,
      'is_ratio', coalesce(v_is_ratio, false),
      'estimate', v_estimate,
      'margin', v_margin,
      'is_tie', case when v_estimate is not null then v_estimate + v_margin >= 0 end);
  end loop;
  return jsonb_build_object('metric', v_metric, 'better', v_better, 'dataset_version', p_dataset_version,
    'environment', p_environment, 'confidence', 0.95, 'rows', v_rows);
end;
$$;
comment on function public.get_leaderboard(text, text, text) is
  'The current runs of a data set and environment in the order of a metric, at most 20: {metric, better, confidence, rows: [{configuration_id, model_version, prompt_version, variant, series, snapshot_version, created_at, commit_sha, value, method, n, is_ratio, estimate, margin, is_tie}]}. estimate (below 0 is worse than the leader) plus and minus margin is a 95 % interval of the difference from the leader: paired items where both runs have them, else standard errors, else none. Takes no lock.';

create function public.get_series(
  p_series text,
  p_metric text default '/f1',
  p_dataset_version text default null,
  p_environment text default null,
  p_limit integer default 500
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_metric text := benchmark_private.metric_pointer(p_metric);
  v_limit integer := least(greatest(p_limit, 1), 1000);
  v_dataset text := p_dataset_version;
  v_environment text := p_environment;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  if v_dataset is null or v_environment is null then
    select c.dataset_version, c.environment into v_dataset, v_environment
    from public.benchmark_configurations as c
    where c.series = p_series and c.reference_version is not null
      and (p_dataset_version is null or c.dataset_version = p_dataset_version)
      and (p_environment is null or c.environment = p_environment)
    order by (
      select t.created_at from public.benchmark_transactions as t
      where t.configuration_id = c.id and t.snapshot_version = c.reference_version) desc
    limit 1;
  end if;
  return (
    with members as materialized (
      select c.*
      from public.benchmark_configurations as c
      where c.series = p_series and c.dataset_version = v_dataset and c.environment = v_environment
    ),
    runs as materialized (
      select r.*
      from members as c
      cross join lateral (
        select t.configuration_id, t.snapshot_version, t.commit_sha, t.created_at, least(t.measured_at, t.created_at) as at, t.verdict
        from public.benchmark_transactions as t
        where t.configuration_id = c.id and t.published and t.snapshot_version <> all (c.void_versions)
        order by t.snapshot_version desc
        limit v_limit
      ) as r
      order by r.at desc
      limit v_limit
    ),
    starts as (
      select c.id, c.model_version, c.prompt_version, c.variant, first.at, first.snapshot_version,
        lag(c.model_version) over history as model_before, lag(c.prompt_version) over history as prompt_before,
        lag(c.variant) over history as variant_before
      from members as c
      cross join lateral (
        select t.snapshot_version, least(t.measured_at, t.created_at) as at
        from public.benchmark_transactions as t
        where t.configuration_id = c.id and t.published and not t.is_backfill and t.snapshot_version <> all (c.void_versions)
        order by t.snapshot_version
        limit 1
      ) as first
      window history as (order by first.at, c.id)
    )
    select jsonb_build_object(
      'series', p_series,
      'metric', v_metric,
      'better', benchmark_private.better_direction(v_metric),
      'dataset_version', v_dataset,
      'environment', v_environment,
      'configurations', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'model_version', c.model_version,
        'prompt_version', c.prompt_version, 'variant', c.variant, 'current_version', c.current_version) order by c.model_version, c.prompt_version, c.variant), '[]')
        from members as c),
      'runs', (select coalesce(jsonb_agg(jsonb_build_object('configuration_id', r.configuration_id,
          'snapshot_version', r.snapshot_version, 'at', benchmark_private.utc_text(r.at), 'commit_sha', r.commit_sha,
          'value', benchmark_private.run_metric(r.configuration_id, r.snapshot_version, v_metric), 'verdict', r.verdict)
          order by r.at, r.configuration_id, r.snapshot_version), '[]')
        from runs as r),
      'changes', (select coalesce(jsonb_agg(jsonb_build_object('configuration_id', s.id, 'snapshot_version', s.snapshot_version,
          'at', benchmark_private.utc_text(s.at),
          'model_version', case when s.model_version <> s.model_before then jsonb_build_array(s.model_before, s.model_version) end,
          'prompt_version', case when s.prompt_version <> s.prompt_before then jsonb_build_array(s.prompt_before, s.prompt_version) end,
          'variant', case when s.variant <> s.variant_before then jsonb_build_array(s.variant_before, s.variant) end)
          order by s.at), '[]')
        from starts as s where s.model_before is not null)));
end;
$$;
comment on function public.get_series(text, text, text, text, integer) is
  'A series as one history over its configurations, in one data set and environment (null: those of its newest run): {series, metric, better, dataset_version, environment, configurations, runs: [{configuration_id, snapshot_version, at, commit_sha, value, verdict}], changes: [{configuration_id, snapshot_version, at, model_version, prompt_version, variant}]}. runs are the newest p_limit (at most 1000) published, not void ones by the time of measuring, oldest first; changes are the first runs of the configurations after the first, with [before, after] of what differs. Takes no lock.';


-- supabase/schemas/94_exporting.sql

-- Taking the ledger elsewhere: everything that was stored, so that it can be read, proved and
-- imported without this database.

create function benchmark_private.exported_items(p_items public.benchmark_items) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('ids', s.ids, 'epochs', s.epochs, 'groups', s.groups,
      'scores', benchmark_private.item_scores(p_items))
    from public.benchmark_item_sets as s
    where s.digest = p_items.item_set);
end;
$$;
comment on function benchmark_private.exported_items(public.benchmark_items) is
  'The items of a run as their digest covers them: {ids, epochs, groups, scores: {name: [number, true, false or null …]}}; null when it has none, or they were pruned.';

create function public.export_runs(p_configuration_id uuid, p_after integer default 0, p_limit integer default 100)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '60s'
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'entry', benchmark_private.ledger_entry(t) || jsonb_build_object('is_void', t.snapshot_version = any (c.void_versions)),
    'items', benchmark_private.exported_items(benchmark_private.stored_items(t.configuration_id, t.snapshot_version)))
    order by t.snapshot_version), '[]')
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id
    and t.snapshot_version > p_after and t.snapshot_version <= p_after + least(greatest(p_limit, 1), 1000)
  where c.id = p_configuration_id;
$$;
comment on function public.export_runs(uuid, integer, integer) is
  'The runs of a configuration after a version, at most p_limit (1000) of them, in order: [{entry: as get_ledger_entry() has it, and is_void, items: {ids, epochs, groups, scores} or null}]. For service_role; may run a minute, takes no lock.';

create function public.export_decisions(p_configuration_id uuid) returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set statement_timeout = '60s'
as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('decided_at', benchmark_private.utc_text(d.decided_at)) order by d.id), '[]')
  from public.benchmark_decisions as d
  where d.configuration_id = p_configuration_id;
$$;
comment on function public.export_decisions(uuid) is
  'What was decided about a configuration, in order, as benchmark_decisions has it. For service_role; takes no lock.';


-- supabase/schemas/95_checkpoints.sql

-- What a witness keeps: the heads of all chains at a time.

create function public.get_checkpoint(
  p_after uuid default null,
  p_as_of timestamptz default null,
  p_limit integer default 1000
) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_limit constant integer := least(greatest(coalesce(p_limit, 1000), 1), 1000);
  -- Not younger than the oldest transaction that may still end: what stores a run has 5 seconds. So the
  -- entries up to this time are all there, and the same question gets the same answer for ever.
  v_as_of constant timestamptz := greatest(least(p_as_of, clock_timestamp() - interval '10 seconds'), 'epoch');
  v_next uuid;
  v_count integer;
  v_lines text;
begin
  if not benchmark_private.may_read() then
    return null;
  end if;
  with recursive page as (
    select c.id, c.last_version
    from public.benchmark_configurations as c
    where p_after is null or c.id > p_after
    order by c.id
    limit v_limit + 1
  ),
  kept as (
    select p.id, p.last_version from page as p order by p.id limit v_limit
  ),
  -- Bisected, the last entry first: times go up with versions, and an index over them would cost a
  -- write a run. An entry that is missing counts as too young: the one before it is then the head.
  search as (
    select k.id, 0 as low, k.last_version as high, k.last_version as middle
    from kept as k
    union all
    select narrowed.id, narrowed.low, narrowed.high, (narrowed.low + narrowed.high + 1) / 2
    from search as s
    left join public.benchmark_transactions as t
      on t.configuration_id = s.id and t.snapshot_version = s.middle
    cross join lateral (
      select s.id,
        case when t.created_at <= v_as_of then s.middle else s.low end as low,
        case when t.created_at <= v_as_of then s.high else s.middle - 1 end as high
    ) as narrowed
    where s.low < s.high
  ),
  heads as (
    select s.id, concat_ws(' ', s.id, s.low, encode(t.entry_hash, 'hex')) || E'\n' as line
    from search as s
    join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.low
    where s.low = s.high
  )
  select
    case when (select count(*) from page) > v_limit then (select k.id from kept as k order by k.id desc limit 1) end,
    (select count(*) from heads),
    coalesce((select string_agg(h.line, '' order by h.id) from heads as h), '')
  into v_next, v_count, v_lines;
  return concat(
    E'benchmark-checkpoint/v1\n',
    'time ', benchmark_private.utc_text(v_as_of), E'\n',
    'after ', coalesce(p_after::text, '-'), E'\n',
    'next ', coalesce(v_next::text, '-'), E'\n',
    'count ', v_count, E'\n',
    'sha256 ', encode(sha256(convert_to(v_lines, 'UTF8')), 'hex'), E'\n',
    E'\n', v_lines);
end;
$$;
comment on function public.get_checkpoint(uuid, timestamptz, integer) is
  'A page of a checkpoint (format benchmark-checkpoint/v1): the last entry of each configuration after p_after that was stored at or before p_as_of, as lines "configuration version entry_hash" in the order of the ids, below a header of lines: format, time, after, next, count, and SHA-256 of the lines. The time is p_as_of or 10 seconds ago, whichever is earlier: no entry of before it can still come, unless a transaction of service_role stays open for longer. With the same p_as_of every page is of the same moment, and is the same whenever it is asked for; next is the p_after of the next page, and - in the last. At most p_limit (1000) configurations. Null for who may not read. Takes no lock.';


-- supabase/schemas/96_dashboard_overview.sql

-- The first screen: what got worse, where, since when, and is it real. One call for all
-- configurations.

create function public.get_dashboard_overview(p_candidates boolean default false) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- Twice what other readers have: a thousand configurations take a fifth to two fifths of it.
set statement_timeout = '1s'
as $$
declare
  v_regressions jsonb := (
    select coalesce(jsonb_agg(r order by r.severity, r.since_at desc), '[]') from benchmark_private.regression_states() as r);
begin
  return benchmark_private.dashboard_frame((
    -- A limit that warns and one that fails can both be exceeded by what is one fall.
    select count(distinct (r.configuration_id, r.metric))
    from jsonb_to_recordset(v_regressions) as r(configuration_id uuid, metric text, acknowledged_at timestamptz)
    where r.acknowledged_at is null
  )) || jsonb_build_object(
    'regressions', v_regressions,
    'runs', (
      with subjects as (
        select c.id, c.reference_version as version, c.void_versions, c.reference_version, c.reference_at as at
        from public.benchmark_configurations as c
        where not p_candidates and c.reference_version is not null
        union all
        -- Of each branch the newest, while it is young: older ones are merged or forgotten.
        select c.id, n.snapshot_version, c.void_versions, coalesce(c.reference_version, 0), n.created_at
        from public.benchmark_configurations as c
        cross join lateral (
          select distinct on (t.branch_name) t.snapshot_version, t.created_at
          from public.benchmark_transactions as t
          where t.configuration_id = c.id and t.snapshot_version > c.last_version - 50 and not t.published
            and t.snapshot_version <> all (c.void_versions)
          order by t.branch_name, t.snapshot_version desc
        ) as n
        where p_candidates
      ),
      open as materialized (
        select distinct on (r.configuration_id) r.configuration_id, r.metric
        from jsonb_to_recordset(v_regressions) as r(
          configuration_id uuid, metric text, severity text, acknowledged_at timestamptz)
        where r.acknowledged_at is null and not p_candidates
        order by r.configuration_id, r.severity, r.metric
      ),
      chosen as materialized (
        -- A call has to end, however many there are: those that are worse, then those that ran last.
        select s.*, o.metric as open_metric,
          row_number() over (order by o.metric is null, t.verdict is null, t.verdict, s.at desc, s.id) as position
        from subjects as s
        join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.version
        left join open as o on o.configuration_id = s.id
        order by position
        limit 2000
      ),
      headed as (
        select s.id, s.version, s.void_versions, s.reference_version, s.position,
          -- Built for the one that is shown and not for all that it is chosen from.
          case when j.metric is not null then jsonb_build_object('metric', j.metric, 'better', j.better, 'verdict', j.verdict,
            'severity', j.severity, 'limit_kind', j.limit_kind, 'limit_value', j.limit_value, 'from', j.from_value,
            'method', j.method, 'n', j.n, 'is_ratio', j.is_ratio, 'estimate', j.estimate, 'margin', j.margin,
            'from_version', j.reference_version,
            'reference_configuration_id', coalesce(j.reference_configuration_id, s.id)) end as judgement,
          coalesce(s.open_metric, case when j.verdict <> 'not-worse' then j.metric end,
            case when t.f1_score is not null then '/f1' end, j.metric,
            case when t.precision_score is not null then '/precision' when t.recall_score is not null then '/recall'
              when t.latency_ms is not null then '/latency_ms' when t.cost_per_analysis is not null then '/analysis_cost' end,
            (select l.path from benchmark_private.metric_leaves(t.metrics) as l where l.path <> '/' limit 1)) as metric
        from chosen as s
        join public.benchmark_transactions as t on t.configuration_id = s.id and t.snapshot_version = s.version
        left join lateral (
          select p.metric, p.better, p.severity, p.limit_kind, p.limit_value, g.verdict, g.from_value, g.method, g.n,
            g.is_ratio, g.estimate, g.margin, g.reference_version, g.reference_configuration_id
          from unnest(t.judgements) as g
          join public.benchmark_policies as p on p.id = g.policy_id
          -- An open regression is told of by itself; of the rest, what is gravest, else F1.
          order by p.metric = s.open_metric desc nulls last, g.verdict, p.severity, p.metric <> '/f1', p.metric
          limit 1
        ) as j on true
      ),
      -- Once a row, and not once for each of its runs.
      keyed as materialized (select h.*, benchmark_private.metric_keys(h.metric) as keys from headed as h)
      select coalesce(jsonb_agg(jsonb_build_object(
        'configuration_id', h.id,
        'is_replaced', c.series is not null and benchmark_private.is_replaced(c),
        'snapshot_version', h.version,
        'published', t.published,
        'at', extract(epoch from least(t.measured_at, t.created_at)),
        'commit_sha', t.commit_sha,
        'branch_name', t.branch_name,
        'run_id', t.run_id,
        'run_attempt', t.run_attempt,
        'tags', coalesce(t.tags, '{}'),
        'attested', t.provenance -> 'attested',
        'repository', t.provenance #>> '{claims,repository}',
        'issuer', t.provenance ->> 'issuer',
        'f1', t.f1_score,
        'latency_ms', t.latency_ms,
        'analysis_cost', t.cost_per_analysis,
        'verdict', t.verdict,
        'metric', h.metric,
        'value', case h.metric when '/f1' then t.f1_score when '/latency_ms' then t.latency_ms
          else benchmark_private.metric_number(t.metrics, h.keys) end,
        'judgement', h.judgement,
        'spark', case when h.position <= 1500 then jsonb_build_array(last.numbers, earlier.numbers) end)
        order by h.position), '[]')
      from keyed as h
      join public.benchmark_configurations as c on c.id = h.id
      join public.benchmark_transactions as t on t.configuration_id = h.id and t.snapshot_version = h.version
      left join lateral (
        select array_agg(r.value order by r.snapshot_version) as numbers, min(r.snapshot_version) as first_version
        from (
          select p.snapshot_version, case h.metric
            -- Scores have columns: thirty documents a configuration would be most of what a call costs.
            when '/f1' then p.f1_score when '/latency_ms' then p.latency_ms
            -- And what is packed into more takes too long to unpack for a picture of forty pixels.
            else case when pg_column_size(p.metrics) <= 8000 and jsonb_typeof(p.metrics #> h.keys) = 'number'
              then (p.metrics #> h.keys)::numeric end end as value
          from public.benchmark_transactions as p
          where h.position <= 1500 and p.configuration_id = h.id
            and p.snapshot_version between h.reference_version - 300 and h.reference_version
            and p.published and not p.is_backfill and p.snapshot_version <> all (h.void_versions)
          order by p.snapshot_version desc
          limit 30
        ) as r
      ) as last on true
      left join lateral (
        select array_agg(case h.metric when '/f1' then p.f1_score when '/latency_ms' then p.latency_ms
            else case when pg_column_size(p.metrics) <= 8000 and jsonb_typeof(p.metrics #> h.keys) = 'number'
              then (p.metrics #> h.keys)::numeric end end order by p.snapshot_version) as numbers
        from generate_series(greatest(last.first_version - 70, (last.first_version - 1) % 5 + 1), last.first_version - 5, 5) as n(version)
        join public.benchmark_transactions as p on p.configuration_id = h.id and p.snapshot_version = n.version
        where last.first_version > 5
          and p.published and not p.is_backfill and p.snapshot_version <> all (h.void_versions)
      ) as earlier on true));
end;
$$;
comment on function public.get_dashboard_overview(boolean) is
  'Of every configuration the newest published run, or with p_candidates of every branch the newest candidate among its last 50 versions, with the number that a person must see: the frame and {regressions: open and acknowledged ones (see regression_states()), runs: [{configuration_id, is_replaced, snapshot_version, published, at (seconds since 1970), commit_sha, branch_name, run_id, run_attempt, tags, attested, repository, issuer, f1, latency_ms, analysis_cost, verdict, metric, value, judgement: of that metric by the run when it was stored or null, spark: [the metric in the last 30 published runs among the last 300 versions, in every fifth of the 70 before], oldest first, null for a run without it or with a document of over 8000 bytes}]}; at most 2000 runs, those with an open regression first, then by verdict, then the newest, and of the first 1500 their sparks. metric is the one of an open regression, else of the gravest judgement, else F1, else one that the run has. Takes no lock.';


-- supabase/schemas/97_dashboard_run.sql

-- One run with all that is known of it, and a data set's leaderboard, for the dashboard.

create function benchmark_private.dashboard_origin(p_run public.benchmark_transactions) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'configuration_id', p_run.configuration_id,
    'snapshot_version', p_run.snapshot_version,
    'published', p_run.published,
    'is_backfill', p_run.is_backfill,
    'measured_at', p_run.measured_at,
    'created_at', p_run.created_at,
    'verdict', p_run.verdict,
    'commit_sha', p_run.commit_sha,
    'branch_name', p_run.branch_name,
    'run_id', p_run.run_id,
    'run_attempt', p_run.run_attempt,
    'triggered_by', p_run.triggered_by,
    'notes', p_run.notes,
    'tags', coalesce(p_run.tags, '{}'),
    'principal', p_run.principal,
    'method', p_run.provenance ->> 'method',
    'attested', p_run.provenance -> 'attested',
    'repository', p_run.provenance #>> '{claims,repository}',
    'issuer', p_run.provenance ->> 'issuer',
    'entry_hash', encode(p_run.entry_hash, 'hex'));
end;
$$;
comment on function benchmark_private.dashboard_origin(public.benchmark_transactions) is
  'What a run is and where it came from, without its metrics.';

create function public.get_dashboard_run(
  p_configuration_id uuid,
  p_version integer default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_run public.benchmark_transactions;
  v_previous public.benchmark_transactions;
  v_chain_hash bytea;
  v_reference benchmark_private.run_key;
begin
  select t.* into v_run
  from public.benchmark_configurations as c
  join public.benchmark_transactions as t
    on t.configuration_id = c.id and t.snapshot_version = coalesce(p_version, c.reference_version, c.last_version)
  where c.id = p_configuration_id;
  select b.entry_hash into v_chain_hash
  from public.benchmark_transactions as b
  where b.configuration_id = v_run.configuration_id and b.snapshot_version = v_run.snapshot_version - 1;
  -- What it was judged against, the gravest verdict first; of a first run, what is nearest.
  select coalesce(j.reference_configuration_id, v_run.configuration_id), j.reference_version
  into v_reference.configuration_id, v_reference.snapshot_version
  from unnest(v_run.judgements) as j
  order by j.verdict, j.reference_version
  limit 1;
  if v_reference.snapshot_version is null then
    v_reference.configuration_id := case when v_run.previous_version is null and v_run.nearest_version is not null
      then v_run.nearest_configuration_id else v_run.configuration_id end;
    v_reference.snapshot_version := coalesce(v_run.previous_version, v_run.nearest_version);
  end if;
  select t.* into v_previous
  from public.benchmark_transactions as t
  where t.configuration_id = v_reference.configuration_id and t.snapshot_version = v_reference.snapshot_version;
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'run', case when v_run.configuration_id is not null then benchmark_private.dashboard_origin(v_run) end,
    'reference', case when v_previous.configuration_id is not null then benchmark_private.dashboard_origin(v_previous) end,
    'judged', jsonb_build_object(
      'judgements', coalesce(benchmark_private.judgement_documents(v_run, v_run.judgements), '[]'),
      'references', benchmark_private.judgement_references(v_run.configuration_id, null, v_run.judgements)),
    'policies', (
      select coalesce(jsonb_object_agg(p.metric, p.better), '{}')
      from benchmark_private.applicable_policies as p
      where p.for_configuration_id = p_configuration_id),
    'metrics', (
      select coalesce(jsonb_agg(to_jsonb(l) order by l.path), '[]')
      from benchmark_private.compared_leaves(v_previous.metrics, v_run.metrics) as l
      where v_run.configuration_id is not null),
    -- As text within JSON: a browser that parsed the numbers would lose digits that are hashed.
    'entry', case when v_run.configuration_id is not null then
      benchmark_private.ledger_document(v_run, v_chain_hash)::text end,
    'chain_hash', encode(v_chain_hash, 'hex'),
    'regressions', (
      select coalesce(jsonb_agg(r order by r.severity, r.metric), '[]')
      from benchmark_private.regression_states(p_configuration_id) as r),
    'decisions', (
      select coalesce(jsonb_agg(to_jsonb(d) order by d.id desc), '[]')
      from (
        select d.*
        from public.benchmark_decisions as d
        where d.configuration_id = p_configuration_id
          and (d.snapshot_version = v_run.snapshot_version or d.from_version = v_run.snapshot_version)
        order by d.id desc
        limit 200
      ) as d));
end;
$$;
comment on function public.get_dashboard_run(uuid, integer) is
  'A run (null: the newest published one) beside the run it was judged against, with what is known of it: the frame and {run, reference: see dashboard_origin(), judged: {judgements, references} as they were made when it was stored, policies: directions, metrics: [{path, a, b, delta, percent}] from the reference to the run, entry: the text of its ledger document, chain_hash: entry_hash of the version before, regressions: open and acknowledged ones of its configuration, decisions about it}. run is null when there is none. Takes no lock.';

create function public.get_dashboard_leaderboard(
  p_dataset_version text default null,
  p_environment text default null,
  p_metric text default null
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set statement_timeout = '500ms'
as $$
declare
  v_dataset text := p_dataset_version;
  v_environment text := p_environment;
  v_metrics jsonb;
  v_metric text := benchmark_private.metric_pointer(p_metric);
begin
  if v_dataset is null or v_environment is null then
    select c.dataset_version, c.environment into v_dataset, v_environment
    from public.benchmark_configurations as c
    where c.current_version is not null
      and (p_dataset_version is null or c.dataset_version = p_dataset_version)
      and (p_environment is null or c.environment = p_environment)
    order by c.reference_at desc nulls last, c.id
    limit 1;
  end if;
  -- What the newest of them measure.
  v_metrics := benchmark_private.metrics_to_choose(array(
    select row(c.id, c.current_version)::benchmark_private.run_key
    from public.benchmark_configurations as c
    where c.dataset_version = v_dataset and c.environment = v_environment and c.current_version is not null
    order by c.reference_at desc nulls last, c.id
    limit 5));
  v_metric := coalesce(v_metric, benchmark_private.usual_metric(v_metrics), '/f1');
  return benchmark_private.dashboard_frame() || jsonb_build_object(
    'metrics', v_metrics,
    'leaderboard', public.get_leaderboard(v_dataset, v_environment, v_metric));
end;
$$;
comment on function public.get_dashboard_leaderboard(text, text, text) is
  'The frame and {metrics, leaderboard: see get_leaderboard()}. Left out: data set and environment of the configuration that ran last, and F1, else what is judged, else any number that its newest runs have. Takes no lock.';


-- supabase/schemas/99_grants.sql

-- Who may do what: every grant and every policy, once, here. Hosted projects give none to new
-- tables any more, older ones give all, so both are set to the same: nothing, and then by name.

-- The private schema is usable only so that what readers call can use the few helpers named below;
-- PostgREST does not expose it.
revoke all on schema benchmark_private from public, anon, authenticated, service_role;
grant usage on schema benchmark_private to anon, authenticated, service_role;
revoke all on all tables in schema benchmark_private from public, anon, authenticated, service_role;
revoke all on all functions in schema benchmark_private from public, anon, authenticated, service_role;

-- By name and not "on all": a project has tables and functions of its own in public.
revoke all on
  public.benchmark_configurations, public.benchmark_transactions, public.benchmark_decisions,
  public.benchmark_policies, public.benchmark_trend_buckets, public.benchmark_snapshots,
  public.benchmark_item_sets, public.benchmark_items, public.benchmark_metrics, public.benchmark_replayed_judgements,
  public.benchmark_judgements, public.benchmark_regressions, public.v_latest_benchmarks, public.v_performance_trends
  from public, anon, authenticated, service_role;
grant select on
  public.benchmark_configurations, public.benchmark_transactions, public.benchmark_decisions,
  public.benchmark_policies, public.benchmark_trend_buckets, public.benchmark_snapshots,
  public.benchmark_item_sets, public.benchmark_items, public.benchmark_metrics, public.benchmark_replayed_judgements,
  public.benchmark_judgements, public.benchmark_regressions, public.v_latest_benchmarks, public.v_performance_trends,
  benchmark_private.applicable_policies, benchmark_private.run_scores
  to anon, authenticated, service_role;

alter table public.benchmark_configurations enable row level security;
alter table public.benchmark_transactions enable row level security;
alter table public.benchmark_decisions enable row level security;
alter table public.benchmark_policies enable row level security;
alter table public.benchmark_trend_buckets enable row level security;
alter table public.benchmark_item_sets enable row level security;
alter table public.benchmark_items enable row level security;
alter table public.benchmark_metrics enable row level security;
alter table public.benchmark_replayed_judgements enable row level security;
alter table benchmark_private.trust_rules enable row level security;
alter table benchmark_private.issuers enable row level security;
alter table benchmark_private.ingest_tokens enable row level security;
alter table benchmark_private.idempotency_keys enable row level security;
alter table benchmark_private.settings enable row level security;
alter table benchmark_private.readers enable row level security;
alter table benchmark_private.webhooks enable row level security;
alter table benchmark_private.webhook_deliveries enable row level security;
alter table benchmark_private.told_regressions enable row level security;

-- (select …): evaluated once a query and not once a row
create policy readers on public.benchmark_configurations
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_transactions
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_decisions
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_policies
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_trend_buckets
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_item_sets
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_items
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_metrics
  for select to anon, authenticated using ((select benchmark_private.may_read()));
create policy readers on public.benchmark_replayed_judgements
  for select to anon, authenticated using ((select benchmark_private.may_read()));
-- Said and not only left out, so that nobody takes the absence for an oversight.
create policy nobody on benchmark_private.trust_rules using (false);
create policy nobody on benchmark_private.issuers using (false);
create policy nobody on benchmark_private.ingest_tokens using (false);
create policy nobody on benchmark_private.idempotency_keys using (false);
create policy nobody on benchmark_private.settings using (false);
create policy nobody on benchmark_private.readers using (false);
create policy nobody on benchmark_private.webhooks using (false);
create policy nobody on benchmark_private.webhook_deliveries using (false);
create policy nobody on benchmark_private.told_regressions using (false);

-- The helpers that a function called by readers, or a policy, uses as the reader.
grant execute on function
  benchmark_private.may_read(),
  benchmark_private.read_access(),
  benchmark_private.scores(),
  benchmark_private.metric_pointer(text),
  benchmark_private.metric_keys(text),
  benchmark_private.metric_number(jsonb, text[]),
  benchmark_private.metric_leaves(jsonb),
  benchmark_private.percent_change(numeric, numeric),
  benchmark_private.compared_leaves(jsonb, jsonb),
  benchmark_private.configuration_id(text, text, text, text, text),
  benchmark_private.is_worse(numeric, numeric, integer, numeric, numeric),
  benchmark_private.run_metric(uuid, integer, text),
  benchmark_private.earlier_with_metric(uuid, integer, text, integer),
  benchmark_private.trend_bucket_size(integer),
  benchmark_private.find_version(uuid, timestamptz),
  benchmark_private.metric_values(uuid, text, integer, integer, integer),
  benchmark_private.backfilled_values(uuid, text, timestamptz, timestamptz, integer),
  benchmark_private.newest_configuration(),
  benchmark_private.dashboard_frame(bigint),
  benchmark_private.is_replaced(public.benchmark_configurations),
  benchmark_private.ledger_document(public.benchmark_transactions, bytea),
  benchmark_private.utc_text(timestamptz),
  benchmark_private.t_quantile(double precision, double precision),
  benchmark_private.item_numbers(public.benchmark_items, text),
  benchmark_private.scores_of_metric(public.benchmark_items, text, text),
  benchmark_private.compare_items(public.benchmark_items, public.benchmark_items, text, text, integer, boolean, numeric),
  benchmark_private.item_changes(public.benchmark_items, public.benchmark_items, text, text, integer, integer),
  benchmark_private.flipped_items(public.benchmark_items, uuid, integer, integer),
  benchmark_private.run_reference(public.benchmark_transactions),
  benchmark_private.judgement_references(uuid, integer, benchmark_private.judgement[]),
  benchmark_private.judge(uuid, integer, integer, text, jsonb, public.benchmark_items, benchmark_private.run_key, boolean, integer[], integer, boolean),
  benchmark_private.stored_items(uuid, integer),
  benchmark_private.item_score_of(uuid, text),
  benchmark_private.better_direction(text),
  benchmark_private.regression_states(uuid),
  benchmark_private.metrics_to_choose(benchmark_private.run_key[]),
  benchmark_private.usual_metric(jsonb),
  benchmark_private.dashboard_series(uuid[], text, timestamptz, timestamptz, integer, boolean),
  benchmark_private.dashboard_origin(public.benchmark_transactions),
  benchmark_private.judgement_documents(public.benchmark_transactions, benchmark_private.judgement[])
  to anon, authenticated, service_role;

-- Readers. In loops, so that a function is named once: one that was revoked and not granted, or granted
-- beside rights that it had by default, would be easy to miss.
do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'public.find_configuration(text, text, text, text, text)',
    'public.list_configurations()',
    'public.get_latest_benchmarks()',
    'public.get_snapshot_history(text, text, text, text, integer, text)',
    'public.get_snapshot_page(uuid, integer, integer)',
    'public.compare_snapshots(text, text, text, text, integer, integer, text)',
    'public.compare_snapshots_all(text, text, text, text, integer, integer, text)',
    'public.detect_regression(text, numeric)',
    'public.get_trend(uuid, text, timestamptz, timestamptz, integer)',
    'public.get_metric_history(uuid, text, integer)',
    'public.list_regression_policies()',
    'public.get_ledger_cursor()',
    'public.get_dashboard_current()',
    'public.get_dashboard_trends(uuid[], text, timestamptz, timestamptz, integer, boolean)',
    'public.get_dashboard_overview(boolean)',
    'public.get_dashboard_run(uuid, integer)',
    'public.get_dashboard_leaderboard(text, text, text)',
    'public.get_dashboard_metric_history(uuid[], text)',
    'public.get_dashboard_comparison(uuid, integer, uuid, integer)',
    'public.get_open_regressions()',
    'public.get_dashboard_regressions()',
    'public.get_dashboard_history(uuid, integer, integer)',
    'public.list_metrics()',
    'public.get_item_changes(uuid, integer, uuid, integer, text, integer)',
    'public.get_judgements(uuid, integer, uuid, integer)',
    'public.get_leaderboard(text, text, text)',
    'public.get_series(text, text, text, text, integer)',
    'public.get_checkpoint(uuid, timestamptz, integer)'
  ] loop
    execute 'revoke all on function ' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function ' || v_function || ' to anon, authenticated, service_role';
  end loop;
end;
$$;

-- The ingest function and `deno task admin`, with the secret key.
do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'public.ingest_benchmark(jsonb, jsonb, text)',
    'public.preview_benchmark(jsonb, jsonb)',
    'public.check_principal(jsonb)',
    'public.get_receipt(jsonb, uuid, integer)',
    'public.get_badge(text, text, text, text, text, text)',
    'public.check_ingest_health()',
    'public.upsert_benchmark_result(text, text, text, text, text, integer, text, text, text, text, jsonb, numeric, text[], text, text)',
    'public.add_trust_rule(text, text, text, text[], text, text, text, text, boolean)',
    'public.add_ci_trust_rule(text, text, text, text, text, text[], text, boolean)',
    'public.add_issuer(text, text)',
    'public.remove_issuer(text)',
    'public.list_issuers()',
    'public.list_trusted_issuers()',
    'public.list_trust_rules()',
    'public.remove_trust_rule(bigint)',
    'public.create_ingest_token(text, text, text, text[], timestamptz)',
    'public.list_ingest_tokens()',
    'public.revoke_ingest_token(text)',
    'public.set_public_read(boolean)',
    'public.get_read_access()',
    'public.set_read_access(text)',
    'public.add_reader(uuid, text)',
    'public.remove_reader(uuid)',
    'public.list_readers()',
    'public.set_regression_policy(text, text, numeric, text, text, text, uuid, numeric, text, text)',
    'public.remove_regression_policy(integer)',
    'public.checkout_snapshot(text, text, text, text, integer, text)',
    'public.set_baseline(uuid, integer)',
    'public.void_snapshot(uuid, integer, text, boolean)',
    'public.set_series(uuid, text, text)',
    'public.acknowledge_regression(uuid, integer, text, text, text, boolean)',
    'public.create_webhook(text, text[], text, text[], text, text, boolean, text)',
    'public.list_webhooks()',
    'public.remove_webhook(bigint)',
    'public.claim_webhook_deliveries(integer, numeric)',
    'public.finish_webhook_delivery(bigint, uuid, integer, text, numeric, boolean)',
    'public.claim_test_delivery(bigint)',
    'public.list_webhook_deliveries(bigint, integer)',
    'public.prune_items(interval)',
    'public.list_policy_scope(integer)',
    'public.replay_policy(integer, uuid)',
    'public.set_metric(text, text, text, text)',
    'public.find_personal_entries(text, uuid)',
    'public.erase_personal_data(uuid, integer, text)',
    'public.verify_ledger()',
    'public.get_ledger_entry(uuid, integer)',
    'public.export_runs(uuid, integer, integer)',
    'public.export_decisions(uuid)'
  ] loop
    execute 'revoke all on function ' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function ' || v_function || ' to service_role';
  end loop;
end;
$$;

-- Where Supabase Realtime is, an open dashboard is told of new runs.
do $$
begin
  if exists (select from pg_publication as p where p.pubname = 'supabase_realtime' and not p.puballtables) then
    alter publication supabase_realtime add table public.benchmark_configurations;
  end if;
end;
$$;
