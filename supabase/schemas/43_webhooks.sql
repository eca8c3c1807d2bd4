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
