-- Which GitHub repositories may write, and what of it is published.

create table benchmark_private.trust_rules (
  id bigint generated always as identity,
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
  constraint trust_rules_repository_check check (repository ~ '^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$'),
  constraint trust_rules_ids_check check (repository_id ~ '^[0-9]+$' and repository_owner_id ~ '^[0-9]+$'),
  constraint trust_rules_workflow_check check (workflow ~ '^([A-Za-z0-9._-]+/[A-Za-z0-9._-]+/)?\.github/workflows/[^/]+\.ya?ml$'),
  constraint trust_rules_ref_pattern_check check (ref_pattern ~ '^refs/[^[:cntrl:]]+$'),
  constraint trust_rules_environments_check check (cardinality(environments) > 0)
);
create index trust_rules_repository_id_idx on benchmark_private.trust_rules (repository_id);
comment on table benchmark_private.trust_rules is
  'Which GitHub repositories may write. issuer, repository_id and repository_owner_id decide; repository is for people, because a name can be deleted and taken by somebody else. Removed rules stay, so that an old entry''s rule can be looked up.';
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
  return p_ref not like 'refs/pull/%' and p_ref not like 'refs/heads/gh-readonly-queue/%';
end;
$$;
comment on function benchmark_private.may_publish(text) is
  'Whether what ran on a git ref can be published at all: what a pull request or a merge queue ran on is not what the team has accepted, whatever the pattern of a rule says.';

create function benchmark_private.authorize_github(
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
  v_claims jsonb := p_principal -> 'claims';
  v_repository text := v_claims ->> 'repository';
  v_ref text := v_claims ->> 'ref';
  v_may_publish boolean := v_claims ->> 'event_name' not in ('pull_request', 'merge_group')
    and benchmark_private.may_publish(v_ref);
  v_strict_environments text[] := '{}'::text[];
  v_strict_rules bigint[] := '{}'::bigint[];
  v_rule benchmark_private.trust_rules;
  v_publishes boolean;
  v_failed text;
  v_expected text;
begin
  publishing := array[]::benchmark_private.trust_rules[];
  candidate_environments := array[]::text[];
  -- Rule by rule: what one rule publishes says nothing of the labels of another.
  for v_rule in
    select r.*
    from benchmark_private.trust_rules as r
    where r.repository_id = v_claims ->> 'repository_id'
      and r.repository_owner_id = v_claims ->> 'repository_owner_id'
      and r.issuer = v_issuer
      and r.removed_at is null
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
      when r.repository_owner_id is distinct from v_claims ->> 'repository_owner_id' then 'repository_owner_id'
      when r.repository_id is distinct from v_claims ->> 'repository_id' then 'repository_id'
      when not benchmark_private.workflow_matches(v_claims, r.workflow) then 'job_workflow_ref'
      when lower(r.github_environment) is distinct from lower(v_claims ->> 'environment')
        and r.github_environment is not null then 'environment'
      when v_may_publish then 'ref'
      else 'event_name'
    end,
    case when v_may_publish then r.ref_pattern end
  into v_failed, v_expected
  from benchmark_private.trust_rules as r
  where r.removed_at is null
    and (lower(r.repository) = lower(v_repository)
      or r.repository_id = v_claims ->> 'repository_id')
  order by
    r.issuer = v_issuer desc,
    (r.repository_id = v_claims ->> 'repository_id')::integer
      + (r.repository_owner_id = v_claims ->> 'repository_owner_id')::integer desc,
    benchmark_private.workflow_matches(v_claims, r.workflow) desc,
    r.github_environment is null desc,
    r.id
  limit 1;

  if v_failed is null then
    perform benchmark_private.refuse(403, 'untrusted_repository', format(
      'Claim repository: no trust rule names %s (repository_id %s, repository_owner_id %s) of %s. Add one with: deno task admin trust add --repository %s --repository-id %s --owner-id %s --ref BRANCH',
      v_repository, v_claims ->> 'repository_id', v_claims ->> 'repository_owner_id', v_issuer,
      v_repository, v_claims ->> 'repository_id', v_claims ->> 'repository_owner_id'));
  elsif v_failed = 'iss' then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim iss: the trust rule for %s is for another issuer than %s.', v_repository, v_issuer));
  elsif v_failed in ('repository_id', 'repository_owner_id') then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: the trust rule for %s names another id than the token (%s). A repository deleted and made again, or transferred, has new ids: remove the rule and add it anew.',
      v_failed, v_repository, v_claims ->> v_failed));
  elsif v_failed in ('ref', 'event_name') then
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s publishes %s of the ref %s%s, and candidates are refused (--no-candidates).',
      v_failed, v_repository, v_claims ->> 'event_name', quote_literal(v_ref),
      coalesce(' (the rule says ' || v_expected || ')', '')));
  else
    perform benchmark_private.refuse(403, 'claim_mismatch', format(
      'Claim %s: no trust rule of %s allows %s.', v_failed, v_repository,
      coalesce(quote_literal(v_claims ->> v_failed), 'a token without it')));
  end if;
end;
$$;
comment on function benchmark_private.authorize_github(jsonb) is
  'What a verified GitHub token may write: the environment labels of every trust rule that it meets, those rules whose ref pattern it meets, too, because they publish, the labels under which it may store candidates, and the ids of the rules. Issuer and ids decide, names do not. A rule that refuses candidates counts only where it publishes, or where nothing else is met for a principal with "dry_run": true. Raises PT403 naming the claim that failed.';

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

create function public.list_trust_rules() returns table (
  id bigint,
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
  select r.id, r.issuer, r.repository, r.repository_id, r.repository_owner_id, r.workflow, r.ref_pattern,
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
