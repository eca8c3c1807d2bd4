-- What `deno task admin` calls; for service_role only.

create function public.add_trust_rule(
  p_repository text,
  p_repository_id text,
  p_repository_owner_id text,
  p_environments text[],
  p_workflow text default null,
  p_ref_pattern text default null,
  p_github_environment text default null
) returns bigint
language sql
volatile
security definer
set search_path = ''
as $$
  insert into benchmark_private.trust_rules
    (repository, repository_id, repository_owner_id, environments, workflow, ref_pattern, github_environment)
  values (
    p_repository, p_repository_id, p_repository_owner_id, p_environments,
    case when p_workflow not like '%/%' then '.github/workflows/' || p_workflow else p_workflow end,
    case when p_ref_pattern not like 'refs/%' then 'refs/heads/' || p_ref_pattern else p_ref_pattern end,
    p_github_environment)
  returning id;
$$;
comment on function public.add_trust_rule(text, text, text, text[], text, text, text) is
  'Lets a GitHub repository, given by its name and its numeric ids, write the given environment labels; optionally only from one workflow file, from refs that match a pattern (a bare name is a branch), from one GitHub environment. Returns the id of the rule. Raises 23514 or 23502 for a value that is malformed or missing.';

create function public.list_trust_rules() returns table (
  id bigint,
  repository text,
  repository_id text,
  repository_owner_id text,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments text[],
  created_at timestamptz
)
language sql
stable
security definer
set search_path = ''
as $$
  select r.id, r.repository, r.repository_id, r.repository_owner_id, r.workflow, r.ref_pattern,
    r.github_environment, r.environments, r.created_at
  from benchmark_private.trust_rules as r
  where r.removed_at is null
  order by r.repository, r.id;
$$;
comment on function public.list_trust_rules() is 'The trust rules in force.';

create function public.remove_trust_rule(p_id bigint) returns boolean
language sql
volatile
security definer
set search_path = ''
as $$
  with removed as (
    update benchmark_private.trust_rules as r
    set removed_at = pg_catalog.clock_timestamp()
    where r.id = p_id and r.removed_at is null
    returning 1
  )
  select exists (select from removed);
$$;
comment on function public.remove_trust_rule(bigint) is
  'Ends a trust rule; false when there is none in force with that id.';

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
set search_path = ''
as $$
  insert into benchmark_private.ingest_tokens (id, secret_hash, name, environments, expires_at)
  values (p_id, pg_catalog.decode(p_secret_hash, 'hex'), p_name, p_environments, p_expires_at);
$$;
comment on function public.create_ingest_token(text, text, text, text[], timestamptz) is
  'Registers an ingest token bmk_<p_id>_<secret>, of which the database sees the SHA-256 of the secret in hex only. Raises 23505 when the id is taken, 23514 or 23502 for a value that is malformed or missing.';

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
set search_path = ''
as $$
  select t.id, t.name, t.environments, t.created_at, t.expires_at, t.revoked_at, t.last_used_at
  from benchmark_private.ingest_tokens as t
  order by t.created_at, t.id;
$$;
comment on function public.list_ingest_tokens() is
  'All ingest tokens, revoked and expired ones too, without their secrets.';

create function public.revoke_ingest_token(p_id text) returns boolean
language sql
volatile
security definer
set search_path = ''
as $$
  with revoked as (
    update benchmark_private.ingest_tokens as t
    set revoked_at = pg_catalog.clock_timestamp()
    where t.id = p_id and t.revoked_at is null
    returning 1
  )
  select exists (select from revoked);
$$;
comment on function public.revoke_ingest_token(text) is
  'Revokes an ingest token at once; false when there is none with that id, or it is revoked already.';

create function public.set_public_read(p_on boolean) returns boolean
language sql
volatile
security definer
set search_path = ''
as $$
  update benchmark_private.settings as s
  set public_read = p_on
  where s.is_only_row
  returning s.public_read;
$$;
comment on function public.set_public_read(boolean) is
  'Lets anon read configurations, transactions and snapshots, or stops it; returns what is in force now.';

create function public.check_ingest_health() returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from benchmark_private.settings);
$$;
comment on function public.check_ingest_health() is
  'True when the database answers and the schema is in place.';

do $$
declare
  v_function text;
begin
  foreach v_function in array array[
    'add_trust_rule(text, text, text, text[], text, text, text)',
    'list_trust_rules()',
    'remove_trust_rule(bigint)',
    'create_ingest_token(text, text, text, text[], timestamptz)',
    'list_ingest_tokens()',
    'revoke_ingest_token(text)',
    'set_public_read(boolean)',
    'check_ingest_health()'
  ] loop
    execute 'revoke all on function public.' || v_function || ' from public, anon, authenticated, service_role';
    execute 'grant execute on function public.' || v_function || ' to service_role';
  end loop;
end;
$$;
