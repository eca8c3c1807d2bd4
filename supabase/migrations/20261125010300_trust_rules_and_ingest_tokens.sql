-- Who may write: trust rules for GitHub OIDC tokens, ingest tokens for everything else.

create table benchmark_private.trust_rules (
  id bigint generated always as identity,
  repository text not null,
  repository_id text not null,
  repository_owner_id text not null,
  workflow text,
  ref_pattern text,
  github_environment text,
  environments text[] not null,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  removed_at timestamptz,
  constraint trust_rules_pkey primary key (id),
  constraint trust_rules_repository_check check (repository ~ '^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$'),
  constraint trust_rules_ids_check check (repository_id ~ '^[0-9]+$' and repository_owner_id ~ '^[0-9]+$'),
  constraint trust_rules_workflow_check check (workflow ~ '^([A-Za-z0-9._-]+/[A-Za-z0-9._-]+/)?\.github/workflows/[^/]+\.ya?ml$'),
  constraint trust_rules_ref_pattern_check check (ref_pattern ~ '^refs/[^[:cntrl:]]+$'),
  constraint trust_rules_environments_check check (
    pg_catalog.cardinality(environments) > 0
    and environments <@ array['github-actions', 'local', 'staging', 'production'])
);
create index trust_rules_repository_id_idx on benchmark_private.trust_rules (repository_id);
comment on table benchmark_private.trust_rules is
  'Which GitHub repositories may write. repository_id and repository_owner_id decide; repository is for people, because a name can be deleted and taken by somebody else. Removed rules stay, so that an old entry''s rule can be looked up.';
comment on column benchmark_private.trust_rules.workflow is
  'Path of the only workflow file allowed, or null for any. With OWNER/REPO/ in front: a reusable workflow of another repository.';
comment on column benchmark_private.trust_rules.ref_pattern is
  'Pattern the git ref must match, or null for any: * stands for any characters but /, ** for any.';

create table benchmark_private.ingest_tokens (
  id text not null,
  secret_hash bytea not null,
  name text not null,
  environments text[] not null,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint ingest_tokens_pkey primary key (id),
  constraint ingest_tokens_id_check check (id ~ '^[0-9a-f]{16}$'),
  constraint ingest_tokens_secret_hash_check check (pg_catalog.octet_length(secret_hash) = 32),
  constraint ingest_tokens_name_check check (
    pg_catalog.length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
  constraint ingest_tokens_environments_check check (
    pg_catalog.cardinality(environments) > 0
    and environments <@ array['github-actions', 'local', 'staging', 'production'])
);
comment on table benchmark_private.ingest_tokens is
  'Scoped write tokens. Only the SHA-256 of the secret is stored; 256 random bits need no slow hash.';
comment on column benchmark_private.ingest_tokens.last_used_at is
  'Last use, to the minute: a write a request would make all requests of a token wait for each other.';

create function benchmark_private.refuse(
  p_status integer,
  p_code text,
  p_message text,
  p_pointer text default null
) returns void
language plpgsql
set search_path = ''
as $$
begin
  -- PTnnn is PostgREST's way to choose the HTTP status; DETAIL carries what a program needs.
  raise exception using
    errcode = 'PT' || p_status::text,
    message = p_message,
    detail = pg_catalog.jsonb_strip_nulls(
      pg_catalog.jsonb_build_object('code', p_code, 'pointer', p_pointer))::text;
end;
$$;
comment on function benchmark_private.refuse(integer, text, text, text) is
  'Raises SQLSTATE PT<status> with p_message, and DETAIL {"code", "pointer"}: pointer is the JSON pointer into the request that is at fault, if one is.';

create function benchmark_private.ref_matches(p_ref text, p_pattern text) returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$
  select p_ref ~ ('^' ||
    pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
      pg_catalog.regexp_replace(p_pattern, '([].+?^${}()|[\\])', '\\\1', 'g'),
      '**', E'\x01'), '*', '[^/]*'), E'\x01', '.*')
    || '$');
$$;
comment on function benchmark_private.ref_matches(text, text) is
  'Whether a git ref matches a pattern in which * stands for any characters but / and ** for any, as in GitHub''s branch filters.';

create function benchmark_private.authorize_github(
  p_claims jsonb,
  p_any_ref boolean default false,
  out environments text[],
  out trust_rules bigint[]
)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_repository text := p_claims ->> 'repository';
  v_failed text;
