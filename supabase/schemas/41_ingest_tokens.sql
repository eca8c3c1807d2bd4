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