begin
  select pg_catalog.array_agg(distinct e.label), pg_catalog.array_agg(distinct r.id)
  into environments, trust_rules
  from benchmark_private.trust_rules as r
  cross join lateral pg_catalog.unnest(r.environments) as e(label)
  where r.removed_at is null
    and r.repository_id = p_claims ->> 'repository_id'
    and r.repository_owner_id = p_claims ->> 'repository_owner_id'
    and benchmark_private.workflow_matches(p_claims, r.workflow)
    and (p_any_ref or r.ref_pattern is null
      or benchmark_private.ref_matches(p_claims ->> 'ref', r.ref_pattern))
    and (r.github_environment is null
      or pg_catalog.lower(r.github_environment) = pg_catalog.lower(p_claims ->> 'environment'));
  if environments is not null then
    return;
  end if;

  -- Refused. Name the claim that failed in the rule that came closest.
  select case
      when r.repository_owner_id is distinct from p_claims ->> 'repository_owner_id' then 'repository_owner_id'
      when r.repository_id is distinct from p_claims ->> 'repository_id' then 'repository_id'
      when not benchmark_private.workflow_matches(p_claims, r.workflow) then 'job_workflow_ref'
      when r.ref_pattern is not null and not p_any_ref
        and not benchmark_private.ref_matches(p_claims ->> 'ref', r.ref_pattern) then 'ref'
      else 'environment'
    end
  into v_failed
  from benchmark_private.trust_rules as r
  where r.removed_at is null
    and (pg_catalog.lower(r.repository) = pg_catalog.lower(v_repository)
      or r.repository_id = p_claims ->> 'repository_id')
  order by
    (r.repository_id = p_claims ->> 'repository_id')::integer
      + (r.repository_owner_id = p_claims ->> 'repository_owner_id')::integer desc,
    benchmark_private.workflow_matches(p_claims, r.workflow) desc,
    r.ref_pattern is null or benchmark_private.ref_matches(p_claims ->> 'ref', r.ref_pattern) desc,
    r.id
  limit 1;

  if v_failed is null then
    perform benchmark_private.refuse(403, 'untrusted_repository', pg_catalog.format(
      'Claim repository: no trust rule names %s (repository_id %s, repository_owner_id %s). Add one with: deno task admin trust add --repository %s --repository-id %s --owner-id %s',
      v_repository, p_claims ->> 'repository_id', p_claims ->> 'repository_owner_id',
      v_repository, p_claims ->> 'repository_id', p_claims ->> 'repository_owner_id'));
  elsif v_failed in ('repository_id', 'repository_owner_id') then
    perform benchmark_private.refuse(403, 'claim_mismatch', pg_catalog.format(
      'Claim %s: the trust rule for %s names another id than the token (%s). A repository deleted and made again, or transferred, has new ids: remove the rule and add it anew.',
      v_failed, v_repository, p_claims ->> v_failed));
  else
    perform benchmark_private.refuse(403, 'claim_mismatch', pg_catalog.format(
      'Claim %s: no trust rule of %s allows %s.', v_failed, v_repository,
      coalesce(pg_catalog.quote_literal(p_claims ->> v_failed), 'a token without it')));
  end if;
end;
$$;
comment on function benchmark_private.authorize_github(jsonb, boolean) is
  'Environment labels that a verified GitHub token may write, from every trust rule that it meets, and the ids of those rules. Ids decide, names do not. p_any_ref passes over the rules'' ref patterns: for comparing without storing, which a pull request may do. Raises PT403 naming the claim that failed.';

create function benchmark_private.workflow_matches(p_claims jsonb, p_workflow text) returns boolean
language sql
immutable parallel safe
set search_path = ''
as $$
  -- What follows the path must be @refs/… or @<commit>: a file name may hold an @, and
  -- "bench.yml@evil.yml" must not pass for "bench.yml".
  select p_workflow is null or (
    pg_catalog.starts_with(p_claims ->> 'job_workflow_ref', expected.path || '@')
    and pg_catalog.substr(p_claims ->> 'job_workflow_ref', pg_catalog.length(expected.path) + 2)
      ~ '^(refs/|[0-9a-f]{40,64}$)'
  )
  from (
    -- The name in the token and not the one in the rule: the repository may have been renamed.
    select case when p_workflow like '.github/%' then (p_claims ->> 'repository') || '/' || p_workflow
      else p_workflow end as path
  ) as expected;
$$;
comment on function benchmark_private.workflow_matches(jsonb, text) is
  'Whether job_workflow_ref of the token''s claims is the given workflow file at any ref; a null file allows every workflow.';

create function benchmark_private.authorize_token(
  p_id text,
  p_secret_hash bytea,
  out environments text[],
  out name text
)
language plpgsql
volatile
set search_path = ''
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
    perform benchmark_private.refuse(401, 'token_revoked', pg_catalog.format(
      'Ingest token %s was revoked at %s.', v_token.id, benchmark_private.utc_text(v_token.revoked_at)));
  elsif v_token.expires_at <= pg_catalog.clock_timestamp() then
    perform benchmark_private.refuse(401, 'token_expired', pg_catalog.format(
      'Ingest token %s expired at %s.', v_token.id, benchmark_private.utc_text(v_token.expires_at)));
  end if;

  environments := v_token.environments;
  name := v_token.name;
  if v_token.last_used_at is null
    or v_token.last_used_at < pg_catalog.clock_timestamp() - interval '1 minute'
  then
    -- skip locked: whoever comes second does not wait for the first one's commit
    update benchmark_private.ingest_tokens as t
    set last_used_at = pg_catalog.clock_timestamp()
    where t.id = (
      select u.id from benchmark_private.ingest_tokens as u
      where u.id = p_id
      for no key update skip locked);
  end if;
end;
$$;
comment on function benchmark_private.authorize_token(text, bytea) is
  'Environment labels and name of an ingest token, given its id and the SHA-256 of its secret. Raises PT403 when none matches, PT401 when it is revoked or has expired.';
